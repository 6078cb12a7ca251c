/**
 * How often a worker process had to be started again.
 */
import type { MonotonicMs } from '../../base/units.ts';

/** More in an hour are told as so many: nobody counts further. */
const maxRemembered = 100;

export class Restarts {
  /** Since the server started. */
  total = 0;
  readonly #at: MonotonicMs[] = [];

  note(nowMs: MonotonicMs): void {
    this.total += 1;
    this.#at.push(nowMs);
    if (this.#at.length > maxRemembered) this.#at.shift();
  }

  /** How many there were since `sinceMs`. */
  since(sinceMs: number): number {
    return this.#at.filter((at) => at >= sinceMs).length;
  }
}
