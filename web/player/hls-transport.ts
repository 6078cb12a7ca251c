/**
 * Low-latency HLS through hls.js and Media Source Extensions; loaded when it is wanted, together with hls.js.
 *
 * Its own retries are off but for one: `session.ts` decides, because only it knows what to tell
 * the viewer. Its own latency control is off: see `controller.ts`.
 */
import { ErrorDetails, ErrorTypes, Events, Hls, isSupported } from 'hls.js/light';
import type { ErrorData, HlsConfig, LoadPolicy, LoaderResponse } from 'hls.js';
import { limitsFor } from './controller.ts';
import type { LatencyLimits } from './controller.ts';
import { failureFrom } from './answers.ts';
import { plain } from './failure.ts';
import { NativeTransport } from './native-transport.ts';
import { mediaSourceClass, streamId } from './transport.ts';
import type { Address, ShownFrame, Transport, TransportEvents } from './transport.ts';

/** A second media error so soon after a recovery needs a new start. */
const recoverAgainMs = 5000;

/** hls.js comes first: browsers that play HLS themselves sit seconds behind. */
export function start(video: HTMLVideoElement, address: Address, events: TransportEvents): Transport {
  const url = address.playlist ?? `${address.server}/hls/${streamId(address)}/index.m3u8${address.query}`;
  return mediaSourceClass() ? new HlsTransport(video, url, events) : new NativeTransport(video, url, events);
}

class HlsTransport implements Transport {
  readonly #video: HTMLVideoElement;
  readonly #events: TransportEvents;
  #hls: Hls | undefined;
  #over = false;
  #recoveredMs = -Infinity;
  #codecs: readonly string[] = [];

  constructor(video: HTMLVideoElement, url: string, events: TransportEvents) {
    this.#video = video;
    this.#events = events;
    // After the constructor: who hears of a failure stops this transport.
    queueMicrotask(() => this.#over || this.#start(url));
  }

  captureMs({ mediaTime }: ShownFrame): number | undefined {
    const wallMs = this.#hls?.playingDate?.getTime();
    return wallMs === undefined ? undefined : wallMs + (mediaTime - this.#video.currentTime) * 1000;
  }

  liveSeconds(): number | undefined {
    return this.#hls?.liveSyncPosition ?? undefined;
  }

  limits(): LatencyLimits | undefined {
    const details = this.#hls?.latestLevelDetails;
    if (!details) return undefined;
    const { partTarget, targetduration, partHoldBack } = details;
    return limitsFor(partTarget > 0 ? partTarget : undefined, targetduration, partHoldBack);
  }

  stop(): void {
    this.#over = true;
    this.#hls?.destroy();
    this.#hls = undefined;
  }

  #start(url: string): void {
    if (!isSupported()) {
      this.#fail(() => this.#events.unsupported('H.264'));
      return;
    }
    const hls = new Hls(config);
    this.#hls = hls;
    hls.on(Events.MANIFEST_LOADED, (_name, data) => {
      this.#events.ready();
      this.#codecs = data.levels.flatMap((level) => (level.attrs['CODECS'] ?? '').split(/\s*,\s*/));
    });
    hls.on(Events.BUFFER_CODECS, (_name, data) => {
      this.#events.sound(Boolean(data.audio ?? data.audiovideo));
    });
    hls.on(Events.ERROR, (_name, data) => this.#onError(data));
    hls.attachMedia(this.#video);
    hls.loadSource(url);
  }

  #onError(data: ErrorData): void {
    const codec = this.#missingCodec(data);
    if (codec !== undefined) {
      this.#fail(() => this.#events.unsupported(codec));
      return;
    }
    if (!data.fatal || this.#over) return;
    const nowMs = performance.now();
    if (data.type === ErrorTypes.MEDIA_ERROR && nowMs - this.#recoveredMs > recoverAgainMs) {
      this.#recoveredMs = nowMs;
      this.#hls?.recoverMediaError();
      return;
    }
    const failure =
      data.type === ErrorTypes.NETWORK_ERROR
        ? failureFrom(data.response?.code ?? 0, bodyOf(data))
        : plain('The picture could not be decoded', 'media');
    this.#fail(() => this.#events.failed(failure));
  }

  #missingCodec(data: ErrorData): string | undefined {
    if (data.details === ErrorDetails.MANIFEST_INCOMPATIBLE_CODECS_ERROR) {
      return this.#codecs.find((codec) => codec !== '' && !plays(codec)) ?? 'this stream';
    }
    const refused =
      data.details === ErrorDetails.BUFFER_ADD_CODEC_ERROR ||
      data.details === ErrorDetails.BUFFER_INCOMPATIBLE_CODECS_ERROR;
    if (!refused) return undefined;
    return /codecs="?([^",]+)/.exec(data.mimeType ?? '')?.[1] ?? this.#codecs[0] ?? 'this stream';
  }

  /** Says it once. Who hears it stops this transport, after keeping the last picture. */
  #fail(say: () => void): void {
    if (this.#over) return;
    this.#over = true;
    say();
  }
}

function plays(codec: string): boolean {
  const type = /^(mp4a|opus|ac-3|ec-3|flac)/i.test(codec) ? 'audio' : 'video';
  return mediaSourceClass()?.isTypeSupported(`${type}/mp4; codecs="${codec}"`) ?? true;
}

/** The text of a refused playlist; a refused media file has none that can be read. */
function bodyOf(data: ErrorData): string {
  const details: unknown = data.networkDetails;
  if (!(details instanceof XMLHttpRequest)) return '';
  return details.responseType === '' || details.responseType === 'text' ? details.responseText : '';
}

const onceMore = {
  maxNumRetry: 1,
  retryDelayMs: 150,
  maxRetryDelayMs: 150,
  // An answer with a status is a decision, not an accident.
  shouldRetry: (_retry: unknown, count: number, isTimeout: boolean, answer: LoaderResponse | undefined) =>
    count < 1 && !isTimeout && (answer?.code ?? 0) === 0,
};

const policy = (maxTimeToFirstByteMs: number, maxLoadTimeMs: number): LoadPolicy => ({
  default: { maxTimeToFirstByteMs, maxLoadTimeMs, timeoutRetry: null, errorRetry: onceMore },
});

const config: Partial<HlsConfig> = {
  lowLatencyMode: true,
  liveDurationInfinity: true,
  // Each stall would add a second to its target for good.
  liveSyncOnStallIncrease: 0,
  maxLiveSyncPlaybackRate: 1,
  backBufferLength: 10,
  maxBufferLength: 8,
  // A camera on demand may need seconds for its first part.
  manifestLoadPolicy: policy(15_000, 20_000),
  playlistLoadPolicy: policy(10_000, 15_000),
  fragLoadPolicy: policy(8000, 20_000),
};
