/** Whatever times a camera sends, parts keep their bounds and published time is continuous and near the camera's. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { choosePartTargetMs, measureFrameSeconds } from './part-target.ts';
import { FollowingTimeline, LeadTimeline } from './timeline.ts';

const clockHz = 90_000;
/** From 2 ms to half a second between frames. */
const intervals = fc.array(fc.integer({ min: 180, max: 45_000 }), { minLength: 10, maxLength: 120 });

function timeline(frameSeconds: number, partMs = 200) {
  const longestTicks = choosePartTargetMs(frameSeconds, partMs) * 90;
  const shortestTicks = Math.ceil(longestTicks * 0.85);
  return {
    lead: new LeadTimeline({ shortestTicks, longestTicks }, clockHz, frameSeconds),
    shortestTicks,
    longestTicks,
  };
}

describe('the leading track', () => {
  it('makes parts within bounds, without holes', () => {
    fc.assert(
      fc.property(intervals, fc.integer({ min: 5, max: 60 }), (deltas, fps) => {
        const { lead, shortestTicks, longestTicks } = timeline(1 / fps);
        let dts = 1_000_000;
        let next = dts;
        let partTicks = 0;
        for (const delta of deltas) {
          const placed = lead.place(dts, partTicks);
          assert.equal(placed.dts, next);
          assert.ok(placed.durationTicks > 0 && Number.isInteger(placed.durationTicks));
          next += placed.durationTicks;
          partTicks += placed.durationTicks;
          assert.ok(partTicks <= longestTicks + 1, `${partTicks} of ${longestTicks}`);
          if (placed.closesPart) {
            assert.ok(partTicks >= shortestTicks, `${partTicks} of ${shortestTicks}`);
            partTicks = 0;
          }
          dts += delta;
        }
      }),
      { numRuns: 200 },
    );
  });

  it('with jitter stays within that jitter and a part of the camera', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -1500, max: 1500 }), { minLength: 50, maxLength: 200 }),
        (jitter) => {
          const { lead } = timeline(0.04);
          let partTicks = 0;
          for (const [frame, moved] of jitter.entries()) {
            const dts = 1_000_000 + frame * 3600 + moved;
            const placed = lead.place(dts, partTicks);
            partTicks = placed.closesPart ? 0 : partTicks + placed.durationTicks;
            assert.ok(Math.abs(placed.dts - dts) < 3 * 1500 + 3600, `${placed.dts - dts}`);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it('with steady times is not moved at all', () => {
    const { lead } = timeline(0.04);
    let partTicks = 0;
    for (let frame = 0; frame < 100; frame += 1) {
      const placed = lead.place(5_000_000 + frame * 3600, partTicks);
      assert.deepEqual([placed.dts, placed.durationTicks], [5_000_000 + frame * 3600, 3600]);
      assert.equal(placed.closesPart, frame % 5 === 4);
      partTicks = placed.closesPart ? 0 : partTicks + 3600;
    }
  });
});

describe('sound beside it', () => {
  it('never overlaps, and leaves a hole where a unit was lost', () => {
    const sound = new FollowingTimeline(48_000, 1024 / 48_000);
    const kept = Array.from({ length: 50 }, (_, index) => index).filter(
      (index) => index !== 20 && index !== 33,
    );
    const placed = kept.map((index) => sound.place(9_000_000 + index * 1024));
    assert.deepEqual(
      placed.map(({ dts }) => (dts - 9_000_000) / 1024),
      kept,
    );
    assert.ok(placed.every(({ durationTicks }) => durationTicks === 1024));
  });

  it('of packets of another length than expected is right from the third on', () => {
    const sound = new FollowingTimeline(48_000, 0.02);
    const placed = Array.from({ length: 10 }, (_, index) => sound.place(1_000_000 + index * 2880));
    assert.deepEqual(
      placed.slice(3).map(({ durationTicks }) => durationTicks),
      Array.from({ length: 7 }, () => 2880),
    );
  });
});

function times(fps: number): number[] {
  return [0, 1, 2, 3, 4].map((frame) => 100 + frame / fps);
}

describe('the frame rate', () => {
  it('is the declared one when the camera keeps it about, else the measured one', () => {
    assert.equal(measureFrameSeconds(times(24.5), 25), 0.04);
    assert.ok(Math.abs(measureFrameSeconds(times(12.5), 25) - 0.08) < 1e-9);
    assert.ok(Math.abs(measureFrameSeconds(times(10), undefined) - 0.1) < 1e-9);
  });

  for (const [fps, partTargetMs] of [
    [25, 210],
    [30, 210],
    [15, 210],
    [12.5, 168],
    [24, 175],
    [5, 210],
    [4, 263],
    [0.1, 2100],
  ] as const) {
    it(`${fps} makes a PART-TARGET of ${partTargetMs} ms`, () =>
      assert.equal(choosePartTargetMs(1 / fps, 200), partTargetMs));
  }
});
