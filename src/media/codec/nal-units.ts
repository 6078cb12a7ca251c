/**
 * How NAL units are laid into bytes, the same for H.264 and H.265: byte stream (Annex B of both),
 * length prefixes (ISO/IEC 14496-15), and emulation prevention (H.264, 7.4.1; H.265, 7.4.2).
 *
 * A NAL unit here is bare: no start code, no length. What is split shares its input's bytes; input never changes.
 */
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';

/** More than any real access unit: a 4K picture in slices of one row has about 140. */
export const maxNalsPerUnit = 1024;
/** A parameter set with all scaling lists has about 1 KB; avcC and hvcC cannot hold more than 65535 bytes. */
export const maxParameterSetBytes = 8192;

/** PPS of one stream together: real ones have 10 to 200 bytes. All that ids allow would be 2 MB, copied at every change. */
const maxPpsBytes = 65_536;

const startCode = Uint8Array.of(0, 0, 0, 1);
const shortStartCode = startCode.subarray(1);

/**
 * NAL units of a byte stream (Annex B), without start codes and the zeros around them. Empty ones are left out.
 * Bytes before the first start code count as a NAL unit: cameras put start codes into the middle of RTP payloads.
 * Stops after `maxNals`.
 */
export function splitAnnexB(bytes: Uint8Array, maxNals = maxNalsPerUnit): Uint8Array[] {
  const nals: Uint8Array[] = [];
  const view = asBuffer(bytes);
  let start = 0;
  while (start < view.length && nals.length < maxNals) {
    const found = view.indexOf(shortStartCode, start);
    const nal = trimTrailingZeros(bytes.subarray(start, found < 0 ? view.length : found));
    if (nal.length > 0) nals.push(nal);
    if (found < 0) break;
    start = found + shortStartCode.length;
  }
  return nals;
}

/** True if a start code lies within, which a NAL unit by itself cannot have. */
export function hasStartCode(bytes: Uint8Array): boolean {
  return asBuffer(bytes).includes(shortStartCode);
}

/** A byte stream with a four byte start code before each NAL unit. */
export function joinAnnexB(nals: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const nal of nals) length += startCode.length + nal.length;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const nal of nals) {
    bytes.set(startCode, at);
    bytes.set(nal, at + startCode.length);
    at += startCode.length + nal.length;
  }
  return bytes;
}

/** NAL units of a sample whose lengths have `lengthBytes` bytes (ISO/IEC 14496-15, 4.3.3). Empty ones are left out. */
export function splitLengthPrefixed(bytes: Uint8Array, lengthBytes: 1 | 2 | 4): Result<Uint8Array[], string> {
  const nals: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + lengthBytes > bytes.length) return err('NAL unit length cut off');
    let length = 0;
    for (let i = 0; i < lengthBytes; i += 1) length = length * 256 + (bytes[at + i] ?? 0);
    at += lengthBytes;
    if (at + length > bytes.length) return err('NAL unit longer than its sample');
    if (length > 0) nals.push(bytes.subarray(at, at + length));
    if (nals.length > maxNalsPerUnit) return err('too many NAL units in a sample');
    at += length;
  }
  return ok(nals);
}

/** One sample with a four byte length before each NAL unit. */
export function joinLengthPrefixed(nals: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const nal of nals) length += 4 + nal.length;
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const nal of nals) {
    view.setUint32(at, nal.length);
    bytes.set(nal, at + 4);
    at += 4 + nal.length;
  }
  return bytes;
}

/** The payload of a NAL unit: each 3 in `0 0 3` taken out. Reads at most `maxBytes`. */
export function removeEmulationPrevention(bytes: Uint8Array, maxBytes = maxParameterSetBytes): Uint8Array {
  const source = bytes.subarray(0, maxBytes);
  const payload = new Uint8Array(source.length);
  let zeros = 0;
  let length = 0;
  for (const byte of source) {
    if (zeros >= 2 && byte === 3) {
      zeros = 0;
      continue;
    }
    zeros = byte === 0 ? zeros + 1 : 0;
    payload[length] = byte;
    length += 1;
  }
  return payload.subarray(0, length);
}

/** A NAL unit never ends with a zero byte; cameras and byte streams add them (H.264, B.1.1). */
export function trimTrailingZeros(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return end === bytes.length ? bytes : bytes.subarray(0, end);
}

/** False for more picture parameter sets than any encoder makes. */
export function isReasonable(pps: readonly Uint8Array[]): boolean {
  let bytes = 0;
  for (const nal of pps) bytes += nal.length;
  return bytes <= maxPpsBytes;
}

/** Bytes of its own: `slice` would still share those of a Buffer. */
export function copyBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && asBuffer(a).equals(b);
}

/** The same bytes, with the fast searches of Buffer. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
