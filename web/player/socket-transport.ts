/**
 * Live over the shared WebSocket: one fragment for each access unit, into Media Source Extensions.
 * What was played is removed again; a hole in the stream is jumped over; other media begin a new attempt.
 */
import type { ServerMessage } from '../../src/api/contract/live.ts';
import { frameLimits } from './controller.ts';
import type { LatencyLimits } from './controller.ts';
import { cameraFailure, plain } from './failure.ts';
import { kinds, subscribe } from './live-socket.ts';
import type { ChannelEvents, MediaHead } from './live-socket.ts';
import { mediaSourceClass } from './transport.ts';
import type { Address, ShownFrame, Transport, TransportEvents } from './transport.ts';

type Tracks = Extract<ServerMessage, { type: 'tracks' }>;

/** Sound may begin a little before the first picture: its time must not be negative. */
const leadSeconds = 1;
const keepSeconds = 8;
/** When the browser says that it has no room. */
const keepAtLeastSeconds = 1;
/** The decoder is far behind, or dead: some 20 s of a large stream. */
const longestQueueBytes = 32_000_000;
const mostKeys = 256;

export class SocketTransport implements Transport, ChannelEvents {
  readonly #video: HTMLVideoElement;
  readonly #events: TransportEvents;
  readonly #leave: () => void;
  readonly #queue: Uint8Array[] = [];
  /** Where decoding can begin, seconds on the media time line. */
  readonly #keys: number[] = [];
  #queueBytes = 0;
  #tracks: Tracks | undefined;
  #source: MediaSource | undefined;
  #buffer: SourceBuffer | undefined;
  #limits: LatencyLimits | undefined;
  #sourceUrl = '';
  #begun = false;
  #started = false;
  /** Added to the server's times, seconds. */
  #shift: number | undefined;
  /** From the server's presentation times to its clock. */
  #captureShiftMs = 0;
  #over = false;

  constructor(video: HTMLVideoElement, address: Address, events: TransportEvents) {
    this.#video = video;
    this.#events = events;
    const { camera, source, widthPixels } = address;
    const width = Math.min(3840, Math.max(16, Math.round(widthPixels)));
    this.#leave = subscribe(address, { camera, source, width, format: 'mp4' }, this);
  }

  message(message: ServerMessage): void {
    if (this.#over) return;
    if (message.type === 'tracks') this.#onTracks(message);
    if (message.type === 'problem') this.#fail(() => plain(message.detail, message.code));
    const failure = message.type === 'state' && cameraFailure(message);
    if (failure) this.#fail(() => failure);
  }

  media({ kind, key, captureMs, presentationMs }: MediaHead, bytes: Uint8Array): void {
    if (this.#over || !this.#tracks) return;
    if (kind === kinds.init) {
      this.#begun = true;
    } else {
      if (kind !== kinds.fragment || !this.#begun || (this.#shift === undefined && !key)) return;
      const seconds = presentationMs / 1000;
      this.#shift ??= leadSeconds - seconds;
      this.#captureShiftMs = captureMs - presentationMs;
      if (key && this.#keys.push(seconds + this.#shift) > mostKeys) this.#keys.shift();
    }
    this.#queue.push(bytes);
    this.#queueBytes += bytes.length;
    if (this.#queueBytes > longestQueueBytes) this.#fail(() => plain('The browser cannot keep up', 'media'));
    else this.#feed();
  }

  closed(): void {
    this.#fail(() => plain('The live connection is closed', 'unreachable'));
  }

  captureMs({ mediaTime }: ShownFrame): number | undefined {
    return this.#shift === undefined ? undefined : (mediaTime - this.#shift) * 1000 + this.#captureShiftMs;
  }

  limits(): LatencyLimits | undefined {
    return this.#limits;
  }

  liveSeconds(): undefined {
    return undefined;
  }

  stop(): void {
    this.#over = true;
    this.#leave();
    this.#video.removeAttribute('src');
    this.#video.load();
    URL.revokeObjectURL(this.#sourceUrl);
  }

  #onTracks(tracks: Tracks): void {
    if (this.#tracks) {
      // Other media: a fresh attempt shows its first picture before this one goes.
      this.#fail(() => plain('The camera sends something else now', 'media-changed'));
      return;
    }
    const sources = mediaSourceClass();
    if (!sources?.isTypeSupported(tracks.mime)) {
      const { video, audio } = tracks;
      const missing = [video?.codec, audio?.codec].find(
        (codec) => codec !== undefined && !sources?.isTypeSupported(`video/mp4; codecs="${codec}"`),
      );
      this.#over = true;
      this.#events.unsupported(missing ?? tracks.mime);
      return;
    }
    this.#tracks = tracks;
    this.#limits = frameLimits(tracks.targetMs);
    this.#events.sound(tracks.audio !== null);
    this.#events.ready(tracks.targetMs);
    this.#open(new sources(), tracks.mime);
  }

  #open(source: MediaSource, mime: string): void {
    this.#source = source;
    source.onsourceopen = () => {
      source.onsourceopen = null;
      if (this.#over) return;
      const buffer = source.addSourceBuffer(mime);
      this.#buffer = buffer;
      buffer.onupdateend = () => this.#onAppended();
      buffer.onerror = () => this.#fail(undecodable);
      this.#feed();
    };
    this.#video.onerror = () => this.#fail(undecodable);
    this.#video.src = this.#sourceUrl = URL.createObjectURL(source);
  }

  /** All that waits at once: the first pictures come as one burst. */
  #feed(): void {
    const buffer = this.#buffer;
    if (!buffer || buffer.updating || this.#queue.length === 0 || this.#source?.readyState !== 'open') return;
    try {
      if (this.#shift !== undefined) buffer.timestampOffset = this.#shift;
      buffer.appendBuffer(joined(this.#queue, this.#queueBytes));
      this.#queue.length = this.#queueBytes = 0;
    } catch (error) {
      const full = error instanceof DOMException && error.name === 'QuotaExceededError';
      if (!full || !this.#trim(keepAtLeastSeconds, 0)) this.#fail(undecodable);
    }
  }

  #onAppended(): void {
    // More was appended since: its end is told, too.
    if (this.#over || this.#buffer?.updating) return;
    this.#place();
    if (!this.#trim(keepSeconds / 2, keepSeconds)) this.#feed();
  }

  /** Until the first picture: as near to live as is wanted. Later: out of holes. */
  #place(): void {
    const video = this.#video;
    const { buffered, currentTime } = video;
    const last = buffered.length - 1;
    if (last < 0) return;
    const [start, end] = [buffered.start(last), buffered.end(last)];
    if (!this.#started) {
      this.#started = video.readyState >= 3 && !video.seeking;
      const wanted = Math.max(start, end - (this.#limits?.floorSeconds ?? 0));
      if (!this.#started || wanted - currentTime > 1) video.currentTime = wanted;
    } else if (currentTime < start && !video.seeking) {
      const playedOut = last === 0 || currentTime >= buffered.end(last - 1) - 0.05;
      if (playedOut) video.currentTime = start;
    }
  }

  /**
   * Removes what was played, up to a place where decoding can begin: a browser removes all that hangs on it.
   * @returns false when there is nothing to remove.
   */
  #trim(leaveSeconds: number, whenMoreThanSeconds: number): boolean {
    const { buffered, currentTime } = this.#video;
    if (!this.#buffer || buffered.length === 0) return false;
    const start = buffered.start(0);
    const upTo = this.#keys.findLast((key) => key <= currentTime - leaveSeconds);
    if (upTo === undefined || upTo <= start + 0.1 || currentTime - start <= whenMoreThanSeconds) return false;
    this.#buffer.remove(0, upTo);
    return true;
  }

  #fail(failure: () => ReturnType<typeof plain>): void {
    if (this.#over) return;
    this.#over = true;
    this.#events.failed(failure());
  }
}

const undecodable = () => plain('The picture could not be decoded', 'media');

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
