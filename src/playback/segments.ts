/**
 * The bytes of a segment: fragments as they lie in the archive, or the same media as MPEG-TS; and keyframes alone.
 *
 * In:  a planned segment. Out: its bytes, or the archive's fault. Promises: a fragment that is damaged is left out with
 * what needs it, and the rest of the segment is served; files are closed whatever happens.
 */
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import { ticks, unixMs } from '../base/units.ts';
import type { Archive, ArchiveFault, RecordingReader } from '../archive/types.ts';
import { splitLengthPrefixed } from '../media/codec/nal-units.ts';
import type { Sample, TrackRun } from '../media/mp4/fragment.ts';
import { writeFragmentSeries, writeFragments } from '../media/mp4/fragment.ts';
import { mp4TrackId } from '../media/mp4/playable.ts';
import type { Mp4Sample, Mp4Track } from '../media/mp4/read.ts';
import { readFragments, readInit } from '../media/mp4/read.ts';
import type { TsRun, TsSample } from '../media/mpegts/segment.ts';
import { writeTsSegment } from '../media/mpegts/segment.ts';
import type { AccessUnit, H264Config, H265Config, Track } from '../media/track.ts';
import { isVideo } from '../media/track.ts';
import type { SegmentFormat } from './playlist.ts';
import type { PlannedSegment } from './segment-plan.ts';

export interface MadeSegment {
  readonly bytes: Uint8Array;
  /** Strong: other bytes have another one. */
  readonly etag: string;
}

export interface SegmentOrder {
  readonly segment: PlannedSegment;
  readonly format: SegmentFormat;
  /** Its place in the session. */
  readonly index: number;
  /** For MPEG-TS: the same for all segments of a session. */
  readonly originSeconds: number;
}

type Files = Pick<Archive, 'open'>;

/** A fragment that can be read. */
interface Piece {
  readonly index: number;
  readonly bytes: Uint8Array;
  readonly samples: readonly Mp4Sample[];
}

export async function makeSegment(
  archive: Files,
  order: SegmentOrder,
): Promise<Result<MadeSegment, ArchiveFault>> {
  return withReader(archive, order.segment, async (reader) => {
    const described = readInit(reader.init);
    if (!described.ok) return damaged(order.segment);
    const pieces = await readPieces(reader, order.segment, described.value);
    if (!pieces.ok) return pieces;
    if (order.format === 'ts') return asTs(reader, order, pieces.value);
    const { tracks } = reader;
    const bytes = order.segment.isMixed ? withSets(tracks, pieces.value) : joined(pieces.value);
    return bytes ? ok({ bytes, etag: etagOf(order, pieces.value) }) : damaged(order.segment);
  });
}

/** The keyframe that a fragment begins with, as a fragment of one picture. */
export async function makeKeyframe(
  archive: Files,
  segment: PlannedSegment,
  fragment: number,
): Promise<Result<MadeSegment, ArchiveFault>> {
  return withReader(archive, segment, async (reader) => {
    const track = reader.tracks.find(({ codec }) => isVideo(codec));
    const described = readInit(reader.init);
    const read = await reader.read(fragment, fragment);
    if (!read.ok) return read;
    const [bytes] = read.value;
    if (!track || !described.ok || !bytes) return damaged(segment);
    const { fragments } = readFragments(bytes, described.value);
    const id = mp4TrackId(track);
    const sample = fragments[0]?.samples.find(({ trackId, key }) => trackId === id && key);
    const unit = sample && unitOf(track, bytes, sample);
    if (!unit) return damaged(segment);
    const durationTicks = Math.round((shownMs(reader, segment, fragment) * track.clockHz) / 1000);
    const run = { track, samples: [{ unit, durationTicks }], everyNal: true };
    return ok({ bytes: writeFragments(1, [run]), etag: `"${segment.recordingId}-${fragment}-key"` });
  });
}

/** From a fragment to the next that begins with a keyframe, or to the end of the segment. */
function shownMs(reader: RecordingReader, { last }: PlannedSegment, fragment: number): number {
  const entries = reader.fragments();
  let durationMs = 0;
  for (let at = fragment; at <= last; at += 1) {
    const entry = entries[at];
    if (!entry || (at > fragment && entry.key)) break;
    durationMs += entry.durationMs;
  }
  return durationMs;
}

/** A box without a meaning (ISO/IEC 14496-12, 8.1.2). */
const freeBox = Uint8Array.of(0, 0, 0, 8, 0x66, 0x72, 0x65, 0x65);

/**
 * A segment with nothing in it, in place of one that cannot be read: hls.js steps over it, where it would ask again and
 * again for one that it does not get. Undefined for tracks that the format does not know.
 */
export function emptySegment(tracks: readonly Track[], format: SegmentFormat): Uint8Array | undefined {
  if (format === 'fmp4') return freeBox;
  const runs = tracks.map((track) => ({ track, samples: [] }));
  const written = writeTsSegment(runs, { originSeconds: 0, index: 0 });
  return written.ok ? written.value : undefined;
}

async function withReader<T>(
  archive: Files,
  { recordingId }: PlannedSegment,
  use: (reader: RecordingReader) => Promise<Result<T, ArchiveFault>>,
): Promise<Result<T, ArchiveFault>> {
  const opened = await archive.open(recordingId);
  if (!opened.ok) return opened;
  try {
    return await use(opened.value);
  } finally {
    opened.value.close();
  }
}

/** In one read; when something is wrong, one by one, without what cannot be read and what needs it. */
async function readPieces(
  reader: RecordingReader,
  segment: PlannedSegment,
  described: readonly Mp4Track[],
): Promise<Result<readonly Piece[], ArchiveFault>> {
  const { first, last } = segment;
  const read = await reader.read(first, last);
  if (!read.ok && read.error.kind !== 'damaged') return read;
  if (read.ok) {
    const pieces = read.value.map((bytes, at) => pieceOf(first + at, bytes, described));
    if (pieces.every((piece) => piece !== undefined)) return ok(pieces);
  }
  return readSingly(reader, segment, described);
}

async function readSingly(
  reader: RecordingReader,
  segment: PlannedSegment,
  described: readonly Mp4Track[],
): Promise<Result<readonly Piece[], ArchiveFault>> {
  const entries = reader.fragments();
  const pieces: Piece[] = [];
  let isWhole = true;
  for (let index = segment.first; index <= segment.last; index += 1) {
    const read = await reader.read(index, index);
    const bytes = read.ok ? read.value[0] : undefined;
    const piece = bytes && pieceOf(index, bytes, described);
    isWhole = piece !== undefined && (isWhole || (entries[index]?.key ?? false));
    if (piece && isWhole) pieces.push(piece);
  }
  return pieces.length > 0 ? ok(pieces) : damaged(segment);
}

/** Undefined when the bytes are no whole fragment. */
function pieceOf(index: number, bytes: Uint8Array, described: readonly Mp4Track[]): Piece | undefined {
  const { fragments, fault } = readFragments(bytes, described);
  const [fragment] = fragments;
  if (fault || !fragment || fragments.length > 1) return undefined;
  return { index, bytes, samples: fragment.samples };
}

function asTs(
  reader: RecordingReader,
  order: SegmentOrder,
  pieces: readonly Piece[],
): Result<MadeSegment, ArchiveFault> {
  const place = { originSeconds: order.originSeconds, index: order.index };
  const written = writeTsSegment(runsOf(reader.tracks, pieces), place);
  if (written.ok) return ok({ bytes: written.value, etag: etagOf(order, pieces) });
  // A picture in it is damaged: what can be written by itself can be written together.
  const sound = pieces.filter((piece) => writeTsSegment(runsOf(reader.tracks, [piece]), place).ok);
  const rest = sound.length > 0 ? writeTsSegment(runsOf(reader.tracks, sound), place) : written;
  return rest.ok ? ok({ bytes: rest.value, etag: etagOf(order, sound) }) : damaged(order.segment);
}

function runsOf(tracks: readonly Track[], pieces: readonly Piece[]): readonly TsRun[] {
  return tracks.map((track) => {
    const id = mp4TrackId(track);
    const samples: TsSample[] = [];
    for (const { bytes, samples: all } of pieces) {
      for (const sample of all) {
        if (sample.trackId !== id || sample.sizeBytes === 0) continue;
        const { dts, pts, key, offset, sizeBytes } = sample;
        samples.push({ dts, pts, key, source: bytes, offset, sizeBytes });
      }
    }
    return { track, samples };
  });
}

/**
 * The same media with parameter sets in its keyframes: FFmpeg does not look at a second init segment, and would decode
 * with the sets of the first. Undefined when a picture is not made of NAL units.
 */
function withSets(tracks: readonly Track[], pieces: readonly Piece[]): Uint8Array | undefined {
  const series: TrackRun[][] = [];
  for (const { bytes, samples: all } of pieces) {
    const runs: TrackRun[] = [];
    for (const track of tracks) {
      const id = mp4TrackId(track);
      const samples: Sample[] = [];
      for (const sample of all) {
        if (sample.trackId !== id) continue;
        const unit = unitOf(track, bytes, sample);
        if (!unit) return undefined;
        samples.push({ unit, durationTicks: sample.durationTicks });
      }
      if (samples.length > 0) runs.push({ track, samples, everyNal: true });
    }
    series.push(runs);
  }
  return writeFragmentSeries(1, series);
}

/** A sample as a unit that carries its parameter sets; undefined when it is damaged. */
function unitOf({ id, codec }: Track, bytes: Uint8Array, sample: Mp4Sample): AccessUnit | undefined {
  const data = bytes.subarray(sample.offset, sample.offset + sample.sizeBytes);
  const { key } = sample;
  const times = { pts: ticks(sample.pts), dts: ticks(sample.dts), wallMs: unixMs(0) }; // the last is not written
  if (codec.kind !== 'h264' && codec.kind !== 'h265') return { track: id, ...times, key, nals: [data] };
  const nals = splitLengthPrefixed(data, 4);
  if (!nals.ok) return undefined;
  return { track: id, ...times, key, nals: key ? [...setsOf(codec), ...nals.value] : nals.value };
}

function setsOf(codec: H264Config | H265Config): readonly Uint8Array[] {
  return codec.kind === 'h264' ? [codec.sps, ...codec.pps] : [codec.vps, codec.sps, ...codec.pps];
}

function joined(pieces: readonly Piece[]): Uint8Array {
  const [only] = pieces;
  return only && pieces.length === 1 ? only.bytes : Buffer.concat(pieces.map(({ bytes }) => bytes));
}

/** What is in it decides its bytes; for MPEG-TS its place, too. */
function etagOf({ segment, format, index, originSeconds }: SegmentOrder, pieces: readonly Piece[]): string {
  const { first, last, recordingId } = segment;
  const isWhole = pieces.length === last - first + 1;
  const content = isWhole ? `${first}-${last}` : pieces.map((piece) => piece.index).join('.');
  return `"${recordingId}-${content}-${format === 'ts' ? `${originSeconds}.${index}` : segment.isMixed ? 'sets' : 'mp4'}"`;
}

function damaged({ startMs, durationMs }: PlannedSegment): Result<never, ArchiveFault> {
  const from = new Date(startMs).toISOString();
  const to = new Date(startMs + durationMs).toISOString();
  return err({
    kind: 'damaged',
    message: `The footage from ${from} to ${to} is damaged and cannot be played.`,
  });
}
