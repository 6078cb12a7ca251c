/**
 * H.265 access units to RTP payloads: RFC 7798 (single NAL unit, AP, FU), without decoding order numbers.
 */
import type { Packetize } from '../../rtp/payload.ts';
import { nalPacketizer } from '../nal-packetizer.ts';
import type { FragmentPosition } from '../nal-packetizer.ts';
import { nalHeaderBytes, typeOf } from './nal.ts';
import { packetType } from './payload.ts';

/** NAL units come back from `H265Depacketizer` as they went in. Throws if the limit is below `minPayloadBytes`. */
export const packetizeH265: Packetize = nalPacketizer({
  headerBytes: nalHeaderBytes,
  fragmentHeaderBytes: 3,
  writeAggregateHeader,
  writeFragmentHeader,
});

/** AP: the lowest layer and the lowest temporal id of its NAL units (4.4.2). */
function writeAggregateHeader(nals: readonly Uint8Array[], payload: Uint8Array): void {
  let layer = 63;
  let temporal = 7;
  for (const nal of nals) {
    const header = ((nal[0] ?? 0) << 8) | (nal[1] ?? 0);
    layer = Math.min(layer, (header >> 3) & 63);
    temporal = Math.min(temporal, header & 7);
  }
  payload[0] = (packetType.aggregation << 1) | (layer >> 5);
  payload[1] = ((layer & 31) << 3) | temporal;
}

/** FU: 4.4.3 */
function writeFragmentHeader(nal: Uint8Array, position: FragmentPosition, payload: Uint8Array): void {
  payload[0] = ((nal[0] ?? 0) & 0x81) | (packetType.fragmentation << 1);
  payload[1] = nal[1] ?? 0;
  payload[2] = (position.first ? 0x80 : 0) | (position.last ? 0x40 : 0) | typeOf(nal);
}
