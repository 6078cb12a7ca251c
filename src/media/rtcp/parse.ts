/**
 * Compound RTCP packets into values.
 *
 * In: one datagram or interleaved frame. Out: the packets we know, in order, and what was wrong if something was.
 * APP and unknown types are skipped (RFC 3550, 6.1). What stands before a damaged packet is kept.
 * Never throws; a compound of n bytes yields at most n/4 packets.
 */
import { uint16, uint24, uint32 } from '../rtp/bytes.ts';
import { readTransportFeedback } from './transport-feedback.ts';
import { rtcpType, type ReportBlock, type RtcpPacket } from './packet.ts';

export type RtcpFault =
  | 'wrong-version' // not version 2: not RTCP
  | 'cut-off' // a packet is longer than what is there
  | 'bad-padding'
  | 'too-short' // a packet is shorter than its type needs
  | 'too-much'; // a packet tells of more packets than anybody sends between two reports

export interface ParsedRtcp {
  readonly packets: readonly RtcpPacket[];
  /** Why reading stopped, or the last packet was left out; undefined when all was well. */
  readonly fault: RtcpFault | undefined;
}

const headerBytes = 4;
const blockBytes = 24;
/**
 * Packets that one compound may ask for or tell of: 80 Mbit/s, told of every 250 ms. A datagram has room for 700 000 of
 * them, which would cost 20 ms to read.
 */
export const maxListedPackets = 2048;
const remb = 0x52454d42;
const textDecoder = new TextDecoder('utf-8', { ignoreBOM: true });

export function parseRtcp(bytes: Uint8Array): ParsedRtcp {
  const packets: RtcpPacket[] = [];
  let fault: RtcpFault | undefined;
  let listed = 0;
  for (let at = 0; at < bytes.length;) {
    if (bytes.length - at < headerBytes) return { packets, fault: 'cut-off' };
    const first = bytes[at] ?? 0;
    if (first >>> 6 !== 2) return { packets, fault: 'wrong-version' };
    const end = at + 4 * (uint16(bytes, at + 2) + 1);
    if (end > bytes.length) return { packets, fault: 'cut-off' };
    const padding = (first & 0x20) === 0 ? 0 : (bytes[end - 1] ?? 0);
    if (((first & 0x20) !== 0 && padding === 0) || padding > end - at - headerBytes) {
      return { packets, fault: 'bad-padding' };
    }
    const body = bytes.subarray(at + headerBytes, end - padding);
    const packet = readPacket(bytes[at + 1] ?? 0, first & 0x1f, body, maxListedPackets - listed);
    if (typeof packet === 'string') fault = packet;
    else if (packet) {
      packets.push(packet);
      listed += listedIn(packet);
    }
    at = end;
  }
  return { packets, fault };
}

function listedIn(packet: RtcpPacket): number {
  if (packet.kind === 'nack') return packet.sequences.length;
  return packet.kind === 'transport-feedback' ? packet.arrivalUs.length : 0;
}

/**
 * @param count the five bits of the first byte: how many blocks, or which format.
 * @param maxListed packets that it may still ask for or tell of.
 */
function readPacket(
  type: number,
  count: number,
  body: Uint8Array,
  maxListed: number,
): RtcpPacket | RtcpFault | undefined {
  switch (type) {
    case rtcpType.senderReport:
      return readSenderReport(count, body);
    case rtcpType.receiverReport:
      if (body.length < 4 + count * blockBytes) return 'too-short';
      return { kind: 'receiver-report', ssrc: uint32(body, 0), blocks: readBlocks(body, 4, count) };
    case rtcpType.sourceDescription:
      return readSourceDescription(count, body);
    case rtcpType.goodbye:
      return readGoodbye(count, body);
    case rtcpType.transportFeedback:
      if (count === 15) return readTransportFeedback(body, maxListed);
      return count === 1 ? readNack(body, maxListed) : undefined;
    case rtcpType.payloadFeedback:
      return readPayloadFeedback(count, body);
    default:
      return undefined;
  }
}

function readSenderReport(count: number, body: Uint8Array): RtcpPacket | 'too-short' {
  // Some cameras count a block they do not send: the sender's part is what matters.
  if (body.length < 24) return 'too-short';
  return {
    kind: 'sender-report',
    ssrc: uint32(body, 0),
    ntp: { seconds: uint32(body, 4), fraction: uint32(body, 8) },
    rtpTime: uint32(body, 12),
    packets: uint32(body, 16),
    payloadBytes: uint32(body, 20),
    blocks: readBlocks(body, 24, count),
  };
}

/** As many whole blocks as there are, up to `count`. */
function readBlocks(body: Uint8Array, start: number, count: number): readonly ReportBlock[] {
  const blocks: ReportBlock[] = [];
  for (let at = start; blocks.length < count && at + blockBytes <= body.length; at += blockBytes) {
    blocks.push({
      ssrc: uint32(body, at),
      fractionLost: body[at + 4] ?? 0,
      cumulativeLost: (uint24(body, at + 5) << 8) >> 8,
      extendedHighestSequence: uint32(body, at + 8),
      jitter: uint32(body, at + 12),
      lastSenderReport: uint32(body, at + 16),
      delaySinceLastSenderReport: uint32(body, at + 20),
    });
  }
  return blocks;
}

/** RFC 3550, 6.5: chunks begin at multiples of four bytes, each ends with a zero byte. */
function readSourceDescription(count: number, body: Uint8Array): RtcpPacket | 'too-short' {
  const sources: { ssrc: number; cname: string | undefined }[] = [];
  let at = 0;
  while (sources.length < count) {
    if (at + 4 > body.length) return 'too-short';
    const ssrc = uint32(body, at);
    let cname: string | undefined;
    at += 4;
    while (at < body.length && body[at] !== 0) {
      const end = at + 2 + (body[at + 1] ?? 0);
      if (end > body.length) return 'too-short';
      if (body[at] === 1) cname ??= textDecoder.decode(body.subarray(at + 2, end));
      at = end;
    }
    at = 4 * (Math.floor(at / 4) + 1);
    sources.push({ ssrc, cname });
  }
  return { kind: 'source-description', sources };
}

function readGoodbye(count: number, body: Uint8Array): RtcpPacket | 'too-short' {
  const reasonAt = 4 * count;
  if (reasonAt > body.length) return 'too-short';
  const ssrcs = readSsrcs(body, 0, count);
  if (reasonAt === body.length) return { kind: 'goodbye', ssrcs, reason: undefined };
  const text = body.subarray(reasonAt + 1, reasonAt + 1 + (body[reasonAt] ?? 0));
  return { kind: 'goodbye', ssrcs, reason: textDecoder.decode(text) };
}

/** What is asked for beyond the limit is left out: the receiver asks again. */
function readNack(body: Uint8Array, maxListed: number): RtcpPacket | 'too-short' {
  if (body.length < 12) return 'too-short';
  const sequences: number[] = [];
  for (let at = 8; at + 4 <= body.length && sequences.length < maxListed; at += 4) {
    const first = uint16(body, at);
    const following = uint16(body, at + 2);
    for (let bit = -1; bit < 16 && sequences.length < maxListed; bit += 1) {
      if (bit < 0 || ((following >>> bit) & 1) === 1) sequences.push((first + 1 + bit) & 0xffff);
    }
  }
  return { kind: 'nack', sender: uint32(body, 0), media: uint32(body, 4), sequences };
}

/** @param format RFC 4585, 6.3: 1 is PLI, 4 is FIR (RFC 5104), 15 is for applications, REMB among them. */
function readPayloadFeedback(format: number, body: Uint8Array): RtcpPacket | 'too-short' | undefined {
  if (body.length < 8) return 'too-short';
  const sender = uint32(body, 0);
  if (format === 1) return { kind: 'picture-loss', sender, media: uint32(body, 4) };
  if (format === 4) {
    const entries: { ssrc: number; command: number }[] = [];
    for (let at = 8; at + 8 <= body.length; at += 8) {
      entries.push({ ssrc: uint32(body, at), command: body[at + 4] ?? 0 });
    }
    return { kind: 'full-intra-request', sender, entries };
  }
  if (format === 15 && body.length >= 16 && uint32(body, 8) === remb) return readRemb(sender, body);
  return undefined;
}

/** Six bits of exponent, 18 of mantissa. */
function readRemb(sender: number, body: Uint8Array): RtcpPacket | 'too-short' {
  const count = body[12] ?? 0;
  if (body.length < 16 + 4 * count) return 'too-short';
  const packed = uint24(body, 13);
  const bitsPerSecond = (packed & 0x3_ffff) * 2 ** (packed >>> 18);
  return { kind: 'maximum-bitrate', sender, bitsPerSecond, ssrcs: readSsrcs(body, 16, count) };
}

function readSsrcs(body: Uint8Array, start: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => uint32(body, start + 4 * index));
}
