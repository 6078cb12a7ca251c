/**
 * The init segment of fragmented MP4: `ftyp` and `moov`, no samples.
 * In: the tracks of a stream. Out: the bytes a player needs before the first fragment.
 * Tracks that MP4 cannot carry are left out. Box numbers are those of ISO/IEC 14496-12:2022.
 */
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import type { Track } from '../track.ts';
import { isVideo } from '../track.ts';
import { BoxWriter } from './box-writer.ts';
import type { PlayableTrack } from './playable.ts';
import { isPlayableTrack, mp4TrackId } from './playable.ts';
import { sampleEntry, sampleEntryBound } from './sample-entries.ts';
import { hdlr, matrix, mediaHead } from './track-boxes.ts';

/** Why there is no init segment. */
export type InitFault = { readonly kind: 'no-playable-track' };

/** Ticks per second of the movie itself; the tracks have their own. */
const movieTimescaleHz = 1000;
/** `ftyp`, `mvhd` and the containers around the tracks. */
const movieBound = 512;
/** The boxes of one track without its sample entry. */
const trackBound = 768;

/** Writes the init segment for the playable ones among `tracks`; `track_ID` is the track's id plus 1. */
export function writeInit(tracks: readonly Track[]): Result<Uint8Array, InitFault> {
  const playable = tracks.filter(isPlayableTrack);
  if (playable.length === 0) return err({ kind: 'no-playable-track' });
  const bound = playable.reduce(
    (bytes, track) => bytes + trackBound + sampleEntryBound(track.codec),
    movieBound,
  );
  const out = new BoxWriter(bound);
  ftyp(out, playable.length === 1);
  moov(out, playable);
  return ok(out.written().slice());
}

/** 4.3 */
function ftyp(out: BoxWriter, singleTrack: boolean): void {
  const box = out.open('ftyp');
  out.fourcc('iso6'); // major_brand: signed composition offsets, offsets relative to moof
  out.u32(0); // minor_version
  out.fourcc('iso6'); // compatible_brands
  out.fourcc('iso5');
  out.fourcc('mp41');
  if (singleTrack) out.fourcc('cmfc'); // CMAF allows one track per file
  out.close(box);
}

/** 8.2.1 */
function moov(out: BoxWriter, tracks: readonly PlayableTrack[]): void {
  const box = out.open('moov');
  mvhd(out, tracks);
  for (const track of tracks) trak(out, track);
  mvex(out, tracks);
  out.close(box);
}

/** 8.2.2 */
function mvhd(out: BoxWriter, tracks: readonly PlayableTrack[]): void {
  const box = out.openFull('mvhd', 0, 0);
  out.u32(0); // creation_time
  out.u32(0); // modification_time
  out.u32(movieTimescaleHz); // timescale
  out.u32(0); // duration: in the fragments
  out.fixed16(1); // rate
  out.u16(0x0100); // volume: full
  out.zeros(10); // reserved
  matrix(out);
  out.zeros(24); // pre_defined
  out.u32(Math.max(...tracks.map(mp4TrackId)) + 1); // next_track_ID
  out.close(box);
}

/** 8.3.1 */
function trak(out: BoxWriter, track: PlayableTrack): void {
  const box = out.open('trak');
  tkhd(out, track);
  mdia(out, track);
  out.close(box);
}

/** 8.3.2 */
function tkhd(out: BoxWriter, track: PlayableTrack): void {
  const { codec } = track;
  const enabledInMovieAndPreview = 7;
  const box = out.openFull('tkhd', 0, enabledInMovieAndPreview);
  out.u32(0); // creation_time
  out.u32(0); // modification_time
  out.u32(mp4TrackId(track)); // track_ID
  out.u32(0); // reserved
  out.u32(0); // duration
  out.zeros(8); // reserved
  out.u16(0); // layer
  out.u16(0); // alternate_group
  out.u16(isVideo(codec) ? 0 : 0x0100); // volume
  out.u16(0); // reserved
  matrix(out);
  out.fixed16(isVideo(codec) ? codec.widthPixels : 0); // width
  out.fixed16(isVideo(codec) ? codec.heightPixels : 0); // height
  out.close(box);
}

/** 8.4.1 */
function mdia(out: BoxWriter, track: PlayableTrack): void {
  const box = out.open('mdia');
  mdhd(out, track);
  hdlr(out, track);
  minf(out, track);
  out.close(box);
}

/** 8.4.2 */
function mdhd(out: BoxWriter, track: PlayableTrack): void {
  const undetermined = 0x55c4; // 'und', five bits a letter
  const box = out.openFull('mdhd', 0, 0);
  out.u32(0); // creation_time
  out.u32(0); // modification_time
  out.u32(track.clockHz); // timescale
  out.u32(0); // duration
  out.u16(undetermined); // language
  out.u16(0); // pre_defined
  out.close(box);
}

/** 8.4.4 */
function minf(out: BoxWriter, track: PlayableTrack): void {
  const box = out.open('minf');
  mediaHead(out, track);
  stbl(out, track);
  out.close(box);
}

/** 8.5.1: the tables are there, and empty. */
function stbl(out: BoxWriter, track: PlayableTrack): void {
  const box = out.open('stbl');
  const stsd = out.openFull('stsd', 0, 0);
  out.u32(1); // entry_count
  sampleEntry(out, track.codec);
  out.close(stsd);
  emptyTable(out, 'stts', 4);
  emptyTable(out, 'stsc', 4);
  emptyTable(out, 'stsz', 8); // sample_size and sample_count
  emptyTable(out, 'stco', 4);
  out.close(box);
}

function emptyTable(out: BoxWriter, type: string, fieldsBytes: number): void {
  const box = out.openFull(type, 0, 0);
  out.zeros(fieldsBytes);
  out.close(box);
}

/** 8.8.1, 8.8.3: samples come in fragments, which say everything about them. */
function mvex(out: BoxWriter, tracks: readonly PlayableTrack[]): void {
  const box = out.open('mvex');
  for (const track of tracks) {
    const trex = out.openFull('trex', 0, 0);
    out.u32(mp4TrackId(track)); // track_ID
    out.u32(1); // default_sample_description_index
    out.u32(0); // default_sample_duration
    out.u32(0); // default_sample_size
    out.u32(0); // default_sample_flags
    out.close(trex);
  }
  out.close(box);
}
