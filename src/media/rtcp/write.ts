/**
 * Values into compound RTCP packets. Every compound begins with a report and holds a CNAME (RFC 3550, 6.1).
 */
import { putUint16, putUint24, putUint32 } from '../rtp/bytes.ts';
import {
  rtcpType,
  type Goodbye,
  type PictureLoss,
  type ReceiverReport,
  type ReportBlock,
  type SenderReport,
} from './packet.ts';

/** Blocks of one report at most: five bits count them. */
export const maxReportBlocks = 31;
/** Pairs of one NACK at most: a datagram's worth. */
const maxNackPairs = 256;
/** One byte holds the length of a text. */
const maxTextBytes = 255;

/** What we send; the name belongs to the SSRC of the report. */
export type RtcpToWrite =
  | SenderReport
  | ReceiverReport
  | Goodbye
  | PictureLoss
  | {
      readonly kind: 'nack';
      readonly sender: number;
      readonly media: number;
      readonly sequences: readonly number[];
    }
  | {
      readonly kind: 'maximum-bitrate';
      readonly sender: number;
      readonly bitsPerSecond: number;
      readonly ssrcs: readonly number[];
    }
  | { readonly kind: 'canonical-name'; readonly ssrc: number; readonly cname: string };

/** The packets one after the other; report and name first is for the caller. Blocks and texts beyond the limits are cut. */
export function writeRtcp(packets: readonly RtcpToWrite[]): Uint8Array {
  const parts = packets.map(writePacket);
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function writePacket(packet: RtcpToWrite): Uint8Array {
  switch (packet.kind) {
    case 'sender-report':
      return writeSenderReport(packet);
    case 'receiver-report':
      return writeReceiverReport(packet);
    case 'canonical-name':
      return writeCanonicalName(packet.ssrc, packet.cname);
    case 'goodbye':
      return writeGoodbye(packet);
    case 'picture-loss':
      return writePictureLoss(packet);
    case 'nack':
      return writeNack(packet);
    case 'maximum-bitrate':
      return writeMaximumBitrate(packet);
  }
}

function writeSenderReport(report: SenderReport): Uint8Array {
  const blocks = report.blocks.slice(0, maxReportBlocks);
  const bytes = start(rtcpType.senderReport, blocks.length, 28 + 24 * blocks.length);
  putUint32(bytes, 4, report.ssrc);
  putUint32(bytes, 8, report.ntp.seconds);
  putUint32(bytes, 12, report.ntp.fraction);
  putUint32(bytes, 16, report.rtpTime);
  putUint32(bytes, 20, report.packets);
  putUint32(bytes, 24, report.payloadBytes);
  putBlocks(bytes, 28, blocks);
  return bytes;
}

function writeReceiverReport(report: ReceiverReport): Uint8Array {
  const blocks = report.blocks.slice(0, maxReportBlocks);
  const bytes = start(rtcpType.receiverReport, blocks.length, 8 + 24 * blocks.length);
  putUint32(bytes, 4, report.ssrc);
  putBlocks(bytes, 8, blocks);
  return bytes;
}

function putBlocks(bytes: Uint8Array, first: number, blocks: readonly ReportBlock[]): void {
  let at = first;
  for (const block of blocks) {
    putUint32(bytes, at, block.ssrc);
    bytes[at + 4] = block.fractionLost;
    putUint24(bytes, at + 5, block.cumulativeLost & 0xff_ffff);
    putUint32(bytes, at + 8, block.extendedHighestSequence);
    putUint32(bytes, at + 12, block.jitter);
    putUint32(bytes, at + 16, block.lastSenderReport);
    putUint32(bytes, at + 20, block.delaySinceLastSenderReport);
    at += 24;
  }
}

/** One chunk with one item, closed by zero bytes up to a multiple of four (RFC 3550, 6.5). */
function writeCanonicalName(ssrc: number, cname: string): Uint8Array {
  const text = encodeText(cname);
  const bytes = start(rtcpType.sourceDescription, 1, 8 + 4 * Math.ceil((2 + text.length + 1) / 4));
  putUint32(bytes, 4, ssrc);
  bytes[8] = 1;
  bytes[9] = text.length;
  bytes.set(text, 10);
  return bytes;
}

function writeGoodbye(goodbye: Goodbye): Uint8Array {
  const ssrcs = goodbye.ssrcs.slice(0, maxReportBlocks);
  const text = goodbye.reason === undefined ? undefined : encodeText(goodbye.reason);
  const reasonBytes = text ? 4 * Math.ceil((1 + text.length) / 4) : 0;
  const bytes = start(rtcpType.goodbye, ssrcs.length, 4 + 4 * ssrcs.length + reasonBytes);
  for (const [index, ssrc] of ssrcs.entries()) putUint32(bytes, 4 + 4 * index, ssrc);
  if (text) {
    bytes[4 + 4 * ssrcs.length] = text.length;
    bytes.set(text, 5 + 4 * ssrcs.length);
  }
  return bytes;
}

function writePictureLoss(loss: PictureLoss): Uint8Array {
  const bytes = start(rtcpType.payloadFeedback, 1, 12);
  putUint32(bytes, 4, loss.sender);
  putUint32(bytes, 8, loss.media);
  return bytes;
}

/** A number, and a bit for each of the 16 after it (RFC 4585, 6.2.1). */
function writeNack({ sender, media, sequences }: RtcpToWrite & { readonly kind: 'nack' }): Uint8Array {
  const pairs: { readonly first: number; following: number }[] = [];
  for (const sequence of sequences) {
    const last = pairs.at(-1);
    const ahead = last ? (sequence - last.first) & 0xffff : 0;
    if (last && ahead >= 1 && ahead <= 16) last.following |= 1 << (ahead - 1);
    else if (pairs.length < maxNackPairs) pairs.push({ first: sequence, following: 0 });
  }
  const bytes = start(rtcpType.transportFeedback, 1, 12 + 4 * pairs.length);
  putUint32(bytes, 4, sender);
  putUint32(bytes, 8, media);
  for (const [index, { first, following }] of pairs.entries()) {
    putUint16(bytes, 12 + 4 * index, first);
    putUint16(bytes, 14 + 4 * index, following);
  }
  return bytes;
}

/** draft-alvestrand-rmcat-remb-03, 2.2: six bits of exponent, 18 of mantissa. */
function writeMaximumBitrate(packet: RtcpToWrite & { readonly kind: 'maximum-bitrate' }): Uint8Array {
  const ssrcs = packet.ssrcs.slice(0, maxReportBlocks);
  const bytes = start(rtcpType.payloadFeedback, 15, 20 + 4 * ssrcs.length);
  putUint32(bytes, 4, packet.sender);
  bytes.set([0x52, 0x45, 0x4d, 0x42], 12);
  const exponent = Math.max(0, Math.ceil(Math.log2((packet.bitsPerSecond + 1) / 0x4_0000)));
  bytes[16] = ssrcs.length;
  putUint24(bytes, 17, exponent * 0x4_0000 + Math.floor(packet.bitsPerSecond / 2 ** exponent));
  for (const [index, ssrc] of ssrcs.entries()) putUint32(bytes, 20 + 4 * index, ssrc);
  return bytes;
}

/** @param totalBytes a multiple of four; the length field counts words less one. */
function start(type: number, count: number, totalBytes: number): Uint8Array {
  const bytes = new Uint8Array(totalBytes);
  bytes[0] = 0x80 | count;
  bytes[1] = type;
  putUint16(bytes, 2, totalBytes / 4 - 1);
  return bytes;
}

/** Cut at a character, not inside one. */
function encodeText(text: string): Uint8Array {
  const bytes = new Uint8Array(maxTextBytes);
  const { written } = new TextEncoder().encodeInto(text, bytes);
  return bytes.subarray(0, written);
}
