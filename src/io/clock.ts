/**
 * The real clock.
 */
import type { Clock } from '../base/clock.ts';
import { monotonicMs, unixMs } from '../base/units.ts';

/** Node takes longer delays for 1 ms; about 24.8 days. */
const maxDelayMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  nowMs: () => unixMs(Date.now()),
  monotonicMs: () => monotonicMs(performance.now()),
  after: (delayMs, run) => {
    const timer = setTimeout(run, Math.min(Math.max(0, delayMs), maxDelayMs)).unref();
    return { cancel: () => clearTimeout(timer) };
  },
};
