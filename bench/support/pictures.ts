/**
 * Two seconds of a 4 Mbit/s camera as RTP packets, made once and sent again and again.
 *
 * Real parameter sets (1280x720, 25 fps, from x264), slices filled with bytes that contain no start code.
 * 50 pictures: a keyframe of 100 KB and 49 others that bring the mean to 20 KB, in about 17 packets each.
 */
import { packetizeH264 } from '../../src/media/codec/h264/packetize.ts';
import { rtpHeaderBytes, writeRtpHeader } from '../../src/media/rtp/packet.ts';

export const framesPerSecond = 25;
export const gopFrames = 50;
const meanBytes = 20_000;
const keyframeBytes = 100_000;
const otherBytes = Math.round((meanBytes * gopFrames - keyframeBytes) / (gopFrames - 1));
/** Cameras stay below the 1500 bytes of Ethernet, most of them far below. */
const maxPayloadBytes = 1200;
const payloadType = 96;
/** `$`, channel, two bytes of length (RFC 2326, 10.12). */
const interleavedHeaderBytes = 4;
const clockHz = 90_000;

const sps = Buffer.from('Z01AH9kAUAW7ARAAAAMAEAAAAwMo8YMkgA==', 'base64');
const pps = Buffer.from('aOvDyyA=', 'base64');

export const sdp = [
  'v=0',
  'o=- 1 1 IN IP4 127.0.0.1',
  's=feed',
  't=0 0',
  'a=control:*',
  `m=video 0 RTP/AVP ${payloadType}`,
  `a=rtpmap:${payloadType} H264/${clockHz}`,
  `a=fmtp:${payloadType} packetization-mode=1;sprop-parameter-sets=${sps.toString('base64')},${pps.toString('base64')}`,
  'a=control:track1',
  '',
].join('\r\n');

/** One access unit with room for its numbers. */
export interface Picture {
  /** Interleaved frames, one after the other: `$`, channel 0, length, RTP packet. */
  readonly bytes: Buffer;
  /** Where the RTP packets lie in it. */
  readonly packets: readonly { readonly start: number; readonly end: number }[];
}

export function makeGop(ssrc: number): Picture[] {
  return Array.from({ length: gopFrames }, (_, frame) => {
    const nals = frame === 0 ? [sps, pps, slice(0x65, 0x88, keyframeBytes)] : [slice(0x41, 0x9a, otherBytes)];
    return packed(nals, ssrc);
  });
}

/** Gives the packets of a picture their numbers. Returns the sequence number after the last one. */
export function stamp(picture: Picture, frame: number, sequence: number): number {
  const timestamp = (frame * (clockHz / framesPerSecond)) >>> 0;
  for (const { start } of picture.packets) {
    picture.bytes.writeUInt16BE(sequence & 0xffff, start + 2);
    picture.bytes.writeUInt32BE(timestamp, start + 4);
    sequence += 1;
  }
  return sequence;
}

/** @param second begins with a one bit: the first macroblock of a picture (ITU-T H.264, 7.3.3) */
function slice(header: number, second: number, bytes: number): Uint8Array {
  const nal = new Uint8Array(bytes);
  for (let at = 0; at < bytes; at += 1) nal[at] = 1 + ((at * 97) % 251);
  nal[0] = header;
  nal[1] = second;
  return nal;
}

function packed(nals: readonly Uint8Array[], ssrc: number): Picture {
  const payloads = packetizeH264(nals, maxPayloadBytes);
  const headBytes = interleavedHeaderBytes + rtpHeaderBytes;
  const bytes = Buffer.alloc(payloads.reduce((sum, { payload }) => sum + headBytes + payload.length, 0));
  const packets: { start: number; end: number }[] = [];
  let at = 0;
  for (const { payload, marker } of payloads) {
    const start = at + interleavedHeaderBytes;
    bytes[at] = 0x24;
    bytes.writeUInt16BE(rtpHeaderBytes + payload.length, at + 2);
    writeRtpHeader(bytes, start, { payloadType, marker, sequence: 0, timestamp: 0, ssrc });
    bytes.set(payload, start + rtpHeaderBytes);
    at = start + rtpHeaderBytes + payload.length;
    packets.push({ start, end: at });
  }
  return { bytes, packets };
}
