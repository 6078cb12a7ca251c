/**
 * What is wanted of a camera's recording right now: its policy, a recording started by hand, and what triggers ask for.
 * Lengths are measured on the monotonic clock, so that setting the wall clock neither cuts nor prolongs them.
 */
import type { Trigger } from '../archive/types.ts';
import type { Clock } from '../base/clock.ts';
import type { MonotonicMs, UnixMs } from '../base/units.ts';
import { unixMs } from '../base/units.ts';
import type { RecordingPolicy } from './policy.ts';
import { isWithin } from './schedule.ts';

export interface Demand {
  /** Null: nothing is wanted now. */
  readonly trigger: Trigger | null;
  /** Media is asked for now, to be there when it will be wanted. */
  readonly armed: boolean;
  /** So much of it is kept in memory. */
  readonly preMs: number;
}

interface Manual {
  /** Of the row that tells of it. */
  readonly eventId: string;
  /** Null: until it is stopped. */
  readonly ends: MonotonicMs | null;
  readonly endsWallMs: UnixMs | null;
}

/** A camera needs so long to be connected to and to send a keyframe: a window of the schedule begins on time. */
const leadInMs = 20_000;

export class Wishes {
  readonly #clock: Clock;
  #policy: RecordingPolicy;
  #manual: Manual | undefined;
  /** When what triggers ask for is over, on the monotonic clock. */
  #eventEnds = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, policy: RecordingPolicy) {
    this.#clock = clock;
    this.#policy = policy;
  }

  get policy(): RecordingPolicy {
    return this.#policy;
  }

  set policy(policy: RecordingPolicy) {
    this.#policy = policy;
  }

  get manual(): Manual | undefined {
    return this.#manual;
  }

  /** When a recording that was started by hand ends by itself. */
  get untilMs(): UnixMs | null {
    return this.#manual?.endsWallMs ?? null;
  }

  /** How long that takes; null: until it is stopped, or there is none. */
  get remainingMs(): number | null {
    const ends = this.#manual?.ends ?? null;
    return ends === null ? null : Math.max(0, ends - this.#clock.monotonicMs());
  }

  /** Another start replaces the one before. @param durationMs null: until it is stopped */
  start(eventId: string, durationMs: number | null): void {
    const { ends, endsWallMs } = this.#deadline(durationMs);
    this.#manual = { eventId, ends, endsWallMs };
  }

  stop(): void {
    this.#manual = undefined;
  }

  /** Something happens for `durationMs` from now on; what is asked for never gets shorter. */
  trigger(durationMs: number): void {
    const afterMs = durationMs + this.#policy.postSeconds * 1000;
    this.#eventEnds = Math.max(this.#eventEnds, this.#clock.monotonicMs() + afterMs);
  }

  /** The recording by hand whose time is over, once. */
  takeExpired(): Manual | undefined {
    const manual = this.#manual;
    if (!manual || manual.ends === null || this.#clock.monotonicMs() < manual.ends) return undefined;
    this.#manual = undefined;
    return manual;
  }

  now(): Demand {
    const { mode, schedule, preSeconds } = this.#policy;
    const nowMs = this.#clock.nowMs();
    const preMs = mode === 'event' || mode === 'manual' ? preSeconds * 1000 : 0;
    const opensSoon = mode === 'schedule' && isWithin(schedule, unixMs(nowMs + leadInMs));
    const armed = mode === 'event' || (mode === 'manual' && preMs > 0) || opensSoon;
    return { trigger: this.#trigger(nowMs), armed, preMs };
  }

  #trigger(nowMs: UnixMs): Trigger | null {
    const { mode, schedule } = this.#policy;
    if (mode === 'continuous') return 'continuous';
    if (this.#manual) return 'manual';
    if (mode === 'schedule') return isWithin(schedule, nowMs) ? 'schedule' : null;
    if (mode === 'event') return this.#clock.monotonicMs() < this.#eventEnds ? 'event' : null;
    return null;
  }

  #deadline(durationMs: number | null): Pick<Manual, 'ends' | 'endsWallMs'> {
    if (durationMs === null) return { ends: null, endsWallMs: null };
    const ends = (this.#clock.monotonicMs() + durationMs) as MonotonicMs;
    return { ends, endsWallMs: unixMs(this.#clock.nowMs() + durationMs) };
  }
}
