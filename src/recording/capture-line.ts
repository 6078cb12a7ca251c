/**
 * When media was captured, as one line without jumps.
 *
 * In:  decoding times of the leading track with the capture time of each unit, which jitters. Out: UTC for a media
 * time, so that one fragment ends exactly where the next begins. The line follows the drift between both clocks
 * slowly. When they part by more than a second one of them was set: the line stays as it was until a unit that another
 * one may begin with.
 */
import type { UnixMs } from '../base/units.ts';
import { unixMs } from '../base/units.ts';

/** Beyond it a clock was set; jitter and drift are far below. */
const stepMs = 1000;
/** How much of a difference is taken over at each look. */
const follow = 1 / 8;
/** At most this share of the time that passed: a line that is corrected still rises. */
const maxSlew = 0.02;

export class CaptureLine {
  #offsetMs: number | undefined;
  #lastMediaMs = 0;

  /**
   * A unit from which another line may begin, and does when a clock was set.
   * @param fresh begin one in any case
   * @returns by how much, in milliseconds, positive when it went forward; 0 for the first line.
   */
  begin(mediaMs: number, capturedMs: UnixMs, fresh = false): number {
    const offsetMs = capturedMs - mediaMs;
    const beforeMs = this.#offsetMs ?? offsetMs;
    if (this.#offsetMs !== undefined && !fresh && Math.abs(offsetMs - beforeMs) <= stepMs) return 0;
    this.#offsetMs = offsetMs;
    this.#lastMediaMs = mediaMs;
    return offsetMs - beforeMs;
  }

  /** Takes a unit into account that cannot begin a line. */
  follow(mediaMs: number, capturedMs: UnixMs): void {
    const offsetMs = this.#offsetMs ?? capturedMs - mediaMs;
    const awayMs = capturedMs - mediaMs - offsetMs;
    if (Math.abs(awayMs) > stepMs) return;
    const mostMs = Math.max(0, mediaMs - this.#lastMediaMs) * maxSlew;
    this.#offsetMs = offsetMs + Math.min(mostMs, Math.max(-mostMs, awayMs * follow));
    this.#lastMediaMs = mediaMs;
  }

  /** Whole milliseconds. */
  at(mediaMs: number): UnixMs {
    return unixMs(Math.round(mediaMs + (this.#offsetMs ?? 0)));
  }
}
