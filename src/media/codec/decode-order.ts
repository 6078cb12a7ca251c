/**
 * Decoding times for pictures that only know when they are shown.
 *
 * In:  presentation times in decoding order, ticks of any clock.
 * Out: a decoding time for each at once, without holding a picture back: strictly increasing, and not above the
 *      presentation time while the reordering is known.
 *
 * With a reordering depth of N, the decoding time of a picture is the (N+1)th highest presentation time so far, its
 * own included: encoders take the same times in order, N pictures late. Before N pictures are there, times are
 * imagined at the usual distance. Without B-frames N is 0 and both times are equal.
 *
 * A picture shown before more than N earlier ones proves N too small; N grows to that number. For the next few
 * pictures the decoding time creeps by one tick each, perhaps above the presentation time, until it is true again.
 */
import { maxReorderFrames } from './video-limits.ts';

export class DecodeOrder {
  readonly #declaredFrames: number;
  readonly #pictureTicks: number;
  /** Highest presentation times so far, highest first; one more than the deepest reordering. */
  readonly #highest: number[] = [];
  #reorderFrames: number;
  #lastTime = -Infinity;

  /**
   * @param reorderFrames as the parameter sets say; it only ever grows.
   * @param pictureTicks usual distance of two pictures; matters for the first N pictures only. At least 1.
   */
  constructor(reorderFrames: number, pictureTicks: number) {
    this.#declaredFrames = Math.min(Math.max(0, reorderFrames), maxReorderFrames);
    this.#reorderFrames = this.#declaredFrames;
    this.#pictureTicks = Math.max(1, Math.round(pictureTicks));
  }

  /** The depth in use, 0 to 16. */
  get reorderFrames(): number {
    return this.#reorderFrames;
  }

  /** Takes the next picture's presentation time, returns its decoding time. */
  next(pts: number): number {
    const later = this.#remember(pts);
    if (later > this.#reorderFrames && later <= maxReorderFrames) this.#reorderFrames = later;
    this.#lastTime = Math.max(this.#timeAt(this.#reorderFrames), this.#lastTime + 1);
    return this.#lastTime;
  }

  /** The presentation times that follow do not continue the ones before. Decoding times still only increase. */
  reset(): void {
    this.#highest.length = 0;
    this.#reorderFrames = this.#declaredFrames;
  }

  /** Returns how many pictures came before this one but are shown after it. */
  #remember(pts: number): number {
    const highest = this.#highest;
    let later = 0;
    while (later < highest.length && (highest[later] ?? pts) > pts) later += 1;
    if (later > maxReorderFrames) return later; // no reordering goes so far: the clock was set back
    highest.splice(later, 0, pts);
    if (highest.length > maxReorderFrames + 1) highest.pop();
    return later;
  }

  #timeAt(rank: number): number {
    const highest = this.#highest;
    const time = highest[rank];
    if (time !== undefined) return time;
    const lowest = highest.at(-1) ?? 0;
    return lowest - (rank - highest.length + 1) * this.#pictureTicks;
  }
}
