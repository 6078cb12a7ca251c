import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { DecodeTimes } from './decode-times.ts';

const frame = 0.04;

describe('decoding times from presentation times', () => {
  it('rise by one frame and are never above the presentation time, however pictures are moved', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4 }),
        fc.array(fc.nat(3), { maxLength: 60 }),
        (reorder, swaps) => {
          const order = decodingOrder(reorder, swaps);
          const times = new DecodeTimes(reorder);
          const decoded = order.map((place) => times.next(place * frame, frame));
          decoded.forEach((time, at) => {
            assert.ok(time <= order[at]! * frame + 1e-9);
            if (at > 0) assert.ok(Math.abs(time - decoded[at - 1]! - frame) < 1e-9);
          });
        },
      ),
    );
  });

  it('rise strictly whatever the times', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -3, max: 40 }),
        fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { maxLength: 60 }),
        (reorder, presentations) => {
          const times = new DecodeTimes(reorder);
          let last = Number.NEGATIVE_INFINITY;
          for (const presentation of presentations) {
            const time = times.next(presentation, frame);
            assert.ok(time > last);
            last = time;
          }
        },
      ),
    );
  });
});

/** Groups of a picture that is decoded first, and up to three that are shown before it (none without reordering). */
function decodingOrder(reorder: number, sizes: readonly number[]): number[] {
  const order: number[] = [0];
  for (const size of sizes) {
    const moved = Math.min(size, reorder > 0 ? 3 : 0);
    const first = order.length;
    // One anchor is decoded early; its B-pictures follow in order, so one picture is ever ahead.
    order.push(first + moved);
    for (let b = 0; b < moved; b += 1) order.push(first + b);
  }
  return order;
}
