import assert from 'node:assert/strict';
import { it } from 'node:test';
import { GopCache, maxGopBytes } from './gop-cache.ts';
import { testUnit, testVideoTrack } from './testing.ts';

it('holds everything since the last keyframe', () => {
  const cache = new GopCache();
  cache.reset([testVideoTrack()]);
  cache.push(testUnit(1, false));
  assert.equal(cache.units().length, 0);
  for (const [at, key] of [
    [2, true],
    [3, false],
    [4, true],
    [5, false],
  ] as const)
    cache.push(testUnit(at, key));
  assert.deepEqual(
    cache.units().map((unit) => unit.key),
    [true, false],
  );
});

it('holds nothing of a GOP beyond its limit, and begins again at the next keyframe', () => {
  const cache = new GopCache();
  cache.reset([testVideoTrack()]);
  const half = maxGopBytes / 2;
  cache.push(testUnit(1, true, half));
  cache.push(testUnit(2, false, half));
  cache.push(testUnit(3, false, 1));
  cache.push(testUnit(4, false, 1));
  assert.equal(cache.units().length, 0);
  cache.push(testUnit(5, true, 1));
  assert.equal(cache.units().length, 1);
});
