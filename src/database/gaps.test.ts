import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { cameraId } from '../base/ids.ts';
import { unixMs } from '../base/units.ts';
import type { Database } from './database.ts';
import { openDatabase } from './database.ts';
import type { CameraEvent, LedgerBatch, StoredGap } from './gaps.ts';
import { listMarks, openGaps, recentEvents, writeLedger } from './gaps.ts';

const camera = cameraId(new Uint8Array(16));
const nothing: LedgerBatch = { gaps: [], noGaps: [], events: [], marks: [], noMarks: [] };
const gap: StoredGap = {
  id: 'gap_1',
  cameraId: camera,
  startMs: unixMs(1000),
  endMs: null,
  cause: 'camera-offline',
  detail: 'away',
};

const event = (id: string, startMs: number, endMs: number | null): CameraEvent => ({
  id,
  cameraId: camera,
  startMs: unixMs(startMs),
  endMs: endMs === null ? null : unixMs(endMs),
  kind: 'manual',
  label: 'x',
  detail: '',
});

let folder: string;
let database: Database;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sightline-gaps-'));
  const opened = await openDatabase(join(folder, 'test.sqlite'));
  assert.ok(opened.ok);
  database = opened.value;
});
after(async () => {
  await database.close();
  await rm(folder, { recursive: true });
});

const write = (batch: Partial<LedgerBatch>) => writeLedger(database.queries, { ...nothing, ...batch });

describe('the ledger in the database', () => {
  it('has a row for each gap, with its newest state', async () => {
    await write({ gaps: [gap, { ...gap, id: 'gap_2' }] });
    assert.deepEqual(await openGaps(database.queries), [gap, { ...gap, id: 'gap_2' }]);
    await write({ gaps: [{ ...gap, endMs: unixMs(5000), cause: 'disabled' }], noGaps: ['gap_2'] });
    assert.deepEqual(await openGaps(database.queries), []);
    const rows = await database.queries.selectFrom('gaps').select(['id', 'end_ms', 'cause']).execute();
    assert.deepEqual(rows, [{ id: 'gap_1', end_ms: 5000, cause: 'disabled' }]);
  });

  it('has one mark for each camera', async () => {
    const mark = { cameraId: camera, wanted: true, coveredUntilMs: unixMs(7), seenMs: unixMs(8) };
    await write({ marks: [mark] });
    await write({ marks: [{ ...mark, wanted: false, seenMs: unixMs(9) }] });
    assert.deepEqual(await listMarks(database.queries), [{ ...mark, wanted: false, seenMs: unixMs(9) }]);
    await write({ noMarks: [camera] });
    assert.deepEqual(await listMarks(database.queries), []);
  });

  it('finds events that last or are recent, the newest first', async () => {
    const events = [event('old', 1, 2), event('lasts', 3, null), event('recent', 50, 60)];
    await write({ events });
    assert.deepEqual(await recentEvents(database.queries, unixMs(55), 10), [events[2], events[1]]);
    await write({ events: [event('lasts', 3, 4)] });
    assert.deepEqual(await recentEvents(database.queries, unixMs(55), 10), [events[2]]);
  });

  it('takes more rows at one time than a statement holds', async () => {
    const gaps = Array.from({ length: 1200 }, (_, at) => ({ ...gap, id: `gap_many_${at}` }));
    await write({ gaps });
    assert.equal((await openGaps(database.queries)).length, 1200);
    await write({ noGaps: gaps.map(({ id }) => id) });
    assert.equal((await openGaps(database.queries)).length, 0);
  });

  it('takes all of a batch or nothing', async () => {
    const broken = { ...gap, id: 'gap_broken', detail: null as unknown as string };
    await assert.rejects(write({ noGaps: ['gap_1'], gaps: [{ ...gap, id: 'gap_whole' }, broken] }));
    const rows = await database.queries.selectFrom('gaps').select('id').execute();
    assert.deepEqual(rows, [{ id: 'gap_1' }]);
  });
});
