/**
 * Fragments of MP4, each `moof` and `mdat`, in one buffer that is reckoned first and then filled once.
 * In: access units with their durations. Out: bytes that follow any init segment of the same tracks.
 * Times go in as they are, so a fragment means the same in a live stream and in an archive.
 * This runs once per access unit and stream. Box numbers are those of ISO/IEC 14496-12:2022.
 */
import { sameBytes } from '../codec/nal-units.ts';
import type { AccessUnit, Track } from '../track.ts';
import { BoxWriter } from './box-writer.ts';
import { mp4TrackId } from './playable.ts';

/** One access unit and how long it is shown, in ticks of its track, 0 to 2^32 - 1. */
export interface Sample {
  readonly unit: AccessUnit;
  readonly durationTicks: number;
}

/** Samples of one track in decoding order, each starting where the one before ends. At least one. */
export interface TrackRun {
  readonly track: Track;
  readonly samples: readonly Sample[];
  /** All NAL units are written, parameter sets too: for readers that do not look at a second init segment. */
  readonly everyNal?: boolean;
}

const boxHead = 8;
const mfhdBytes = 16;
const tfhdBytes = 16;
const tfdtBytes = 20;
const trunHead = 20;
const trunEntryBytes = 16;
const nalLengthBytes = 4;

/** 8.8.3.1: others depend on it or it stands alone; decoding can, or cannot, begin here. */
const syncSampleFlags = 0x02000000; // sample_depends_on = 2
const otherSampleFlags = 0x01010000; // sample_depends_on = 1, sample_is_non_sync_sample

/** A fragment with the samples of several tracks. `sequence` counts fragments of the stream, from 1. */
export function writeFragments(sequence: number, runs: readonly TrackRun[]): Uint8Array {
  return writeFragmentSeries(sequence, [runs]);
}

/** A fragment with one sample. */
export function writeFragment(sequence: number, track: Track, sample: Sample): Uint8Array {
  return writeFragments(sequence, [{ track, samples: [sample] }]);
}

/** One fragment after another in one buffer, so that media is copied once. At least one. */
export function writeFragmentSeries(
  firstSequence: number,
  fragments: readonly (readonly TrackRun[])[],
): Uint8Array {
  let bytes = 0;
  for (const runs of fragments) bytes += fragmentBytes(runs);
  const out = new BoxWriter(bytes);
  let sequence = firstSequence;
  for (const runs of fragments) {
    moof(out, sequence, runs, reckonMoof(runs) + boxHead);
    mdat(out, runs);
    sequence += 1;
  }
  return out.written();
}

/** What a fragment takes. */
export function fragmentBytes(runs: readonly TrackRun[]): number {
  let bytes = reckonMoof(runs) + boxHead;
  for (const run of runs) bytes += runBytes(run);
  return bytes;
}

function reckonMoof(runs: readonly TrackRun[]): number {
  let bytes = boxHead + mfhdBytes;
  for (const run of runs) {
    bytes += boxHead + tfhdBytes + tfdtBytes + trunHead + run.samples.length * trunEntryBytes;
  }
  return bytes;
}

/** 8.8.4 */
function moof(out: BoxWriter, sequence: number, runs: readonly TrackRun[], dataOffset: number): void {
  const box = out.open('moof');
  mfhd(out, sequence);
  let runOffset = dataOffset;
  for (const run of runs) {
    traf(out, run, runOffset);
    runOffset += runBytes(run);
  }
  out.close(box);
}

/** 8.8.5 */
function mfhd(out: BoxWriter, sequence: number): void {
  const box = out.openFull('mfhd', 0, 0);
  out.u32(sequence); // sequence_number
  out.close(box);
}

/** 8.8.6 */
function traf(out: BoxWriter, run: TrackRun, dataOffset: number): void {
  const box = out.open('traf');
  tfhd(out, run.track);
  tfdt(out, run.samples[0]?.unit.dts ?? 0);
  trun(out, run, dataOffset);
  out.close(box);
}

/** 8.8.7 */
function tfhd(out: BoxWriter, track: Track): void {
  const defaultBaseIsMoof = 0x020000;
  const box = out.openFull('tfhd', 0, defaultBaseIsMoof);
  out.u32(mp4TrackId(track)); // track_ID
  out.close(box);
}

/** 8.8.12: counted from 1970, which needs the 64-bit form. */
function tfdt(out: BoxWriter, dts: number): void {
  const box = out.openFull('tfdt', 1, 0);
  out.u64(dts); // baseMediaDecodeTime
  out.close(box);
}

/** 8.8.8, version 1: composition offsets are signed. */
function trun(out: BoxWriter, run: TrackRun, dataOffset: number): void {
  const everyField = 0x000f01; // data offset; duration, size, flags and offset per sample
  const box = out.openFull('trun', 1, everyField);
  out.u32(run.samples.length); // sample_count
  out.i32(dataOffset); // data_offset, from the start of moof
  for (const { unit, durationTicks } of run.samples) {
    out.u32(durationTicks); // sample_duration
    out.u32(sampleBytes(run, unit)); // sample_size
    out.u32(unit.key ? syncSampleFlags : otherSampleFlags); // sample_flags
    out.i32(unit.pts - unit.dts); // sample_composition_time_offset
  }
  out.close(box);
}

/** 8.1.1 */
function mdat(out: BoxWriter, runs: readonly TrackRun[]): void {
  const box = out.open('mdat');
  for (const run of runs) {
    for (const { unit } of run.samples) sampleData(out, run, unit);
  }
  out.close(box);
}

function sampleData(out: BoxWriter, run: TrackRun, unit: AccessUnit): void {
  const lengthPrefixed = hasNals(run.track);
  for (const nal of unit.nals) {
    if (!belongsInSample(run, nal, unit.key)) continue;
    if (lengthPrefixed) out.u32(nal.length);
    out.bytes(nal);
  }
}

function runBytes(run: TrackRun): number {
  let bytes = 0;
  for (const { unit } of run.samples) bytes += sampleBytes(run, unit);
  return bytes;
}

function sampleBytes(run: TrackRun, unit: AccessUnit): number {
  const prefixBytes = hasNals(run.track) ? nalLengthBytes : 0;
  let bytes = 0;
  for (const nal of unit.nals) {
    if (belongsInSample(run, nal, unit.key)) bytes += prefixBytes + nal.length;
  }
  return bytes;
}

function hasNals(track: Track): boolean {
  return track.codec.kind === 'h264' || track.codec.kind === 'h265';
}

/**
 * `avc1` and `hvc1` keep parameter sets in the sample entry (ISO/IEC 14496-15, 5.3.2 and 8.3.2). A PPS that comes
 * with another picture than a keyframe stays, as does one that the entry lacks: cameras that change theirs in
 * between would else be decoded with the wrong one. Delimiters say nothing that the sample's bounds do not.
 */
function belongsInSample({ track, everyNal }: TrackRun, nal: Uint8Array, key: boolean): boolean {
  const head = nal[0];
  if (head === undefined) return false;
  if (everyNal) return true;
  const { codec } = track;
  if (codec.kind === 'h264') {
    return isH264Pps(head) ? !key || !holds(codec.pps, nal) : !isH264Outside(head & 0x1f);
  }
  if (codec.kind === 'h265') {
    return isH265Pps(head) ? !key || !holds(codec.pps, nal) : !isH265Outside((head >> 1) & 0x3f);
  }
  return true;
}

function holds(sets: readonly Uint8Array[], nal: Uint8Array): boolean {
  return sets.some((set) => sameBytes(set, nal));
}

function isH264Pps(head: number): boolean {
  return (head & 0x1f) === 8;
}

/** SPS, access unit delimiter, SPS extension, subset SPS (ITU-T H.264, table 7-1). */
function isH264Outside(type: number): boolean {
  return type === 7 || type === 9 || type === 13 || type === 15;
}

function isH265Pps(head: number): boolean {
  return ((head >> 1) & 0x3f) === 34;
}

/** VPS, SPS, access unit delimiter (ITU-T H.265, table 7-1). */
function isH265Outside(type: number): boolean {
  return type === 32 || type === 33 || type === 35;
}
