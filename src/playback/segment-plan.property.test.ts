/** Whatever was recorded: what a plan always keeps to. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { FragmentEntry, RecordingInfo } from '../archive/types.ts';
import { testCamera } from '../archive/archive.testing.ts';
import { unixMs } from '../base/units.ts';
import type { IndexedRecording, PlanRules } from './segment-plan.ts';
import { SegmentPlan } from './segment-plan.ts';

const beginMs = 1_760_000_000_000;

const fragment = fc.record({
  durationMs: fc.constantFrom(200, 1000, 1000, 1000, 33.367),
  key: fc.boolean(),
  holeMs: fc.constantFrom(0, 0, 0, 0, 0, 0, 20, 3000),
});
const recording = fc.record({
  fragments: fc.array(fragment, { minLength: 1, maxLength: 40 }),
  gapMs: fc.constantFrom(0, 0, 0, 5000),
  codec: fc.constantFrom('a', 'a', 'a', 'b'),
});
type Plan = typeof recording extends fc.Arbitrary<infer T> ? T : never;

/** Recordings one after another; each begins with a keyframe. A gap begins another run. */
function recorded(plans: readonly Plan[]): readonly IndexedRecording[] {
  let atMs = beginMs;
  let run = 0;
  return plans.map(({ fragments, gapMs, codec }, index) => {
    if (gapMs > 0) run += 1;
    atMs += gapMs;
    const entries = fragments.map((one, at): FragmentEntry => {
      if (at > 0) atMs += one.holeMs;
      const startMs = unixMs(Math.round(atMs));
      atMs += one.durationMs;
      const key = one.key || at === 0;
      return { startMs, durationMs: one.durationMs, offsetBytes: 0, sizeBytes: 1000, key, frames: 25 };
    });
    const startMs = entries[0]?.startMs ?? unixMs(atMs);
    return {
      info: infoOf(`rec_${index}`, `run_${run}`, codec, startMs, unixMs(Math.round(atMs))),
      fragments: entries,
    };
  });
}

function infoOf(
  id: string,
  runId: string,
  codecId: string,
  startMs: RecordingInfo['startMs'],
  endMs: RecordingInfo['endMs'],
): RecordingInfo {
  return {
    id,
    cameraId: testCamera,
    volumeId: 'v',
    runId,
    startMs,
    endMs,
    mediaOffsetMs: 0,
    codecId,
    bytes: 0,
    frames: 0,
    lostPackets: 0,
    trigger: 'continuous',
    endReason: 'rotated',
    sealed: false,
    damage: undefined,
  };
}

const range = fc.record({ from: fc.nat(100_000), length: fc.integer({ min: 1, max: 200_000 }) });
const rulesOf = ({ from, length }: { from: number; length: number }, longestMs = 60_000): PlanRules => ({
  fromMs: unixMs(beginMs + from),
  toMs: unixMs(beginMs + from + length),
  longestMs,
  freshFromMs: undefined,
});

/** As the archive lists them. */
const overlapping = (
  recordings: readonly IndexedRecording[],
  rules: PlanRules,
): readonly IndexedRecording[] =>
  recordings.filter(({ info }) => info.endMs > rules.fromMs && info.startMs < rules.toMs);

function planOf(recordings: readonly IndexedRecording[], rules: PlanRules): SegmentPlan {
  const plan = new SegmentPlan(rules);
  for (const one of overlapping(recordings, rules)) plan.add(one);
  return plan;
}

test('every fragment of the range is in exactly one segment, in order', () => {
  fc.assert(
    fc.property(fc.array(recording, { minLength: 1, maxLength: 5 }), range, (plans, wanted) => {
      const recordings = recorded(plans);
      const rules = rulesOf(wanted);
      const planned = planOf(recordings, rules).segments.flatMap(({ recordingId, first, last }) =>
        Array.from({ length: last - first + 1 }, (_, at) => `${recordingId} ${first + at}`),
      );
      assert.equal(new Set(planned).size, planned.length);
      const all = overlapping(recordings, rules).flatMap(({ info, fragments }) =>
        fragments.map(({ startMs }, at) => ({ name: `${info.id} ${at}`, startMs })),
      );
      const began = all.findIndex(({ name }) => name === planned[0]);
      const expected = all.slice(Math.max(0, began)).filter(({ startMs }) => startMs < rules.toMs);
      assert.deepEqual(planned, planned.length === 0 ? [] : expected.map(({ name }) => name));
    }),
    { numRuns: 200 },
  );
});

test('the first segment begins with the last keyframe at or before the start', () => {
  fc.assert(
    fc.property(fc.array(recording, { minLength: 1, maxLength: 3 }), range, (plans, wanted) => {
      const recordings = recorded(plans);
      const rules = rulesOf(wanted);
      const [first] = planOf(recordings, rules).segments;
      const source = overlapping(recordings, rules)[0];
      if (!first || !source) return;
      const keys = source.fragments.filter(({ key, startMs }) => key && startMs <= rules.fromMs);
      assert.equal(first.startMs, (keys.at(-1) ?? source.fragments[0])?.startMs);
      assert.equal(first.key, true);
    }),
    { numRuns: 200 },
  );
});

test('a discontinuity stands before every other run, other codec, and hole, and nowhere else', () => {
  fc.assert(
    fc.property(fc.array(recording, { minLength: 1, maxLength: 5 }), range, (plans, wanted) => {
      const recordings = recorded(plans);
      const plan = planOf(recordings, rulesOf(wanted));
      const infoOfId = new Map(recordings.map(({ info }) => [info.id, info]));
      for (const [index, segment] of plan.segments.entries()) {
        const before = plan.segments[index - 1];
        if (!before) {
          assert.equal(segment.discontinuity, false);
          continue;
        }
        const from = infoOfId.get(before.recordingId);
        const to = infoOfId.get(segment.recordingId);
        const holeMs = segment.startMs - before.startMs - before.durationMs;
        const isOther = from?.runId !== to?.runId || from?.codecId !== to?.codecId;
        if (isOther || holeMs > 1500) assert.equal(segment.discontinuity, true);
        if (!isOther && Math.abs(holeMs) < 400) assert.equal(segment.discontinuity, false);
      }
    }),
    { numRuns: 200 },
  );
});

test('no segment is longer than the limit, unless one fragment alone is', () => {
  fc.assert(
    fc.property(fc.array(recording, { minLength: 1, maxLength: 3 }), range, (plans, wanted) => {
      for (const segment of planOf(recorded(plans), rulesOf(wanted, 4000)).segments) {
        assert.ok(segment.durationMs <= 4000 || segment.first === segment.last);
        assert.ok(segment.durationMs > 0);
      }
    }),
    { numRuns: 200 },
  );
});

test('a recording that grows fragment by fragment is planned as if it had been there at once', () => {
  fc.assert(
    fc.property(fc.array(recording, { minLength: 1, maxLength: 3 }), range, (plans, wanted) => {
      const recordings = recorded(plans);
      const rules = rulesOf(wanted, 10_000);
      const growing = new SegmentPlan(rules);
      let seen: readonly unknown[] = [];
      for (const { info, fragments } of overlapping(recordings, rules)) {
        // As the archive lists it while it grows; it overlaps the range from some fragment on.
        const open = { ...info, endReason: undefined };
        const visible = fragments.findIndex(({ startMs, durationMs }) => startMs + durationMs > rules.fromMs);
        for (let count = Math.max(1, visible + 1); count <= fragments.length; count += 1) {
          growing.add({ info: open, fragments: fragments.slice(0, count) });
          assert.deepEqual(growing.segments.slice(0, seen.length), seen, 'nothing is taken back');
          seen = [...growing.segments];
        }
        growing.add({ info, fragments });
      }
      const atOnce = planOf(recordings, rules).segments;
      const count = (list: typeof atOnce): number =>
        list.reduce((sum, { first, last }) => sum + last - first + 1, 0);
      assert.equal(count(growing.segments), count(atOnce));
    }),
    { numRuns: 100 },
  );
});
