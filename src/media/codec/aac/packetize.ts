/**
 * AAC into RTP: MPEG4-GENERIC in mode AAC-hbr (RFC 3640, 3.3.6), one frame per packet, or one in pieces.
 */
import type { Packetize, RtpPayload } from '../../rtp/payload.ts';
import type { AacConfig } from '../../track.ts';

const sizeBits = 13;
const indexBits = 3;
/** The headers' length, and one header. */
const headerBytes = 4;
const maxFrameBytes = 2 ** sizeBits - 1;

/** One AAC frame. Nothing comes out for one that is empty, or too long for the 13 bits of its size. */
export const packetizeAac: Packetize = (nals, maxPayloadBytes) => {
  const [frame] = nals;
  const roomBytes = maxPayloadBytes - headerBytes;
  if (!frame || frame.length === 0 || frame.length > maxFrameBytes || roomBytes <= 0) return [];
  const payloads: RtpPayload[] = [];
  for (let offset = 0; offset < frame.length; offset += roomBytes) {
    const piece = frame.subarray(offset, offset + roomBytes);
    const marker = offset + piece.length === frame.length;
    payloads.push({ payload: withHeader(frame.length, piece), marker, timeOffset: 0 });
  }
  return payloads;
};

/** The `fmtp` parameters that tell a receiver how `packetizeAac` packs (RFC 3640, 4.1). */
export function aacFmtp(config: AacConfig): string {
  const hex = Array.from(config.audioSpecificConfig, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return [
    'streamtype=5', // audio
    'profile-level-id=1',
    'mode=AAC-hbr',
    `sizelength=${sizeBits}`,
    `indexlength=${indexBits}`,
    `indexdeltalength=${indexBits}`,
    `config=${hex}`,
  ].join(';');
}

function withHeader(frameBytes: number, piece: Uint8Array): Uint8Array {
  const payload = new Uint8Array(headerBytes + piece.length);
  const header = frameBytes << indexBits;
  payload[1] = sizeBits + indexBits; // AU-headers-length
  payload[2] = header >> 8;
  payload[3] = header & 0xff;
  payload.set(piece, headerBytes);
  return payload;
}
