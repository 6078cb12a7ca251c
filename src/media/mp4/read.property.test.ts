/** The reader, whatever it is given; and writer and reader against each other. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { hertz, ticks, unixMs } from '../../base/units.ts';
import type { Track } from '../track.ts';
import { writeFragments } from './fragment.ts';
import { writeInit } from './init.ts';
import type { Mp4Track } from './read.ts';
import { readFragments, readInit } from './read.ts';

const tracks: readonly Track[] = [0, 1].map((id) => ({
  id,
  clockHz: hertz(48000),
  codec: { kind: 'opus', channels: 2, codecString: 'opus' },
}));

function writtenInit(): Uint8Array {
  const written = writeInit(tracks);
  assert.ok(written.ok);
  return written.value;
}

function readTracks(): readonly Mp4Track[] {
  const read = readInit(writtenInit());
  assert.ok(read.ok);
  return read.value;
}

const sample = fc.record({
  duration: fc.nat(2 ** 32 - 1),
  shift: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  key: fc.boolean(),
  data: fc.uint8Array({ minLength: 1, maxLength: 30 }),
});
const start = fc.nat({ max: 2 ** 52 });
const run = fc.tuple(start, fc.array(sample, { minLength: 1, maxLength: 8 }));

/** Samples as the writer takes them, and as the reader should give them. */
function plan(track: Track, [from, samples]: typeof run extends fc.Arbitrary<infer T> ? T : never) {
  let dts = from;
  const expected: unknown[] = [];
  const written = samples.map(({ duration, shift, key, data }) => {
    const pts = dts + shift;
    expected.push({ trackId: track.id + 1, dts, pts, duration, key, data: [...data] });
    const unit = {
      track: track.id,
      pts: ticks(pts),
      dts: ticks(dts),
      wallMs: unixMs(0),
      key,
      nals: [data],
    };
    dts += duration;
    return { unit, durationTicks: duration };
  });
  return { run: { track, samples: written }, expected };
}

test('samples come back as they were written', () => {
  const readable = readTracks();
  fc.assert(
    fc.property(run, run, fc.nat(2 ** 32 - 1), (first, second, sequence) => {
      const plans = [plan(tracks[0]!, first), plan(tracks[1]!, second)];
      const bytes = writeFragments(
        sequence,
        plans.map((each) => each.run),
      );
      const { fragments, fault, wholeEnd } = readFragments(bytes, readable);
      assert.equal(fault, undefined);
      assert.equal(wholeEnd, bytes.length);
      assert.equal(fragments[0]?.sequence, sequence);
      const samples = fragments.flatMap((fragment) => fragment.samples);
      assert.deepEqual(
        samples.map(({ trackId, dts, pts, durationTicks, key, offset, sizeBytes }) => ({
          trackId,
          dts,
          pts,
          duration: durationTicks,
          key,
          data: [...bytes.subarray(offset, offset + sizeBytes)],
        })),
        plans.flatMap((each) => each.expected),
      );
    }),
  );
});

test('any damage: nothing throws, samples lie within the file, the input stays', () => {
  const init = writtenInit();
  const readable = readTracks();
  const unit = {
    track: 0,
    pts: ticks(5),
    dts: ticks(5),
    wallMs: unixMs(0),
    key: true,
    nals: [Uint8Array.of(1, 2, 3)],
  };
  const fragment = writeFragments(1, [{ track: tracks[0]!, samples: [{ unit, durationTicks: 9 }] }]);
  const original = Buffer.concat([init, fragment, fragment]);
  const damage = fc.array(fc.tuple(fc.nat(original.length - 1), fc.nat(255)), { maxLength: 6 });
  fc.assert(
    fc.property(damage, fc.nat(original.length), (places, end) => {
      const bytes = Uint8Array.from(original.subarray(0, end));
      for (const [at, value] of places) if (at < end) bytes[at] = value;
      const before = bytes.slice();
      const read = readInit(bytes);
      const { fragments, wholeEnd } = readFragments(bytes, read.ok ? read.value : readable);
      assert.deepEqual(bytes, before);
      assert.ok(wholeEnd <= end);
      for (const { offset, sizeBytes } of fragments.flatMap(({ samples }) => samples))
        assert.ok(offset >= 0 && offset + sizeBytes <= end);
    }),
    { numRuns: 500 },
  );
});

test('any bytes are read or refused', () => {
  const readable = readTracks();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      readInit(bytes);
      readFragments(bytes, readable);
    }),
  );
});

test('samples that cost no bytes are not counted without end', () => {
  const sampleCount = 0xffff_ffff;
  const trun = [...word(20), ...name('trun'), ...word(0x000001), ...word(sampleCount), ...word(0)];
  const tfhd = [...word(16), ...name('tfhd'), ...word(0x020000), ...word(1)];
  const traf = [...word(8 + trun.length + tfhd.length), ...name('traf'), ...tfhd, ...trun];
  const mfhd = [...word(16), ...name('mfhd'), ...word(0), ...word(1)];
  const moof = [...word(8 + mfhd.length + traf.length), ...name('moof'), ...mfhd, ...traf];
  const bytes = Uint8Array.from([...moof, ...word(8), ...name('mdat')]);
  const { fragments, fault } = readFragments(bytes, readTracks());
  assert.deepEqual(fragments, []);
  assert.match(fault?.reason ?? '', /more samples/);
});

function word(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

function name(type: string): number[] {
  return [...Buffer.from(type, 'latin1')];
}
