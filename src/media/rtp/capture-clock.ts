/**
 * When a picture was captured, in wall time.
 *
 * Best is the camera's own word: a sender report ties RTP time to its wall clock. Without one, or with a wrong one,
 * the unit that travelled fastest of late shows how RTP time runs against our clock, and every other unit was
 * captured as much before its arrival as it came later than that one would have.
 * Promise: never later than the arrival. A step of our own wall clock moves the answers by that step, nothing else.
 */
import { monotonicMs, unixMs, type Hertz, type MonotonicMs, type UnixMs } from '../../base/units.ts';

/** When something reached us, by both clocks. */
export interface Arrival {
  readonly wallMs: UnixMs;
  readonly monotonicMs: MonotonicMs;
}

export interface CaptureTime {
  readonly wallMs: UnixMs;
  readonly from: 'camera' | 'arrival';
}

/** A camera whose clock is off by more is not believed; networks and encoders together stay well below. */
const maxCameraClockErrorMs = 5000;

/**
 * The fastest unit of the last one to two windows counts: long enough to see one that met no queue,
 * short enough that 100 ppm of clock drift make 6 ms.
 */
const fastestWindowMs = 30_000;

export class CaptureClock {
  readonly #clockHz: Hertz;
  #report: { readonly time: number; readonly wallMs: UnixMs } | undefined;
  /** Smallest (arrival − RTP time) in ms of the current window and of the one before. */
  #fastestMs = Infinity;
  #fastestBeforeMs = Infinity;
  #windowEndMs = -Infinity;

  constructor(clockHz: Hertz) {
    this.#clockHz = clockHz;
  }

  /** A sender report: at RTP time `time` (unwrapped) the camera's clock showed `wallMs`. False: not believed. */
  useReport(time: number, wallMs: UnixMs, arrival: Arrival): boolean {
    const sane = Math.abs(wallMs - arrival.wallMs) <= maxCameraClockErrorMs;
    this.#report = sane ? { time, wallMs } : undefined;
    return sane;
  }

  /** RTP time no longer runs as it did: forgets everything. */
  reset(): void {
    this.#report = undefined;
    this.#fastestMs = Infinity;
    this.#fastestBeforeMs = Infinity;
    this.#windowEndMs = -Infinity;
  }

  /** How much sooner (positive) or later a unit of that RTP time came than the fastest of late. */
  earlyMs(time: number, at: MonotonicMs): number {
    const fastest = Math.min(this.#fastestMs, this.#fastestBeforeMs);
    return fastest === Infinity ? 0 : fastest - this.#travelMs(time, at);
  }

  /** Takes a unit into account and says when it was captured. */
  capture(time: number, arrival: Arrival): CaptureTime {
    this.#learn(time, arrival.monotonicMs);
    const camera = this.#byReport(time, arrival.wallMs);
    if (camera !== undefined) return { wallMs: camera, from: 'camera' };
    const delayMs = Math.max(0, -this.earlyMs(time, arrival.monotonicMs));
    return { wallMs: unixMs(arrival.wallMs - delayMs), from: 'arrival' };
  }

  #byReport(time: number, arrivalMs: UnixMs): UnixMs | undefined {
    if (this.#report === undefined) return undefined;
    const wallMs = this.#report.wallMs + ((time - this.#report.time) / this.#clockHz) * 1000;
    if (Math.abs(wallMs - arrivalMs) > maxCameraClockErrorMs) return undefined;
    return unixMs(Math.min(wallMs, arrivalMs));
  }

  #learn(time: number, at: MonotonicMs): void {
    if (at >= this.#windowEndMs) {
      this.#fastestBeforeMs = this.#fastestMs;
      this.#fastestMs = Infinity;
      this.#windowEndMs = monotonicMs(at + fastestWindowMs);
    }
    this.#fastestMs = Math.min(this.#fastestMs, this.#travelMs(time, at));
  }

  /** Arbitrary origin; only differences mean anything. */
  #travelMs(time: number, at: MonotonicMs): number {
    return at - (time / this.#clockHz) * 1000;
  }
}
