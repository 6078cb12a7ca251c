/**
 * Notices when the machine's clock is set: wall time and the monotonic clock no longer agree.
 */
import type { Clock } from '../base/clock.ts';

/** A clock that is adjusted smoothly (NTP: 500 ppm) stays far below between two looks. */
const stepMs = 1000;

export class ClockWatch {
  readonly #clock: Clock;
  #offsetMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#offsetMs = clock.nowMs() - clock.monotonicMs();
  }

  /** To be called about once a second. @returns by how much the clock was set since, positive forward; 0: it was not */
  look(): number {
    const offsetMs = this.#clock.nowMs() - this.#clock.monotonicMs();
    const movedMs = offsetMs - this.#offsetMs;
    this.#offsetMs = offsetMs;
    return Math.abs(movedMs) > stepMs ? movedMs : 0;
  }
}
