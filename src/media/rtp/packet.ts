/**
 * One RTP packet, RFC 3550, 5.1.
 *
 * In: the bytes of a datagram or of an interleaved frame. Out: header fields and payload, or why not.
 * CSRC list and header extension are skipped. Nothing is copied: the payload shares the bytes given.
 */
import { err, ok, type Result } from '../../base/result.ts';
import { putUint16, putUint32, uint16, uint32 } from './bytes.ts';

export interface RtpHeader {
  /** 0 to 127. */
  readonly payloadType: number;
  readonly marker: boolean;
  /** 16 bits, wraps. */
  readonly sequence: number;
  /** 32 bits, wraps; ticks of the track's clock. */
  readonly timestamp: number;
  /** 32 bits. */
  readonly ssrc: number;
}

export interface RtpPacket extends RtpHeader {
  /** May be empty. */
  readonly payload: Uint8Array;
}

export type RtpFault =
  | 'too-short' // less than the fixed header
  | 'wrong-version' // not version 2: not RTP at all
  | 'csrc-cut-off'
  | 'extension-cut-off'
  | 'bad-padding'; // zero, or more than there is

/** The fixed header, without CSRC and extension. */
export const rtpHeaderBytes = 12;

/** Never throws, whatever the bytes. */
export function parseRtp(bytes: Uint8Array): Result<RtpPacket, RtpFault> {
  if (bytes.length < rtpHeaderBytes) return err('too-short');
  const flags = bytes[0] ?? 0;
  if (flags >>> 6 !== 2) return err('wrong-version');
  let start = rtpHeaderBytes + 4 * (flags & 0x0f);
  if (start > bytes.length) return err('csrc-cut-off');
  if ((flags & 0x10) !== 0) {
    if (start + 4 > bytes.length) return err('extension-cut-off');
    start += 4 + 4 * uint16(bytes, start + 2);
    if (start > bytes.length) return err('extension-cut-off');
  }
  let end = bytes.length;
  if ((flags & 0x20) !== 0) {
    const padding = bytes[end - 1] ?? 0;
    if (padding === 0 || padding > end - start) return err('bad-padding');
    end -= padding;
  }
  const second = bytes[1] ?? 0;
  return ok({
    payloadType: second & 0x7f,
    marker: (second & 0x80) !== 0,
    sequence: uint16(bytes, 2),
    timestamp: uint32(bytes, 4),
    ssrc: uint32(bytes, 8),
    payload: bytes.subarray(start, end),
  });
}

/** Writes the fixed header at `at`; the payload belongs `rtpHeaderBytes` later. Fields are cut to their width. */
export function writeRtpHeader(target: Uint8Array, at: number, header: RtpHeader): void {
  target[at] = 0x80;
  target[at + 1] = (header.marker ? 0x80 : 0) | (header.payloadType & 0x7f);
  putUint16(target, at + 2, header.sequence);
  putUint32(target, at + 4, header.timestamp);
  putUint32(target, at + 8, header.ssrc);
}

/** A packet of its own: no CSRC, no extension, no padding. */
export function writeRtp(packet: RtpPacket): Uint8Array {
  const bytes = new Uint8Array(rtpHeaderBytes + packet.payload.length);
  writeRtpHeader(bytes, 0, packet);
  bytes.set(packet.payload, rtpHeaderBytes);
  return bytes;
}
