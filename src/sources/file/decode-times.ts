/**
 * Decoding times for pictures that come in decoding order with presentation times only.
 *
 * With at most R pictures moved, R earlier ones of the sorted presentation times have been shown when the n-th
 * is decoded; so the (n - R)-th smallest is a decoding time that rises steadily and is never above the
 * presentation time (ITU-T H.264, C.4.5.3, bumping, turned around).
 */

/** H.264 and H.265 allow 16 pictures in the buffer. */
const maxReorderFrames = 16;
/** Between decoding times when presentation times repeat or jump back. */
const smallestStepSeconds = 0.001;

export class DecodeTimes {
  readonly #reorderFrames: number;
  /** The largest presentation times so far, rising; at most R + 1. */
  readonly #waiting: number[] = [];
  #last = Number.NEGATIVE_INFINITY;

  /** @param reorderFrames R, from the sequence parameter set */
  constructor(reorderFrames: number) {
    this.#reorderFrames = Math.min(Math.max(0, reorderFrames), maxReorderFrames);
  }

  /**
   * The decoding time of the next picture. All in seconds.
   * @param frame time from one picture to the next, used for the first R pictures
   */
  next(presentation: number, frame: number): number {
    if (this.#waiting.length === 0) {
      for (let before = this.#reorderFrames; before > 0; before -= 1) {
        this.#waiting.push(presentation - before * frame);
      }
    }
    let at = this.#waiting.length;
    while (at > 0 && (this.#waiting[at - 1] ?? 0) > presentation) at -= 1;
    this.#waiting.splice(at, 0, presentation);
    const smallest = this.#waiting.shift() ?? presentation;
    this.#last = Math.max(smallest, this.#last + smallestStepSeconds);
    return this.#last;
  }
}
