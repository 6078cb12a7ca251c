/**
 * NAL unit types of H.264 (ITU-T H.264, table 7-1) and the few header fields that access units need.
 */
import { BitReader } from '../../bits.ts';
import { removeEmulationPrevention } from '../nal-units.ts';

export const nalType = {
  slice: 1,
  partitionA: 2,
  idr: 5,
  sei: 6,
  sps: 7,
  pps: 8,
  accessUnitDelimiter: 9,
  endOfSequence: 10,
  endOfStream: 11,
  filler: 12,
} as const;

/** Payload type of the recovery point SEI message (H.264, D.1.8). */
const recoveryPoint = 6;
/** Enough for the fields at the head of a slice. */
export const sliceHeadBytes = 16;
/** SEI messages before the recovery point that we look past. */
const maxSeiMessages = 16;
/** SEI units are small; camera makers' own data may be longer, and comes after. */
const maxSeiBytes = 1024;

export function typeOf(nal: Uint8Array): number {
  return (nal[0] ?? 0) & 31;
}

/** Coded slice data of a primary picture, whole or as partition A, B or C. */
export function isSlice(type: number): boolean {
  return type >= nalType.slice && type <= nalType.idr;
}

/** True for the first slice of a picture: first_mb_in_slice is 0, which is a single one bit (7.3.3, 9.1). */
export function startsPicture(slice: Uint8Array): boolean {
  return hasSliceHeader(typeOf(slice)) && ((slice[1] ?? 0) & 0x80) !== 0;
}

/** pic_parameter_set_id of a slice (7.3.3); undefined for partitions B and C, and for too few bytes. */
export function ppsIdOf(slice: Uint8Array): number | undefined {
  if (!hasSliceHeader(typeOf(slice))) return undefined;
  const reader = new BitReader(removeEmulationPrevention(slice.subarray(1), sliceHeadBytes));
  reader.ue(); // first_mb_in_slice
  reader.ue(); // slice_type
  const id = reader.ue();
  return reader.failed ? undefined : id;
}

/** True if a SEI unit announces that decoding may begin here without an IDR picture. */
export function hasRecoveryPoint(sei: Uint8Array): boolean {
  const bytes = removeEmulationPrevention(sei.subarray(1), maxSeiBytes);
  let at = 0;
  for (let message = 0; message < maxSeiMessages && at + 1 < bytes.length; message += 1) {
    const type = readSeiNumber(bytes, at);
    const size = readSeiNumber(bytes, type.next);
    if (type.value === recoveryPoint) return true;
    at = size.next + size.value;
  }
  return false;
}

/** Partitions B and C have none. */
function hasSliceHeader(type: number): boolean {
  return type === nalType.slice || type === nalType.partitionA || type === nalType.idr;
}

/** A number as a row of 255s and a last byte (H.264, 7.3.2.3.1). */
function readSeiNumber(bytes: Uint8Array, start: number): { value: number; next: number } {
  let at = start;
  let value = 0;
  while (bytes[at] === 255) {
    value += 255;
    at += 1;
  }
  return { value: value + (bytes[at] ?? 0), next: at + 1 };
}
