/**
 * One stream as LL-HLS: a reader of the stream on one side, requests on the other.
 *
 * In:  tracks and units. Out: playlists and media by name, and a wait for what is not there yet.
 * Lives as long as somebody watches. All viewers share one muxer, its bytes, and its numbers.
 */
import type { Clock } from '../../base/clock.ts';
import type { Attachment, Reader } from '../../hub/reader.ts';
import { latencyFigures } from '../../hub/latency.ts';
import type { AccessUnit, Track } from '../../media/track.ts';
import { HeldRequests } from './held-requests.ts';
import type { Waited } from './held-requests.ts';
import type { HlsOptions } from './options.ts';
import { maxTargetDurationSeconds, maxWaiters, minTargetDurationSeconds } from './options.ts';
import { choosePartTargetMs } from './part-target.ts';
import type { PlaylistForm } from './rendering.ts';
import { Rendering } from './rendering.ts';
import { Segmenter } from './segmenter.ts';
import type { Selection } from './selection.ts';
import { Selecting } from './selection.ts';
import type { HlsStream } from './stream.ts';
import type { Position } from './window.ts';
import { Window } from './window.ts';

export interface MuxerParts {
  readonly clock: Clock;
  readonly options: HlsOptions;
  /** Goes into every URI. */
  readonly token: string;
  /** Number of the first discontinuity. Small: hls.js counts up to it at every reload. */
  readonly firstDiscontinuity: number;
}

/** The playlist and what makes it; begins with the first selection and stays until the end. */
interface Output {
  readonly window: Window;
  readonly segmenter: Segmenter;
  readonly rendering: Rendering;
  readonly targetDurationSeconds: number;
  readonly partTargetMs: number;
}

type State =
  | { readonly kind: 'no-tracks' }
  /** `why` for people: nothing in this stream fits into MP4. */
  | { readonly kind: 'unplayable' }
  /** Units are held back until the tracks and the frame rate are known. */
  | { readonly kind: 'selecting'; readonly selecting: Selecting }
  | { readonly kind: 'running' }
  | { readonly kind: 'ended'; readonly reason: string };

/**
 * Media sequence numbers start with the seconds since 2020 at the muxer's birth: as a segment lasts longer than a
 * second, a muxer made anew never goes back behind the one before, and a viewer who slept through both goes on.
 */
const numbersSinceMs = Date.UTC(2020, 0, 1);

export class Muxer implements Reader {
  readonly kind = 'hls';
  readonly stream: HlsStream;
  readonly #parts: MuxerParts;
  readonly #held: HeldRequests;
  #state: State = { kind: 'no-tracks' };
  #output: Output | undefined;
  #attachment: Attachment | undefined;
  #releasedVersion = 0;
  /** The cached GOP is arriving, all at once; it makes one segment. */
  #inBurst = false;

  constructor(stream: HlsStream, parts: MuxerParts) {
    this.stream = stream;
    this.#parts = parts;
    this.#held = new HeldRequests(parts.clock, maxWaiters);
  }

  /** False when the stream is closed. */
  start(): boolean {
    this.#inBurst = true;
    const attached = this.stream.attach(this);
    this.#inBurst = false;
    if (!attached.ok) return false;
    this.#attachment = attached.value;
    this.#publish();
    return true;
  }

  stop(reason: string): void {
    this.#attachment?.detach();
    this.onEnd(reason);
  }

  get endReason(): string | undefined {
    return this.#state.kind === 'ended' ? this.#state.reason : undefined;
  }

  get isUnplayable(): boolean {
    return this.#state.kind === 'unplayable';
  }

  get targetDurationSeconds(): number {
    return this.#output?.targetDurationSeconds ?? minTargetDurationSeconds;
  }

  /** For the muxer that follows this one; its own first when it listed nothing. */
  get nextDiscontinuity(): number {
    return this.#output?.window.nextDiscontinuity ?? this.#parts.firstDiscontinuity;
  }

  get partTargetMs(): number {
    return this.#output?.partTargetMs ?? this.#parts.options.partMs;
  }

  /** Requests that are held. */
  get waiting(): number {
    return this.#held.size;
  }

  /** Undefined until the first part. */
  end(): Position | undefined {
    return this.#output?.window.end();
  }

  /** See `Window.has`. */
  has(msn: number, part: number | undefined): boolean {
    return this.#output?.window.has(msn, part) ?? false;
  }

  mediaPlaylist(form: PlaylistForm, gzip: boolean): Uint8Array | undefined {
    return this.#output?.rendering.media(form, gzip, this.#output.segmenter.nextPartUri);
  }

  multivariantPlaylist(mediaUri: string): Uint8Array | undefined {
    return this.#output?.rendering.multivariant(mediaUri, this.#output.segmenter.framesPerSecond);
  }

  body(name: string): readonly Uint8Array[] | undefined {
    return this.#output?.window.body(name);
  }

  isNextPart(name: string): boolean {
    return this.#output?.segmenter.nextPartUri === name;
  }

  /** Waits until `ready`, asked after every change of the playlist, and at the latest `maxMs`. */
  hold(ready: () => boolean, maxMs: number, signal: AbortSignal | undefined): Promise<Waited> {
    if (this.#state.kind === 'ended') return Promise.resolve('closed');
    return this.#held.hold(ready, maxMs, signal);
  }

  /** Asks the waiting whether what they wait for is there; for changes that the playlist does not show. */
  recheck(): void {
    this.#held.release();
  }

  onTracks(tracks: readonly Track[]): void {
    const selecting = new Selecting(tracks);
    this.#output?.segmenter.interrupt();
    this.#state = selecting.possible ? { kind: 'selecting', selecting } : { kind: 'unplayable' };
    this.#publish();
    if (!selecting.possible) this.#held.release();
  }

  onUnit(unit: AccessUnit): void {
    if (this.#state.kind === 'running') this.#output?.segmenter.push(unit);
    if (this.#state.kind === 'selecting') this.#select(this.#state.selecting, unit);
    this.#publish();
  }

  onDiscontinuity(): void {
    if (this.#state.kind === 'selecting') this.#state.selecting.restart();
    if (this.#state.kind === 'running') this.#output?.segmenter.interrupt();
    this.#publish();
  }

  onEnd(reason: string): void {
    this.#state = { kind: 'ended', reason };
    this.#held.close();
  }

  #select(selecting: Selecting, unit: AccessUnit): void {
    const selection = selecting.push(unit);
    if (!selection) return;
    if (this.#output) this.#output.segmenter.reconfigure(selection);
    else this.#output = this.#begin(selection);
    this.#state = { kind: 'running' };
    for (const held of selecting.units) this.#output.segmenter.push(held);
  }

  #begin(selection: Selection): Output {
    const { clock, options, token } = this.#parts;
    const partTargetMs = choosePartTargetMs(selection.frameSeconds, options.partMs);
    const targetDurationSeconds = this.#chooseTargetDuration();
    const firstMsn = Math.max(0, Math.floor((clock.nowMs() - numbersSinceMs) / 1000));
    const window = new Window(targetDurationSeconds, this.#parts.firstDiscontinuity);
    const plan = { partTargetMs, targetDurationSeconds, segmentMs: options.segmentMs, token, firstMsn };
    return {
      window,
      segmenter: new Segmenter(window, plan, selection),
      rendering: new Rendering(window, {
        targetDurationSeconds,
        partTargetMs,
        extraHoldBackMs: () => this.#extraHoldBackMs,
      }),
      targetDurationSeconds,
      partTargetMs,
    };
  }

  /** Whole GOPs fit when the camera's are known and bearable; longer ones are cut. */
  #chooseTargetDuration(): number {
    const seconds = Math.max(
      Math.round(this.stream.status().stats.gopSeconds ?? 0),
      Math.ceil(this.#parts.options.segmentMs / 1000),
      minTargetDurationSeconds,
    );
    return Math.min(seconds, maxTargetDurationSeconds);
  }

  get #extraHoldBackMs(): number {
    return latencyFigures[this.stream.latency].extraHoldBackMs;
  }

  #publish(): void {
    if (!this.#inBurst) this.#output?.segmenter.endFirst();
    const version = this.#output?.window.version ?? 0;
    if (version === this.#releasedVersion) return;
    this.#releasedVersion = version;
    this.#held.release();
  }
}
