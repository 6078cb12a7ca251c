/**
 * Which pictures to take so that there are at most so many a second, evenly.
 *
 * In: capture times, rising but for steps of a clock. Out: take it or leave it. Pictures are due on a grid, and one that
 * is half a step early is taken: jitter of a quarter of a step then costs no pictures when the rates are the same.
 */
export class FrameRate {
  readonly #stepMs: number;
  #dueMs: number | undefined;

  constructor(framesPerSecond: number) {
    this.#stepMs = 1000 / framesPerSecond;
  }

  /** True when this picture is to be taken; it then counts as taken. @param captureMs Unix ms */
  isDue(captureMs: number): boolean {
    const earlyMs = this.#dueMs === undefined ? 0 : this.#dueMs - captureMs;
    // Much too early: the clock was set back.
    if (earlyMs > this.#stepMs / 2 && earlyMs <= 2 * this.#stepMs) return false;
    const onGrid = Math.abs(earlyMs) <= this.#stepMs && this.#dueMs !== undefined;
    this.#dueMs = (onGrid ? captureMs + earlyMs : captureMs) + this.#stepMs;
    return true;
  }
}
