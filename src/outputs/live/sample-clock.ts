/**
 * How long each sample lasts, said when it is sent, before the next one is here.
 *
 * It is foretold from the ones before. Times themselves stay the camera's own: a wrong guess moves nothing, and the
 * next sample begins where it says. Browsers close gaps and take overlaps of less than a frame.
 */

/** How fast the foretold interval follows a changed frame rate. */
const follow = 1 / 8;
/** An interval longer than this many foretold ones is a hole, not a frame rate. */
const holeIntervals = 4;

export class SampleClock {
  #intervalTicks: number;
  #lastDts: number | undefined;

  constructor(clockHz: number, firstSeconds: number) {
    this.#intervalTicks = firstSeconds * clockHz;
  }

  /** The next sample does not continue the last one. */
  restart(): void {
    this.#lastDts = undefined;
  }

  /** @returns the duration of the sample at `dts`, in ticks, at least 1. */
  place(dts: number): number {
    const interval = this.#lastDts === undefined ? this.#intervalTicks : dts - this.#lastDts;
    this.#lastDts = dts;
    if (interval <= holeIntervals * this.#intervalTicks) {
      this.#intervalTicks += (interval - this.#intervalTicks) * follow;
    }
    return Math.max(1, Math.round(this.#intervalTicks));
  }
}
