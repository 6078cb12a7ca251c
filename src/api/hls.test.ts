import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { CameraId } from '../base/ids.ts';
import type { HandConnection } from '../hub/testing.ts';
import { testUnit, testVideoTrack } from '../hub/testing.ts';
import type { Camera } from './contract/cameras.ts';
import type { Problem } from './contract/problem.ts';
import type { Ask, TestApi } from './testing.ts';
import { ask, startTestApi } from './testing.ts';

let api: TestApi;
before(async () => {
  api = await startTestApi();
});
after(() => api.close());

const at = (path: string, how?: Ask) => ask(api.port, path, how);

async function camera(
  fields: object = {},
): Promise<{ path: string; id: CameraId; connection: HandConnection }> {
  const body = { name: 'c', source: { kind: 'demo' }, start: 'always', ...fields };
  const { json } = await at('/api/v1/cameras', { method: 'POST', body });
  const id = (json as Camera).id as CameraId;
  return { id, path: `/hls/${id}`, connection: api.runtime.sources.get(id)!.current };
}

/** Pictures of nearly five seconds, 25 each second, a keyframe every second. */
function show({ sink }: HandConnection): void {
  const fromSeconds = Math.floor(Date.now() / 1000) - 4;
  sink.tracks([testVideoTrack()]);
  for (let frame = 0; frame < 120; frame++) sink.unit(testUnit(fromSeconds + frame / 25, frame % 25 === 0));
}

describe('live video', () => {
  test('is a playlist, then files with their length, kept by caches, for pages everywhere', async () => {
    const { path, connection } = await camera();
    const asked = at(`${path}/index.m3u8`);
    show(connection);
    const index = await asked;
    assert.equal(index.status, 200, index.text);
    assert.match(String(index.headers['set-cookie']), /^sightline-viewer=\w+; Path=\/hls\/; HttpOnly/);
    const list = await at(`${path}/live.m3u8`);
    assert.match(String(list.headers['content-type']), /mpegurl/);
    assert.equal(list.headers['access-control-allow-origin'], '*');
    assert.equal(list.headers['cross-origin-resource-policy'], 'cross-origin');
    const [, init = ''] = /EXT-X-MAP:URI="([^"]+)"/.exec(list.text) ?? [];
    const [, part = ''] = /EXT-X-PART:[^\n]*URI="([^"]+)"/.exec(list.text) ?? [];
    for (const file of [init, part]) {
      const media = await at(`${path}/${file}`);
      assert.equal(media.status, 200, file);
      assert.equal(media.headers['content-type'], 'video/mp4');
      assert.match(String(media.headers['cache-control']), /immutable/);
      assert.equal(media.headers['x-content-type-options'], 'nosniff');
      const head = await at(`${path}/${file}`, { method: 'HEAD' });
      assert.deepEqual([head.status, head.text], [200, '']);
      assert.equal(head.headers['content-length'], media.headers['content-length']);
    }
    const unknown = await at(`${path}/part-0000-99.mp4`);
    assert.equal((unknown.json as Problem).code, 'file-not-found');
  });

  test('comes compressed to those who take it', async () => {
    const { path, connection } = await camera();
    const asked = at(`${path}/index.m3u8`);
    show(connection);
    await asked;
    const plain = await at(`${path}/live.m3u8`, { headers: { 'accept-encoding': 'gzip;q=0' } });
    assert.equal(plain.headers['content-encoding'], undefined);
    const response = await fetch(`http://127.0.0.1:${api.port}${path}/live.m3u8`);
    assert.equal(response.headers.get('content-encoding'), 'gzip');
    assert.match(await response.text(), /^#EXTM3U/);
    assert.throws(() => gunzipSync(Buffer.from(plain.text)));
  });

  test('that is not there is explained: offline, switched off, unknown', async () => {
    const offline = await camera();
    offline.connection.fail('refused');
    const answer = await at(`${offline.path}/index.m3u8`);
    assert.equal(answer.status, 503, answer.text);
    assert.equal(answer.headers['content-type'], 'application/problem+json');
    const problem = answer.json as Problem;
    assert.deepEqual(
      [problem.code, problem.state, problem.detail],
      ['camera-offline', 'offline', 'It failed: refused.'],
    );
    assert.equal(typeof problem.sinceMs, 'number');

    await at(`/api/v1/cameras/${offline.id}`, { method: 'PATCH', body: { enabled: false } });
    const disabled = await at(`${offline.path}/index.m3u8`);
    assert.deepEqual([disabled.status, (disabled.json as Problem).code], [503, 'camera-disabled']);
    const unknown = await at('/hls/cam_0000000000000000/index.m3u8');
    assert.deepEqual([unknown.status, (unknown.json as Problem).code], [404, 'camera-not-found']);
  });

  test('is refused to one viewer more than the camera may have', async () => {
    const { path, connection } = await camera({ maxReaders: 1 });
    const first = at(`${path}/index.m3u8`, { headers: { 'user-agent': 'first' } });
    show(connection);
    assert.equal((await first).status, 200);
    const second = await at(`${path}/index.m3u8`, { headers: { 'user-agent': 'second' } });
    assert.deepEqual([second.status, (second.json as Problem).code], [503, 'too-many-readers']);
    const [cookie = ''] = String((await first).headers['set-cookie']).split(';');
    const again = await at(`${path}/live.m3u8`, {
      headers: { cookie: `other=1; ${cookie}`, 'user-agent': 'third' },
    });
    assert.equal(again.status, 200);
  });

  test('may be asked for by players on other pages', async () => {
    const headers = { origin: 'https://wall.example', 'access-control-request-method': 'GET' };
    const answer = await at('/hls/cam_a/index.m3u8', { method: 'OPTIONS', headers });
    assert.equal(answer.status, 204);
    assert.equal(answer.headers['access-control-allow-origin'], '*');
  });

  test('that is held ends quietly when the viewer leaves', async () => {
    const { path, connection } = await camera();
    const asked = at(`${path}/index.m3u8`);
    show(connection);
    await asked;
    const list = (await at(`${path}/live.m3u8`)).text;
    const next = Number(/MEDIA-SEQUENCE:(\d+)/.exec(list)?.[1]) + (list.match(/#EXTINF/g)?.length ?? 0) + 1;
    const answered = api.hlsAnswers.length;
    const socket = connect(api.port, '127.0.0.1');
    socket.write(`GET ${path}/live.m3u8?_HLS_msn=${next} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
    while (api.hlsAnswers.length === answered) await new Promise((resolve) => setImmediate(resolve));
    socket.destroy();
    assert.deepEqual(await api.hlsAnswers.at(-1), { kind: 'gone' });
  });

  test('is counted by kind of file, never by its name', async () => {
    for (let index = 0; index < 5; index++) await at(`/hls/cam_${index}/evil${index}"{}.m3u8`);
    const { text } = await at('/metrics');
    assert.match(text, /sightline_hls_requests_total\{kind="playlist",status="404"\} \d/);
    assert.doesNotMatch(text, /evil/);
  });
});
