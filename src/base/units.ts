/**
 * Numbers that know their unit. A brand costs nothing at run time and stops
 * ticks from being added to milliseconds.
 */
declare const unit: unique symbol;
type Unit<Name extends string> = number & { readonly [unit]: Name };

/** Time on a track's own clock, counted from 1970-01-01 UTC, unwrapped; a safe integer. */
export type Ticks = Unit<'ticks'>;
/** Ticks per second of a track's clock, for example 90000 for video (RFC 3551, 4). */
export type Hertz = Unit<'hertz'>;
/** Milliseconds since 1970-01-01 UTC; may step when the machine's clock is set. */
export type UnixMs = Unit<'unixMs'>;
/** Milliseconds of a clock that never steps; only differences mean anything. */
export type MonotonicMs = Unit<'monotonicMs'>;

export const ticks = (value: number): Ticks => value as Ticks;
export const hertz = (value: number): Hertz => value as Hertz;
export const unixMs = (value: number): UnixMs => value as UnixMs;
export const monotonicMs = (value: number): MonotonicMs => value as MonotonicMs;

/** Ticks as seconds. */
export const ticksToSeconds = (time: number, clock: Hertz): number => time / clock;
/** A moment in UTC on a track's clock, rounded to the nearest tick. */
export const unixMsToTicks = (time: UnixMs, clock: Hertz): Ticks =>
  Math.round((time * clock) / 1000) as Ticks;
