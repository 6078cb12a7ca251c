/**
 * JPEG out of RTP (RFC 2435).
 * In: packets in order. Out: whole JPEG files, one per picture; a picture with a hole is dropped and told.
 * Holds at most one unfinished picture of `maxPictureBytes`, and tables of 16 qualities.
 */
import type { Result } from '../../../base/result.ts';
import { err, ok } from '../../../base/result.ts';
import { uint16, uint24 } from '../../rtp/bytes.ts';
import type { Depacketized, Depacketizer, OrderedPacket } from '../../rtp/payload.ts';
import { marker } from './file.ts';
import type { JpegShape } from './header.ts';
import { writeJpegHead } from './header.ts';
import { quantizationTables, tableBytes } from './tables.ts';

/** RTP cannot name pictures above 2040 x 2040; at their very best quality these have half of this. */
const maxPictureBytes = 4 * 1024 * 1024;
const firstRoomBytes = 64 * 1024;
/** Of the 127 qualities with tables of their own (3.1.4), a camera uses one. */
const maxKeptTables = 16;

const mainHeaderBytes = 8;
const restartHeaderBytes = 4;
const tableHeaderBytes = 4;
const firstRestartType = 64;
const firstOwnTables = 128;
const changingTables = 255;

/** The headers of one packet (3.1, 3.1.7, 3.1.8). */
interface Piece {
  readonly type: number;
  readonly quality: number;
  readonly offset: number;
  readonly widthPixels: number;
  readonly heightPixels: number;
  readonly restartInterval: number;
  /** Sent tables; empty when there are none in this packet. */
  readonly tables: Uint8Array;
  readonly data: Uint8Array;
}

interface Picture {
  readonly time: number;
  readonly shape: JpegShape;
  readonly headBytes: number;
  bytes: Uint8Array;
  filledBytes: number;
}

/** There is nothing to configure: everything is in the packets. */
export class JpegDepacketizer implements Depacketizer {
  #picture: Picture | undefined;
  readonly #keptTables = new Map<number, Uint8Array>();
  #widthPixels = 0;
  #heightPixels = 0;

  push(packet: OrderedPacket): readonly Depacketized[] {
    const out: Depacketized[] = [];
    const piece = readPiece(packet.payload);
    if (!piece.ok) {
      this.#picture = undefined;
      return [fault(packet, piece.error)];
    }
    if (this.#picture && (packet.lostBefore > 0 || packet.time !== this.#picture.time)) {
      this.#picture = undefined;
      out.push(fault(packet, 'JPEG picture with a piece missing'));
    }
    const trouble = piece.value.offset === 0 ? this.#begin(packet, piece.value) : this.#goOn(piece.value);
    if (trouble !== undefined) {
      this.#picture = undefined;
      out.push(fault(packet, trouble));
    } else if (packet.marker) {
      this.#finish(out);
    }
    return out;
  }

  #begin({ time }: OrderedPacket, piece: Piece): string | undefined {
    const quantization = this.#tablesFor(piece);
    if (!quantization) return 'JPEG quality whose tables were never sent';
    const { widthPixels, heightPixels, restartInterval } = piece;
    const halfHeightColour = piece.type % firstRestartType === 1;
    const shape = { widthPixels, heightPixels, halfHeightColour, restartInterval, quantization };
    const head = writeJpegHead(shape);
    const bytes = new Uint8Array(head.length + Math.max(firstRoomBytes, piece.data.length));
    bytes.set(head);
    this.#picture = { time, shape, headBytes: head.length, bytes, filledBytes: head.length };
    return this.#append(this.#picture, piece.data);
  }

  #goOn(piece: Piece): string | undefined {
    const picture = this.#picture;
    if (!picture) return 'JPEG piece without the beginning of its picture';
    if (piece.offset !== picture.filledBytes - picture.headBytes)
      return 'JPEG pieces that do not fit together';
    return this.#append(picture, piece.data);
  }

  #append(picture: Picture, data: Uint8Array): string | undefined {
    const neededBytes = picture.filledBytes + data.length;
    if (neededBytes > maxPictureBytes) return 'JPEG picture too large';
    if (neededBytes > picture.bytes.length) {
      const larger = new Uint8Array(Math.max(neededBytes, picture.bytes.length * 2));
      larger.set(picture.bytes);
      picture.bytes = larger;
    }
    picture.bytes.set(data, picture.filledBytes);
    picture.filledBytes = neededBytes;
    return undefined;
  }

  #finish(out: Depacketized[]): void {
    const picture = this.#picture;
    if (!picture) return;
    this.#picture = undefined;
    const { widthPixels, heightPixels } = picture.shape;
    if (widthPixels !== this.#widthPixels || heightPixels !== this.#heightPixels) {
      this.#widthPixels = widthPixels;
      this.#heightPixels = heightPixels;
      out.push({ kind: 'config', codec: { kind: 'mjpeg', widthPixels, heightPixels } });
    }
    out.push({ kind: 'frame', time: picture.time, key: true, nals: [wholeFile(picture)] });
  }

  /** Tables are computed, or sent with the picture, or were sent with an earlier one of this quality (4.2). */
  #tablesFor({ quality, tables }: Piece): Uint8Array | undefined {
    if (quality < firstOwnTables) return quantizationTables(quality);
    if (tables.length === 0) return this.#keptTables.get(quality);
    if (quality === changingTables) return tables;
    const kept = Uint8Array.from(tables);
    if (this.#keptTables.size < maxKeptTables || this.#keptTables.has(quality))
      this.#keptTables.set(quality, kept);
    return kept;
  }
}

/** Some cameras send the end marker, some do not. */
function wholeFile({ bytes, filledBytes }: Picture): Uint8Array {
  const ended = bytes[filledBytes - 2] === 0xff && bytes[filledBytes - 1] === marker.endOfImage;
  const file = new Uint8Array(filledBytes + (ended ? 0 : 2));
  file.set(bytes.subarray(0, filledBytes));
  if (!ended) file.set([0xff, marker.endOfImage], filledBytes);
  return file;
}

function readPiece(payload: Uint8Array): Result<Piece, string> {
  if (payload.length < mainHeaderBytes) return err('JPEG packet without its header');
  const offset = uint24(payload, 1);
  const [, , , , type = 0, quality = 0, widthBlocks = 0, heightBlocks = 0] = payload;
  if (!isKnownType(type)) return err(`JPEG type ${type} is not supported`);
  if (isReservedQuality(quality)) return err('JPEG packet of reserved quality');
  if (widthBlocks === 0 || heightBlocks === 0) return err('JPEG picture wider or higher than RTP can say');

  const restart = type >= firstRestartType;
  const tablesAt = mainHeaderBytes + (restart ? restartHeaderBytes : 0);
  const sent = readTables(payload, offset === 0 && quality >= firstOwnTables, tablesAt);
  if (!sent.ok) return sent;
  return ok({
    type,
    quality,
    offset,
    widthPixels: widthBlocks * 8,
    heightPixels: heightBlocks * 8,
    restartInterval: restart ? uint16(payload, mainHeaderBytes) : 0,
    ...sent.value,
  });
}

/** 4:2:2 and 4:2:0, without and with restart markers (4.1). */
function isKnownType(type: number): boolean {
  return type === 0 || type === 1 || type === firstRestartType || type === firstRestartType + 1;
}

function isReservedQuality(quality: number): boolean {
  return quality === 0 || (quality > 99 && quality < firstOwnTables);
}

/** The Quantization Table header, only in the first packet of a picture (3.1.8). */
function readTables(
  payload: Uint8Array,
  present: boolean,
  at: number,
): Result<{ readonly tables: Uint8Array; readonly data: Uint8Array }, string> {
  const lengthBytes = present ? uint16(payload, at + 2) : 0;
  const dataAt = at + (present ? tableHeaderBytes + lengthBytes : 0);
  if (dataAt >= payload.length) return err('JPEG packet without data');
  const [precision = 0] = payload.subarray(at + 1, at + 2);
  if (present && precision !== 0) return err('JPEG tables of 16 bits are not supported');
  if (lengthBytes % tableBytes !== 0 || lengthBytes > 2 * tableBytes)
    return err('JPEG tables of unknown length');
  return ok({ tables: payload.subarray(dataAt - lengthBytes, dataAt), data: payload.subarray(dataAt) });
}

function fault({ sequence }: OrderedPacket, reason: string): Depacketized {
  return { kind: 'fault', reason, sequence };
}
