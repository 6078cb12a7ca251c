import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { Camera } from './contract/cameras.ts';
import type { Problem } from './contract/problem.ts';
import type { Deletion, Forecast, Hold, Storage } from './contract/recording.ts';
import { storageSchema } from './contract/recording.ts';
import type { TestApi } from './testing.ts';
import { ask, startTestApi } from './testing.ts';

const minuteMs = 60_000;
const startMs = Date.UTC(2026, 10, 20, 12);
const nowhere = 'cam_0000000000000000';

let api: TestApi;
let camera: string;
before(async () => {
  api = await startTestApi();
});
beforeEach(async () => {
  const { queries } = api.database;
  for (const table of ['recordings', 'runs', 'holds', 'deletions'] as const) {
    await queries.deleteFrom(table).execute();
  }
  camera = await addCamera();
  const rows = Array.from({ length: 10 }, (_, i) => ({
    id: `rec_${i}`,
    camera_id: camera,
    volume_id: 'vol_1',
    path: `rec_${i}`,
    codec_id: 'codec',
    key_id: null,
    run_id: 'run_1',
    start_ms: startMs + i * minuteMs,
    end_ms: startMs + (i + 1) * minuteMs,
    media_offset_ms: 0,
    bytes: 1_000_000,
    frames: 1,
    lost_packets: 0,
    trigger: 'continuous',
    end_reason: 'rotated',
    chain: '',
    verified_ms: null,
    damage: null,
  }));
  await queries.insertInto('recordings').values(rows).execute();
  const run = { id: 'run_1', camera_id: camera, start_ms: startMs, end_ms: startMs + 10 * minuteMs };
  await queries.insertInto('runs').values(run).execute();
});
after(() => api.close());

async function addCamera(): Promise<string> {
  const body = { name: 'Door', source: { kind: 'demo' } };
  const { json } = await ask(api.port, '/api/v1/cameras', { method: 'POST', body });
  return (json as Camera).id;
}

const post = (path: string, body: unknown) => ask(api.port, `/api/v1/${path}`, { method: 'POST', body });
const remove = (path: string) => ask(api.port, `/api/v1/${path}`, { method: 'DELETE' });
const range = (from: number, to: number) => `from=${startMs + from * minuteMs}&to=${startMs + to * minuteMs}`;
const deletions = async (query = '') =>
  (await ask(api.port, `/api/v1/storage/deletions${query}`)).json as readonly Deletion[];

describe('GET /api/v1/storage', () => {
  test('tells what each camera has, and where', async () => {
    const { status, json, text } = await ask(api.port, '/api/v1/storage');
    assert.equal(status, 200, text);
    const storage: Storage = storageSchema.parse(json);
    assert.deepEqual([storage.volumes[0]?.usedBytes, storage.volumes[0]?.recordings], [10_000_000, 10]);
    const own = storage.cameras.find(({ cameraId }) => cameraId === camera);
    assert.deepEqual([own?.bytes, own?.oldestMs], [10_000_000, startMs]);
    assert.equal(storage.totals.minFreeBytes, 5_000_000_000);
  });
});

describe('DELETE /api/v1/cameras/{id}/recordings', () => {
  test('deletes the recordings that a range touches, and says which', async () => {
    const { status, json } = await remove(`cameras/${camera}/recordings?${range(2.5, 4)}`);
    assert.equal(status, 200);
    assert.deepEqual(json, {
      recordings: 2,
      bytes: 2_000_000,
      startMs: startMs + 2 * minuteMs,
      endMs: startMs + 4 * minuteMs,
      complete: true,
    });
    const timeline = await ask(api.port, `/api/v1/cameras/${camera}/timeline?${range(0, 10)}`);
    assert.equal((timeline.json as { recorded: unknown[] }).recorded.length, 2);
    const [deletion] = await deletions();
    assert.deepEqual([deletion?.cameraId, deletion?.reason, deletion?.recordings], [camera, 'request', 2]);
  });

  test('takes the small pictures of everything that went with it', async () => {
    await remove(`cameras/${camera}/recordings?${range(2.5, 3.5)}`);
    assert.deepEqual(api.storage.forgotten.at(-1), {
      cameraId: camera,
      fromMs: startMs + 2 * minuteMs,
      toMs: startMs + 4 * minuteMs,
    });
  });

  test('finds nothing to delete in an empty range', async () => {
    const { json } = await remove(`cameras/${camera}/recordings?${range(100, 200)}`);
    assert.deepEqual(json, { recordings: 0, bytes: 0, startMs: null, endMs: null, complete: true });
    assert.deepEqual(await deletions(), []);
  });

  test('refuses a range that a hold touches, also where only a whole recording reaches into it', async () => {
    const from = startMs + 5 * minuteMs;
    const held = { cameraId: camera, startMs: from, endMs: from + minuteMs, reason: 'Break-in' };
    assert.equal((await post('holds', held)).status, 201);
    for (const [first, last] of [
      [0, 10],
      [5.5, 5.6],
    ] as const) {
      const { status, json } = await remove(`cameras/${camera}/recordings?${range(first, last)}`);
      const problem = json as Problem;
      assert.deepEqual([status, problem.code], [409, 'held']);
      assert.match(problem.detail, /Break-in.*End the hold first/);
    }
    assert.equal((await remove(`cameras/${camera}/recordings?${range(0, 5)}`)).status, 200);
  });

  test('refuses a range that goes back, and an unknown camera', async () => {
    assert.equal((await remove(`cameras/${camera}/recordings?${range(5, 1)}`)).status, 400);
    assert.equal((await remove(`cameras/${nowhere}/recordings?${range(1, 5)}`)).status, 404);
  });
});

describe('GET /api/v1/storage/deletions', () => {
  test('lists the newest first, of one camera or all, page by page', async () => {
    for (const minute of [0, 2, 4]) {
      await remove(`cameras/${camera}/recordings?${range(minute, minute + 1)}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    const all = await deletions();
    assert.deepEqual(
      all.map((row) => row.startMs - startMs),
      [4, 2, 0].map((minute) => minute * minuteMs),
    );
    const [first] = await deletions('?limit=1');
    assert.deepEqual(first, all[0]);
    assert.deepEqual(await deletions(`?before=${first?.deletedMs}&cameraId=${camera}`), all.slice(1));
    assert.deepEqual(await deletions(`?cameraId=${nowhere}`), []);
    const { status } = await ask(api.port, '/api/v1/storage/deletions?limit=0');
    assert.equal(status, 400);
  });
});

describe('/api/v1/holds', () => {
  const hold = { cameraId: null, startMs, endMs: startMs + minuteMs, reason: ' Accident ' };

  test('are made, listed and ended', async () => {
    const { status, json, headers } = await post('holds', hold);
    assert.equal(status, 201);
    const made = json as Hold;
    assert.equal(made.reason, 'Accident');
    assert.equal(headers['location'], `/api/v1/holds/${made.id}`);
    assert.deepEqual((await ask(api.port, '/api/v1/holds')).json, [made]);
    assert.equal((await remove(`holds/${made.id}`)).status, 204);
    assert.deepEqual((await ask(api.port, '/api/v1/holds')).json, []);
    const again = await remove(`holds/${made.id}`);
    assert.deepEqual([again.status, (again.json as Problem).code], [404, 'hold-not-found']);
  });

  test('are refused with the field that is wrong', async () => {
    for (const [change, path] of [
      [{ endMs: startMs }, 'endMs'],
      [{ reason: '  ' }, 'reason'],
      [{ untilMs: 5 }, 'untilMs'],
      [{ startMs: -1e300 }, 'startMs'],
      [{ endMs: 1e300 }, 'endMs'],
    ] as const) {
      const { status, json } = await post('holds', { ...hold, ...change });
      assert.deepEqual([status, (json as Problem).errors?.[0]?.path], [400, path]);
    }
    assert.equal((await post('holds', { ...hold, cameraId: nowhere })).status, 404);
  });
});

const shown = async () => {
  const { cameras } = (await ask(api.port, '/api/v1/storage')).json as Storage;
  return cameras.find(({ cameraId }) => cameraId === camera);
};

describe('DELETE /api/v1/cameras/{id}', () => {
  test('leaves its footage to the rules that it had', async () => {
    assert.equal((await remove(`cameras/${camera}`)).status, 204);
    const own = await shown();
    assert.equal(own?.bytes, 10_000_000);
    assert.equal((await ask(api.port, `/api/v1/cameras/${camera}/timeline?${range(0, 10)}`)).status, 200);
    assert.match(own?.forecastReason ?? '', /deleted; its footage stays until space is needed/);
    assert.equal((await remove(`cameras/${camera}/recordings?${range(0, 1)}`)).status, 200);
  });

  test('has its footage deleted, too, when asked for', async () => {
    assert.equal((await remove(`cameras/${camera}?footage=shred`)).status, 400);
    assert.equal((await remove(`cameras/${camera}?footage=delete`)).status, 204);
    await api.storage.retention.run();
    assert.equal((await shown())?.bytes ?? 0, 0);
    assert.equal((await deletions())[0]?.reason, 'camera-deleted');
  });
});

describe('POST /api/v1/storage/forecast', () => {
  test('tells what a policy would mean, and warns', async () => {
    const policy = { mode: 'continuous', retention: { maxAgeDays: 3, minAgeDays: 7 } };
    const { status, json, text } = await post('storage/forecast', { cameraId: camera, policy });
    assert.equal(status, 200, text);
    assert.match((json as Forecast).warnings.join(' '), /guarantee of 7 days reaches no further/);
    assert.equal((await post('storage/forecast', { cameraId: nowhere, policy })).status, 404);
    assert.equal((await post('storage/forecast', { cameraId: camera })).status, 400);
  });
});
