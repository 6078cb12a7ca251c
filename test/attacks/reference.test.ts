/**
 * The list of attacks names tests: each of them is there.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { test } from 'node:test';

const root = resolve(import.meta.dirname, '../..');

test('every attack of the reference has its tests', async () => {
  const text = await readFile(join(root, 'docs/reference/attacks.md'), 'utf8');
  const rows = text.split('\n').filter((line) => /^\| \d+ \|/.test(line));
  assert.deepEqual(
    rows.map((row) => Number(/\d+/.exec(row)?.[0])),
    Array.from({ length: 20 }, (_, n) => n + 1),
  );
  for (const row of rows) assert.match(row, /`(?:test|src)\/[\w./-]+\.test\.ts`/, row);
  const named = [...text.matchAll(/`((?:test|src)\/[\w./-]+\.test\.ts)`/g)].map(([, file = '']) => file);
  for (const file of new Set(named)) assert.ok(existsSync(join(root, file)), `${file} is not there`);
});
