/** Small pictures are there while they are made, after a restart, and no longer than their footage. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { array, assert as check, nat, property, tuple } from 'fast-check';
import { ManualClock } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import { unixMs } from '../base/units.ts';
import { insertDeparted } from '../database/storage.ts';
import { recordFilm, testArchive, testCamera } from './archive.testing.ts';
import { ThumbPacks } from './thumb-packs.ts';
import { packThumbs, unpackThumbs } from './thumb-table.ts';

const noonMs = Date.parse('2026-11-21T12:00:00Z');
const jpeg = (fill: number, bytes = 50): Uint8Array => new Uint8Array(bytes).fill(fill);

async function setUp(folder?: string) {
  const rig = await testArchive(folder === undefined ? {} : { folder });
  const clock = new ManualClock(noonMs);
  const packs = new ThumbPacks({
    queries: rig.database.queries,
    blobs: rig.archive.blobs,
    clock,
    log: silentLog,
  });
  const keep = (seconds: number, fill: number): Promise<void> =>
    packs.keep(testCamera, unixMs(noonMs + seconds * 1000), jpeg(fill));
  const list = () => packs.list(testCamera, unixMs(noonMs - 1), unixMs(noonMs + 90_000_000));
  const end = async (): Promise<void> => {
    await packs.close();
    await rig.end();
  };
  return { ...rig, clock, packs, keep, list, end };
}

test('the pack of this hour is listed and read while it grows', async () => {
  const { packs, keep, list, end } = await setUp();
  await keep(0, 1);
  await keep(10, 2);
  await keep(20, 3);
  const [pack] = await list();
  assert.ok(pack?.growing);
  assert.deepEqual(
    pack.entries.map(({ captureMs }) => captureMs - noonMs),
    [0, 10_000, 20_000],
  );
  const part = await packs.read(testCamera, pack.name, 60, 110);
  assert.ok(part.ok);
  assert.deepEqual(Buffer.concat(part.value), Buffer.from([...jpeg(2, 40), ...jpeg(3, 10)]));
  await end();
});

test('an hour has a pack of its own', async () => {
  const { keep, list, end } = await setUp();
  await keep(3590, 1);
  await keep(3600, 2);
  assert.deepEqual(
    (await list()).map(({ growing, entries }) => [growing, entries.length]),
    [
      [false, 1],
      [true, 1],
    ],
  );
  await end();
});

test('after a restart everything saved is there, and the hour goes on in another pack', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sightline-thumbs-'));
  const first = await setUp(folder);
  await first.keep(0, 1);
  await first.end();
  const second = await setUp(folder);
  await second.keep(10, 2);
  const packs = await second.list();
  assert.deepEqual(
    packs.map(({ growing }) => growing),
    [false, true],
  );
  const read = await second.packs.read(testCamera, packs[0]?.name ?? '', 0, 50);
  assert.ok(read.ok);
  assert.deepEqual(Buffer.concat(read.value), Buffer.from(jpeg(1)));
  await second.end();
  await rm(folder, { recursive: true });
});

test('a pack whose footage is gone goes, one whose footage stays stays', async () => {
  const { archive, clock, folder, keep, list, end } = await setUp();
  await recordFilm(archive, { startMs: noonMs, seconds: 2 });
  await keep(1, 1);
  await keep(3601, 2);
  await keep(7201, 3);
  clock.advance(5 * 3_600_000);
  for (let turn = 0; turn < 50 && (await list()).length > 1; turn += 1) {
    clock.advance(31_000);
    await new Promise((wake) => setTimeout(wake, 20));
  }
  assert.deepEqual(
    (await list()).map(({ entries }) => entries.map(({ captureMs }) => captureMs - noonMs)),
    [[1000]],
  );
  await archive.lookAtVolumes();
  const files = await readdir(join(folder, 'v0'), { recursive: true });
  assert.equal(files.filter((file) => file.endsWith('.thumbs')).length, 1);
  await end();
});

test('what is deleted on purpose leaves no small picture', async () => {
  const { packs, keep, list, end } = await setUp();
  await keep(0, 1);
  await keep(3600, 2);
  await packs.forget(testCamera, unixMs(noonMs + 3_500_000), unixMs(noonMs + 3_700_000));
  assert.deepEqual(
    (await list()).map(({ entries }) => entries[0]?.captureMs),
    [noonMs],
  );
  await end();
});

test('a picture that comes while others are deleted begins a pack of its own', async () => {
  const { packs, keep, list, end } = await setUp();
  await keep(0, 1);
  const forgotten = packs.forget(testCamera, unixMs(noonMs), unixMs(noonMs + 5000));
  await Promise.all([forgotten, keep(10, 2)]);
  const [pack, ...more] = await list();
  assert.deepEqual([pack?.entries[0]?.captureMs, more.length], [noonMs + 10_000, 0]);
  assert.ok((await packs.read(testCamera, pack?.name ?? '', 0, 50)).ok);
  await end();
});

test('pictures of a camera that was deleted with its footage go soon', async () => {
  const { database, clock, folder, archive, keep, list, end } = await setUp();
  await keep(0, 1);
  const camera = { name: 'Door', recordingJson: '{}', footage: 'delete', departedMs: noonMs } as const;
  await insertDeparted(database.queries, { id: testCamera, ...camera });
  clock.advance(600_000);
  for (let turn = 0; turn < 50 && (await list()).length > 0; turn += 1) {
    clock.advance(31_000);
    await new Promise((wake) => setTimeout(wake, 20));
  }
  assert.deepEqual(await list(), []);
  await archive.lookAtVolumes();
  const files = await readdir(join(folder, 'v0'), { recursive: true });
  assert.deepEqual(
    files.filter((file) => file.endsWith('.thumbs')),
    [],
  );
  await end();
});

test('a table of pictures is read as it was written', () => {
  const entry = tuple(nat(3_600_000), nat(2 ** 31 - 1), nat(2 ** 24)).map(
    ([captureMs, offsetBytes, sizeBytes]) => ({ captureMs, offsetBytes, sizeBytes }),
  );
  check(
    property(array(entry, { maxLength: 400 }), (unsorted) => {
      const entries = unsorted.toSorted((a, b) => a.captureMs - b.captureMs);
      assert.deepEqual(unpackThumbs(packThumbs(entries), entries[0]?.captureMs ?? 0), entries);
    }),
    { numRuns: 50 },
  );
});
