import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { DecodeOrder } from './decode-order.ts';
import { timesOf } from './streams.testing.ts';

const picture = 3600;

/** Decoding times of presentation times given in pictures. */
function decode(pictures: readonly number[], reorderFrames: number): number[] {
  const order = new DecodeOrder(reorderFrames, picture);
  return pictures.map((number) => order.next(number * picture));
}

function assertIncreasing(times: readonly number[]): void {
  times.forEach((time, i) => assert.ok(i === 0 || time > times[i - 1]!, `${time} after ${times[i - 1]}`));
}

/** A stream of groups: each reference picture is followed by the ones shown before it. */
function withBFrames(groups: number, bFrames: number): number[] {
  const order = [0];
  for (let group = 0; group < groups; group += 1) {
    const first = group * (bFrames + 1);
    order.push(first + bFrames + 1);
    for (let b = 1; b <= bFrames; b += 1) order.push(first + b);
  }
  return order;
}

describe('DecodeOrder', () => {
  it('without B-frames decodes when it shows', () => {
    assert.deepEqual(decode([0, 1, 2, 3], 0), [0, picture, 2 * picture, 3 * picture]);
  });

  it('with I P B B is one picture ahead', () => {
    const times = decode([0, 3, 1, 2, 6, 4, 5], 1);
    assert.deepEqual(
      times.map((time) => time / picture),
      [-1, 0, 1, 2, 3, 4, 5],
    );
  });

  it('with a pyramid is two pictures ahead', () => {
    const times = decode([0, 4, 2, 1, 3, 8, 6, 5, 7], 2);
    assert.deepEqual(
      times.map((time) => time / picture),
      [-2, -1, 0, 1, 2, 3, 4, 5, 6],
    );
  });

  for (const file of ['x264-bframes-3.times', 'x264-pyramid.times', 'x264-adaptive.times']) {
    it(`agrees with the encoder about ${file}`, () => {
      const times = timesOf(file);
      const depth = -times[0]!.dts / picture; // the encoder starts that many pictures early
      const order = new DecodeOrder(depth, picture);
      assert.deepEqual(
        times.map(({ pts }) => order.next(pts)),
        times.map(({ dts }) => dts),
      );
    });

    it(`finds the depth of ${file} by itself when nothing is declared`, () => {
      const times = timesOf(file);
      const order = new DecodeOrder(0, picture);
      const found = times.map(({ pts }) => order.next(pts));
      assertIncreasing(found);
      assert.equal(order.reorderFrames, -times[0]!.dts / picture);
      assert.deepEqual(
        found.slice(30),
        times.slice(30).map(({ dts }) => dts),
      );
    });
  }

  it('with too deep a declaration is early but right', () => {
    const pictures = withBFrames(5, 3);
    const times = decode(pictures, 4);
    assertIncreasing(times);
    times.forEach((time, i) => assert.equal(time, (i - 4) * picture));
  });

  it('shows nothing before it is decoded, however the camera jitters', () => {
    const jitter = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 61, maxLength: 61 });
    fc.assert(
      fc.property(jitter, fc.integer({ min: 0, max: 4 }), (offsets, bFrames) => {
        const order = new DecodeOrder(Math.min(bFrames, 1), picture);
        const shown = withBFrames(12, bFrames).map((number) => number * picture + offsets[number]!);
        const times = shown.map((pts) => order.next(pts));
        assertIncreasing(times);
        times.forEach((time, i) => assert.ok(time <= shown[i]!));
      }),
      { numRuns: 50 },
    );
  });

  it('of any times gives integers that only increase, and a bounded depth', () => {
    const pts = fc.array(fc.integer({ min: -1e12, max: 1e12 }), { maxLength: 100 });
    fc.assert(
      fc.property(pts, fc.nat(40), (shown, declared) => {
        const order = new DecodeOrder(declared, picture);
        const times = shown.map((time) => order.next(time));
        assertIncreasing(times);
        assert.ok(times.every(Number.isSafeInteger));
        assert.ok(order.reorderFrames <= 16);
      }),
      { numRuns: 50 },
    );
  });

  it('does not take a clock that was set back for reordering', () => {
    const order = new DecodeOrder(0, picture);
    for (let i = 0; i < 50; i += 1) order.next(i * picture);
    order.next(-1_000_000);
    assert.equal(order.reorderFrames, 0);
  });

  it('after a reset begins anew, yet never goes back', () => {
    const order = new DecodeOrder(0, picture);
    const before = [0, 3, 1, 2].map((number) => order.next(number * picture));
    order.reset();
    assert.equal(order.reorderFrames, 0);
    assert.ok(order.next(0) > before.at(-1)!);
    assert.equal(order.next(100 * picture), 100 * picture);
  });

  it('gives two pictures of the same time two decoding times', () => {
    const order = new DecodeOrder(0, picture);
    assert.deepEqual([order.next(500), order.next(500), order.next(4000)], [500, 501, 4000]);
  });
});
