import assert from 'node:assert/strict';
import { mkdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { cameraId } from '../base/ids.ts';
import { unixMs } from '../base/units.ts';
import type { Database } from '../database/database.ts';
import { systemRandom } from '../io/random.ts';
import { ffmpegMissing } from '../media/mp4/encoded.testing.ts';
import type { TestArchive } from './archive.testing.ts';
import { recordFilm, testArchive, testCamera } from './archive.testing.ts';
import { systemDisk } from './disk.ts';
import type { Envelopes } from './envelope.ts';
import type { ReindexReport } from './reindex.ts';
import { reindex } from './reindex.ts';
import { newMaster, testEnvelopes } from './seal/seal.testing.ts';

const startMs = 1_763_000_000_000;
const other = cameraId(new Uint8Array(16).fill(3));
const master = newMaster();

/** Two cameras on two volumes; the first has a run of three recordings and one that stands alone. */
async function filmed(envelopes: Envelopes): Promise<TestArchive> {
  const rig = await testArchive({ envelopes, volumes: 2 });
  for (const minute of [0, 1, 2]) {
    const reason = minute === 2 ? 'stopped' : 'rotated';
    const film = { startMs: startMs + minute * 3000, seconds: 3, continues: minute > 0, reason } as const;
    await recordFilm(rig.archive, film);
  }
  await recordFilm(rig.archive, { startMs: startMs + 60_000, seconds: 2, trigger: 'manual' });
  await recordFilm(rig.archive, { startMs, seconds: 4, cameraId: other });
  return rig;
}

interface Index {
  readonly recordings: readonly object[];
  readonly fragments: readonly object[];
  readonly codecs: readonly object[];
  /** Without their ids. */
  readonly runs: readonly object[];
}

async function indexOf({ queries }: Database): Promise<Index> {
  const recordings = await queries.selectFrom('recordings').selectAll().orderBy('id').execute();
  return {
    recordings: recordings.map(({ run_id: _run, ...row }) => row),
    fragments: await queries.selectFrom('recording_fragments').selectAll().orderBy('recording_id').execute(),
    codecs: await queries.selectFrom('recording_codecs').selectAll().orderBy('id').execute(),
    runs: await queries
      .selectFrom('runs')
      .select(['camera_id', 'start_ms', 'end_ms'])
      .orderBy('camera_id')
      .orderBy('start_ms')
      .execute(),
  };
}

async function volumesOf(rig: TestArchive) {
  return rig.archive.volumes().map(({ id, path }) => ({ id, path }));
}

async function remake(
  database: Database,
  envelopes: Envelopes,
  volumes: Awaited<ReturnType<typeof volumesOf>>,
): Promise<ReindexReport> {
  const parts = { disk: systemDisk, envelopes, queries: database.queries, random: systemRandom };
  return reindex({ ...parts, nowMs: () => startMs, onCamera: () => undefined }, volumes);
}

async function paths(rig: TestArchive): Promise<string[]> {
  const { queries } = rig.database;
  const rows = await queries
    .selectFrom('recordings')
    .innerJoin('volumes', 'volumes.id', 'recordings.volume_id')
    .select(['volumes.path as root', 'recordings.path'])
    .where('camera_id', '=', testCamera)
    .orderBy('start_ms')
    .execute();
  return rows.map(({ root, path }) => join(root, path));
}

/** As after the loss of the database: the same files, an empty index. */
async function forgotten(rig: TestArchive): Promise<void> {
  const { queries } = rig.database;
  for (const table of ['recordings', 'recording_fragments', 'recording_codecs', 'runs', 'volumes'] as const)
    await queries.deleteFrom(table).execute();
}

for (const sealing of [false, true]) {
  describe(`an index made anew from ${sealing ? 'sealed' : 'plain'} files`, { skip: ffmpegMissing }, () => {
    const envelopes = testEnvelopes(master, sealing);

    test('is the one that was lost', async () => {
      const rig = await filmed(envelopes);
      const before = await indexOf(rig.database);
      assert.equal(before.recordings.length, 5);
      assert.equal(before.runs.length, 3);
      const volumes = await volumesOf(rig);
      await forgotten(rig);
      const report = await remake(rig.database, envelopes, volumes);
      assert.deepEqual(report, { kept: 0, added: 5, removed: 0, unfinished: 0, unreadable: [] });
      assert.deepEqual(await indexOf(rig.database), before);
      assert.deepEqual((await remake(rig.database, envelopes, volumes)).kept, 5);
      assert.deepEqual(await indexOf(rig.database), before);
      const opened = await rig.archive.open((before.recordings[0] as { id: string }).id);
      assert.ok(opened.ok && (await opened.value.read(0, 1)).ok);
      opened.value.close();
      await rig.end();
    });

    test('loses what is gone, finishes what was never ended, keeps what is damaged in the middle', async () => {
      const rig = await filmed(envelopes);
      const [gone = '', torn = '', spoilt = ''] = await paths(rig);
      await rm(gone);
      const bytes = await readFile(torn);
      await truncate(torn, bytes.length - 500);
      const flipped = await readFile(spoilt);
      const middle = Math.floor(flipped.length / 2);
      flipped[middle] = (flipped[middle] ?? 0) ^ 1;
      await writeFile(spoilt, flipped);
      const volumes = await volumesOf(rig);
      const first = await remake(rig.database, envelopes, volumes);
      assert.deepEqual(first, { kept: 3, added: 0, removed: 1, unfinished: 1, unreadable: [] });
      await forgotten(rig);
      await rig.database.queries.deleteFrom('recording_openings').execute();
      const second = await remake(rig.database, envelopes, volumes);
      assert.deepEqual(second, { kept: 0, added: 3, removed: 0, unfinished: 1, unreadable: [] });
      // The server starts: what was never ended is ended now.
      await rig.archive.close();
      const again = await testArchive({ envelopes, volumes: 2, folder: rig.folder });
      const rows = await again.archive.list(testCamera, unixMs(startMs), unixMs(startMs + 100_000), 10);
      assert.deepEqual(
        rows.map(({ endReason }) => endReason),
        ['crash', 'stopped', 'rotated'],
      );
      const damaged = await again.archive.open(rows[1]?.id ?? '');
      assert.ok(damaged.ok);
      assert.equal(damaged.value.fragments().length, 3);
      assert.ok((await damaged.value.read(0, 0)).ok && (await damaged.value.read(2, 2)).ok);
      assert.equal((await damaged.value.read(1, 1)).ok, !sealing);
      damaged.value.close();
      await again.end();
      await rig.end();
    });
  });
}

describe('reindex', { skip: ffmpegMissing }, () => {
  test('names sealed files that no key here opens, and leaves them', async () => {
    const rig = await filmed(testEnvelopes(master));
    const volumes = await volumesOf(rig);
    await forgotten(rig);
    const report = await remake(rig.database, testEnvelopes(undefined), volumes);
    assert.equal(report.unreadable.length, 5);
    for (const { reason } of report.unreadable) assert.match(reason, /master key that is not here/);
    assert.equal((await remake(rig.database, testEnvelopes(master), volumes)).added, 5);
    await rig.end();
  });

  test('names what is no recording in the place of one', async () => {
    const envelopes = testEnvelopes(undefined, false);
    const rig = await filmed(envelopes);
    const [first = '', second = '', third = ''] = await paths(rig);
    await writeFile(first, await readFile(second));
    await writeFile(third, 'no film at all');
    const volumes = await volumesOf(rig);
    await forgotten(rig);
    const { unreadable, added } = await remake(rig.database, envelopes, volumes);
    assert.equal(added, 3);
    const found = unreadable.map(({ path, reason }) => [path, reason]);
    assert.equal(found.length, 2);
    assert.match(String(found.find(([path]) => path === first)?.[1]), /it is the recording rec_/);
    await rig.end();
  });

  test('takes nothing from the index when a volume vanishes meanwhile', async () => {
    const envelopes = testEnvelopes(undefined, false);
    const rig = await filmed(envelopes);
    const before = await indexOf(rig.database);
    const volumes = await volumesOf(rig);
    for (const { path } of volumes) await rename(path, `${path}-away`);
    for (const { path } of volumes) await mkdir(path);
    const report = await remake(rig.database, envelopes, volumes);
    assert.deepEqual([report.removed, report.kept], [0, 0]);
    assert.deepEqual((await indexOf(rig.database)).recordings, before.recordings);
    await rig.end();
  });

  test('does not touch rows of a volume that is not there', async () => {
    const envelopes = testEnvelopes(undefined, false);
    const rig = await filmed(envelopes);
    const before = await indexOf(rig.database);
    const report = await remake(rig.database, envelopes, []);
    assert.deepEqual(report, { kept: 0, added: 0, removed: 0, unfinished: 0, unreadable: [] });
    assert.deepEqual(await indexOf(rig.database), before);
    await rig.end();
  });
});
