import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { ticks, unixMs } from '../base/units.ts';
import { testAudioTrack, testVideoTrack } from '../hub/testing.ts';
import { writeInit } from '../media/mp4/init.ts';
import type { PlayableTrack } from '../media/mp4/playable.ts';
import { isPlayableTrack } from '../media/mp4/playable.ts';
import { readFragments, readInit } from '../media/mp4/read.ts';
import type { AccessUnit, Track } from '../media/track.ts';
import { isVideo } from '../media/track.ts';
import type { MadeFragment } from './fragmenter.ts';
import { Fragmenter } from './fragmenter.ts';

const startSeconds = 1_760_000_000;

/** What comes next: of which track, how long after the unit of that track before, whether a keyframe, how late. */
const step = fc.record({
  track: fc.nat({ max: 2 }),
  afterMs: fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 1, max: 120 }) },
    fc.integer({ min: 1, max: 20_000 }),
  ),
  key: fc.boolean(),
  lateMs: fc.integer({ min: -50, max: 300 }),
  bytes: fc.integer({ min: 1, max: 300 }),
  seldom: fc.nat({ max: 20 }),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const trackSets: readonly (readonly Track[])[] = [
  [testVideoTrack()],
  [testAudioTrack(0)],
  [testVideoTrack(), testAudioTrack(1)],
  [testAudioTrack(0), { ...testVideoTrack(), id: 1 }, testAudioTrack(2)],
];
const input = fc.record({
  tracks: fc.constantFrom(...trackSets).map((tracks) => tracks.filter(isPlayableTrack)),
  steps: fc.array(step, { minLength: 1, maxLength: 200 }),
});

function unitsOf(tracks: readonly PlayableTrack[], steps: readonly Step[]): AccessUnit[] {
  const lead = tracks.find(({ codec }) => isVideo(codec)) ?? tracks[0];
  const atMs = new Map<number, number>();
  return steps.map(({ track: wanted, afterMs, key, lateMs, bytes }, index) => {
    // The hub lets every reader begin with a keyframe of the leading track.
    const track = index === 0 ? lead : tracks[wanted % tracks.length];
    assert.ok(track);
    const timeMs = (atMs.get(track.id) ?? 0) + afterMs;
    atMs.set(track.id, timeMs);
    const dts = ticks(Math.round((startSeconds + timeMs / 1000) * track.clockHz));
    const nal = new Uint8Array(4 + bytes).fill(0x41);
    new DataView(nal.buffer).setUint32(0, index);
    if (isVideo(track.codec)) nal[0] = 0x41;
    const wallMs = unixMs(startSeconds * 1000 + timeMs + lateMs);
    const isKey = index === 0 || key || !isVideo(track.codec);
    return { track: track.id, pts: ticks(dts + (index % 3) * 100), dts, wallMs, key: isKey, nals: [nal] };
  });
}

function fragmentsOf({ tracks, steps }: { tracks: readonly PlayableTrack[]; steps: readonly Step[] }) {
  const fragmenter = new Fragmenter(tracks);
  const made: MadeFragment[] = [];
  const units = unitsOf(tracks, steps);
  for (const [index, unit] of units.entries()) {
    made.push(...fragmenter.push(unit));
    if (steps[index]?.seldom === 0) made.push(...fragmenter.flush());
    if (steps[index]?.seldom === 2) made.push(...fragmenter.flushSettled());
  }
  made.push(...fragmenter.flush());
  return { units, made, held: fragmenter.heldBytes };
}

describe('fragments, whatever comes', () => {
  it('hold every unit exactly once, in order, with its time and bytes', () => {
    fc.assert(
      fc.property(input, (given) => {
        const { units, made, held } = fragmentsOf(given);
        const init = writeInit(given.tracks);
        assert.ok(init.ok);
        const known = readInit(init.value);
        assert.ok(known.ok);
        const stored = new Map<number, unknown[]>();
        for (const { bytes } of made) {
          const { fragments, fault } = readFragments(bytes, known.value);
          assert.deepEqual([fragments.length, fault], [1, undefined]);
          for (const sample of fragments[0]?.samples ?? []) {
            const { trackId, dts, pts, key, offset, sizeBytes } = sample;
            const data = Buffer.from(bytes.subarray(offset, offset + sizeBytes)).toString('hex');
            const list = stored.get(trackId - 1) ?? [];
            stored.set(trackId - 1, [...list, { dts, pts, key, data }]);
          }
        }
        for (const { id, codec } of given.tracks) {
          const sent = units.filter(({ track }) => track === id);
          const expected = sent.map(({ dts, pts, key, nals }) => ({
            dts,
            pts,
            key,
            data: hex(nals, isVideo(codec)),
          }));
          assert.deepEqual(stored.get(id) ?? [], expected);
        }
        assert.equal(held, 0);
        assert.equal(
          made.reduce((sum, { units: count }) => sum + count, 0),
          units.length,
        );
      }),
      { numRuns: 150 },
    );
  });

  it('begin with a keyframe at first, and say of each whether it does', () => {
    fc.assert(
      fc.property(input, (given) => {
        const { made, units } = fragmentsOf(given);
        const video = given.tracks.find(({ codec }) => isVideo(codec));
        assert.equal(made[0]?.key, true);
        let passed = 0;
        for (const { key, frames } of made) {
          if (!video) {
            assert.deepEqual([key, frames], [true, 0]);
            continue;
          }
          const pictures = units.filter(({ track }) => track === video.id);
          assert.equal(key, frames > 0 && pictures[passed]?.key === true);
          const later = pictures.slice(passed + 1, passed + frames);
          assert.ok(key || !later.some((unit) => unit.key), 'no keyframe that nothing can begin with');
          passed += frames;
        }
      }),
      { numRuns: 100 },
    );
  });

  it('have times that neither overlap nor leave holes, unless nothing more was known', () => {
    fc.assert(
      fc.property(input, (given) => {
        const steps = given.steps.map((one) => ({ ...one, seldom: 1, lateMs: one.lateMs / 10 }));
        const { made } = fragmentsOf({ ...given, steps });
        for (const [index, { startMs, durationMs }] of made.slice(0, -1).entries()) {
          const next = made[index + 1];
          // The last one was made of what was left, with a supposed length.
          if (next && next.line === made[index]?.line) assert.equal(startMs + durationMs, next.startMs);
        }
      }),
      { numRuns: 100 },
    );
  });
});

function hex(nals: readonly Uint8Array[], lengths: boolean): string {
  const text = nals.map((nal) => {
    const length = nal.length.toString(16).padStart(8, '0');
    return (lengths ? length : '') + Buffer.from(nal).toString('hex');
  });
  return text.join('');
}
