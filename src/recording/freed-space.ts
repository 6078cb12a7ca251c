/**
 * Space that was deleted and may not show yet: files are unlinked after their rows, and volumes are looked at now and
 * then. Without it the same want of space would be met twice.
 */
import type { Clock } from '../base/clock.ts';

interface Freed {
  readonly volumeId: string;
  readonly bytes: number;
  readonly untilMs: number;
}

/** Volumes are looked at every 10 s, and unlinking takes a moment. */
const shownAfterMs = 20_000;

export class FreedSpace {
  readonly #clock: Clock;
  #freed: readonly Freed[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(volumeId: string, bytes: number): void {
    const nowMs = this.#clock.monotonicMs();
    const still = this.#freed.filter(({ untilMs }) => untilMs > nowMs);
    const last = still.at(-1);
    const untilMs = nowMs + shownAfterMs;
    // One entry for all that is deleted at one moment: a turn deletes thousands.
    if (last && last.volumeId === volumeId && last.untilMs === untilMs) {
      this.#freed = [...still.slice(0, -1), { ...last, bytes: last.bytes + bytes }];
    } else this.#freed = [...still, { volumeId, bytes, untilMs }];
  }

  /** Bytes of a volume that will show as free. */
  on(volumeId: string): number {
    const nowMs = this.#clock.monotonicMs();
    const waiting = this.#freed.filter((freed) => freed.volumeId === volumeId && freed.untilMs > nowMs);
    return waiting.reduce((sum, { bytes }) => sum + bytes, 0);
  }
}
