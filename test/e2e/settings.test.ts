/**
 * Settings of a server that runs: what a change does to those who watch, and that it stays.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Camera } from '../../src/api/contract/cameras.ts';
import type { Problem } from '../../src/api/contract/problem.ts';
import type { Setting, SettingsAnswer } from '../../src/api/contract/settings.ts';
import { RtspReader } from '../rigs/rtsp-reader.ts';
import type { RunningServer } from '../support/server.ts';
import { startServer } from '../support/server.ts';

let data: string;
let server: RunningServer;
let demo: Camera;

before(async () => {
  data = await mkdtemp(join(tmpdir(), 'sightline-settings-'));
  server = await startServer({ data, rtspPort: null });
  demo = (await server.api<Camera[]>('GET', '/api/v1/cameras')).body[0]!;
});
after(async () => {
  await server?.stop();
  await rm(data, { recursive: true, force: true });
});

async function setting(key: string, camera?: string): Promise<Setting> {
  const query = camera === undefined ? '' : `?camera=${camera}`;
  const { body } = await server.api<SettingsAnswer>('GET', `/api/v1/settings${query}`);
  return body.settings.find((one) => one.key === key)!;
}

async function change(values: Record<string, unknown>, camera?: string): Promise<void> {
  const { status, body } = await server.api('PATCH', '/api/v1/settings', { values, camera });
  assert.equal(status, 200, JSON.stringify(body));
}

/** Where the camera is found over RTSP now; null while RTSP is off. */
async function rtspLink(): Promise<string | null> {
  return (await server.camera(demo.id)).links.rtsp?.replace('localhost', '127.0.0.1') ?? null;
}

async function goesOn(reader: RtspReader): Promise<void> {
  const before = reader.packets;
  for (let tries = 0; tries < 100 && reader.packets < before + 30; tries++) await pause(50);
  assert.ok(reader.packets >= before + 30, `stands still at ${before} packets`);
}

async function isClosed(reader: RtspReader): Promise<void> {
  for (let tries = 0; tries < 100 && !reader.closed; tries++) await pause(50);
  assert.ok(reader.closed);
}

describe('RTSP', () => {
  it('moves to another port without ending who watches; switched off it ends everybody, and comes back', async () => {
    await change({ rtspPort: 0 });
    const first = await rtspLink();
    assert.ok(first);
    const early = await RtspReader.play(first);
    await change({ rtspPort: null });
    await change({ rtspPort: 0 });
    const second = await rtspLink();
    assert.ok(second && second !== first, 'the system chose another port');
    await goesOn(early);
    await assert.rejects(RtspReader.play(first), 'nobody new at the old port');
    const late = await RtspReader.play(second);
    await goesOn(late);

    await change({ rtspEnabled: false });
    await Promise.all([isClosed(early), isClosed(late)]);
    assert.equal(await rtspLink(), null);
    await change({ rtspEnabled: true });
    const third = await rtspLink();
    assert.ok(third);
    const again = await RtspReader.play(third);
    await goesOn(again);
    again.end();
  });

  it('has a path in front of cameras, which alone is the first one; addresses without it go on to work', async () => {
    const plain = await rtspLink();
    await change({ rtspPath: 'live/house' });
    const link = await rtspLink();
    assert.ok(plain && link);
    assert.equal(new URL(link).pathname, `/live/house/${demo.id}`);
    const addresses = [plain, link, link.slice(0, link.lastIndexOf('/'))];
    const readers = await Promise.all(addresses.map((address) => RtspReader.play(address)));
    await Promise.all(readers.map(goesOn));
    for (const reader of readers) reader.end();
    await assert.rejects(RtspReader.play(link.replace('house', 'garden')));
  });
});

describe('WebRTC', () => {
  it('is told of ICE servers at once, switched off and on', async () => {
    const iceServers = [{ urls: ['stun:stun.example:3478'] }];
    await change({ webrtcIceServers: iceServers });
    const config = await server.api('GET', '/api/webrtc/config');
    assert.deepEqual(config.body, { iceServers });

    const offer = (): Promise<Response> =>
      fetch(`${server.url}/whep/${demo.id}`, {
        method: 'POST',
        headers: { 'content-type': 'application/sdp' },
        body: 'v=0\r\n',
      });
    const code = async (): Promise<string> => ((await (await offer()).json()) as Problem).code;
    assert.equal(await code(), 'bad-offer');
    await change({ webrtcEnabled: false });
    assert.equal(await code(), 'webrtc-off');
    await change({ webrtcEnabled: true });
    assert.equal(await code(), 'bad-offer');
  });
});

describe('the latency of a camera', () => {
  it('is one thing, whether it is changed as a setting or with the camera', async () => {
    assert.equal(demo.latency, null);
    await change({ streamLatencyMode: 'high' });
    assert.equal((await setting('streamLatencyMode', demo.id)).value, 'high');
    await change({ streamLatencyMode: 'normal' }, demo.id);
    assert.equal((await server.camera(demo.id)).latency, 'normal');
    await server.api('PATCH', `/api/v1/cameras/${demo.id}`, { latency: 'low' });
    const { value, source, serverValue } = await setting('streamLatencyMode', demo.id);
    assert.deepEqual([value, source, serverValue], ['low', 'stored', 'high']);
    await change({ streamLatencyMode: null }, demo.id);
    assert.equal((await server.camera(demo.id)).latency, null);
  });

  it('of the server is what players of cameras without their own keep', async () => {
    const holdBack = async (): Promise<number> => {
      const playlist = await (await fetch(`${server.url}/hls/${demo.id}/live.m3u8`)).text();
      return Number(/PART-HOLD-BACK=([\d.]+)/.exec(playlist)?.[1]);
    };
    const file = await (await fetch(`${server.url}/hls/${demo.id}/index.m3u8`)).text();
    assert.match(file, /m3u8/);
    await change({ streamLatencyMode: 'low' });
    const low = await holdBack();
    await change({ streamLatencyMode: 'high' });
    await pause(1500);
    const high = await holdBack();
    assert.ok(high >= low + 1.5, `${low} s and ${high} s`);
  });
});

const ask = (): Promise<Response> =>
  fetch(`${server.url}/whep/${demo.id}`, {
    method: 'OPTIONS',
    headers: { origin: 'http://home.example' },
  });

describe('sites that may show pictures', () => {
  it('are let in as soon as they are named', async () => {
    assert.equal((await ask()).status, 403);
    await change({ embedOrigins: ['http://home.example'] });
    assert.equal((await ask()).headers.get('access-control-allow-origin'), 'http://home.example');
    await change({ embedOrigins: [] });
    assert.equal((await ask()).status, 403);
  });
});

describe('what was changed', () => {
  it('is there after a restart; what the configuration file says is not to be changed, and says where', async () => {
    await change({ healthMaxDrops: 7, rtspPath: 'after' });
    await server.stop();
    server = await startServer({ data, rtspPort: null });
    assert.equal((await setting('healthMaxDrops')).value, 7);
    assert.match((await rtspLink()) ?? '', /\/after\//);
    const { managedBy, writable } = await setting('networkAllow');
    assert.match(managedBy ?? '', /sightline\.yaml:3:/);
    assert.equal(writable, false);
    const refused = await server.api<Problem>('PATCH', '/api/v1/settings', { values: { networkAllow: [] } });
    assert.equal(refused.status, 409);
  });
});

describe('Folders of recordings', () => {
  it('are tried, changed while it runs, refused in words, and stay after a restart', async () => {
    const disk = join(data, 'second-disk');
    const tried = await server.api<{ volumes: { fault: string | null }[] }>('POST', '/api/v1/storage/test', {
      folder: disk,
    });
    assert.equal(tried.status, 200, JSON.stringify(tried.body));
    assert.equal(tried.body.volumes[0]?.fault, null);
    const own = join(data, 'recordings');
    await change({ storageFolders: [own, disk] });
    const refused = await server.api<Problem>('PATCH', '/api/v1/settings', {
      values: { storageFolders: [data] },
    });
    assert.equal(refused.status, 400);
    assert.equal(refused.body.errors?.[0]?.path, 'storageFolders');
    assert.match(refused.body.errors?.[0]?.message ?? '', /database of this server/);
    await server.stop();
    server = await startServer({ data, rtspPort: null });
    const { body } = await server.api<{ volumes: { path: string; state: string }[] }>(
      'GET',
      '/api/v1/storage',
    );
    assert.deepEqual(
      body.volumes.map(({ path, state }) => [path, state]),
      [
        [own, 'ready'],
        [disk, 'ready'],
      ],
    );
  });
});
