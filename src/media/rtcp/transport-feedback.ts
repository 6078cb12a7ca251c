/**
 * Transport-wide congestion control feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01, 3.1).
 *
 * In:  the body of an RTCP packet of type 205, format 15. Out: an arrival time for each packet told of. Never throws;
 * a body of n bytes that says more than it holds is `too-short`.
 */
import { uint16, uint24, uint32 } from '../rtp/bytes.ts';
import type { TransportFeedback } from './packet.ts';

/** A receiver reports every 50 to 250 ms: 500 Mbit/s in 250 ms. */
const maxStatuses = 12_000;
const headerBytes = 16;
/** One unit of the reference time, and of a delta. */
const referenceUs = 64_000;
const deltaUs = 250;

/** How a packet's arrival is told. */
const status = { missing: 0, smallDelta: 1, largeDelta: 2 } as const;

export function readTransportFeedback(body: Uint8Array): TransportFeedback | 'too-short' {
  if (body.length < headerBytes) return 'too-short';
  const count = uint16(body, 10);
  if (count > maxStatuses) return 'too-short';
  const read = readStatuses(body, count);
  if (!read) return 'too-short';
  const arrivalUs = readArrivals(body, read.end, read.statuses);
  if (!arrivalUs) return 'too-short';
  return {
    kind: 'transport-feedback',
    sender: uint32(body, 0),
    media: uint32(body, 4),
    baseSequence: uint16(body, 8),
    arrivalUs,
  };
}

/** Chunks of 16 bits: a run of equal ones, or 14 of one bit, or 7 of two bits (3.1.2 to 3.1.4). */
function readStatuses(
  body: Uint8Array,
  count: number,
): { readonly statuses: readonly number[]; readonly end: number } | undefined {
  const statuses: number[] = [];
  let at = headerBytes;
  while (statuses.length < count) {
    if (at + 2 > body.length) return undefined;
    const chunk = uint16(body, at);
    at += 2;
    if ((chunk & 0x8000) === 0) {
      const run = Math.min(chunk & 0x1fff, count - statuses.length);
      for (let i = 0; i < run; i += 1) statuses.push((chunk >>> 13) & 3);
      // A run of none would go on for ever.
      if (run === 0) return undefined;
    } else if ((chunk & 0x4000) === 0) {
      for (let bit = 13; bit >= 0 && statuses.length < count; bit -= 1) statuses.push((chunk >>> bit) & 1);
    } else {
      for (let bit = 12; bit >= 0 && statuses.length < count; bit -= 2) statuses.push((chunk >>> bit) & 3);
    }
  }
  return { statuses, end: at };
}

/** Deltas of one byte, or of two with a sign, each counted from the arrival before (3.1.5). */
function readArrivals(
  body: Uint8Array,
  start: number,
  statuses: readonly number[],
): readonly (number | undefined)[] | undefined {
  const arrivals: (number | undefined)[] = [];
  let timeUs = ((uint24(body, 12) << 8) >> 8) * referenceUs;
  let at = start;
  for (const kind of statuses) {
    const bytes = kind === status.smallDelta ? 1 : kind === status.largeDelta ? 2 : 0;
    if (at + bytes > body.length) return undefined;
    if (bytes === 1) timeUs += (body[at] ?? 0) * deltaUs;
    if (bytes === 2) timeUs += ((uint16(body, at) << 16) >> 16) * deltaUs;
    arrivals.push(bytes === 0 ? undefined : timeUs);
    at += bytes;
  }
  return arrivals;
}
