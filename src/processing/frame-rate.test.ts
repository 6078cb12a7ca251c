import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { FrameRate } from './frame-rate.ts';

/** The capture times that are taken. */
function taken(rate: FrameRate, timesMs: readonly number[]): number[] {
  return timesMs.filter((timeMs) => rate.isDue(timeMs));
}

const camera = (pictures: number, stepMs: number): number[] =>
  Array.from({ length: pictures }, (_, at) => at * stepMs);

describe('the rate of pictures', () => {
  it('takes all when the camera has no more', () => {
    assert.equal(taken(new FrameRate(25), camera(100, 40)).length, 100);
    assert.equal(taken(new FrameRate(60), camera(100, 40)).length, 100);
  });

  it('loses none to jitter of a quarter of a step when the rates are the same', () => {
    const jitter = fc.array(fc.integer({ min: -10, max: 10 }), { minLength: 50, maxLength: 50 });
    fc.assert(
      fc.property(jitter, (offsets) => {
        const times = camera(50, 40).map((timeMs, at) => timeMs + offsets[at]!);
        assert.equal(taken(new FrameRate(25), times).length, 50);
      }),
      { numRuns: 100 },
    );
  });

  it('is on average never above the wished one, and near it', () => {
    const rates = fc.record({
      wished: fc.integer({ min: 1, max: 60 }),
      stepMs: fc.integer({ min: 5, max: 200 }),
    });
    fc.assert(
      fc.property(rates, ({ wished, stepMs }) => {
        const seconds = 20;
        const count = taken(new FrameRate(wished), camera((seconds * 1000) / stepMs, stepMs)).length;
        assert.ok(count <= seconds * wished + 1, `${count} pictures`);
        const possible = Math.min(wished, 1000 / stepMs) * seconds;
        assert.ok(count >= possible * 0.66 - 1, `${count} of ${possible}`);
      }),
      { numRuns: 200 },
    );
  });

  it('goes on after a pause, and after the clock was set back', () => {
    const rate = new FrameRate(10);
    assert.deepEqual(taken(rate, [0, 100, 60_000, 60_020, 60_100]), [0, 100, 60_000, 60_100]);
    assert.deepEqual(taken(rate, [1000, 1020, 1100]), [1000, 1100]);
  });
});
