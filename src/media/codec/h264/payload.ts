/**
 * What one RTP payload of H.264 holds (RFC 6184, 5.2): packetization modes 0 and 1.
 */
import type { NalPayload } from '../nal-payload.ts';
import { brokenPayload, emptyPayload, ignoredPayload, readAggregate } from '../nal-payload.ts';

export const packetType = { stapA: 24, fuA: 28 } as const;

const forbiddenBit = 0x80;
const fragmentStart = 0x80;
const fragmentEnd = 0x40;

/** Shares the payload's bytes. Never throws, whatever they are. */
export function readH264Payload(payload: Uint8Array): NalPayload {
  const header = payload[0];
  if (header === undefined) return emptyPayload;
  if ((header & forbiddenBit) !== 0) return brokenPayload('forbidden bit is set');
  const type = header & 31;
  if (type >= 1 && type <= 23) return { kind: 'nals', nals: [payload] };
  if (type === packetType.stapA) return readAggregate(payload, 1);
  if (type === packetType.fuA) return readFragment(payload, header);
  // 0, 30 and 31 must be ignored (5.2); the others belong to the interleaved mode.
  if (type === 0 || type > 29) return ignoredPayload(`packet of the undefined type ${type}`);
  return brokenPayload(`packet type ${type} of the interleaved mode`);
}

/** RFC 6184, 5.8 */
function readFragment(payload: Uint8Array, indicator: number): NalPayload {
  const fuHeader = payload[1];
  if (fuHeader === undefined) return brokenPayload('fragment cut off');
  const type = fuHeader & 31;
  if (type === 0 || type > 23) return brokenPayload(`fragment of the type ${type}`);
  return {
    kind: 'fragment',
    header: (indicator & 0xe0) | type,
    first: (fuHeader & fragmentStart) !== 0,
    last: (fuHeader & fragmentEnd) !== 0,
    part: payload.subarray(2),
  };
}
