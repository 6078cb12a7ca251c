import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { keepBlob } from '../database/garbage.ts';
import { testArchive, testCamera } from './archive.testing.ts';

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytes = (words: string): Uint8Array => new TextEncoder().encode(words);

async function mustCreate(rig: Awaited<ReturnType<typeof testArchive>>, name: string) {
  const made = await rig.archive.blobs.create(testCamera, '2026-11-21', name);
  assert.ok(made.ok, made.ok ? '' : made.error.message);
  return made.value;
}

test('a file of pieces is read while it grows', async () => {
  const rig = await testArchive();
  const writer = await mustCreate(rig, '13.thumbs');
  const first = await writer.append(bytes('first'));
  assert.ok(first.ok && (await writer.sync()).ok);
  const reader = await rig.archive.blobs.open(writer.place);
  assert.ok(reader.ok);
  const second = await writer.append(bytes('second'));
  assert.ok(second.ok);
  const read = [await reader.value.read(first.value), await reader.value.read(second.value)];
  assert.deepEqual(
    read.map((piece) => piece.ok && text(piece.value)),
    ['first', 'second'],
  );
  const beyond = await reader.value.read({ ...second.value, sizeBytes: 100 });
  assert.ok(!beyond.ok && beyond.error.kind === 'damaged');
  reader.value.close();
  await writer.close();
  await rig.end();
});

test('what its owner kept is there after a restart, what nobody kept is gone', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sightline-blobs-'));
  const first = await testArchive({ folder });
  const kept = await mustCreate(first, 'kept');
  const left = await mustCreate(first, 'left');
  for (const writer of [kept, left]) {
    await writer.append(bytes('piece'));
    await writer.sync();
  }
  await first.archive.lookAtVolumes(); // sweeps, but not what is being written
  assert.ok(existsSync(join(folder, 'v0', left.place.path)));
  await keepBlob(first.database.queries, kept.place.path);
  await kept.close();
  await left.close();
  await first.end();
  const second = await testArchive({ folder });
  assert.ok(existsSync(join(folder, 'v0', kept.place.path)));
  assert.ok(!existsSync(join(folder, 'v0', left.place.path)));
  await second.archive.blobs.remove([kept.place]);
  await second.archive.lookAtVolumes();
  assert.ok(!existsSync(join(folder, 'v0', kept.place.path)));
  await second.end();
  await rm(folder, { recursive: true });
});
