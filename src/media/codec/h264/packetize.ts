/**
 * H.264 access units to RTP payloads: RFC 6184, packetization mode 1 (single NAL unit, STAP-A, FU-A).
 */
import type { Packetize } from '../../rtp/payload.ts';
import { nalPacketizer } from '../nal-packetizer.ts';
import type { FragmentPosition } from '../nal-packetizer.ts';
import { packetType } from './payload.ts';

/** NAL units come back from `H264Depacketizer` as they went in. Throws if the limit is below `minPayloadBytes`. */
export const packetizeH264: Packetize = nalPacketizer({
  headerBytes: 1,
  fragmentHeaderBytes: 2,
  writeAggregateHeader,
  writeFragmentHeader,
});

/** STAP-A: the highest importance of its NAL units (5.7). */
function writeAggregateHeader(nals: readonly Uint8Array[], payload: Uint8Array): void {
  let importance = 0;
  for (const nal of nals) importance = Math.max(importance, (nal[0] ?? 0) & 0x60);
  payload[0] = importance | packetType.stapA;
}

/** FU-A: 5.8 */
function writeFragmentHeader(nal: Uint8Array, position: FragmentPosition, payload: Uint8Array): void {
  const header = nal[0] ?? 0;
  payload[0] = (header & 0xe0) | packetType.fuA;
  payload[1] = (position.first ? 0x80 : 0) | (position.last ? 0x40 : 0) | (header & 31);
}
