import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { writeFileAtomically } from './files.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sightline-files-'));
});
after(() => rm(folder, { recursive: true }));

describe('writing a file atomically', () => {
  test('makes it, then replaces it', async () => {
    const file = join(folder, 'state.json');
    await writeFileAtomically(file, 'first');
    await writeFileAtomically(file, new Uint8Array([1, 2, 3]));
    assert.deepEqual([...(await readFile(file))], [1, 2, 3]);
    assert.deepEqual(await readdir(folder), ['state.json']);
  });

  test('by many at once leaves one of their contents, whole', async () => {
    const file = join(folder, 'busy');
    const contents = Array.from({ length: 20 }, (_, index) => String(index).repeat(10_000));
    await Promise.all(contents.map((content) => writeFileAtomically(file, content)));
    assert.ok(contents.includes(await readFile(file, 'utf8')));
  });

  test('that cannot succeed leaves nothing behind', async () => {
    const target = join(folder, 'is-a-folder');
    await mkdir(join(target, 'inside'), { recursive: true });
    await assert.rejects(writeFileAtomically(target, 'x'));
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.endsWith('.tmp')),
      [],
    );
  });
});
