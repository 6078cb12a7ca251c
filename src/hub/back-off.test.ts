import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ManualClock } from '../base/clock.ts';
import { BackOff, maxNames } from './back-off.ts';

/** One that spreads nothing, and a way to let its round pass. */
function steady() {
  const clock = new ManualClock();
  const backOff = new BackOff(clock, () => 1);
  const fail = (name = 'a'): number => {
    const delayMs = backOff.failed(name, false);
    clock.advance(delayMs);
    return delayMs;
  };
  return { clock, backOff, fail };
}

describe('back-off', () => {
  it('doubles from half a second to half a minute', () => {
    const { fail } = steady();
    assert.deepEqual(
      Array.from({ length: 8 }, () => fail()),
      [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000],
    );
  });

  it('begins anew after a success, and when nobody asked for a while', () => {
    const { clock, backOff, fail } = steady();
    fail();
    backOff.succeeded('a');
    assert.equal(fail(), 500);
    assert.equal(fail(), 1_000);
    clock.advance(3_600_000);
    assert.equal(fail(), 500);
  });

  it('remembers a bounded number of names, those that failed last', () => {
    const { backOff, fail } = steady();
    for (let i = 0; i < maxNames; i++) backOff.failed(`camera ${i}`, true);
    backOff.failed('one more', true);
    assert.equal(fail('camera 0'), 500);
    assert.ok(fail('camera 9') > 500);
  });
});
