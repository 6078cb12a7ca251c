import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { Database } from './database.ts';
import { openDatabase } from './database.ts';
import type { RecordingRow } from './recordings.ts';
import { applyChanges, deleteRecordings } from './recordings.ts';

let folder = '';
let database: Database;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sightline-recordings-'));
  const opened = await openDatabase(join(folder, 'database.sqlite'));
  assert.ok(opened.ok);
  database = opened.value;
});
after(async () => {
  await database.close();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  for (const table of ['recordings', 'recording_fragments', 'runs', 'garbage', 'deletions'] as const) {
    await database.queries.deleteFrom(table).execute();
  }
});

const row = (minute: number, run: string, seconds = 60): RecordingRow => ({
  id: `rec_${minute}`,
  camera_id: 'cam',
  volume_id: 'vol',
  path: `cam/day/${minute}.mp4`,
  codec_id: 'codec',
  key_id: null,
  run_id: run,
  start_ms: minute * 60_000,
  end_ms: minute * 60_000 + seconds * 1000,
  media_offset_ms: 0,
  bytes: 100,
  frames: 1500,
  lost_packets: 0,
  trigger: 'continuous',
  end_reason: 'rotated',
  chain: '',
  verified_ms: null,
  damage: null,
});

function commit(one: RecordingRow) {
  const codec = { id: 'codec', tracks: '[]', init: new Uint8Array() };
  const change = {
    kind: 'commit',
    row: one,
    codec,
    packed: new Uint8Array(),
    newRunId: `new_${one.id}`,
  } as const;
  return applyChanges(database.queries, [change]);
}

let ids = 0;
const remove = (minutes: readonly number[]) =>
  deleteRecordings(
    database.queries,
    minutes.map((minute) => `rec_${minute}`),
    { reason: 'age', detail: '', nowMs: 1, newId: (prefix) => `${prefix}_${(ids += 1)}` },
  );

async function runs(): Promise<readonly (readonly [number, number])[]> {
  const found = await database.queries.selectFrom('runs').selectAll().orderBy('start_ms').execute();
  return found.map(({ start_ms, end_ms }) => [start_ms / 60_000, end_ms / 60_000]);
}

describe('runs', () => {
  test('get longer with each recording that continues them, whatever the order they come in', async () => {
    for (const minute of [1, 0, 2]) await commit(row(minute, 'run'));
    assert.deepEqual(await runs(), [[0, 3]]);
  });

  test('are cut where something is missing, once: what follows belongs together', async () => {
    await commit(row(0, 'run', 20)); // its disk failed it
    assert.deepEqual([...(await commit(row(1, 'run')))], [['rec_1', 'new_rec_1']]);
    assert.deepEqual([...(await commit(row(2, 'run')))], [['rec_2', 'new_rec_1']]);
    assert.deepEqual(await runs(), [
      [0, 1 / 3],
      [1, 3],
    ]);
  });

  test('are what is left of their recordings, whatever is deleted, in one go or many', async () => {
    const length = 12;
    const minutes = fc.subarray(Array.from({ length }, (_, minute) => minute));
    await fc.assert(
      fc.asyncProperty(fc.array(minutes, { maxLength: 4 }), fc.nat(length), async (deletions, cut) => {
        for (let minute = 0; minute < length; minute += 1)
          await commit(row(minute, minute < cut ? 'a' : 'b'));
        for (const deletion of deletions) await remove(deletion);
        const gone = new Set(deletions.flat());
        const wanted: [number, number][] = [];
        for (let minute = 0; minute < length; minute += 1) {
          if (gone.has(minute)) continue;
          const last = wanted.at(-1);
          if (last && last[1] === minute && minute !== cut) last[1] = minute + 1;
          else wanted.push([minute, minute + 1]);
        }
        assert.deepEqual(await runs(), wanted);
        await remove(Array.from({ length }, (_, minute) => minute));
        assert.deepEqual(await runs(), []);
        await database.queries.deleteFrom('garbage').execute();
      }),
      { numRuns: 20 },
    );
  });
});

test('what is deleted becomes garbage and a row that says why, for each camera', async () => {
  await commit(row(0, 'run'));
  await commit({ ...row(1, 'other'), camera_id: 'cam2' });
  const deleted = await remove([0, 1, 77]);
  assert.deepEqual(
    deleted.map(({ id }) => id),
    ['rec_0', 'rec_1'],
  );
  const garbage = await database.queries.selectFrom('garbage').select('path').orderBy('path').execute();
  assert.deepEqual(
    garbage.map(({ path }) => path),
    ['cam/day/0.mp4', 'cam/day/1.mp4'],
  );
  const deletions = await database.queries.selectFrom('deletions').selectAll().orderBy('camera_id').execute();
  assert.deepEqual(
    deletions.map(({ camera_id, recordings, bytes, reason }) => [camera_id, recordings, bytes, reason]),
    [
      ['cam', 1, 100, 'age'],
      ['cam2', 1, 100, 'age'],
    ],
  );
  assert.deepEqual(await database.queries.selectFrom('recording_fragments').selectAll().execute(), []);
});
