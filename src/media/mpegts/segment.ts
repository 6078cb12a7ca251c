/**
 * MPEG-TS segments out of samples as MP4 keeps them (ISO/IEC 13818-1:2019).
 *
 * In:  the samples of each track of a stretch of media. Out: one buffer, whose size is reckoned first and which is
 * filled once. Promises: a keyframe is preceded by its parameter sets; streams are interleaved by decoding time;
 * segments of one origin follow each other in time. The streams' counters begin at 0 in every segment, and the
 * discontinuity indicator says so, so that segments can be made in any order and be joined.
 */
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import type { Track } from '../track.ts';
import type { PesHead } from './pes.ts';
import { packetsOf, pesHeadBytesOf, spread, writePesHead } from './pes.ts';
import type { TsStream } from './streams.ts';
import { tsStream } from './streams.ts';
import { packetBytes, writeProgramTable, writeStreamTable } from './tables.ts';

/** One picture or audio frame, where it lies. Video: NAL units behind 32 bit lengths. */
export interface TsSample {
  /** In ticks of its track. */
  readonly dts: number;
  readonly pts: number;
  readonly key: boolean;
  /** What holds it, and where in there. */
  readonly source: Uint8Array;
  readonly offset: number;
  readonly sizeBytes: number;
}

/** Samples of one track in decoding order. */
export interface TsRun {
  readonly track: Track;
  readonly samples: readonly TsSample[];
}

/** Where a segment stands among those it will be joined with. */
export interface TsPlace {
  /** Unix time that becomes time 0; an integer, so that every clock has it exactly. */
  readonly originSeconds: number;
  /** Counts segments. Each has one pair of tables, whose counters it gives. */
  readonly index: number;
}

/** Ticks per second of a transport stream's times. */
const tsClockHz = 90_000;
/** The clock runs ahead of decoding, as a receiver's buffer needs it to. */
const clockLeadTicks = tsClockHz / 2;
/** Together in one PES packet: its length has 16 bits and a frame at most 13, so 7 always fit. */
const framesPerPes = 7;
const adtsHeaderBytes = 7;
const maxAdtsFrameBytes = 0x1fff;
/** Frames further from where the one before ends than this are not put together with it. */
const joinedWithinSeconds = 0.002;
const nalLengthBytes = 4;
/** More than any segment has; keeps a damaged one from taking memory. */
const maxSegmentBytes = 1024 * 1024 * 1024;

/**
 * A segment. The error is a plain reason: the samples are not what they claim to be, or no track can be carried.
 */
export function writeTsSegment(runs: readonly TsRun[], place: TsPlace): Result<Uint8Array, string> {
  const streams: TsStream[] = [];
  const packets: Pes[] = [];
  for (const { track, samples } of runs) {
    const stream = tsStream(track);
    if (!stream) continue;
    streams.push(stream);
    const fault = collect(packets, stream, samples, place.originSeconds);
    if (fault !== undefined) return err(fault);
  }
  const clock = streams.find(({ kind }) => kind === 'video') ?? streams[0];
  if (!clock) return err('no track that a transport stream can carry');
  packets.sort((a, b) => a.dts - b.dts);
  return fill({ streams, clock, index: place.index }, packets);
}

/** What one PES packet will be. */
interface Pes {
  readonly stream: TsStream;
  readonly samples: readonly TsSample[];
  /** `samples[from]` to `samples[to - 1]`. */
  readonly from: number;
  readonly to: number;
  readonly payloadBytes: number;
  /** 90 kHz, from the origin. */
  readonly pts: number;
  readonly dts: number;
  readonly key: boolean;
}

/** Adds a stream's packets; returns what is wrong, if anything. */
function collect(
  packets: Pes[],
  stream: TsStream,
  samples: readonly TsSample[],
  originSeconds: number,
): string | undefined {
  const origin = originSeconds * stream.clockHz;
  const toTs = (time: number): number => Math.round(((time - origin) * tsClockHz) / stream.clockHz);
  for (let from = 0; from < samples.length;) {
    const sample = samples[from];
    if (!sample) break;
    const to = stream.kind === 'aac' ? joinedUntil(stream, samples, from) : from + 1;
    let payloadBytes = 0;
    for (let at = from; at < to; at += 1) payloadBytes += payloadBytesOf(stream, samples[at]);
    if (payloadBytes === 0) return 'a sample that is empty or too large';
    const { key } = sample;
    packets.push({
      stream,
      samples,
      from,
      to,
      payloadBytes,
      pts: Math.max(toTs(sample.pts), toTs(sample.dts)),
      dts: toTs(sample.dts),
      key,
    });
    from = to;
  }
  return undefined;
}

/** End of the audio frames that follow each other without a hole from `from` on. */
function joinedUntil(
  stream: TsStream & { readonly kind: 'aac' },
  samples: readonly TsSample[],
  from: number,
): number {
  const tolerance = joinedWithinSeconds * stream.clockHz;
  const start = samples[from]?.dts ?? 0;
  let to = from + 1;
  for (; to < samples.length && to - from < framesPerPes; to += 1) {
    const expected = start + (to - from) * stream.frameTicks;
    if (Math.abs((samples[to]?.dts ?? 0) - expected) > tolerance) break;
  }
  return to;
}

/** 0 for a sample that cannot be carried. */
function payloadBytesOf(stream: TsStream, sample: TsSample | undefined): number {
  if (!sample || sample.sizeBytes === 0 || sample.offset + sample.sizeBytes > sample.source.length) return 0;
  const { sizeBytes } = sample;
  switch (stream.kind) {
    case 'video':
      return (sample.key ? stream.beforeKey : stream.beforeOther).length + sizeBytes;
    case 'aac':
      return adtsHeaderBytes + sizeBytes > maxAdtsFrameBytes ? 0 : adtsHeaderBytes + sizeBytes;
    case 'opus':
      return opusHeaderBytes(sizeBytes) + sizeBytes;
  }
}

interface Tables {
  readonly streams: readonly TsStream[];
  /** The one that carries the program's clock. */
  readonly clock: TsStream;
  readonly index: number;
}

function fill(
  { streams, clock, index: counter }: Tables,
  packets: readonly Pes[],
): Result<Uint8Array, string> {
  const heads = headsOf(clock, packets);
  let bytes = 2 * packetBytes;
  for (const [index, head] of heads.entries()) {
    const pesBytes = pesHeadBytesOf(head) + (packets[index]?.payloadBytes ?? 0);
    bytes += packetsOf(head, pesBytes) * packetBytes;
  }
  if (bytes > maxSegmentBytes) return err('a segment of over 1 GiB');
  const out = Buffer.allocUnsafeSlow(bytes); // every byte of it is written
  writeProgramTable(out, 0, counter);
  writeStreamTable(out, packetBytes, counter, { pcrPid: clock.pid, entries: streams });
  const counters = new Map<number, number>();
  let start = 2 * packetBytes;
  for (const [index, pes] of packets.entries()) {
    const head = heads[index];
    if (!head) break;
    const pesBytes = pesHeadBytesOf(head) + pes.payloadBytes;
    const end = start + packetsOf(head, pesBytes) * packetBytes;
    const payloadAt = writePesHead(out, end - pesBytes, head, pesBytes);
    if (!writePayload(out, payloadAt, pes)) return err('a picture whose NAL units do not fill it');
    counters.set(head.pid, spread(out, head, { start, end, pesBytes }, counters.get(head.pid) ?? 0));
    start = end;
  }
  return ok(out);
}

function headsOf(clock: TsStream, packets: readonly Pes[]): readonly PesHead[] {
  const seen = new Set<number>();
  return packets.map(({ stream, pts, dts, key }) => {
    const first = !seen.has(stream.pid);
    seen.add(stream.pid);
    const pcr = stream === clock ? dts - clockLeadTicks : undefined;
    return { pid: stream.pid, streamId: stream.streamId, pts, dts, randomAccess: key, pcr, first };
  });
}

/** False when a picture is not made of NAL units. */
function writePayload(out: Uint8Array, start: number, { stream, samples, from, to }: Pes): boolean {
  let at = start;
  for (let index = from; index < to; index += 1) {
    const sample = samples[index];
    if (!sample) return false;
    at = writeFraming(out, at, stream, sample);
    const { source, offset, sizeBytes } = sample;
    out.set(source.subarray(offset, offset + sizeBytes), at);
    if (stream.kind === 'video' && !toByteStream(out, at, at + sizeBytes)) return false;
    at += sizeBytes;
  }
  return true;
}

/** What stands before the sample; returns where that ends. */
function writeFraming(out: Uint8Array, at: number, stream: TsStream, { key, sizeBytes }: TsSample): number {
  switch (stream.kind) {
    case 'video': {
      const before = key ? stream.beforeKey : stream.beforeOther;
      out.set(before, at);
      return at + before.length;
    }
    case 'aac':
      writeAdts(out, at, stream.adts, sizeBytes + adtsHeaderBytes);
      return at + adtsHeaderBytes;
    case 'opus':
      return writeOpusHeader(out, at, sizeBytes);
  }
}

function writeAdts(out: Uint8Array, at: number, header: Uint8Array, frameBytes: number): void {
  out.set(header, at);
  out[at + 3] = (header[3] ?? 0) | (frameBytes >> 11);
  out[at + 4] = (frameBytes >> 3) & 0xff;
  out[at + 5] = (header[5] ?? 0) | ((frameBytes & 7) << 5);
}

/** Control header: 11 bits of prefix, five flags that are 0, then the size in bytes of 255 and a rest. */
function writeOpusHeader(out: Uint8Array, start: number, sizeBytes: number): number {
  out[start] = 0x7f;
  out[start + 1] = 0xe0;
  const end = start + opusHeaderBytes(sizeBytes);
  out.fill(255, start + 2, end - 1);
  out[end - 1] = sizeBytes % 255;
  return end;
}

function opusHeaderBytes(sizeBytes: number): number {
  return 3 + Math.floor(sizeBytes / 255);
}

/** Lengths become start codes, which have as many bytes (ITU-T H.264, annex B). */
function toByteStream(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at + nalLengthBytes <= end) {
    const high = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
    const length = high * 0x10000 + (((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0));
    bytes[at] = 0;
    bytes[at + 1] = 0;
    bytes[at + 2] = 0;
    bytes[at + 3] = 1;
    at += nalLengthBytes + length;
  }
  return at === end;
}
