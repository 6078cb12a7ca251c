import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { ViewTile } from '../../../../src/api/contract/views.ts';
import type { Direction } from './layout.ts';
import {
  arranged,
  isArranged,
  isInside,
  moved,
  neighbour,
  newTile,
  nextPreset,
  nudged,
  overlap,
  presetFor,
  presets,
  resized,
  withCamera,
} from './layout.ts';

const cameras = (count: number) => Array.from({ length: count }, (_, at) => `cam_${at}`);

/** So many cameras in the smallest preset. */
function view(count: number): ViewTile[] {
  const preset = presetFor(count);
  assert.ok(preset);
  return cameras(count).map((id, at) => newTile(id, preset.areas[at] ?? assert.fail()));
}

function sound(tiles: readonly ViewTile[]): void {
  for (const [at, tile] of tiles.entries()) {
    assert.ok(isInside(tile) && tile.w >= 2 && tile.h >= 2, JSON.stringify(tile));
    for (const other of tiles.slice(at + 1)) assert.ok(!overlap(tile, other));
  }
}

const place = ({ x, y, w, h }: ViewTile) => [x, y, w, h];

describe('presets', () => {
  test('have the numbers of places that their names say, and cover the screen', () => {
    for (const { name, areas } of presets) {
      assert.equal(areas.length, Number(name));
      assert.equal(
        areas.reduce((sum, { w, h }) => sum + w * h, 0),
        144,
      );
      sound(areas.map((area) => newTile('cam', area)));
    }
  });

  test('follow one another and leave no camera out', () => {
    let tiles = view(5);
    const seen = [6, 9, 12, 16, 6].map(() => {
      const next = nextPreset(tiles);
      assert.ok(next);
      tiles = arranged(tiles, next);
      assert.equal(tiles.length, 5);
      assert.ok(isArranged(tiles, next));
      return next.name;
    });
    assert.deepEqual(seen, ['9', '12', '16', '6', '9']);
  });
});

describe('a tile', () => {
  test('that is dropped on another changes places with it', () => {
    const tiles = moved(view(6), 1, { x: 1, y: 1 }, { x: 3, y: 3 });
    assert.deepEqual(tiles.slice(0, 2).map(place), [
      [8, 0, 4, 4],
      [0, 0, 8, 8],
    ]);
  });

  test('goes where there is room', () => {
    const tiles = [newTile('a', { x: 0, y: 0, w: 4, h: 4 }), newTile('b', { x: 8, y: 0, w: 4, h: 4 })];
    assert.deepEqual(moved(tiles, 0, { x: 3, y: 7 }, { x: 5, y: 9 }).map(place)[0], [3, 7, 4, 4]);
    assert.deepEqual(moved(tiles, 0, { x: 5, y: 1 }, { x: 6, y: 3 }), tiles);
  });

  test('that grows makes its neighbours smaller, and stops where they would vanish', () => {
    const tiles = resized(view(4), 0, { w: 8, h: 6 });
    assert.deepEqual(tiles.map(place), [
      [0, 0, 8, 6],
      [8, 0, 4, 6],
      [0, 6, 6, 6],
      [6, 6, 6, 6],
    ]);
    assert.equal(resized(tiles, 0, { w: 11, h: 6 }), tiles);
  });

  test('is moved by keys: a field, or past its neighbour', () => {
    assert.deepEqual(nudged(view(4), 0, 'right').map(place).slice(0, 2), [
      [6, 0, 6, 6],
      [0, 0, 6, 6],
    ]);
    const alone = [newTile('a', { x: 0, y: 0, w: 6, h: 6 })];
    assert.deepEqual(nudged(alone, 0, 'down').map(place), [[0, 1, 6, 6]]);
    assert.equal(nudged(alone, 0, 'left'), alone);
  });
});

test('a camera finds a free place, and all are arranged anew where there is none', () => {
  let tiles: readonly ViewTile[] = [];
  for (const id of cameras(17)) {
    const before = tiles;
    tiles = withCamera(tiles, id);
    sound(tiles);
    assert.equal(tiles.length, Math.min(16, before.length + 1));
  }
});

test('the arrows lead to what lies there', () => {
  const tiles = view(6);
  const way: [number, Direction, number | undefined][] = [
    [0, 'right', 1],
    [0, 'down', 3],
    [1, 'down', 2],
    [5, 'left', 4],
    [0, 'left', undefined],
    [2, 'left', 0],
  ];
  for (const [from, direction, to] of way) assert.equal(neighbour(tiles, from, direction), to, direction);
});

test('whatever is done, tiles lie inside and apart, and none is lost', () => {
  const field = fc.integer({ min: -3, max: 15 });
  const deed = fc.record({
    index: fc.nat(15),
    x: field,
    y: field,
    kind: fc.constantFrom('move', 'size', 'key'),
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 16 }), fc.array(deed, { maxLength: 30 }), (count, deeds) => {
      let tiles: readonly ViewTile[] = view(count);
      for (const { index, x, y, kind } of deeds) {
        if (kind === 'move') tiles = moved(tiles, index, { x, y }, { x: x + 1, y: y + 1 });
        else if (kind === 'size') tiles = resized(tiles, index, { w: x, h: y });
        else tiles = nudged(tiles, index, x > y ? 'right' : 'up');
        sound(tiles);
      }
      assert.equal(new Set(tiles.map((tile) => tile.cameraId)).size, count);
    }),
    { numRuns: 60 },
  );
});
