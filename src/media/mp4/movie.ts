/**
 * A progressive MP4 file: `ftyp`, `moov` (or `free` where it has room), `mdat`.
 *
 * In:  tracks with their sample tables and the stretch of each that is shown. Out: bytes, in pieces that are written one
 * after another. Nothing is encoded anew. Box numbers are those of ISO/IEC 14496-12:2022.
 */
import type { UnixMs } from '../../base/units.ts';
import { isVideo } from '../track.ts';
import { BoxWriter } from './box-writer.ts';
import type { PlayableTrack } from './playable.ts';
import { mp4TrackId } from './playable.ts';
import { sampleEntry, sampleEntryBound } from './sample-entries.ts';
import type { SampleTables } from './sample-tables.ts';
import { hdlr, matrix, mediaHead } from './track-boxes.ts';

/** Ticks per second of the movie itself: fine enough for every picture. */
export const movieClockHz = 90_000;

export interface MovieTrack {
  readonly track: PlayableTrack;
  /** Finished, with at least one sample. */
  readonly tables: SampleTables;
  /** What `finish` returned. */
  readonly mediaTicks: number;
  /** Nothing is shown so long at first; ticks of the movie. */
  readonly waitTicks: number;
  /** Media time that is shown then; ticks of the track, from its first sample's decoding time. */
  readonly fromTicks: number;
  /** How long it is shown; ticks of the movie. */
  readonly shownTicks: number;
}

/** What is known of a file before it is written. */
export interface MovieSize {
  readonly track: PlayableTrack;
  readonly samples: number;
  readonly chunks: number;
}

export const mdatHeadBytes = 16;
const boxHeadBytes = 8;
/** `mvhd`, and the containers. */
const movieFixedBytes = 256;
/** Everything of a track but tables and sample entry. */
const trackFixedBytes = 768;

/** 4.3: signed composition offsets came with `iso4`. */
export function movieFtyp(): Uint8Array {
  const out = new BoxWriter(32);
  const box = out.open('ftyp');
  out.fourcc('iso4'); // major_brand
  out.u32(0); // minor_version
  for (const brand of ['iso4', 'isom', 'mp41', 'mp42']) out.fourcc(brand); // compatible_brands
  out.close(box);
  return out.written();
}

/** Room to leave for `moov`: enough unless times are much more irregular than those of most cameras. */
export function movieRoomBytes(sizes: readonly MovieSize[]): number {
  let bytes = movieFixedBytes;
  for (const { track, samples, chunks } of sizes) {
    const { codec } = track;
    const reorders = (codec.kind === 'h264' || codec.kind === 'h265') && codec.reorderFrames > 0;
    // stsz; stts: of pictures all may differ, of sound few do; ctts.
    const perSample = 4 + (isVideo(codec) ? 8 : 1) + (reorders ? 8 : 0);
    const perChunk = 8 + 12 + 4; // co64, stsc, stss
    bytes += trackFixedBytes + sampleEntryBound(codec) + samples * perSample + chunks * perChunk;
  }
  return bytes;
}

/** 8.1.2: a hole of `bytes`, 8 at least; its content may be anything. */
export function freeHead(bytes: number): Uint8Array {
  const out = new BoxWriter(boxHeadBytes);
  out.u32(bytes);
  out.fourcc('free');
  return out.written();
}

/** 8.1.1, with a size of 64 bits. @param contentBytes of the media that follows */
export function mdatHead(contentBytes: number): Uint8Array {
  const out = new BoxWriter(mdatHeadBytes);
  out.u32(1); // the size follows
  out.fourcc('mdat');
  out.u64(mdatHeadBytes + contentBytes);
  return out.written();
}

/** 8.2.1. @param createdMs when the footage begins */
export function moviePieces(tracks: readonly MovieTrack[], createdMs: UnixMs): readonly Uint8Array[] {
  return box('moov', [mvhd(tracks, createdMs), ...tracks.flatMap((track) => trak(track, createdMs))]);
}

/** Bytes of pieces together. */
export function piecesBytes(pieces: readonly Uint8Array[]): number {
  let bytes = 0;
  for (const piece of pieces) bytes += piece.length;
  return bytes;
}

function box(type: string, content: readonly Uint8Array[]): Uint8Array[] {
  const head = new BoxWriter(boxHeadBytes);
  head.u32(boxHeadBytes + piecesBytes(content));
  head.fourcc(type);
  return [head.written(), ...content];
}

function made(boundBytes: number, write: (out: BoxWriter) => void): Uint8Array {
  const out = new BoxWriter(boundBytes);
  write(out);
  return out.written();
}

/** 8.2.2 */
function mvhd(tracks: readonly MovieTrack[], createdMs: UnixMs): Uint8Array {
  return made(120, (out) => {
    const box = out.openFull('mvhd', 1, 0);
    out.u64(since1904(createdMs)); // creation_time
    out.u64(since1904(createdMs)); // modification_time
    out.u32(movieClockHz); // timescale
    out.u64(Math.max(...tracks.map(durationOf))); // duration
    out.fixed16(1); // rate
    out.u16(0x0100); // volume: full
    out.zeros(10); // reserved
    matrix(out);
    out.zeros(24); // pre_defined
    out.u32(Math.max(...tracks.map(({ track }) => mp4TrackId(track))) + 1); // next_track_ID
    out.close(box);
  });
}

/** 8.3.1 */
function trak(movie: MovieTrack, createdMs: UnixMs): Uint8Array[] {
  const edits = made(80, (out) => elst(out, movie));
  return box('trak', [tkhd(movie, createdMs), ...box('edts', [edits]), ...mdia(movie, createdMs)]);
}

/** 8.3.2 */
function tkhd(movie: MovieTrack, createdMs: UnixMs): Uint8Array {
  const { track } = movie;
  const { codec } = track;
  const enabledInMovieAndPreview = 7;
  return made(104, (out) => {
    const box = out.openFull('tkhd', 1, enabledInMovieAndPreview);
    out.u64(since1904(createdMs)); // creation_time
    out.u64(since1904(createdMs)); // modification_time
    out.u32(mp4TrackId(track)); // track_ID
    out.u32(0); // reserved
    out.u64(durationOf(movie)); // duration
    out.zeros(8); // reserved
    out.u16(0); // layer
    out.u16(0); // alternate_group
    out.u16(isVideo(codec) ? 0 : 0x0100); // volume
    out.u16(0); // reserved
    matrix(out);
    out.fixed16(isVideo(codec) ? codec.widthPixels : 0); // width
    out.fixed16(isVideo(codec) ? codec.heightPixels : 0); // height
    out.close(box);
  });
}

/** 8.6.6: what players show of the media, and from when on. */
function elst(out: BoxWriter, { waitTicks, fromTicks, shownTicks }: MovieTrack): void {
  const box = out.openFull('elst', 1, 0);
  out.u32(waitTicks > 0 ? 2 : 1); // entry_count
  if (waitTicks > 0) {
    out.u64(waitTicks); // segment_duration
    out.u32(0xffffffff); // media_time -1: nothing
    out.u32(0xffffffff);
    out.u32(0x10000); // media_rate 1.0
  }
  out.u64(shownTicks);
  out.u64(fromTicks);
  out.u32(0x10000);
  out.close(box);
}

/** 8.4.1 */
function mdia(movie: MovieTrack, createdMs: UnixMs): Uint8Array[] {
  const { track, tables } = movie;
  const heads = made(160, (out) => {
    mdhd(out, movie, createdMs);
    hdlr(out, track);
  });
  const media = made(80, (out) => mediaHead(out, track));
  const stsd = made(16 + sampleEntryBound(track.codec), (out) => {
    const box = out.openFull('stsd', 0, 0);
    out.u32(1); // entry_count
    sampleEntry(out, track.codec);
    out.close(box);
  });
  return box('mdia', [heads, ...box('minf', [media, ...box('stbl', [stsd, ...tables.boxes()])])]);
}

/** 8.4.2 */
function mdhd(out: BoxWriter, { track, mediaTicks }: MovieTrack, createdMs: UnixMs): void {
  const undetermined = 0x55c4; // 'und', five bits a letter
  const box = out.openFull('mdhd', 1, 0);
  out.u64(since1904(createdMs)); // creation_time
  out.u64(since1904(createdMs)); // modification_time
  out.u32(track.clockHz); // timescale
  out.u64(mediaTicks); // duration
  out.u16(undetermined); // language
  out.u16(0); // pre_defined
  out.close(box);
}

function durationOf({ waitTicks, shownTicks }: MovieTrack): number {
  return waitTicks + shownTicks;
}

/** Seconds since 1904-01-01 UTC (8.2.2). */
function since1904(time: UnixMs): number {
  const from1904To1970 = 2_082_844_800;
  return Math.floor(time / 1000) + from1904To1970;
}
