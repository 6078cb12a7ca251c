/** Any samples, written and read again by a reader of its own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { hertz } from '../../base/units.ts';
import { splitAdts } from '../codec/aac/adts.ts';
import { joinLengthPrefixed, splitAnnexB } from '../codec/nal-units.ts';
import type { Track } from '../track.ts';
import { readTs } from './reader.testing.ts';
import type { TsRun, TsSample } from './segment.ts';
import { writeTsSegment } from './segment.ts';

const sps = Uint8Array.of(0x67, 1, 2, 3);
const pps = Uint8Array.of(0x68, 4, 5);
const video: Track = {
  id: 0,
  clockHz: hertz(90000),
  codec: {
    kind: 'h264',
    sps,
    pps: [pps],
    widthPixels: 16,
    heightPixels: 16,
    framesPerSecond: 25,
    codecString: 'avc1.42c01e',
    reorderFrames: 0,
  },
};
const audio: Track = {
  id: 1,
  clockHz: hertz(48000),
  codec: {
    kind: 'aac',
    audioSpecificConfig: Uint8Array.of(0x11, 0x90), // AAC LC, 48 kHz, stereo
    sampleRateHz: 48000,
    channels: 2,
    codecString: 'mp4a.40.2',
  },
};

/** Bytes that hold no start code: none of them is 0. */
const payload = (maxLength: number) =>
  fc
    .array(fc.integer({ min: 1, max: 255 }), { minLength: 1, maxLength })
    .map((list) => Uint8Array.from(list));
const picture = fc.record({
  nals: fc.array(payload(600), { minLength: 1, maxLength: 3 }),
  key: fc.boolean(),
  durationTicks: fc.integer({ min: 1, max: 200_000 }),
  shift: fc.nat(10_000),
  /** Large pictures are a repetition: what counts is their size. */
  repeat: fc.constantFrom(1, 1, 1, 300),
});
const frame = fc.record({ data: payload(900), lateTicks: fc.constantFrom(0, 0, 0, 0, 5000) });
const originSeconds = fc.integer({ min: -2_000_000_000, max: 2_000_000_000 });
const start = fc.nat(2_000_000_000);

interface Planned {
  readonly run: TsRun;
  readonly data: readonly Uint8Array[];
}

function planVideo(
  startSeconds: number,
  pictures: readonly (typeof picture extends fc.Arbitrary<infer T> ? T : never)[],
): Planned {
  let dts = startSeconds * 90000;
  const data: Uint8Array[] = [];
  const samples = pictures.map(({ nals, key, durationTicks, shift, repeat }) => {
    const all = nals.map((nal) => Buffer.concat(Array.from({ length: repeat }, () => nal)));
    data.push(Buffer.concat(all));
    const sample = placed(joinLengthPrefixed(all), dts, dts + shift, key);
    dts += durationTicks;
    return sample;
  });
  return { run: { track: video, samples }, data };
}

function planAudio(
  startSeconds: number,
  frames: readonly { data: Uint8Array; lateTicks: number }[],
): Planned {
  let dts = startSeconds * 48000;
  const samples = frames.map(({ data, lateTicks }) => {
    dts += lateTicks;
    const sample = placed(data, dts, dts, true);
    dts += 1024;
    return sample;
  });
  return { run: { track: audio, samples }, data: frames.map(({ data }) => data) };
}

/** In the middle of other bytes, as in a fragment. */
function placed(bytes: Uint8Array, dts: number, pts: number, key: boolean): TsSample {
  const source = Buffer.concat([Buffer.alloc(3, 0xaa), bytes, Buffer.alloc(5, 0xaa)]);
  return { dts, pts, key, source, offset: 3, sizeBytes: bytes.length };
}

const modulus = 2 ** 33;
const cut = (time: number): number => ((time % modulus) + modulus) % modulus;

test('every picture comes back with its times, a delimiter, and its parameter sets when it is a keyframe', () => {
  fc.assert(
    fc.property(
      originSeconds,
      start,
      fc.array(picture, { minLength: 1, maxLength: 8 }),
      (origin, at, pictures) => {
        const { run, data } = planVideo(at, pictures);
        const written = writeTsSegment([run], { originSeconds: origin, index: 3 });
        assert.ok(written.ok);
        const read = readTs(written.value);
        assert.equal(read.streams.get(0x100)?.type, 0x1b);
        assert.equal(read.packets.length, pictures.length);
        for (const [index, pes] of read.packets.entries()) {
          const sample = run.samples[index]!;
          assert.equal(pes.dts, cut(sample.dts - origin * 90000));
          assert.equal(pes.pts, cut(sample.pts - origin * 90000));
          assert.equal(pes.pcr, cut(sample.dts - origin * 90000 - 45000));
          assert.equal(pes.randomAccess, sample.key);
          const [delimiter, ...nals] = splitAnnexB(pes.payload);
          assert.deepEqual([...delimiter!], [0x09, 0xf0]);
          if (sample.key)
            assert.deepEqual(
              nals.splice(0, 2).map((nal) => [...nal]),
              [[...sps], [...pps]],
            );
          assert.ok(Buffer.concat(nals).equals(data[index]!));
        }
      },
    ),
    { numRuns: 60 },
  );
});

test('every audio frame comes back; frames that follow each other share a packet', () => {
  fc.assert(
    fc.property(
      originSeconds,
      start,
      fc.array(frame, { minLength: 1, maxLength: 30 }),
      (origin, at, frames) => {
        const { run, data } = planAudio(at, frames);
        const written = writeTsSegment([run], { originSeconds: origin, index: 0 });
        assert.ok(written.ok);
        const { packets, pcrPid } = readTs(written.value);
        assert.equal(pcrPid, 0x101);
        let next = 0;
        for (const pes of packets) {
          const { frames: inside, skippedBytes } = splitAdts(pes.payload);
          assert.equal(skippedBytes, 0);
          for (const [index, one] of inside.entries()) {
            const expected = Math.round(((run.samples[next]!.dts - origin * 48000) * 90000) / 48000);
            const implied = pes.pts + index * 1920;
            assert.ok(
              Math.abs(cut(implied - expected + 1000) - 1000) <= 180,
              'within 2 ms of where it belongs',
            );
            assert.deepEqual([...one.data], [...data[next]!]);
            assert.deepEqual([...one.audioSpecificConfig], [0x11, 0x90]);
            next += 1;
          }
        }
        assert.equal(next, frames.length);
      },
    ),
    { numRuns: 60 },
  );
});

test('sound and picture are interleaved by decoding time, and inputs stay as they are', () => {
  const both = fc.tuple(
    fc.array(picture, { minLength: 1, maxLength: 6 }),
    fc.array(frame, { minLength: 1, maxLength: 12 }),
  );
  fc.assert(
    fc.property(both, ([pictures, frames]) => {
      const runs = [planVideo(100, pictures).run, planAudio(100, frames).run];
      const before = runs.map(({ samples }) => samples.map(({ source }) => Buffer.from(source)));
      const written = writeTsSegment(runs, { originSeconds: 90, index: 0 });
      assert.ok(written.ok);
      const { packets } = readTs(written.value);
      for (const [index, pes] of packets.entries())
        assert.ok(index === 0 || pes.dts >= packets[index - 1]!.dts);
      assert.deepEqual(
        runs.map(({ samples }) => samples.map(({ source }) => Buffer.from(source))),
        before,
      );
    }),
    { numRuns: 40 },
  );
});

test('segments made apart join: whatever their order, no counter is wrong', () => {
  const part = fc.tuple(fc.nat(40), fc.array(picture, { minLength: 1, maxLength: 3 }));
  fc.assert(
    fc.property(fc.array(part, { minLength: 2, maxLength: 4 }), (parts) => {
      const segments = parts.map(([index, pictures]) => {
        const written = writeTsSegment([planVideo(index * 6, pictures).run], { originSeconds: 0, index });
        assert.ok(written.ok);
        return written.value;
      });
      const count = parts.reduce((sum, [, pictures]) => sum + pictures.length, 0);
      assert.equal(readTs(Buffer.concat(segments)).packets.length, count);
    }),
    { numRuns: 30 },
  );
});

test('samples that are damaged are refused, never thrown at', () => {
  const sample = fc.record({
    dts: fc.nat(1e6),
    pts: fc.nat(1e6),
    key: fc.boolean(),
    source: fc.uint8Array({ maxLength: 60 }),
    offset: fc.nat(20),
    sizeBytes: fc.nat(80),
  });
  fc.assert(
    fc.property(fc.array(sample, { minLength: 1, maxLength: 4 }), (samples) => {
      const written = writeTsSegment([{ track: video, samples }], { originSeconds: 0, index: 0 });
      if (written.ok) assert.equal(readTs(written.value).packets.length, samples.length);
      else assert.match(written.error, /sample|NAL/);
    }),
    { numRuns: 200 },
  );
});
