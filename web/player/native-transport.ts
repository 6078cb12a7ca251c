/**
 * HLS by the browser itself, for those without Media Source Extensions (older iPhones). The
 * browser keeps its own distance to live. Its errors say nothing, so the playlist is asked for the reason.
 */
import { failureFrom } from './answers.ts';
import { plain } from './failure.ts';
import type { ShownFrame, Transport, TransportEvents } from './transport.ts';

const diagnoseMs = 10_000;

export class NativeTransport implements Transport {
  readonly #video: HTMLVideoElement;
  readonly #url: string;
  readonly #events: TransportEvents;
  readonly #over = new AbortController();

  constructor(video: HTMLVideoElement, url: string, events: TransportEvents) {
    this.#video = video;
    this.#url = url;
    this.#events = events;
    const { signal } = this.#over;
    if (video.canPlayType('application/vnd.apple.mpegurl') === '') {
      queueMicrotask(() => !signal.aborted && events.unsupported('live video (HLS)'));
      return;
    }
    video.addEventListener('error', () => void this.#diagnose(), { signal });
    video.addEventListener(
      'loadedmetadata',
      () => {
        events.sound(true);
        events.ready();
      },
      { signal },
    );
    video.src = url;
  }

  captureMs({ mediaTime }: ShownFrame): number | undefined {
    // Safari's; wall time of position 0.
    const video: HTMLVideoElement & { getStartDate?: () => Date } = this.#video;
    const wallMs = video.getStartDate?.().getTime();
    return wallMs === undefined || Number.isNaN(wallMs) ? undefined : wallMs + mediaTime * 1000;
  }

  liveSeconds(): number | undefined {
    const { seekable } = this.#video;
    return seekable.length > 0 ? seekable.end(seekable.length - 1) - 1 : undefined;
  }

  limits(): undefined {
    return undefined;
  }

  stop(): void {
    this.#over.abort();
    this.#video.removeAttribute('src');
    this.#video.load();
  }

  async #diagnose(): Promise<void> {
    const { signal } = this.#over;
    let failure = plain('The server does not answer', 'unreachable');
    try {
      // The browsers that come here are old: no AbortSignal.any.
      const answer = await fetch(this.#url, { signal: AbortSignal.timeout(diagnoseMs) });
      failure = answer.ok
        ? plain('The picture could not be decoded', 'media')
        : failureFrom(answer.status, await answer.text());
    } catch {
      // No answer: already the failure it starts as.
    }
    if (!signal.aborted) this.#events.failed(failure);
  }
}
