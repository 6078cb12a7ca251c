import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { baseName, distinctNames, fragmentsName, isFileName, manifestName, movieName } from './names.ts';

const anyName = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.constantFrom('../..', 'CON', '.', 'a/../b', ''),
);
const anyTime = fc.integer({ min: 0, max: 4_000_000_000_000 });

test('whatever a camera is called, its files have names that every system takes', () => {
  fc.assert(
    fc.property(anyName, anyTime, fc.integer({ min: 1, max: 9999 }), (camera, startMs, number) => {
      const base = baseName(camera, startMs);
      for (const name of [movieName(base, number), fragmentsName(base)]) {
        assert.match(name, /^[A-Za-z0-9_][A-Za-z0-9_-]*(\.fragments\.jsonl|\.mp4)$/);
        assert.ok(isFileName(name) && name.length <= 120, name);
      }
    }),
  );
});

test('a name says which camera and when', () => {
  const startMs = Date.parse('2026-11-21T10:03:12.900Z');
  assert.equal(baseName('Haustür (Süd) №2', startMs), 'Haustur-Sud-No2_2026-11-21T10-03-12Z');
  assert.equal(baseName('門', startMs), 'camera_2026-11-21T10-03-12Z');
});

test('names that differ in case only are told apart', () => {
  const names = [...distinctNames(new Map(Object.entries({ a: 'Door', b: 'door', c: 'Gate' }))).values()];
  assert.deepEqual(names, ['Door', 'door_b', 'Gate']);
});

test('a name that leads anywhere is none', () => {
  for (const name of ['', '.', '..', '../a', 'a/b', 'a\\b', '.hidden', 'a..b', 'a\0b', 'a b', '-x']) {
    assert.equal(isFileName(name), false, name);
  }
  assert.ok(isFileName(manifestName));
});
