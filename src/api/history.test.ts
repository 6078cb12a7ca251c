import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Principal } from '../accounts/access.ts';
import { localOperator } from '../accounts/access.ts';
import { somebody } from '../accounts/access.testing.ts';
import type { HistoryPage } from './contract/history.ts';
import { historyPageSchema } from './contract/history.ts';
import type { Problem } from './contract/problem.ts';
import type { TestApi } from './testing.ts';
import { ask, startTestApi } from './testing.ts';

const yard = 'cam_0000000000000001';
const door = 'cam_0000000000000002';
const nowMs = Date.UTC(2026, 10, 21, 12);

let api: TestApi;
let who: Principal = localOperator;
before(async () => {
  api = await startTestApi({ authenticate: () => who });
  const { queries } = api.database;
  const gap = { end_ms: nowMs, cause: 'camera-offline', detail: 'Nothing listens at rtsp://camera.example.' };
  await queries
    .insertInto('gaps')
    .values([
      { id: 'gap_1', camera_id: yard, start_ms: nowMs - 5000, ...gap },
      { id: 'gap_2', camera_id: door, start_ms: nowMs - 4000, ...gap, end_ms: null },
    ])
    .execute();
  const event = { end_ms: nowMs, kind: 'trigger', label: 'Bell', detail: '' };
  const events = { ...event, id: 'evt_1', camera_id: door, start_ms: nowMs - 3000 };
  await queries.insertInto('camera_events').values(events).execute();
  const deletion = {
    start_ms: 0,
    end_ms: 1,
    recordings: 3,
    bytes: 9,
    reason: 'age',
    detail: 'Older than a day',
  };
  const deleted = { ...deletion, id: 'del_1', camera_id: yard, deleted_ms: nowMs - 2000 };
  await queries.insertInto('deletions').values(deleted).execute();
});
after(() => api.close());

async function history(asker: Principal, query = ''): Promise<HistoryPage> {
  who = asker;
  const { status, json, text } = await ask(api.port, `/api/v1/history?${query}`);
  assert.equal(status, 200, text);
  return historyPageSchema.parse(json);
}

const ids = ({ items }: HistoryPage) => items.map(({ id }) => id);

describe('GET /api/v1/history', () => {
  test('tells all kinds, newest first, to who may see all', async () => {
    const page = await history(localOperator);
    assert.deepEqual(ids(page), ['del_1', 'evt_1', 'gap_2', 'gap_1']);
    assert.equal(page.next, null);
    assert.equal(page.items[2]?.endMs, null, 'it lasts');
  });

  test('goes on where the page before ended', async () => {
    const first = await history(localOperator, 'limit=3');
    assert.ok(first.next);
    const second = await history(localOperator, `limit=3&before=${first.next}`);
    assert.deepEqual(ids(second), ['gap_1']);
  });

  test('is of one camera, one kind, one stretch of time', async () => {
    assert.deepEqual(ids(await history(localOperator, `camera=${door}`)), ['evt_1', 'gap_2']);
    assert.deepEqual(ids(await history(localOperator, 'kind=gap')), ['gap_2', 'gap_1']);
    const stretch = `from=${nowMs - 4000}&to=${nowMs - 3000}`;
    assert.deepEqual(ids(await history(localOperator, stretch)), ['gap_2']);
  });

  test('holds what one may replay; where a camera is, and what was deleted, is not everybody’s', async () => {
    const viewer = somebody('viewer', { cameras: { [door]: ['playback'], [yard]: ['live'] } });
    const page = await history(viewer);
    assert.deepEqual(ids(page), ['evt_1', 'gap_2']);
    assert.ok(!JSON.stringify(page).includes('camera.example'));
    assert.deepEqual(ids(await history(viewer, `camera=${yard}`)), []);
    const operator = somebody('operator', { cameras: { [yard]: ['playback', 'settings'] } });
    const seen = await history(operator);
    assert.ok(JSON.stringify(seen).includes('camera.example'), 'who may change it is told where it is');
  });

  test('is closed to who may replay nothing', async () => {
    who = somebody('viewer', { cameras: { [door]: ['live'] } });
    assert.equal((await ask(api.port, '/api/v1/history')).status, 403);
  });

  for (const [name, query, path] of [
    ['a place that is none', 'before=yesterday', 'before'],
    ['a kind that is none', 'kind=party', 'kind'],
    ['too much at one time', 'limit=100000', 'limit'],
    ['a time without a zone', 'from=2026-11-21T12:00:00', 'from'],
  ] as const) {
    test(`refuses ${name}`, async () => {
      who = localOperator;
      const { status, json } = await ask(api.port, `/api/v1/history?${query}`);
      assert.equal(status, 400);
      assert.equal((json as Problem).errors?.[0]?.path, path);
    });
  }
});
