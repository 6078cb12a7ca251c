/**
 * One reader of a camera's main stream, which turns what it gets into pieces.
 *
 * In:  tracks, units and interruptions from the hub. Out: pieces in the order of time, each told whether media before
 * it is missing and why. While attached the camera is kept connected. Never waits; over its budget the hub leaves
 * out whole GOPs.
 */
import type { Clock } from '../base/clock.ts';
import type { Attachment, Reader } from '../hub/reader.ts';
import type { Stream } from '../hub/stream.ts';
import { isPlayableTrack } from '../media/mp4/playable.ts';
import type { AccessUnit, Track } from '../media/track.ts';
import type { MadeFragment } from './fragmenter.ts';
import { Fragmenter } from './fragmenter.ts';
import type { Shortfall } from './gaps.ts';
import type { Break, Piece } from './piece.ts';

/** What is asked of a stream. */
export type RecordedStream = Pick<Stream, 'attach' | 'publicState' | 'packetsLost'>;

export interface FeedParts {
  readonly clock: Clock;
  readonly onPiece: (piece: Piece) => void;
  /** Bytes that wait behind the feed. */
  readonly pendingBytes: () => number;
  /** What is missing when units were left out because too much waits. */
  readonly overBudget: () => Shortfall;
}

/** Half a minute of a 12 Mbit/s camera. Less than a recording takes at once, which after a failure gets all of it. */
export const budgetBytes = 48 * 1024 * 1024;
/** After so long without a picture what is held is stored, that a crash may not take it. */
const idleMs = 1500;
/** A camera that sends pictures more rarely is silent only after so many. */
const idleFrames = 3;
/** No camera is waited for longer. */
const maxFrameSeconds = 10;

const offline: Shortfall = { cause: 'camera-offline', detail: 'The connection to the camera was lost.' };

export class Feed implements Reader {
  readonly kind = 'recorder';
  readonly #parts: FeedParts;
  #stream: RecordedStream | undefined;
  #attachment: Attachment | undefined;
  #fragmenter: Fragmenter | undefined;
  #announced: readonly Track[] = [];
  #break: Break | undefined;
  #droppedBefore = 0;
  #droppedNoted = 0;
  #lostBefore = 0;
  #lastUnitAt: number;

  constructor(parts: FeedParts) {
    this.#parts = parts;
    this.#lastUnitAt = parts.clock.monotonicMs();
  }

  get attached(): boolean {
    return this.#attachment !== undefined;
  }

  /** Units that were left out because too much waited; never falls. */
  get droppedUnits(): number {
    return this.#droppedBefore + (this.#attachment?.droppedUnits ?? 0);
  }

  /** The camera sends tracks, and none of them fits into MP4. */
  get unsupported(): boolean {
    return this.#announced.length > 0 && this.#fragmenter === undefined;
  }

  /** Nothing has come for longer than this camera's pictures are apart. @param atLeastMs in any case so long */
  isSilent(atLeastMs = idleMs): boolean {
    const frameSeconds = Math.min(this.#fragmenter?.frameSeconds ?? 0, maxFrameSeconds);
    const silentMs = this.#parts.clock.monotonicMs() - this.#lastUnitAt;
    return silentMs >= Math.max(atLeastMs, frameSeconds * idleFrames * 1000);
  }

  /** The stream that is there now; undefined: none. It is joined, or left for another. */
  join(stream: RecordedStream | undefined): void {
    // Also while attaching: a source that starts tells of it before `attach` has returned.
    if (stream === this.#stream) return;
    this.leave();
    if (!stream) return;
    this.#stream = stream;
    this.#lostBefore = stream.packetsLost;
    this.#lastUnitAt = this.#parts.clock.monotonicMs();
    const attached = stream.attach(this, { budgetBytes });
    if (attached.ok) this.#attachment = attached.value;
    else this.#stream = undefined;
  }

  /** What came so far is given; the camera may be let go. */
  leave(): void {
    this.#interrupt({ endReason: 'interrupted', ...offline });
    this.#attachment?.detach();
    this.#gone();
  }

  /** What is held is given, though its end is not known yet. */
  flush(): void {
    for (const made of this.#fragmenter?.flush() ?? []) this.#pass(made);
  }

  /** The camera pauses: what is complete is given, that a crash may not take it. */
  settle(): void {
    for (const made of this.#fragmenter?.flushSettled() ?? []) this.#pass(made);
  }

  /** The camera went away: what follows is something else. */
  interrupted(shortfall: Shortfall): void {
    this.#interrupt({ endReason: 'interrupted', ...shortfall });
  }

  clockStepped(): void {
    this.#fragmenter?.clockStepped();
  }

  onTracks(tracks: readonly Track[]): void {
    const { cause, detail } = offline;
    this.#interrupt({ endReason: 'codec-changed', cause, detail });
    this.#announced = tracks;
    const playable = tracks.filter(isPlayableTrack);
    this.#fragmenter = playable.length > 0 ? new Fragmenter(playable) : undefined;
  }

  onUnit(unit: AccessUnit): void {
    const made = this.#fragmenter?.push(unit);
    this.#lastUnitAt = this.#parts.clock.monotonicMs();
    if (made && made.length > 0) for (const fragment of made) this.#pass(fragment);
  }

  onDiscontinuity(): void {
    const dropped = this.droppedUnits > this.#droppedNoted;
    this.#droppedNoted = this.droppedUnits;
    const why = dropped ? this.#parts.overBudget() : offline;
    this.#interrupt({ endReason: dropped ? 'disk' : 'interrupted', ...why });
    this.#fragmenter = this.#fragmenter && new Fragmenter(this.#fragmenter.tracks);
  }

  onEnd(): void {
    this.#interrupt({ endReason: 'interrupted', ...offline });
    this.#gone();
  }

  pendingBytes(): number {
    return this.#parts.pendingBytes() + (this.#fragmenter?.heldBytes ?? 0);
  }

  #gone(): void {
    this.#droppedBefore += this.#attachment?.droppedUnits ?? 0;
    this.#attachment = undefined;
    this.#stream = undefined;
    this.#fragmenter = undefined;
    this.#announced = [];
  }

  /** The first reason counts: what follows from it says less. */
  #interrupt(reason: Break): void {
    this.flush();
    this.#break ??= reason;
  }

  #pass(made: MadeFragment): void {
    const { fragmenter, stream } = { fragmenter: this.#fragmenter, stream: this.#stream };
    if (!fragmenter) return;
    const lost = stream?.packetsLost ?? 0;
    const lostPackets = Math.max(0, lost - this.#lostBefore);
    this.#lostBefore = lost;
    const { bytes, startMs, durationMs, key, frames, mediaMs, line, steppedMs } = made;
    const fragment = { bytes, startMs, durationMs, key, frames, lostPackets };
    const piece = { fragment, tracks: fragmenter.tracks, mediaMs, line, steppedMs, break: this.#break };
    this.#break = undefined;
    this.#parts.onPiece(piece);
  }
}
