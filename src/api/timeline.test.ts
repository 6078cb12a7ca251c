import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Camera } from './contract/cameras.ts';
import type { Days, Timeline } from './contract/recording.ts';
import { daysSchema, timelineSchema } from './contract/recording.ts';
import type { Problem } from './contract/problem.ts';
import type { TestApi } from './testing.ts';
import { ask, startTestApi } from './testing.ts';

const startMs = Date.UTC(2026, 10, 21, 12);
const endMs = startMs + 3_600_000;

let api: TestApi;
let camera: string;
before(async () => {
  api = await startTestApi();
  const body = { name: 'Door', source: { kind: 'demo' } };
  const created = await ask(api.port, '/api/v1/cameras', { method: 'POST', body });
  camera = (created.json as Camera).id;
  const row = { id: 'run_1', camera_id: camera, start_ms: startMs, end_ms: endMs };
  await api.database.queries.insertInto('runs').values(row).execute();
});
after(() => api.close());

const get = (what: string, id = camera) => ask(api.port, `/api/v1/cameras/${id}/${what}`);

describe('GET /api/v1/cameras/{id}/timeline', () => {
  test('takes Unix milliseconds and ISO 8601 alike', async () => {
    const numbers = await get(`timeline?from=${startMs - 1000}&to=${endMs}&resolution=1000`);
    const from = encodeURIComponent('2026-11-21T13:59:59+02:00');
    const words = await get(`timeline?from=${from}&to=2026-11-21T13:00:00Z&resolution=1000`);
    assert.equal(numbers.status, 200, numbers.text);
    const { nowMs: _, ...first } = timelineSchema.parse(numbers.json);
    const { nowMs: __, ...second } = words.json as Timeline;
    assert.deepEqual(first, second);
    assert.deepEqual(first.recorded, [{ startMs, endMs, live: false }]);
    assert.equal(first.resolutionMs, 1000);
  });

  for (const [name, query, path] of [
    ['a range that goes back', `from=${endMs}&to=${startMs}`, 'to'],
    ['an empty range', `from=${endMs}&to=${endMs}`, 'to'],
    ['a time without a zone', 'from=2026-11-21T12:00:00&to=2026-11-21T13:00:00Z', 'from'],
    ['words', 'from=yesterday&to=2026-11-21T13:00:00Z', 'from'],
    ['no end', `from=${startMs}`, 'to'],
    ['a resolution below nothing', `from=${startMs}&to=${endMs}&resolution=-1`, 'resolution'],
    ['an eternity', 'from=0&to=4000000000000', 'to'],
  ] as const) {
    test(`refuses ${name} in words that name the field`, async () => {
      const { status, json } = await get(`timeline?${query}`);
      const problem = json as Problem;
      assert.equal(status, 400);
      assert.equal(problem.errors?.[0]?.path, path);
      assert.match(problem.detail, new RegExp(`${path}: \\w+`));
    });
  }

  test('knows no camera that is not there', async () => {
    const { status, json } = await get(`timeline?from=${startMs}&to=${endMs}`, 'cam_0000000000000000');
    assert.deepEqual([status, (json as Problem).code], [404, 'camera-not-found']);
  });
});

describe('GET /api/v1/cameras/{id}/days', () => {
  test('tells the days of a zone', async () => {
    const { status, json, text } = await get('days?from=2026-11-21&to=2026-11-23&tz=Asia/Tokyo');
    assert.equal(status, 200, text);
    const { days, timeZone }: Days = daysSchema.parse(json);
    assert.equal(timeZone, 'Asia/Tokyo');
    assert.deepEqual(
      days.map(({ date, recordedMs }) => [date, recordedMs]),
      [
        ['2026-11-21', 3_600_000],
        ['2026-11-22', 0],
      ],
    );
  });

  test('refuses what is no date or zone, in words', async () => {
    for (const [query, path] of [
      ['from=2026-13-01&to=2026-11-23', 'from'],
      ['from=2026-11-21&to=2026-11-20', 'to'],
      ['from=2026-11-21&to=2026-11-23&tz=Nowhere', 'tz'],
    ] as const) {
      const { status, json } = await get(`days?${query}`);
      assert.deepEqual([status, (json as Problem).errors?.[0]?.path], [400, path]);
    }
    assert.equal((await get('days?from=2026-11-21&to=2026-11-23', 'cam_0000000000000000')).status, 404);
  });
});
