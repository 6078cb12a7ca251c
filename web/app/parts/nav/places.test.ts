import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fillsPhone, isAt, places } from './places.ts';

const here = (pathname: string): string[] =>
  places.filter((place) => isAt(place, pathname)).map(({ label }) => label);

describe('the places of the dashboard', () => {
  it('each page belongs to one place', () => {
    assert.deepEqual(here('/'), ['Cameras']);
    assert.deepEqual(here('/cameras/cam_1'), ['Cameras']);
    assert.deepEqual(here('/storage'), ['Storage']);
  });

  it('a page that only begins with the same letters is another', () => {
    assert.deepEqual(here('/storage-of-mine'), []);
    assert.deepEqual(here('/anything'), []);
  });

  it('no two answer to the same keys or have the same address', () => {
    assert.equal(new Set(places.map(({ key }) => key)).size, places.length);
    assert.equal(new Set(places.map(({ path }) => path)).size, places.length);
  });

  it('the picture of a camera has the whole phone; other pages leave the bar in sight', () => {
    assert.ok(fillsPhone('/cameras/cam_1'));
    assert.ok(!fillsPhone('/cameras/cam_1/watch'));
    assert.ok(!fillsPhone('/'));
  });
});
