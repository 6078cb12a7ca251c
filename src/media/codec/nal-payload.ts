/**
 * What one RTP payload holds, in the same words for H.264 (RFC 6184) and H.265 (RFC 7798).
 */
import { maxNalsPerUnit } from './nal-units.ts';

export type NalPayload =
  | { readonly kind: 'nals'; readonly nals: readonly Uint8Array[] }
  | NalFragment
  /** Thrown away; the picture does not miss it. */
  | { readonly kind: 'ignored'; readonly reason: string }
  /** Unreadable; the picture it belongs to is lost. */
  | { readonly kind: 'broken'; readonly reason: string };

export interface NalFragment {
  readonly kind: 'fragment';
  /** The NAL unit header that the fragments share: one byte in H.264, two in H.265. */
  readonly header: number;
  readonly first: boolean;
  readonly last: boolean;
  /** Without the NAL unit header. */
  readonly part: Uint8Array;
}

/** No bytes at all, as in packets of padding. Its marker still counts. */
export const emptyPayload: NalPayload = { kind: 'nals', nals: [] };

export function ignoredPayload(reason: string): NalPayload {
  return { kind: 'ignored', reason };
}

export function brokenPayload(reason: string): NalPayload {
  return { kind: 'broken', reason };
}

/**
 * NAL units with 16 bit lengths before them (STAP-A: RFC 6184, 5.7.1; AP: RFC 7798, 4.4.2).
 * `gapBytes` stand before the second and every later length (DOND). Empty NAL units are left out: cameras send them.
 */
export function readAggregate(payload: Uint8Array, start: number, gapBytes = 0): NalPayload {
  const nals: Uint8Array[] = [];
  let at = start;
  while (at < payload.length) {
    const length = (payload[at] ?? 0) * 256 + (payload[at + 1] ?? 0);
    at += 2;
    if (at + length > payload.length) return brokenPayload('aggregate cut off');
    if (length > 0) nals.push(payload.subarray(at, at + length));
    if (nals.length > maxNalsPerUnit) return brokenPayload('aggregate of too many NAL units');
    at += length + gapBytes;
  }
  return { kind: 'nals', nals };
}
