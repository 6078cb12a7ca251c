/**
 * Rates of one stream, from what passes through it. One call per access unit, no allocation.
 */
import type { MonotonicMs, UnixMs } from '../base/units.ts';
import { ticksToSeconds } from '../base/units.ts';
import type { AccessUnit, Track } from '../media/track.ts';
import { isVideo, unitBytes } from '../media/track.ts';

/** Rates are means over this many whole seconds: steady to read, yet a change shows quickly. */
const windowSeconds = 5;

export class Statistics {
  bytesReceived = 0;
  unitsReceived = 0;
  gopSeconds: number | null = null;
  lastPictureMs: UnixMs | null = null;
  #lastKeyAtMs: MonotonicMs | null = null;
  #lastKeyDtsSeconds: number | null = null;
  readonly #bytesBySecond = new Float64Array(windowSeconds + 1);
  readonly #framesBySecond = new Float64Array(windowSeconds + 1);
  #second = 0;
  #firstSecond: number | null = null;
  #tracks: readonly Track[] = [];

  /** A new connection or configuration: the GOP length has to be measured anew. */
  reset(tracks: readonly Track[]): void {
    this.#tracks = tracks;
    this.#lastKeyDtsSeconds = null;
  }

  count(unit: AccessUnit, nowMs: MonotonicMs): void {
    const bytes = unitBytes(unit);
    this.bytesReceived += bytes;
    this.unitsReceived += 1;
    this.#turnTo(nowMs);
    const slot = this.#second % (windowSeconds + 1);
    this.#bytesBySecond[slot] = (this.#bytesBySecond[slot] ?? 0) + bytes;
    const track = this.#tracks[unit.track];
    if (!track || !isVideo(track.codec)) return;
    this.#framesBySecond[slot] = (this.#framesBySecond[slot] ?? 0) + 1;
    this.lastPictureMs = unit.wallMs;
    if (unit.key) this.#countKey(ticksToSeconds(unit.dts, track.clockHz), nowMs);
  }

  /** Mean over the last whole seconds. */
  bitrateBps(nowMs: MonotonicMs): number {
    return Math.round(this.#mean(this.#bytesBySecond, nowMs) * 8);
  }

  framesPerSecond(nowMs: MonotonicMs): number {
    return Math.round(this.#mean(this.#framesBySecond, nowMs) * 10) / 10;
  }

  keyframeAgeMs(nowMs: MonotonicMs): number | null {
    return this.#lastKeyAtMs === null ? null : Math.round(nowMs - this.#lastKeyAtMs);
  }

  #countKey(dtsSeconds: number, nowMs: MonotonicMs): void {
    if (this.#lastKeyDtsSeconds !== null) {
      this.gopSeconds = Math.round((dtsSeconds - this.#lastKeyDtsSeconds) * 1000) / 1000;
    }
    this.#lastKeyDtsSeconds = dtsSeconds;
    this.#lastKeyAtMs = nowMs;
  }

  /** Empties the slots of seconds that passed since the last call. */
  #turnTo(nowMs: MonotonicMs): void {
    const second = Math.floor(nowMs / 1000);
    this.#firstSecond ??= second;
    const passed = Math.min(second - this.#second, windowSeconds + 1);
    for (let i = 0; i < passed; i++) {
      const slot = (second - i) % (windowSeconds + 1);
      this.#bytesBySecond[slot] = 0;
      this.#framesBySecond[slot] = 0;
    }
    this.#second = second;
  }

  #mean(slots: Float64Array, nowMs: MonotonicMs): number {
    if (this.#firstSecond === null) return 0;
    this.#turnTo(nowMs);
    const current = this.#second % (windowSeconds + 1);
    const wholeSeconds = Math.min(windowSeconds, this.#second - this.#firstSecond);
    let sum = 0;
    for (const [slot, value] of slots.entries()) if (slot !== current) sum += value;
    // In its first second a stream has no whole second yet: what came so far is the best answer.
    return wholeSeconds === 0 ? (slots[current] ?? 0) : sum / wholeSeconds;
  }
}
