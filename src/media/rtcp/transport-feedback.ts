/**
 * Transport-wide congestion control feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01, 3.1).
 *
 * In:  the body of an RTCP packet of type 205, format 15. Out: an arrival time for each packet told of. Never throws;
 * a body that says more than it holds is `too-short`. Two bytes can tell of 8191 packets, so the caller sets a limit.
 */
import { uint16, uint24, uint32 } from '../rtp/bytes.ts';
import type { TransportFeedback } from './packet.ts';

const headerBytes = 16;
/** One unit of the reference time, and of a delta. */
const referenceUs = 64_000;
const deltaUs = 250;

/** How a packet's arrival is told. */
const status = { missing: 0, smallDelta: 1, largeDelta: 2 } as const;

/** @param maxPackets told of; more is `too-much`. */
export function readTransportFeedback(
  body: Uint8Array,
  maxPackets: number,
): TransportFeedback | 'too-short' | 'too-much' {
  if (body.length < headerBytes) return 'too-short';
  const count = uint16(body, 10);
  if (count > maxPackets) return 'too-much';
  const statuses = readStatuses(body, count);
  const arrivalUs = statuses && readArrivals(body, statuses.end, statuses.kinds);
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
): { readonly kinds: Uint8Array; readonly end: number } | undefined {
  const kinds = new Uint8Array(count);
  let at = headerBytes;
  for (let done = 0; done < count; at += 2) {
    if (at + 2 > body.length) return undefined;
    const chunk = uint16(body, at);
    if ((chunk & 0x8000) === 0) {
      const run = chunk & 0x1fff;
      // A run of none would go on for ever.
      if (run === 0) return undefined;
      kinds.fill(chunk >>> 13, done, done + run);
      done += run;
    } else if ((chunk & 0x4000) === 0) {
      // Bits beyond the count fall off the end of the array.
      for (let bit = 13; bit >= 0; bit -= 1) kinds[done++] = (chunk >>> bit) & 1;
    } else {
      for (let bit = 12; bit >= 0; bit -= 2) kinds[done++] = (chunk >>> bit) & 3;
    }
  }
  return { kinds, end: at };
}

/** Deltas of one byte, or of two with a sign, each counted from the arrival before (3.1.5). */
function readArrivals(
  body: Uint8Array,
  start: number,
  kinds: Uint8Array,
): readonly (number | undefined)[] | undefined {
  const arrivals: (number | undefined)[] = [];
  let timeUs = ((uint24(body, 12) << 8) >> 8) * referenceUs;
  let at = start;
  for (const kind of kinds) {
    const bytes = kind === status.smallDelta ? 1 : kind === status.largeDelta ? 2 : 0;
    if (at + bytes > body.length) return undefined;
    if (bytes === 1) timeUs += (body[at] ?? 0) * deltaUs;
    if (bytes === 2) timeUs += ((uint16(body, at) << 16) >> 16) * deltaUs;
    arrivals.push(bytes === 0 ? undefined : timeUs);
    at += bytes;
  }
  return arrivals;
}
