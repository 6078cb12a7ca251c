/**
 * One reader of a stream: where it starts, and what it misses when it is too slow.
 *
 * Promise: a reader begins at a keyframe; units are dropped whole, from the moment its budget is
 * exceeded to the next keyframe, and counted; the reader is told with `onDiscontinuity`. After `leave` it hears
 * nothing more, even if it left from within one of its own calls or another reader's.
 */
import type { AccessUnit, Track } from '../media/track.ts';
import { isVideo } from '../media/track.ts';
import type { Reader } from './reader.ts';

/** About four seconds of an 8 Mbit/s camera: a hiccup passes, a stalled reader costs little memory. */
export const defaultBudgetBytes = 4 * 1024 * 1024;

export class ReaderSlot {
  readonly reader: Reader;
  droppedUnits = 0;
  readonly #budgetBytes: number;
  #video: number | undefined;
  /** Units are withheld until a keyframe: at the start, after drops, after a configuration change. */
  #waitingForKey = true;
  /** Over its budget, and not yet caught up. */
  #behind = false;
  /** The next unit does not continue the last one this reader got. */
  #broken = false;
  #started = false;
  #gone = false;
  #starting = false;
  /** What the cached GOP left pending, until the reader has passed it on. */
  #headStartBytes = 0;

  constructor(reader: Reader, budgetBytes: number) {
    this.reader = reader;
    this.#budgetBytes = budgetBytes;
  }

  leave(): void {
    this.#gone = true;
  }

  /**
   * Gives the cached GOP in one run. It may be far above the budget: that alone makes no reader slow, its bytes are
   * shared, and the cache bounds them.
   */
  start(tracks: readonly Track[], cached: readonly AccessUnit[]): void {
    this.tracks(tracks);
    const beforeBytes = this.#pendingBytes();
    this.#starting = true;
    for (const unit of cached) this.unit(unit);
    this.#starting = false;
    this.#headStartBytes = Math.max(0, this.#pendingBytes() - beforeBytes);
  }

  tracks(tracks: readonly Track[]): void {
    if (this.#gone) return;
    this.#video = tracks.find((track) => isVideo(track.codec))?.id;
    this.#waitingForKey = this.#video !== undefined;
    this.reader.onTracks(tracks);
  }

  /** The connection to the camera was made anew. */
  interrupted(): void {
    this.#broken = this.#started;
    this.#waitingForKey = this.#video !== undefined;
  }

  unit(unit: AccessUnit): void {
    if (this.#gone) return;
    if (!this.#starting && this.#isOverBudget()) this.#fallBehind();
    if (this.#waitingForKey && !this.#mayStart(unit)) {
      if (this.#behind) this.droppedUnits += 1;
      return;
    }
    this.#waitingForKey = false;
    this.#behind = false;
    this.#started = true;
    if (this.#broken) {
      this.#broken = false;
      this.reader.onDiscontinuity?.();
    }
    if (!this.#gone) this.reader.onUnit(unit);
  }

  #mayStart(unit: AccessUnit): boolean {
    if (this.#behind && this.#isOverBudget()) return false;
    return this.#video === undefined || (unit.track === this.#video && unit.key);
  }

  #fallBehind(): void {
    this.#behind = true;
    this.#broken = this.#started;
    this.#waitingForKey = true;
  }

  #pendingBytes(): number {
    return this.reader.pendingBytes?.() ?? 0;
  }

  #isOverBudget(): boolean {
    const pending = this.#pendingBytes();
    // Once behind, it has to catch up to half before it gets a keyframe: else it falls behind at once again.
    if (this.#behind) return pending > this.#budgetBytes / 2;
    if (pending <= this.#budgetBytes) this.#headStartBytes = 0;
    return pending > this.#budgetBytes + this.#headStartBytes;
  }
}
