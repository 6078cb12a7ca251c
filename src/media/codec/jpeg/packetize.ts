/**
 * JPEG into RTP (RFC 2435): baseline files with 4:2:0 or 4:2:2 colour and the usual Huffman tables,
 * which is what encoders make unless told otherwise.
 */
import type { Result } from '../../../base/result.ts';
import { err, ok } from '../../../base/result.ts';
import { putUint16, putUint24, uint16 } from '../../rtp/bytes.ts';
import type { Packetize, RtpPayload } from '../../rtp/payload.ts';
import type { Segment } from './file.ts';
import { marker, readSegments } from './file.ts';
import { huffmanTables, tableBytes } from './tables.ts';

const mainHeaderBytes = 8;
const restartHeaderBytes = 4;
const tableHeaderBytes = 4;
/** Tables may differ from picture to picture, and come with each. */
const changingTables = 255;
const restartTypes = 64;
/** Restart intervals are not kept whole in packets (RFC 2435, 3.1.7). */
const anywhere = 0xffff;
const noBytes = new Uint8Array();

/** What a picture needs said in its packets. */
interface RtpJpeg {
  readonly type: number;
  readonly widthBlocks: number;
  readonly heightBlocks: number;
  readonly restartInterval: number;
  readonly quantization: Uint8Array;
  readonly scan: Uint8Array;
}

/** One JPEG file. Nothing comes out for one that RTP cannot carry: see `rtpJpegObstacle`. */
export const packetizeJpeg: Packetize = (nals, maxPayloadBytes) => {
  const [file] = nals;
  const read = file && readRtpJpeg(file);
  if (!read?.ok) return [];
  const jpeg = read.value;
  const restartBytes = jpeg.restartInterval > 0 ? restartHeaderBytes : 0;
  const tablesBytes = tableHeaderBytes + jpeg.quantization.length;
  if (maxPayloadBytes <= mainHeaderBytes + restartBytes + tablesBytes) return [];

  const payloads: RtpPayload[] = [];
  for (let offset = 0; offset < jpeg.scan.length;) {
    const headBytes = mainHeaderBytes + restartBytes + (offset === 0 ? tablesBytes : 0);
    const piece = jpeg.scan.subarray(offset, offset + maxPayloadBytes - headBytes);
    const payload = new Uint8Array(headBytes + piece.length);
    writeHeaders(payload, jpeg, offset);
    payload.set(piece, headBytes);
    offset += piece.length;
    payloads.push({ payload, marker: offset === jpeg.scan.length, timeOffset: 0 });
  }
  return payloads;
};

/** Why a JPEG file cannot go through RTP; undefined when it can. */
export function rtpJpegObstacle(file: Uint8Array): string | undefined {
  const read = readRtpJpeg(file);
  return read.ok ? undefined : read.error;
}

function writeHeaders(payload: Uint8Array, jpeg: RtpJpeg, offset: number): void {
  putUint24(payload, 1, offset);
  payload[4] = jpeg.type;
  payload[5] = changingTables;
  payload[6] = jpeg.widthBlocks;
  payload[7] = jpeg.heightBlocks;
  let at = mainHeaderBytes;
  if (jpeg.restartInterval > 0) {
    putUint16(payload, at, jpeg.restartInterval);
    putUint16(payload, at + 2, anywhere);
    at += restartHeaderBytes;
  }
  if (offset > 0) return;
  putUint16(payload, at + 2, jpeg.quantization.length);
  payload.set(jpeg.quantization, at + tableHeaderBytes);
}

function readRtpJpeg(file: Uint8Array): Result<RtpJpeg, string> {
  const parsed = readSegments(file);
  if (!parsed.ok) return parsed;
  const { segments, scan } = parsed.value;
  const frame = contentOf(segments, marker.baselineFrame);
  if (!frame || frame.length < 15 || frame[0] !== 8 || frame[5] !== 3)
    return err('not a baseline colour picture');
  if (!hasUsualHuffmanTables(segments)) return err('Huffman tables of its own');
  if (scan.length === 0) return err('empty scan');

  const size = sizeInBlocks(frame);
  if (!size) return err('larger than 2040 pixels');
  const type = colourType(frame);
  if (type === undefined) return err('colour neither 4:2:0 nor 4:2:2');
  const quantization = readQuantization(segments, frame);
  if (!quantization) return err('quantization tables missing, or of 16 bits');
  const restartInterval = uint16(contentOf(segments, marker.restartInterval) ?? noBytes, 0);
  const restartType = restartInterval > 0 ? restartTypes : 0;
  return ok({ ...size, type: type + restartType, restartInterval, quantization, scan });
}

function contentOf(segments: readonly Segment[], kind: number): Uint8Array | undefined {
  return segments.find((segment) => segment.marker === kind)?.content;
}

/** Undefined when a side is 0 or has more than the 255 blocks that fit a byte. */
function sizeInBlocks(
  frame: Uint8Array,
): { readonly widthBlocks: number; readonly heightBlocks: number } | undefined {
  const heightBlocks = Math.ceil(uint16(frame, 1) / 8);
  const widthBlocks = Math.ceil(uint16(frame, 3) / 8);
  return fitsByte(widthBlocks) && fitsByte(heightBlocks) ? { widthBlocks, heightBlocks } : undefined;
}

function fitsByte(blocks: number): boolean {
  return blocks > 0 && blocks <= 255;
}

/** 0 for 4:2:2, 1 for 4:2:0 (RFC 2435, 4.1). */
function colourType(frame: Uint8Array): number | undefined {
  const [luma, blue, red] = [frame[7], frame[10], frame[13]];
  if (blue !== 0x11 || red !== 0x11) return undefined;
  if (luma === 0x21) return 0;
  return luma === 0x22 ? 1 : undefined;
}

/** The luma table and the colour table, one after the other. */
function readQuantization(segments: readonly Segment[], frame: Uint8Array): Uint8Array | undefined {
  const places = new Map<number, Uint8Array>();
  for (const { marker: kind, content } of segments) {
    if (kind !== marker.quantizationTables) continue;
    for (let at = 0; at < content.length; at += 1 + tableBytes) {
      const table = content.subarray(at + 1, at + 1 + tableBytes);
      if (table.length === tableBytes) places.set(content[at] ?? 0, table);
    }
  }
  const luma = places.get(frame[8] ?? 0);
  const colour = places.get(frame[11] ?? 0);
  if (!luma || !colour || frame[11] !== frame[14]) return undefined;
  const both = new Uint8Array(2 * tableBytes);
  both.set(luma);
  both.set(colour, tableBytes);
  return both;
}

/** A file without any relies on the usual ones, as pictures of AVI and some cameras do. */
function hasUsualHuffmanTables(segments: readonly Segment[]): boolean {
  const usual = huffmanTables.map((table) => Buffer.from(table));
  for (const { marker: kind, content } of segments) {
    if (kind !== marker.huffmanTables) continue;
    let rest = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
    while (rest.length > 0) {
      const known = usual.find((table) => rest.subarray(0, table.length).equals(table));
      if (!known) return false;
      rest = rest.subarray(known.length);
    }
  }
  return true;
}
