/**
 * Time as an argument. The real one is `io/clock.ts`; tests move `ManualClock` by hand.
 */
import type { MonotonicMs, UnixMs } from './units.ts';
import { monotonicMs, unixMs } from './units.ts';

export interface Timer {
  /** Does nothing when the timer has fired or was cancelled. */
  cancel(): void;
}

export interface Clock {
  /** Wall time: for people, files and captions. */
  nowMs(): UnixMs;
  /** For durations and deadlines. */
  monotonicMs(): MonotonicMs;
  /** Calls `run` once, `delayMs` from now. Does not keep the process alive. */
  after(delayMs: number, run: () => void): Timer;
}

interface Pending {
  readonly atMs: number;
  readonly run: () => void;
}

/** A clock that stands still until told otherwise. */
export class ManualClock implements Clock {
  #elapsedMs = 0;
  #wallMs: number;
  readonly #pending = new Set<Pending>();

  constructor(startMs = 1_700_000_000_000) {
    this.#wallMs = startMs;
  }

  nowMs(): UnixMs {
    return unixMs(this.#wallMs);
  }

  monotonicMs(): MonotonicMs {
    return monotonicMs(this.#elapsedMs);
  }

  after(delayMs: number, run: () => void): Timer {
    const pending = { atMs: this.#elapsedMs + Math.max(0, delayMs), run };
    this.#pending.add(pending);
    return { cancel: () => void this.#pending.delete(pending) };
  }

  /** Timers that wait to fire: whoever is closed should leave none. */
  get timers(): number {
    return this.#pending.size;
  }

  /** Moves both clocks, firing due timers in their order. */
  advance(ms: number): void {
    const endMs = this.#elapsedMs + ms;
    for (let next = this.#nextDue(endMs); next; next = this.#nextDue(endMs)) {
      this.#pending.delete(next);
      this.#moveTo(Math.max(next.atMs, this.#elapsedMs));
      next.run();
    }
    this.#moveTo(endMs);
  }

  /** The machine's clock is set: wall time jumps, durations do not. */
  stepWall(ms: number): void {
    this.#wallMs += ms;
  }

  #moveTo(elapsedMs: number): void {
    this.#wallMs += elapsedMs - this.#elapsedMs;
    this.#elapsedMs = elapsedMs;
  }

  #nextDue(endMs: number): Pending | undefined {
    let due: Pending | undefined;
    for (const pending of this.#pending) {
      if (pending.atMs <= endMs && (!due || pending.atMs < due.atMs)) due = pending;
    }
    return due;
  }
}
