/**
 * What one RTP payload of H.265 holds (RFC 7798, 4.4). NAL units are taken in packet order: with decoding order
 * numbers (`sprop-max-don-diff` above 0) the numbers are read over, and no known camera interleaves.
 */
import type { NalPayload } from '../nal-payload.ts';
import { brokenPayload, emptyPayload, ignoredPayload, readAggregate } from '../nal-payload.ts';
import { nalHeaderBytes, typeOf } from './nal.ts';

export const packetType = { aggregation: 48, fragmentation: 49, paci: 50 } as const;

const forbiddenBit = 0x80;
const fragmentStart = 0x80;
const fragmentEnd = 0x40;
const donlBytes = 2;
const dondBytes = 1;

/** Shares the payload's bytes, but for single NAL units with a decoding order number. Never throws. */
export function readH265Payload(payload: Uint8Array, hasDonl: boolean): NalPayload {
  if (payload.length === 0) return emptyPayload;
  if (((payload[0] ?? 0) & forbiddenBit) !== 0) return brokenPayload('forbidden bit is set');
  if (payload.length < nalHeaderBytes) return brokenPayload('payload header cut off');
  const type = typeOf(payload);
  if (type < packetType.aggregation)
    return { kind: 'nals', nals: [hasDonl ? withoutDonl(payload) : payload] };
  if (type === packetType.fragmentation) return readFragment(payload, hasDonl);
  if (type === packetType.aggregation) {
    return hasDonl
      ? readAggregate(payload, nalHeaderBytes + donlBytes, dondBytes)
      : readAggregate(payload, nalHeaderBytes);
  }
  if (type === packetType.paci) return brokenPayload('PACI packet');
  return ignoredPayload(`packet of the undefined type ${type}`);
}

/** RFC 7798, 4.4.3: the number stands in the first fragment only. */
function readFragment(payload: Uint8Array, hasDonl: boolean): NalPayload {
  const fuHeader = payload[2];
  if (fuHeader === undefined) return brokenPayload('fragment cut off');
  const type = fuHeader & 63;
  if (type >= packetType.aggregation) return brokenPayload(`fragment of the type ${type}`);
  const first = (fuHeader & fragmentStart) !== 0;
  const headerByte = ((payload[0] ?? 0) & 0x81) | (type << 1);
  return {
    kind: 'fragment',
    header: (headerByte << 8) | (payload[1] ?? 0),
    first,
    last: (fuHeader & fragmentEnd) !== 0,
    part: payload.subarray(3 + (first && hasDonl ? donlBytes : 0)),
  };
}

function withoutDonl(payload: Uint8Array): Uint8Array {
  const nal = new Uint8Array(Math.max(nalHeaderBytes, payload.length - donlBytes));
  nal.set(payload.subarray(0, nalHeaderBytes));
  nal.set(payload.subarray(nalHeaderBytes + donlBytes), nalHeaderBytes);
  return nal;
}
