/**
 * NTP timestamps as RTCP carries them (RFC 3550, 4): seconds since 1900 and 1/2^32 s.
 */
import { unixMs, type UnixMs } from '../../base/units.ts';

export interface NtpTime {
  /** 32 bits. */
  readonly seconds: number;
  /** 32 bits, in 1/2^32 s. */
  readonly fraction: number;
}

/** From 1900-01-01 to 1970-01-01. */
const secondsTo1970 = 2_208_988_800;
const twoTo32 = 0x1_0000_0000;

/** Seconds below 2^31 are of the next era, from 2036 on (RFC 4330, 3). */
export function ntpToUnixMs(time: NtpTime): UnixMs {
  const era = time.seconds < 0x8000_0000 ? twoTo32 : 0;
  return unixMs((time.seconds + era - secondsTo1970) * 1000 + (time.fraction * 1000) / twoTo32);
}

export function unixMsToNtp(time: UnixMs): NtpTime {
  const wholeSeconds = Math.floor(time / 1000);
  const fraction = Math.floor(((time - wholeSeconds * 1000) / 1000) * twoTo32);
  return { seconds: (wholeSeconds + secondsTo1970) % twoTo32, fraction };
}

/** The middle 32 bits, as report blocks repeat them (RFC 3550, 6.4.1: LSR). */
export function ntpMiddle(time: NtpTime): number {
  return (time.seconds % 0x1_0000) * 0x1_0000 + Math.floor(time.fraction / 0x1_0000);
}

/** A sender without a wall clock sends zero (RFC 3550, 6.4.1). */
export function isNoTime(time: NtpTime): boolean {
  return time.seconds === 0 && time.fraction === 0;
}
