/**
 * profile_tier_level of H.265 (ITU-T H.265, 7.3.3), and the codec string made from it
 * (ISO/IEC 14496-15, annex E.3).
 */
import type { BitReader } from '../../bits.ts';

export interface ProfileTierLevel {
  /** 0 to 3; 0 in all known streams. */
  readonly profileSpace: number;
  readonly highTier: boolean;
  readonly profileIdc: number;
  /** 32 flags; general_profile_compatibility_flag[0] is the highest bit. */
  readonly compatibilityFlags: number;
  /** Six bytes: source and constraint flags. */
  readonly constraintBytes: readonly number[];
  /** Thirty times the level: 120 is level 4. */
  readonly levelIdc: number;
}

/** @param maxSubLayersMinus1 0 to 6. */
export function readProfileTierLevel(reader: BitReader, maxSubLayersMinus1: number): ProfileTierLevel {
  const profileSpace = reader.bits(2);
  const highTier = reader.flag();
  const profileIdc = reader.bits(5);
  const compatibilityFlags = reader.bits(32);
  const constraintBytes: number[] = [];
  for (let i = 0; i < 6; i += 1) constraintBytes.push(reader.bits(8));
  const levelIdc = reader.bits(8);
  skipSubLayers(reader, maxSubLayersMinus1);
  return { profileSpace, highTier, profileIdc, compatibilityFlags, constraintBytes, levelIdc };
}

/** For example `hvc1.1.6.L120.90`. */
export function codecString(profile: ProfileTierLevel): string {
  const space = ['', 'A', 'B', 'C'][profile.profileSpace] ?? '';
  const constraints = profile.constraintBytes.slice(0, lastNonZero(profile.constraintBytes) + 1);
  return [
    'hvc1',
    `${space}${profile.profileIdc}`,
    reverseBits(profile.compatibilityFlags).toString(16).toUpperCase(),
    `${profile.highTier ? 'H' : 'L'}${profile.levelIdc}`,
    ...constraints.map((byte) => byte.toString(16).toUpperCase()),
  ].join('.');
}

function skipSubLayers(reader: BitReader, maxSubLayersMinus1: number): void {
  if (maxSubLayersMinus1 === 0) return;
  let bits = 0;
  for (let i = 0; i < 8; i += 1) {
    const present = i < maxSubLayersMinus1;
    if (!present)
      reader.skip(2); // reserved_zero_2bits
    else bits += (reader.flag() ? 88 : 0) + (reader.flag() ? 8 : 0);
  }
  reader.skip(bits);
}

function lastNonZero(bytes: readonly number[]): number {
  return bytes.findLastIndex((byte) => byte !== 0);
}

/** The string wants the flags with the first one lowest. */
function reverseBits(value: number): number {
  let reversed = 0;
  for (let bit = 0; bit < 32; bit += 1) reversed = (reversed << 1) | ((value >>> bit) & 1);
  return reversed >>> 0;
}
