import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { captureOfRtp, rtpOfEpoch } from './webrtc-transport.ts';

const answer = (...lines: string[]) =>
  ['v=0', 'm=video 9 x', ...lines, 'm=audio 9 x', 'a=mediaclk:direct=7'].join('\r\n');

test('the answer tells the RTP time of 1970, of the video only', () => {
  assert.equal(rtpOfEpoch(answer('a=mediaclk:direct=4000')), 4000);
  assert.equal(rtpOfEpoch(answer()), undefined);
});

test('whatever the clock shows and wherever it wraps, the age of a picture is found', () => {
  const nowMs = fc.integer({ min: 1_700_000_000_000, max: 1_900_000_000_000 });
  // Clocks differ: a picture may seem to come from a moment ahead.
  const ageMs = fc.integer({ min: -1000, max: 3_600_000 });
  const epochTicks = fc.integer({ min: 0, max: 2 ** 32 - 1 });
  fc.assert(
    fc.property(nowMs, ageMs, epochTicks, (now, age, epoch) => {
      const rtpTicks = ((now - age) * 90 + epoch) % 2 ** 32;
      assert.ok(Math.abs(captureOfRtp(rtpTicks, epoch, now) - (now - age)) < 0.1);
    }),
    { numRuns: 200 },
  );
});
