/**
 * The picture of a camera at a moment of the past: where it is, and what has to be decoded for it.
 *
 * In:  a camera and a time. Out: its keyframe, or its group of pictures up to it, as access units.
 * Promises: one read of a second or a group of pictures, bounded; files are closed whatever happens.
 */
import type { CameraId } from '../base/ids.ts';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { UnixMs } from '../base/units.ts';
import { ticks, unixMs } from '../base/units.ts';
import type {
  Archive,
  ArchiveFault,
  FragmentEntry,
  RecordingInfo,
  RecordingReader,
} from '../archive/types.ts';
import { mp4TrackId } from '../media/mp4/playable.ts';
import type { Mp4Sample, Mp4Track } from '../media/mp4/read.ts';
import { readFragments, readInit } from '../media/mp4/read.ts';
import type { AccessUnit, Track, VideoConfig } from '../media/track.ts';
import { isVideo } from '../media/track.ts';

interface VideoTrack extends Track {
  readonly codec: VideoConfig;
}

/** Where a picture is. */
export interface Moment {
  readonly recording: RecordingInfo;
  readonly track: VideoTrack;
  /** In decoding order, the first a keyframe, the rest what the wanted one needs. `wallMs` is when each is shown. */
  readonly units: readonly AccessUnit[];
  /** The one that is shown at the time that was asked for. */
  readonly wanted: AccessUnit;
}

export type MomentFault =
  | ArchiveFault
  /** There is no footage; the nearest there is. */
  | {
      readonly kind: 'no-footage';
      readonly beforeMs: UnixMs | undefined;
      readonly afterMs: UnixMs | undefined;
    }
  | { readonly kind: 'no-video' };

/** A picture is looked for in the footage that ends so shortly before, too: between two recordings lies nothing. */
const toleranceMs = 1000;
/** Of one group of pictures; beyond it the keyframe has to do. 20 s of 16 Mbit/s. */
const maxGroupBytes = 40 * 1024 * 1024;

/**
 * @param exact the picture shown at `atMs`, with what it needs; otherwise the keyframe at or before it alone.
 */
export async function findMoment(
  archive: Archive,
  cameraId: CameraId,
  atMs: UnixMs,
  exact: boolean,
): Promise<Result<Moment, MomentFault>> {
  const { before, after } = await archive.nearest(cameraId, atMs);
  const recording = before && atMs < before.endMs + toleranceMs ? before : undefined;
  if (!recording) return err({ kind: 'no-footage', beforeMs: before?.endMs, afterMs: after?.startMs });
  const reader = await archive.open(recording.id);
  if (!reader.ok) return reader;
  try {
    return await readMoment(reader.value, atMs, exact);
  } finally {
    reader.value.close();
  }
}

async function readMoment(
  reader: RecordingReader,
  atMs: UnixMs,
  exact: boolean,
): Promise<Result<Moment, MomentFault>> {
  const track = reader.tracks.find(isVideoTrack);
  const described = readInit(reader.init);
  if (!track || !described.ok) return err({ kind: 'no-video' });
  const wanted = groupOf(reader.fragments(), atMs, exact);
  if (!wanted) return err({ kind: 'no-footage', beforeMs: reader.info.endMs, afterMs: undefined });
  const fragments = await reader.read(wanted.first, wanted.last);
  if (!fragments.ok) return fragments;
  const units = fragments.value.flatMap((bytes) => videoUnits(bytes, track, described.value, reader.info));
  const chosen = choose(units, atMs, exact);
  return chosen ? ok({ recording: reader.info, track, ...chosen }) : err({ kind: 'no-video' });
}

/** The fragments from the last keyframe at or before `atMs`; the first ones when there is none before. */
function groupOf(
  fragments: readonly FragmentEntry[],
  atMs: UnixMs,
  exact: boolean,
): { readonly first: number; readonly last: number } | undefined {
  let at = lastAtOrBefore(fragments, atMs);
  if (at < 0) at = 0;
  let first = at;
  while (first > 0 && !fragments[first]?.key) first -= 1;
  if (!fragments[first]) return undefined;
  if (!exact) return { first, last: first };
  // Pictures that come after in the file may be shown before: one fragment more.
  const end = Math.min(at + 1, fragments.length - 1);
  let last = first;
  let bytes = fragments[first]?.sizeBytes ?? 0;
  while (last < end) {
    bytes += fragments[last + 1]?.sizeBytes ?? 0;
    if (bytes > maxGroupBytes) break;
    last += 1;
  }
  return { first, last };
}

function lastAtOrBefore(fragments: readonly FragmentEntry[], atMs: UnixMs): number {
  let low = 0;
  let high = fragments.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((fragments[middle]?.startMs ?? Infinity) <= atMs) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function choose(
  units: readonly AccessUnit[],
  atMs: UnixMs,
  exact: boolean,
): Pick<Moment, 'units' | 'wanted'> | undefined {
  let key = -1;
  let wanted = -1;
  for (const [index, unit] of units.entries()) {
    const isDue = unit.wallMs <= atMs;
    if (unit.key && (key < 0 || isDue)) key = index;
    const newest = units[wanted];
    if (isDue && (!newest || unit.wallMs >= newest.wallMs)) wanted = index;
  }
  const first = units[key];
  if (!first) return undefined;
  if (!exact || wanted < key) return { units: [first], wanted: first };
  return { units: units.slice(key, wanted + 1), wanted: units[wanted] ?? first };
}

function videoUnits(
  bytes: Uint8Array,
  track: VideoTrack,
  described: readonly Mp4Track[],
  { mediaOffsetMs }: RecordingInfo,
): AccessUnit[] {
  const { fragments } = readFragments(bytes, described);
  const id = mp4TrackId(track);
  const samples = fragments.flatMap((fragment) => fragment.samples.filter(({ trackId }) => trackId === id));
  return samples.map((sample) => ({
    track: track.id,
    pts: ticks(sample.pts),
    dts: ticks(sample.dts),
    wallMs: unixMs(Math.round((sample.pts * 1000) / track.clockHz + mediaOffsetMs)),
    key: sample.key,
    nals: nalsOf(bytes, sample),
  }));
}

/** ISO/IEC 14496-15, 5.3.2: each NAL unit after its length of four bytes. What does not fit is left out. */
function nalsOf(bytes: Uint8Array, { offset, sizeBytes }: Mp4Sample): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const nals: Uint8Array[] = [];
  const end = offset + sizeBytes;
  for (let at = offset; at + 4 <= end;) {
    const length = view.getUint32(at);
    at += 4;
    if (length > end - at) break;
    nals.push(bytes.subarray(at, at + length));
    at += length;
  }
  return nals;
}

function isVideoTrack(track: Track): track is VideoTrack {
  return isVideo(track.codec);
}
