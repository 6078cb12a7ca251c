import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ManualClock } from '../../base/clock.ts';
import { OfferLimits } from './limits.ts';

describe('offers', () => {
  it('of a page full of tiles are taken at once; a flood is not, and others are served meanwhile', () => {
    const clock = new ManualClock();
    const limits = new OfferLimits(clock, () => 100);
    const taken = Array.from({ length: 1000 }, () => limits.offer('10.0.0.1')).filter((busy) => !busy);
    assert.equal(taken.length, 64);
    const refusal = limits.offer('10.0.0.1');
    assert.deepEqual([refusal?.status, refusal?.code], [429, 'webrtc-busy']);
    assert.equal(limits.offer('10.0.0.2'), undefined);
    clock.advance(1000);
    assert.equal(limits.offer('10.0.0.1'), undefined);
  });

  it('of many addresses together are bounded, and so is what is remembered of them', () => {
    const limits = new OfferLimits(new ManualClock(), () => 100);
    let taken = 0;
    for (let i = 0; i < 10_000; i += 1) if (!limits.offer(`10.0.${i >> 8}.${i & 255}`)) taken += 1;
    assert.equal(taken, 120);
  });

  it('of an address that has its connections already wait until one of them is gone', () => {
    const limits = new OfferLimits(new ManualClock(), () => 2);
    limits.came('10.0.0.1');
    limits.came('10.0.0.1');
    assert.equal(limits.offer('10.0.0.1')?.status, 429);
    limits.left('10.0.0.1');
    assert.equal(limits.offer('10.0.0.1'), undefined);
  });
});
