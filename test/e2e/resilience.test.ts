/**
 * What dies comes back by itself, and what is refused is refused with a reason.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import type { Camera } from '../../src/api/contract/cameras.ts';
import type { Problem } from '../../src/api/contract/problem.ts';
import { parseMediaPlaylist } from '../../src/media/hls/parse.ts';
import type { GstRtsp } from '../rigs/gstreamer-rtsp.ts';
import { startGstRtsp } from '../rigs/gstreamer-rtsp.ts';
import { openBrowser, openPage } from '../support/browser.ts';
import type { RunningServer } from '../support/server.ts';
import { startServer } from '../support/server.ts';
import { sightline } from './support/command.ts';
import { listen } from './support/feed.ts';
import { childrenOf, isAlive } from './support/processes.ts';
import { until } from './support/until.ts';
import { Viewer } from './support/viewer.ts';

/** Program of the process that decodes and encodes. */
const mediaWorker = 'processing/worker/main.ts';

let gst: GstRtsp;
let browser: Browser;
let data: string;

before(async () => {
  [gst, browser, data] = await Promise.all([
    startGstRtsp({ media: { video: 'h264', audio: 'aac' } }),
    openBrowser(),
    mkdtemp(join(tmpdir(), 'sightline-test-')),
  ]);
});

after(async () => {
  await browser?.close();
  await gst?.kill();
  await rm(data, { recursive: true, force: true });
});

interface Watched {
  readonly discontinuities: number;
  readonly sequence: number;
}

/** The media playlist of a camera as it is now. */
async function playlist(server: RunningServer, camera: Camera, userAgent = 'test'): Promise<Watched> {
  const headers = { 'user-agent': userAgent };
  const address = new URL('live.m3u8', server.url + camera.links.hls);
  const response = await fetch(address, { headers });
  const read = parseMediaPlaylist(await response.text());
  assert.ok(read.ok, `status ${response.status}`);
  const { segments, mediaSequence } = read.value;
  return {
    discontinuities: segments.filter((segment) => segment.discontinuity).length,
    sequence: mediaSequence + segments.length,
  };
}

/** A line for whoever started it: those of the log begin with the time. */
const isForPeople = (line: string): boolean => line !== '' && !/^\d\d:\d\d:\d\d\.\d{3} /.test(line);

function door(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return { name: 'Door', source: { kind: 'rtsp', url: gst.url }, start: 'always', ...changes };
}

describe('when the media worker is killed', () => {
  it('cameras that are passed through do not notice, and the demo camera is back', async (t) => {
    const server = await startServer();
    t.after(() => server.stop());
    const camera = await server.addCamera(door());
    const demo = await server.addCamera({ name: 'Demo', source: { kind: 'demo' }, start: 'always' });
    const before = await server.waitFor(camera.id, 'live', ({ status }) => status.state === 'live');
    await server.waitFor(demo.id, 'live', ({ status }) => status.state === 'live');
    const watched = await playlist(server, camera);
    const workers = childrenOf(server.pid, mediaWorker);
    assert.equal(workers.length, 1, 'one worker');

    const killedMs = Date.now();
    for (const worker of workers) process.kill(worker, 'SIGKILL');
    await server.waitFor(demo.id, 'back', ({ status }) => {
      return status.state === 'live' && status.stats.reconnects > 0 && (status.lastPictureMs ?? 0) > killedMs;
    });
    t.diagnostic(`the demo camera was back after ${Date.now() - killedMs} ms`);
    assert.notDeepEqual(childrenOf(server.pid, mediaWorker), workers);

    await until('the other camera went on', async () => {
      const now = await playlist(server, camera);
      assert.equal(now.discontinuities, 0);
      return now.sequence > watched.sequence + 1;
    });
    const { status } = await server.camera(camera.id);
    assert.equal(status.sinceMs, before.status.sinceMs, 'live all the time');
    assert.equal(status.stats.reconnects, 0);
  });
});

describe('when the server is killed', () => {
  it('its worker goes with it, it knows its cameras again, and an open page plays on', async (t) => {
    const server = await startServer({ data });
    t.after(() => server.kill());
    const camera = await server.addCamera(door({ start: 'on-demand' }));
    const viewer = await Viewer.open(browser, `${server.url}/cameras/${camera.id}`);
    t.after(() => viewer.close());
    await viewer.seesMovement();
    const workers = await until(
      'a worker',
      () => childrenOf(server.pid, mediaWorker).length > 0 && childrenOf(server.pid, mediaWorker),
    );

    await server.kill();
    await until('the worker ended too', () => !workers.some(isAlive));
    await viewer.waitsFor('told', ({ state }) => state.kind === 'offline' || state.kind === 'stalled');
    const startedMs = Date.now();
    const again = await startServer({ data, port: Number(new URL(server.url).port) });
    t.after(() => again.kill());
    const { body: cameras } = await again.api<Camera[]>('GET', '/api/v1/cameras');
    assert.deepEqual(
      cameras.filter(({ source }) => source?.kind === 'rtsp').map(({ id, name, start }) => [id, name, start]),
      [[camera.id, 'Door', 'on-demand']],
    );
    assert.equal(cameras.filter(({ source }) => source?.kind === 'demo').length, 1, 'no second demo camera');
    await viewer.seesMovement();
    t.diagnostic(`the page moved again ${Date.now() - startedMs} ms after the new start`);
    assert.ok(await viewer.wasNeverReloaded());
    assert.deepEqual(viewer.errors, []);
  });
});

describe('the command', () => {
  it('ends with 0 on SIGTERM, with viewers, listeners and a worker, and leaves no process', async () => {
    const server = sightline('serve', '--data', join(data, 'stopped'), '--port', '0');
    const url = await server.url();
    const feed = await listen(url);
    const cameras = (await (await fetch(`${url}/api/v1/cameras`)).json()) as Camera[];
    const demo = `${url}${cameras[0]?.links.hls}`;
    assert.equal((await fetch(demo)).status, 200);
    const held = fetch(new URL('live.m3u8?_HLS_msn=999999999', demo)).then(
      () => 'answered',
      () => 'closed',
    );
    const workers = childrenOf(server.pid, mediaWorker);
    assert.ok(workers.length > 0);
    server.send('SIGTERM');
    assert.equal(await server.exit, 0, server.complaints());
    assert.ok(!workers.some(isAlive));
    await held;
    feed.leave();
  });

  it('says in one line that the port is in use, and exits with 1', async (t) => {
    const first = sightline('serve', '--data', join(data, 'first'), '--port', '0');
    t.after(() => first.send('SIGKILL'));
    const { port } = new URL(await first.url());
    const second = sightline('serve', '--data', join(data, 'second'), '--port', port, '--host', '127.0.0.1');
    assert.equal(await second.exit, 1);
    const [line, ...others] = second.complaints().split('\n').filter(isForPeople);
    assert.match(line ?? '', new RegExp(`^Port ${port} .*in use`));
    assert.deepEqual(others, []);
    assert.equal(second.output(), '');
    first.send('SIGTERM');
    assert.equal(await first.exit, 0);
  });
});

describe('a viewer', () => {
  let server: RunningServer;

  before(async () => {
    server = await startServer();
  });

  after(() => server?.stop());

  async function refused(path: string, userAgent = 'test'): Promise<Problem> {
    const response = await fetch(server.url + path, { headers: { 'user-agent': userAgent } });
    assert.match(response.headers.get('content-type') ?? '', /problem\+json/);
    const problem = (await response.json()) as Problem;
    assert.equal(problem.status, response.status);
    return problem;
  }

  it('over the limit is refused, until another leaves', async () => {
    const camera = await server.addCamera(door({ maxReaders: 1 }));
    await playlist(server, camera, 'first');
    const { status, code, detail } = await refused(camera.links.hls, 'second');
    assert.deepEqual([status, code], [503, 'too-many-readers']);
    assert.match(detail, /1 viewer/);
    await playlist(server, camera, 'first');
    await until(
      'the second is admitted',
      async () => (await fetch(server.url + camera.links.hls, { headers: { 'user-agent': 'second' } })).ok,
      30_000,
    );
  });

  it('of a disabled camera is told so, and of none that there is none', async () => {
    const camera = await server.addCamera(door({ enabled: false }));
    const disabled = await refused(camera.links.hls);
    assert.deepEqual([disabled.status, disabled.code], [503, 'camera-disabled']);
    const unknown = await refused('/hls/cam_0000000000000000/index.m3u8');
    assert.deepEqual([unknown.status, unknown.code], [404, 'camera-not-found']);
  });

  it('of a camera that is deleted is told', async (t) => {
    const camera = await server.addCamera(door());
    const feed = await listen(server.url);
    t.after(() => feed.leave());
    const { page } = await openPage(browser, `${server.url}/cameras/${camera.id}`);
    t.after(() => page.close());
    const { sequence } = await playlist(server, camera);
    const held = fetch(new URL(`live.m3u8?_HLS_msn=${sequence + 1}`, server.url + camera.links.hls));
    assert.equal((await server.api('DELETE', `/api/v1/cameras/${camera.id}`)).status, 204);
    assert.ok([404, 503].includes((await held).status), `${(await held).status}`);
    assert.equal((await refused(camera.links.hls)).code, 'camera-not-found');
    await until('the feed told it', () => {
      return feed.events.some((event) => event.type === 'camera.deleted' && event.cameraId === camera.id);
    });
    await page.waitForFunction(() => /deleted|no such camera|does not exist/i.test(document.body.innerText));
  });
});
