import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasSound, nextSpeed, showsKeyframesOnly, speedFrom, speedText } from './speed.ts';

describe('speeds', () => {
  it('go from an eighth to sixteen times, step by step, and stay at the ends', () => {
    assert.equal(nextSpeed(1, 1), 2);
    assert.equal(nextSpeed(1, -1), 0.5);
    assert.equal(nextSpeed(16, 1), 16);
    assert.equal(nextSpeed(0.125, -1), 0.125);
  });

  it('are written as people say them', () => {
    assert.deepEqual(
      [0.125, 0.5, 1, 16].map((speed) => speedText(speedFrom(String(speed)))),
      ['1/8×', '1/2×', '1×', '16×'],
    );
    assert.equal(speedFrom('nonsense'), 1);
  });

  it('that no decoder keeps up with show keyframes; those that nobody understands are silent', () => {
    assert.equal(showsKeyframesOnly(4), false);
    assert.equal(showsKeyframesOnly(8), true);
    assert.deepEqual([hasSound(0.25), hasSound(1), hasSound(2), hasSound(4)], [false, true, true, false]);
  });
});
