import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PictureDistance } from './picture-distance.ts';

function seen(...mediaMs: number[]): PictureDistance {
  const distance = new PictureDistance();
  for (const ms of mediaMs) distance.see(ms);
  return distance;
}

describe('the distance of pictures', () => {
  test('is not known from one picture, nor from the same one twice', () => {
    assert.equal(seen(1000).ms, undefined);
    assert.equal(seen(1000, 1002).ms, undefined);
  });

  test('is the shortest: a slow machine leaves pictures out', () => {
    assert.equal(seen(0, 200, 300, 600).ms, 100);
    assert.equal(seen(600, 560).ms, 40);
  });

  test('is not that of a jump', () => {
    assert.equal(seen(0, 60_000).ms, undefined);
    assert.equal(seen(0, 60_000, 60_100).ms, 100);
  });

  test('is unknown again with other footage', () => {
    const distance = seen(0, 40);
    distance.forget();
    distance.see(80);
    assert.equal(distance.ms, undefined);
  });
});
