import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { SampleClock } from './sample-clock.ts';

const hz = 90_000;

/** Durations of pictures that are so many ticks apart. */
function durations(clock: SampleClock, intervals: readonly number[], from = 0): number[] {
  let dts = from;
  return intervals.map((interval) => clock.place((dts += interval)));
}

test('a steady camera’s pictures last as long as they are apart, from the first one', () => {
  const clock = new SampleClock(hz, 1 / 25);
  assert.deepEqual(durations(clock, Array(50).fill(3600)), Array(50).fill(3600));
});

test('a frame rate that was said wrongly is learned within a second', () => {
  const clock = new SampleClock(hz, 1 / 25);
  const last = durations(clock, Array(30).fill(6000)).at(-1) ?? 0;
  assert.ok(Math.abs(last - 6000) < 200, String(last));
});

test('a hole is no frame rate, and neither is what follows a restart', () => {
  const clock = new SampleClock(hz, 1 / 25);
  const [before, hole, after] = durations(clock, [3600, 900_000, 3600]);
  assert.deepEqual([before, hole, after], [3600, 3600, 3600]);
  clock.restart();
  assert.equal(clock.place(10), 3600);
});

test('jitter hardly moves it', () => {
  const clock = new SampleClock(hz, 1 / 25);
  const jittery = Array.from({ length: 100 }, (_, index) => 3600 + (index % 2 === 0 ? 900 : -900));
  for (const duration of durations(clock, jittery))
    assert.ok(Math.abs(duration - 3600) < 250, String(duration));
});

test('whatever the times, a sample lasts at least a tick and no more than the longest of its neighbours', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 10_000_000 }), { maxLength: 60 }), (intervals) => {
      const clock = new SampleClock(hz, 1 / 25);
      const longest = Math.max(3600, ...intervals);
      for (const duration of durations(clock, intervals)) {
        assert.ok(Number.isInteger(duration) && duration >= 1 && duration <= longest);
      }
    }),
  );
});
