import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { agoWords, untilWords } from './when.ts';

const now = Date.UTC(2026, 10, 21, 12);
const minute = 60_000;

describe('how long ago', () => {
  it('is told in the unit that people would use', () => {
    assert.equal(agoWords(now, now), 'just now');
    assert.equal(agoWords(now - 5 * minute, now), '5 minutes ago');
    assert.equal(agoWords(now - 60 * minute, now), 'one hour ago');
    assert.equal(agoWords(now - 47 * 60 * minute, now), '47 hours ago');
    assert.equal(agoWords(now - 72 * 60 * minute, now), '3 days ago');
  });

  it('clocks that disagree a little make nothing of the future', () => {
    assert.equal(agoWords(now + minute, now), 'just now');
  });
});

describe('how long still', () => {
  it('says so, also when it is over or never is', () => {
    assert.equal(untilWords(now + 24 * 60 * minute, now), 'ends in 24 hours');
    assert.equal(untilWords(now + 1, now), 'ends in one minute');
    assert.equal(untilWords(now, now), 'has ended');
    assert.equal(untilWords(null, now), 'never ends');
  });
});
