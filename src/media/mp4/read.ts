/**
 * Fragmented MP4 as a list of tracks and samples.
 * In: bytes from anywhere, possibly cut off. Out: what is whole, and where and why reading stopped.
 * Never throws; work and memory are bounded by the input and `maxSamples`.
 * Box numbers are those of ISO/IEC 14496-12:2022.
 */
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import type { Box } from './box-reader.ts';
import { FieldReader, findBox, innerBoxes, readBoxes } from './box-reader.ts';

export interface Mp4Fault {
  /** Bytes from the start of the input. */
  readonly offset: number;
  readonly reason: string;
}

export interface Mp4Track {
  /** `track_ID`. */
  readonly id: number;
  /** Ticks per second of all times of this track. */
  readonly timescaleHz: number;
  /** `vide`, `soun`, or another handler type. */
  readonly handler: string;
  /** Type of the first sample entry, for example `avc1`. */
  readonly sampleEntry: string;
  /** From `trex`: what holds for samples that do not say otherwise. */
  readonly defaults: SampleDefaults;
}

interface SampleDefaults {
  readonly durationTicks: number;
  readonly sizeBytes: number;
  readonly flags: number;
}

export interface Mp4Sample {
  /** `track_ID`. */
  readonly trackId: number;
  readonly dts: number;
  readonly pts: number;
  readonly durationTicks: number;
  /** Decoding can start here. */
  readonly key: boolean;
  /** From the start of the input. */
  readonly offset: number;
  readonly sizeBytes: number;
}

interface Mp4Fragment {
  /** `sequence_number` of its `mfhd`. */
  readonly sequence: number;
  /** From the start of `moof` to the end of its `mdat`. */
  readonly offset: number;
  readonly sizeBytes: number;
  readonly samples: readonly Mp4Sample[];
}

export interface Mp4Fragments {
  readonly fragments: readonly Mp4Fragment[];
  /** Everything before is whole; what follows is missing, cut off or damaged. */
  readonly wholeEnd: number;
  /** Undefined when the input ends with a whole fragment. */
  readonly fault: Mp4Fault | undefined;
}

/** A box can claim samples without spending a byte on them. An hour of video and audio has half as many. */
const maxSamples = 500_000;
const nonSync = 0x00010000;

/** The tracks of the first `moov`. */
export function readInit(bytes: Uint8Array): Result<readonly Mp4Track[], Mp4Fault> {
  const list = readBoxes(bytes);
  const moov = list.boxes.find((box) => box.type === 'moov');
  if (!moov) return err({ offset: list.wholeEnd, reason: 'no moov box' });
  const defaults = readAllDefaults(bytes, moov);
  const tracks: Mp4Track[] = [];
  for (const trak of innerBoxes(bytes, moov)) {
    if (trak.type !== 'trak') continue;
    const track = readTrack(bytes, trak, defaults);
    if (!track) return err({ offset: trak.offset, reason: 'trak box without the fields it needs' });
    tracks.push(track);
  }
  return ok(tracks);
}

/** The fragments after, or without, an init segment. Boxes other than `moof` and `mdat` are passed over. */
export function readFragments(bytes: Uint8Array, tracks: readonly Mp4Track[]): Mp4Fragments {
  const { boxes, wholeEnd: boxesEnd } = readBoxes(bytes);
  const progress: Progress = { nextDts: new Map(), samplesLeft: maxSamples };
  const fragments: Mp4Fragment[] = [];
  let wholeEnd = 0;
  for (const [index, moof] of boxes.entries()) {
    if (moof.type !== 'moof') {
      wholeEnd = moof.endOffset;
      continue;
    }
    const mdat = boxes[index + 1];
    if (mdat?.type !== 'mdat') return stopped(fragments, moof.offset, 'moof box without its mdat');
    const fragment = readFragment(bytes, { moof, mdat, tracks, progress });
    if (!fragment.ok) return stopped(fragments, moof.offset, fragment.error);
    fragments.push(fragment.value);
  }
  if (boxesEnd < bytes.length) return stopped(fragments, wholeEnd, 'a box that is damaged or cut off');
  return { fragments, wholeEnd, fault: undefined };
}

interface Progress {
  /** Where each track's next run begins when it does not say. */
  readonly nextDts: Map<number, number>;
  samplesLeft: number;
}

interface FragmentInput {
  readonly moof: Box;
  readonly mdat: Box;
  readonly tracks: readonly Mp4Track[];
  readonly progress: Progress;
}

function stopped(fragments: readonly Mp4Fragment[], offset: number, reason: string): Mp4Fragments {
  return { fragments, wholeEnd: offset, fault: { offset, reason } };
}

/** 8.3.1 */
function readTrack(
  bytes: Uint8Array,
  trak: Box,
  defaults: ReadonlyMap<number, SampleDefaults>,
): Mp4Track | undefined {
  const tkhd = findBox(bytes, trak, 'tkhd');
  const mdhd = findBox(bytes, trak, 'mdia', 'mdhd');
  const hdlr = findBox(bytes, trak, 'mdia', 'hdlr');
  const stsd = findBox(bytes, trak, 'mdia', 'minf', 'stbl', 'stsd');
  if (!tkhd || !mdhd || !hdlr || !stsd) return undefined;

  const id = fieldAfterDates(bytes, tkhd);
  const timescaleHz = fieldAfterDates(bytes, mdhd);
  const handler = new FieldReader(bytes, hdlr.contentOffset + 8, hdlr.endOffset).fourcc();
  const [entry] = readBoxes(bytes, stsd.contentOffset + 8, stsd.endOffset).boxes;
  if (!id || !timescaleHz || !entry) return undefined;
  const none = { durationTicks: 0, sizeBytes: 0, flags: 0 };
  return { id, timescaleHz, handler, sampleEntry: entry.type, defaults: defaults.get(id) ?? none };
}

/** `tkhd` and `mdhd` both have, after two dates, the number we want (8.3.2, 8.4.2). */
function fieldAfterDates(bytes: Uint8Array, box: Box): number {
  const fields = FieldReader.of(bytes, box);
  const { version } = fields.versionAndFlags();
  fields.skip(version === 1 ? 16 : 8); // creation_time, modification_time
  return fields.u32();
}

/** 8.8.3, by `track_ID`. */
function readAllDefaults(bytes: Uint8Array, moov: Box): ReadonlyMap<number, SampleDefaults> {
  const defaults = new Map<number, SampleDefaults>();
  const mvex = findBox(bytes, moov, 'mvex');
  if (!mvex) return defaults;
  for (const trex of innerBoxes(bytes, mvex)) {
    if (trex.type !== 'trex') continue;
    const fields = FieldReader.of(bytes, trex);
    fields.versionAndFlags();
    const id = fields.u32();
    fields.skip(4); // default_sample_description_index
    defaults.set(id, { durationTicks: fields.u32(), sizeBytes: fields.u32(), flags: fields.u32() });
  }
  return defaults;
}

/** 8.8.4 */
function readFragment(bytes: Uint8Array, input: FragmentInput): Result<Mp4Fragment, string> {
  const { moof, mdat } = input;
  const mfhd = findBox(bytes, moof, 'mfhd');
  if (!mfhd) return err('moof box without mfhd');
  const sequence = new FieldReader(bytes, mfhd.contentOffset + 4, mfhd.endOffset).u32();
  const samples: Mp4Sample[] = [];
  let dataEnd = moof.offset;
  for (const traf of innerBoxes(bytes, moof)) {
    if (traf.type !== 'traf') continue;
    const run = readTraf(bytes, traf, input, dataEnd);
    if (!run.ok) return run;
    for (const sample of run.value) {
      if (sample.offset < mdat.contentOffset || sample.offset + sample.sizeBytes > mdat.endOffset)
        return err('sample outside its mdat');
      samples.push(sample);
      dataEnd = sample.offset + sample.sizeBytes;
    }
  }
  return ok({ sequence, offset: moof.offset, sizeBytes: mdat.endOffset - moof.offset, samples });
}

interface TrackFragment {
  readonly trackId: number;
  readonly baseOffset: number;
  readonly defaults: SampleDefaults;
}

/** 8.8.6 */
function readTraf(
  bytes: Uint8Array,
  traf: Box,
  input: FragmentInput,
  dataEnd: number,
): Result<readonly Mp4Sample[], string> {
  const header = readTfhd(bytes, traf, input, dataEnd);
  if (!header) return err('tfhd box missing, or of an unknown track');
  const tfdt = findBox(bytes, traf, 'tfdt');
  let dts = tfdt ? readTfdt(bytes, tfdt) : (input.progress.nextDts.get(header.trackId) ?? 0);
  if (dts === undefined) return err('tfdt box with a time out of range');

  const samples: Mp4Sample[] = [];
  let dataOffset = header.baseOffset;
  for (const trun of innerBoxes(bytes, traf)) {
    if (trun.type !== 'trun') continue;
    const run = readTrun(bytes, trun, header, { dts, dataOffset, samplesLeft: input.progress.samplesLeft });
    if (!run) return err('trun box cut short, or more samples than we read at once');
    input.progress.samplesLeft -= run.samples.length;
    for (const sample of run.samples) samples.push(sample);
    ({ dts, dataOffset } = run.next);
  }
  input.progress.nextDts.set(header.trackId, dts);
  return ok(samples);
}

/** 8.8.7 */
function readTfhd(
  bytes: Uint8Array,
  traf: Box,
  { moof, tracks }: FragmentInput,
  dataEnd: number,
): TrackFragment | undefined {
  const tfhd = findBox(bytes, traf, 'tfhd');
  if (!tfhd) return undefined;
  const fields = FieldReader.of(bytes, tfhd);
  const { flags } = fields.versionAndFlags();
  const trackId = fields.u32();
  const track = tracks.find(({ id }) => id === trackId);
  const implicitBase = flags & 0x020000 ? moof.offset : dataEnd;
  const baseOffset = flags & 0x01 ? fields.u64() : implicitBase;
  if (flags & 0x02) fields.skip(4); // sample_description_index
  const durationTicks = flags & 0x08 ? fields.u32() : track?.defaults.durationTicks;
  const sizeBytes = flags & 0x10 ? fields.u32() : track?.defaults.sizeBytes;
  const sampleFlags = flags & 0x20 ? fields.u32() : track?.defaults.flags;
  if (fields.failed || durationTicks === undefined || sizeBytes === undefined || sampleFlags === undefined)
    return undefined;
  return { trackId, baseOffset, defaults: { durationTicks, sizeBytes, flags: sampleFlags } };
}

/** 8.8.12 */
function readTfdt(bytes: Uint8Array, tfdt: Box): number | undefined {
  const fields = FieldReader.of(bytes, tfdt);
  const { version } = fields.versionAndFlags();
  const time = version === 1 ? fields.u64() : fields.u32();
  return fields.failed ? undefined : time;
}

interface RunPosition {
  readonly dts: number;
  readonly dataOffset: number;
}

/** 8.8.8 */
function readTrun(
  bytes: Uint8Array,
  trun: Box,
  { trackId, baseOffset, defaults }: TrackFragment,
  start: RunPosition & { readonly samplesLeft: number },
): { readonly samples: readonly Mp4Sample[]; readonly next: RunPosition } | undefined {
  const fields = FieldReader.of(bytes, trun);
  const { version, flags } = fields.versionAndFlags();
  const count = fields.u32();
  let offset = flags & 0x01 ? baseOffset + fields.i32() : start.dataOffset;
  const firstFlags = flags & 0x04 ? fields.u32() : undefined;
  if (count > start.samplesLeft) return undefined;

  const samples: Mp4Sample[] = [];
  let dts = start.dts;
  for (let index = 0; index < count && !fields.failed; index += 1) {
    const durationTicks = flags & 0x100 ? fields.u32() : defaults.durationTicks;
    const sizeBytes = flags & 0x200 ? fields.u32() : defaults.sizeBytes;
    const ownFlags = flags & 0x400 ? fields.u32() : defaults.flags;
    const shift = flags & 0x800 ? (version === 0 ? fields.u32() : fields.i32()) : 0;
    const sampleFlags = index === 0 && firstFlags !== undefined ? firstFlags : ownFlags;
    const key = (sampleFlags & nonSync) === 0;
    samples.push({ trackId, dts, pts: dts + shift, durationTicks, key, offset, sizeBytes });
    dts += durationTicks;
    offset += sizeBytes;
  }
  return fields.failed ? undefined : { samples, next: { dts, dataOffset: offset } };
}
