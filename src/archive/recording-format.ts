/**
 * The boxes that a recording's file has beside its media (docs/design/archive.md, "Files"): a head after the init
 * segment, a trailer after each fragment, the totals and an index for players at the end.
 * Pieces are made and read here as whole byte arrays; what a reader gets may be anything and is checked.
 * Layouts of `uuid` and `mfra` are those of ISO/IEC 14496-12:2022, 11.1 and 8.8.9 to 8.8.11.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { UnixMs } from '../base/units.ts';
import { unixMs } from '../base/units.ts';
import type { Box } from '../media/mp4/box-reader.ts';
import { FieldReader, findBox, innerBoxes, readBoxes } from '../media/mp4/box-reader.ts';
import { BoxWriter } from '../media/mp4/box-writer.ts';
import { mp4TrackId } from '../media/mp4/playable.ts';
import { isVideo } from '../media/track.ts';
import type { Track } from '../media/track.ts';
import { headJson, readHeadJson } from './head-json.ts';
import type { EndReason, Fragment, RecordingHead, RecordingId } from './types.ts';

/** User types of our boxes: random, fixed for ever. */
export const headType = '22c65a9f7d639dc19fdcbec87e59382a';
export const trailerType = '3fddbb5140bd2acb7e22b8f1b8cda29e';
export const endType = '3cdcf4c3eb874886576a2a722fb228cf';

const boxHeadBytes = 8;
const userTypeBytes = 16;
const fieldsBytes = 28;
const chainBytes = 32;

/** What a trailer takes in the plain file. */
export const trailerBytes = boxHeadBytes + userTypeBytes + fieldsBytes + chainBytes;

const text = new TextEncoder();

/** Piece 0: init segment and head. */
export function headPiece(id: RecordingId, head: RecordingHead, init: Uint8Array): Uint8Array {
  const json = text.encode(headJson(id, head));
  const out = new BoxWriter(init.length + boxHeadBytes + userTypeBytes + json.length);
  out.bytes(init);
  userBox(out, headType, json);
  return out.written();
}

export interface HeadPiece {
  readonly id: RecordingId;
  readonly head: RecordingHead;
  readonly init: Uint8Array;
}

/** Undefined when it is no head of ours. */
export function readHeadPiece(piece: Uint8Array): HeadPiece | undefined {
  const { boxes, wholeEnd } = readBoxes(piece);
  const box = boxes.at(-1);
  if (!box || wholeEnd !== piece.length || userTypeOf(piece, box) !== headType) return undefined;
  const found = readHeadJson(userText(piece, box));
  return found && { ...found, init: piece.subarray(0, box.offset) };
}

/** The chain of a file that has its head and nothing more. */
export function firstChain(head: Uint8Array): Uint8Array {
  return createHash('sha256').update(head).digest();
}

/** Everything that a fragment's trailer says. */
interface Trailer {
  /** Number of the piece in its file: the first fragment has 1. */
  readonly number: number;
  readonly startMs: UnixMs;
  readonly durationMs: number;
  readonly key: boolean;
  readonly frames: number;
  readonly lostPackets: number;
  /** SHA-256 over the chain before, the SHA-256 of the fragment, and the fields above as they are stored. */
  readonly chain: Uint8Array;
}

/** The trailer that follows `fragment` in the file. Hashes the fragment, once. */
export function writeTrailer(fragment: Fragment, number: number, chainBefore: Uint8Array): Uint8Array {
  const out = new BoxWriter(trailerBytes);
  const box = out.open('uuid');
  out.bytes(Buffer.from(trailerType, 'hex'));
  out.u8(1); // version
  out.u8(fragment.key ? 1 : 0); // flags
  out.u16(0); // reserved
  out.u32(number);
  out.u64(fragment.startMs);
  out.u32(Math.round(fragment.durationMs * 1000));
  out.u32(fragment.frames);
  out.u32(fragment.lostPackets);
  const fields = out.written().subarray(-fieldsBytes);
  out.bytes(nextChain(chainBefore, fragment.bytes, fields));
  out.close(box);
  return out.written();
}

export interface FragmentPiece {
  /** `moof` and `mdat`. */
  readonly bytes: Uint8Array;
  readonly trailer: Trailer;
  /** The chain that its bytes and fields give: another than the trailer's when something is damaged. */
  readonly chain: Uint8Array;
}

/** Undefined when it is no fragment with a trailer. */
export function readFragmentPiece(piece: Uint8Array, chainBefore: Uint8Array): FragmentPiece | undefined {
  const at = piece.length - trailerBytes;
  const box = at > 0 ? readBoxes(piece, at).boxes[0] : undefined;
  if (!box || box.endOffset !== piece.length || userTypeOf(piece, box) !== trailerType) return undefined;
  const fieldsAt = box.contentOffset + userTypeBytes;
  const fields = new FieldReader(piece, fieldsAt, box.endOffset);
  if (fields.u8() !== 1) return undefined;
  const key = (fields.u8() & 1) === 1;
  fields.skip(2);
  const number = fields.u32();
  const startMs = unixMs(fields.u64());
  const durationMs = fields.u32() / 1000;
  const [frames, lostPackets] = [fields.u32(), fields.u32()];
  if (fields.failed) return undefined;
  const bytes = piece.subarray(0, at);
  const stored = piece.subarray(piece.length - chainBytes);
  const chain = nextChain(chainBefore, bytes, piece.subarray(fieldsAt, fieldsAt + fieldsBytes));
  return { bytes, chain, trailer: { number, startMs, durationMs, key, frames, lostPackets, chain: stored } };
}

function nextChain(before: Uint8Array, fragment: Uint8Array, fields: Uint8Array): Uint8Array {
  const own = createHash('sha256').update(fragment).digest();
  return createHash('sha256').update(before).update(own).update(fields).digest();
}

/** Where a player can begin: one entry of the index at the end. */
export interface SeekPoint {
  /** Presentation time of the first sample, in ticks of the indexed track. */
  readonly ticks: number;
  /** Of `moof` in the plain file. */
  readonly plainOffset: number;
  /** Which `traf` of the `moof` is the indexed track's, from 1. */
  readonly traf: number;
}

/** The track that seeking goes by: the first video track, else the first. */
export function indexedTrack(tracks: readonly Track[]): number {
  const track = tracks.find(({ codec }) => isVideo(codec)) ?? tracks[0];
  return track ? mp4TrackId(track) : 1;
}

/** Undefined when the track is not in the fragment, or the fragment makes no sense. @param trackId `track_ID` */
export function seekPoint(fragment: Uint8Array, trackId: number, plainOffset: number): SeekPoint | undefined {
  const moof = readBoxes(fragment).boxes.find(({ type }) => type === 'moof');
  if (!moof) return undefined;
  const trafs = innerBoxes(fragment, moof).filter(({ type }) => type === 'traf');
  for (const [index, traf] of trafs.entries()) {
    const [tfhd, tfdt] = [findBox(fragment, traf, 'tfhd'), findBox(fragment, traf, 'tfdt')];
    if (!tfhd || !tfdt || new FieldReader(fragment, tfhd.contentOffset + 4, tfhd.endOffset).u32() !== trackId)
      continue;
    const time = FieldReader.of(fragment, tfdt);
    const ticks = time.versionAndFlags().version === 1 ? time.u64() : time.u32();
    const shown = ticks + firstOffset(fragment, findBox(fragment, traf, 'trun'));
    return time.failed ? undefined : { ticks: Math.max(0, shown), plainOffset, traf: index + 1 };
  }
  return undefined;
}

/** Composition offset of the first sample (8.8.8). */
function firstOffset(fragment: Uint8Array, trun: Box | undefined): number {
  if (!trun) return 0;
  const fields = FieldReader.of(fragment, trun);
  const { flags } = fields.versionAndFlags();
  if (fields.u32() === 0 || !(flags & 0x800)) return 0;
  if (flags & 0x01) fields.skip(4); // data_offset
  if (flags & 0x04) fields.skip(4); // first_sample_flags
  for (const field of [0x100, 0x200, 0x400]) if (flags & field) fields.skip(4);
  return fields.i32();
}

/** What the end of a file says about all of it. */
export interface Totals {
  readonly reason: EndReason;
  readonly fragments: number;
  readonly frames: number;
  readonly lostPackets: number;
  readonly endMs: UnixMs;
  /** Hex. */
  readonly chain: string;
}

/** The last piece. @param trackId `track_ID` that the seek points belong to */
export function endPiece(totals: Totals, trackId: number, points: readonly SeekPoint[]): Uint8Array {
  const json = text.encode(JSON.stringify({ format: 1, ...totals }));
  const out = new BoxWriter(boxHeadBytes + userTypeBytes + json.length + mfraBytes(points.length));
  userBox(out, endType, json);
  const mfra = out.open('mfra');
  tfra(out, trackId, points);
  const mfro = out.openFull('mfro', 0, 0);
  out.u32(mfraBytes(points.length)); // parent_size
  out.close(mfro);
  out.close(mfra);
  return out.written();
}

/** 8.8.10 */
function tfra(out: BoxWriter, trackId: number, points: readonly SeekPoint[]): void {
  const box = out.openFull('tfra', 1, 0);
  out.u32(trackId); // track_ID
  out.u32(0); // traf, trun and sample numbers have one byte each
  out.u32(points.length); // number_of_entry
  for (const { ticks, plainOffset, traf } of points) {
    out.u64(ticks); // time
    out.u64(plainOffset); // moof_offset
    out.u8(traf); // traf_number
    out.u8(1); // trun_number
    out.u8(1); // sample_number
  }
  out.close(box);
}

function mfraBytes(points: number): number {
  const tfraHead = 24;
  const tfraEntry = 19;
  const mfroBytes = 16;
  return boxHeadBytes + tfraHead + points * tfraEntry + mfroBytes;
}

const totalsSchema = z.object({
  format: z.literal(1),
  reason: z.enum(['rotated', 'stopped', 'interrupted', 'codec-changed', 'clock-stepped', 'crash', 'disk']),
  fragments: z.int().min(0),
  frames: z.int().min(0),
  lostPackets: z.int().min(0),
  endMs: z.int(),
  chain: z.string().regex(/^[0-9a-f]{64}$/),
});

/** Undefined when it is no end of ours. */
export function readEndPiece(piece: Uint8Array): Totals | undefined {
  const { boxes, wholeEnd } = readBoxes(piece);
  const [box, mfra] = boxes;
  if (!box || mfra?.type !== 'mfra' || boxes.length !== 2 || wholeEnd !== piece.length) return undefined;
  if (userTypeOf(piece, box) !== endType) return undefined;
  try {
    const parsed = totalsSchema.safeParse(JSON.parse(userText(piece, box)));
    return parsed.success ? { ...parsed.data, endMs: unixMs(parsed.data.endMs) } : undefined;
  } catch {
    return undefined;
  }
}

function userBox(out: BoxWriter, type: string, content: Uint8Array): void {
  const box = out.open('uuid');
  out.bytes(Buffer.from(type, 'hex'));
  out.bytes(content);
  out.close(box);
}

/** Hex; empty for other boxes. */
export function userTypeOf(bytes: Uint8Array, box: Box): string {
  if (box.type !== 'uuid' || box.endOffset - box.contentOffset < userTypeBytes) return '';
  const type = bytes.subarray(box.contentOffset, box.contentOffset + userTypeBytes);
  return Buffer.from(type.buffer, type.byteOffset, type.byteLength).toString('hex');
}

function userText(bytes: Uint8Array, box: Box): string {
  return new TextDecoder().decode(bytes.subarray(box.contentOffset + userTypeBytes, box.endOffset));
}
