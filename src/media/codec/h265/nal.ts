/**
 * NAL unit types of H.265 (ITU-T H.265, table 7-1) and the few header fields that access units need.
 */
import { BitReader } from '../../bits.ts';
import { removeEmulationPrevention } from '../nal-units.ts';

export const nalType = {
  lastSlice: 31,
  firstIrap: 16,
  lastIrap: 23,
  vps: 32,
  sps: 33,
  pps: 34,
  accessUnitDelimiter: 35,
  endOfSequence: 36,
  endOfStream: 37,
  filler: 38,
  prefixSei: 39,
  suffixSei: 40,
} as const;

/** Bytes of every NAL unit header (7.3.1.2). */
export const nalHeaderBytes = 2;
/** Enough for the three fields at the head of a slice. */
const sliceHeadBytes = 12;

export function typeOf(nal: Uint8Array): number {
  return ((nal[0] ?? 0) >> 1) & 63;
}

/** Coded slice segments. */
export function isSlice(type: number): boolean {
  return type <= nalType.lastSlice;
}

/** Intra random access point: decoding can start here. */
export function isRandomAccess(type: number): boolean {
  return type >= nalType.firstIrap && type <= nalType.lastIrap;
}

/** first_slice_segment_in_pic_flag (7.3.6.1) */
export function startsPicture(slice: Uint8Array): boolean {
  return ((slice[nalHeaderBytes] ?? 0) & 0x80) !== 0;
}

/** slice_pic_parameter_set_id (7.3.6.1); undefined for too few bytes. */
export function ppsIdOf(slice: Uint8Array): number | undefined {
  const reader = new BitReader(removeEmulationPrevention(slice.subarray(nalHeaderBytes), sliceHeadBytes));
  reader.skip(1); // first_slice_segment_in_pic_flag
  if (isRandomAccess(typeOf(slice))) reader.skip(1); // no_output_of_prior_pics_flag
  const id = reader.ue();
  return reader.failed ? undefined : id;
}
