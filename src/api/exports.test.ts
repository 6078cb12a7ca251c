/** Exports over HTTP, on a real archive: who may have what, and what programs get. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as fc from 'fast-check';
import { testArchive, testCamera } from '../archive/archive.testing.ts';
import type { TestArchive } from '../archive/archive.testing.ts';
import { somebody } from '../accounts/access.testing.ts';
import { cameraId } from '../base/ids.ts';
import { unixMs } from '../base/units.ts';
import { ffmpegMissing } from '../media/mp4/encoded.testing.ts';
import type { Exports } from '../playback/export/exports.ts';
import { settled, testExports, testKeepMs } from '../playback/export/exports.testing.ts';
import { filmTracks, recordStory } from '../playback/films.testing.ts';
import type { Export, ExportEstimate } from './contract/playback.ts';
import type { TestApi } from './testing.ts';
import { ask, startTestApi } from './testing.ts';

const startMs = Date.parse('2026-03-01T06:00:00Z');
const secretCamera = cameraId(new Uint8Array(16).fill(3));
const viewer = somebody('viewer', { cameras: { [testCamera]: ['playback', 'export'] } });
const order = { cameraIds: [testCamera], startMs, endMs: startMs + 3000 };

describe('/api/v1/exports', { skip: ffmpegMissing }, () => {
  let stored: TestArchive;
  let exports: Exports;
  let api: TestApi;

  before(async () => {
    stored = await testArchive();
    const tracks = filmTracks('h264');
    await recordStory(stored.archive, { tracks, startMs, seconds: 3 });
    await recordStory(stored.archive, { cameraId: secretCamera, tracks, startMs, seconds: 3 });
    exports = await testExports(stored);
    api = await startTestApi({
      exports: { exports, keepMs: testKeepMs },
      authenticate: () => viewer,
    });
  });
  after(async () => {
    await api.close();
    await exports.close();
    await stored.end();
  });

  const post = (path: string, body: unknown) =>
    ask(api.port, `/api/v1/exports${path}`, { method: 'POST', body });

  test('answers with where the job is, and then with its files', async () => {
    const answer = await post('', { ...order, cut: 'exact' });
    assert.equal(answer.status, 201);
    const { id, expiresMs } = answer.json as Export;
    assert.equal(answer.headers['location'], `/api/v1/exports/${id}`);
    assert.equal(expiresMs, null);
    await settled(exports, id);
    const done = (await ask(api.port, `/api/v1/exports/${id}`)).json as Export;
    assert.deepEqual([done.state, done.progress, done.cut, done.fault], ['done', 1, 'exact', null]);
    assert.equal(done.files.length, 3);
    assert.ok((done.expiresMs ?? 0) > Date.now());
    for (const file of done.files) {
      const got = await ask(api.port, file.url, { method: 'HEAD' });
      assert.equal(got.headers['content-length'], `${file.bytes}`);
    }
  });

  test('shows the size before', async () => {
    const { status, json } = await post('/estimate', order);
    assert.equal(status, 200);
    const { bytes, recordedMs, gaps } = json as ExportEstimate;
    assert.ok(bytes > 1000);
    assert.deepEqual([recordedMs, gaps], [3000, 0]);
  });

  test('gives nothing of a camera to those who may not see it, alone or among others', async () => {
    for (const cameraIds of [[secretCamera], [testCamera, secretCamera]]) {
      for (const path of ['', '/estimate']) {
        const { status, json } = await post(path, { ...order, cameraIds });
        assert.deepEqual([status, (json as { code: string }).code], [404, 'camera-not-found']);
      }
    }
    const range = { startMs: unixMs(order.startMs), endMs: unixMs(order.endMs), cut: 'keyframe' } as const;
    const made = await exports.create({ cameraIds: [secretCamera], ...range }, viewer.id);
    assert.ok(made.ok);
    const { files, id } = await settled(exports, made.value.id);
    assert.ok(files[0]);
    const listed = (await ask(api.port, '/api/v1/exports')).json as Export[];
    assert.ok(listed.length > 0 && listed.every((one) => one.id !== id));
    for (const [path, method] of [
      [`/api/v1/exports/${id}`, 'GET'],
      [`/api/v1/exports/${id}`, 'DELETE'],
      [`/api/v1/exports/${id}/files/${files[0].name}`, 'GET'],
    ] as const) {
      assert.equal((await ask(api.port, path, { method })).status, 404, `${method} ${path}`);
    }
    assert.ok(exports.get(id));
  });

  test('answers whatever is asked, without a fault of its own', async () => {
    const time = fc.oneof(fc.double(), fc.integer(), fc.constant(startMs));
    const body = fc.record({
      cameraIds: fc.array(fc.oneof(fc.string(), fc.constant(testCamera)), { maxLength: 3 }),
      startMs: time,
      endMs: time,
    });
    await fc.assert(
      fc.asyncProperty(fc.oneof(body, fc.jsonValue()), async (given) => {
        const { status } = await post('/estimate', given);
        assert.ok(status === 200 || (status >= 400 && status < 500), `${status}`);
      }),
      { numRuns: 60 },
    );
  });
});
