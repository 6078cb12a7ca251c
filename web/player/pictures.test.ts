import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileName } from './pictures.ts';

const atMs = new Date(2026, 10, 21, 14, 2, 33).getTime();

test('a saved picture is called after its camera and the time it was taken', () => {
  assert.equal(fileName('Gate', atMs), 'Gate 2026-11-21 14-02-33.jpg');
});

test('what no file system takes is left out of the name', () => {
  assert.equal(fileName(' Yard / north:"1"\n', atMs), 'Yard north 1 2026-11-21 14-02-33.jpg');
  assert.equal(fileName('///', atMs), 'Camera 2026-11-21 14-02-33.jpg');
});
