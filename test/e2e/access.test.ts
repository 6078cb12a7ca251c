/**
 * Machines at a server with accounts: programs that are not ours watch with media tokens, keys, device accounts and share
 * links, see what they may see and nothing else, and stop when that ends.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Camera } from '../../src/api/contract/cameras.ts';
import type { Shared } from '../../src/api/contract/accounts.ts';
import type { PlaybackSession } from '../../src/api/contract/playback.ts';
import { Person } from '../support/people.ts';
import type { RunningServer } from '../support/server.ts';
import { startServer } from '../support/server.ts';
import type { Finished } from './support/foreign.ts';
import { ffprobe, play, run } from './support/foreign.ts';
import { until } from './support/until.ts';

let server: RunningServer;
let admin: Person;
let door: Camera;
let yard: Camera;

before(async () => {
  server = await startServer({ accounts: true });
  admin = await Person.firstAdministrator(server);
  const recording = { mode: 'continuous' };
  const demo = { source: { kind: 'demo' }, start: 'always', recording };
  door = await admin.must<Camera>(201, 'POST', '/api/v1/cameras', { ...demo, name: 'Door' });
  yard = await admin.must<Camera>(201, 'POST', '/api/v1/cameras', { name: 'Yard', source: { kind: 'demo' } });
  await until('the camera is live', async () => {
    const { body } = await admin.send<Camera>('GET', `/api/v1/cameras/${door.id}`);
    door = body;
    return body.status.state === 'live';
  });
});
after(() => server?.stop());

async function tokenFor(actions: readonly string[], lastsSeconds = 300): Promise<string> {
  const wanted = { cameraId: door.id, actions, lastsSeconds };
  return (await admin.must<{ token: string }>(201, 'POST', '/api/v1/media-tokens', wanted)).token;
}

/** Without any cookie. */
function get(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(server.url + path, { headers });
}

function rtsp(camera: Camera, login = '', query = ''): string {
  return `${(camera.links.rtsp ?? '').replace('//', `//${login === '' ? '' : `${login}@`}`)}${query}`;
}

function watch(url: string, seconds: number): Promise<Finished> {
  const input = ['-v', 'error', '-nostdin', '-rtsp_transport', 'tcp', '-i', url, '-t', String(seconds)];
  const sink = ['-map', '0', '-enc_time_base:v', '1:90000', '-f', 'null', '-progress', 'pipe:1', '-'];
  return run('ffmpeg', [...input, ...sink]);
}

function pictures({ output }: Finished): number {
  return Number([...output.matchAll(/^frame=(\d+)/gm)].at(-1)?.[1] ?? 0);
}

/** Ends by itself once 10 pictures were decoded. */
function gstreamer(url: string, login: readonly string[] = []): Promise<Finished> {
  const source = ['rtspsrc', `location=${url}`, 'protocols=tcp', ...login, 'name=s'];
  const chain =
    's. ! application/x-rtp,media=video ! rtph264depay ! avdec_h264 ! identity eos-after=10 ! fakesink';
  return run('gst-launch-1.0', ['-q', ...source, ...chain.split(' ')]);
}

describe('HLS with a media token', () => {
  it('plays in FFmpeg, which knows no cookies', async () => {
    const url = `${server.url}/hls/${door.id}/index.m3u8?token=${await tokenFor(['live'])}`;
    const { streams, complaints } = await ffprobe(url);
    assert.ok(
      streams.some(({ codec_type: type }) => type === 'video'),
      complaints,
    );
    const seen = await play(url, 2);
    assert.ok(seen.pictures > 20, seen.complaints);
  });

  it('plays as hls.js does it: held playlists, parts, init, each by the address it was given', async () => {
    const base = `/hls/${door.id}/`;
    const token = await tokenFor(['live']);
    const index = await (await get(`${base}index.m3u8?token=${token}`)).text();
    const [media = ''] = /^live\.m3u8\?.*$/m.exec(index) ?? [];
    const first = await (await get(base + media, { 'accept-encoding': 'identity' })).text();
    const sequence = Number(/MEDIA-SEQUENCE:(\d+)/.exec(first)?.[1]);
    const segments = [...first.matchAll(/^#EXTINF/gm)].length;
    const held = await get(`${base}${media}&_HLS_msn=${sequence + segments + 1}&_HLS_part=0`);
    assert.equal(held.status, 200);
    assert.match(held.headers.get('cache-control') ?? '', /private/);
    const text = await held.text();
    const addresses = [...text.matchAll(/URI="([^"]+)"|^([^#\s].*)$/gm)].map(
      ([, quoted, line]) => quoted ?? line ?? '',
    );
    assert.ok(addresses.length > 3);
    for (const address of addresses) assert.ok(address.endsWith(`?token=${token}`), address);
    const init = /EXT-X-MAP:URI="([^"]+)"/.exec(text)?.[1] ?? '';
    for (const address of [init, addresses.at(-1) ?? '']) {
      assert.equal((await get(base + address)).status, 200, address);
      assert.equal((await get(base + address.split('?')[0])).status, 401);
    }
  });

  it('leaves the playlist of others as it is', async () => {
    const token = await tokenFor(['live']);
    assert.match(await (await get(`/hls/${door.id}/live.m3u8?token=${token}`)).text(), /\?token=/);
    const { body } = await admin.send<string>('GET', `/hls/${door.id}/live.m3u8`);
    assert.ok(!body.includes('token='));
  });

  it('that ended, of another camera, or for something else gets nothing', async () => {
    const path = `/hls/${door.id}/index.m3u8?token=`;
    const [head, body, signature] = (await tokenFor(['live'])).split('.');
    assert.equal(
      (await get(`${path}${head}.${body}.${signature?.split('').toReversed().join('')}`)).status,
      401,
    );
    assert.equal((await get(`/hls/${yard.id}/index.m3u8?token=${head}.${body}.${signature}`)).status, 404);
    assert.notEqual((await get(path + (await tokenFor(['playback'])))).status, 200);
  });
});

describe('other pictures with a media token', () => {
  it('snapshot, Motion JPEG, WebSocket and WHEP', async () => {
    const token = await tokenFor(['live']);
    const snapshot = `/api/v1/cameras/${door.id}/snapshot.jpg`;
    assert.equal((await get(snapshot)).status, 401);
    assert.equal((await get(`${snapshot}?token=${token}`)).status, 200);
    const motion = await get(`/live/${door.id}/stream?token=${token}`);
    assert.match(motion.headers.get('content-type') ?? '', /multipart/);
    await motion.body?.cancel();
    const offer = { method: 'POST', body: 'no sdp', headers: { 'content-type': 'application/sdp' } };
    const whep = `${server.url}/whep/${door.id}`;
    assert.equal((await fetch(whep, offer)).status, 401);
    const authorized = { ...offer, headers: { ...offer.headers, authorization: `Bearer ${token}` } };
    assert.equal((await fetch(whep, authorized)).status, 400, 'let in, and then it is no offer');
  });

  it('on the live WebSocket its camera, and no other', async () => {
    const { WebSocket } = await import('ws');
    const { livePath, liveProtocol } = await import('../../src/api/contract/live.ts');
    const address = `${server.url.replace('http', 'ws')}${livePath}?token=${await tokenFor(['live'])}`;
    const socket = new WebSocket(address, liveProtocol);
    const told: string[] = [];
    let media = 0;
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) media += 1;
      else told.push(data.toString());
    });
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'subscribe', channel: 0, camera: door.id }));
    socket.send(JSON.stringify({ type: 'subscribe', channel: 1, camera: yard.id }));
    await until('pictures come', () => media > 3);
    await until('the other camera is unknown', () =>
      told.some((text) => /"channel":1.*not-found/.test(text)),
    );
    socket.terminate();
  });
});

describe('RTSP with accounts', () => {
  it('lets nobody in without credentials, and says the same of what is not there', async () => {
    assert.match((await watch(rtsp(door), 1)).complaints, /401/);
  });

  it('lets a device in by Digest, to the cameras that it may see', async () => {
    const grants = { cameras: { [door.id]: ['live'] } };
    const { password } = await admin.must<{ password: string }>(201, 'POST', '/api/v1/devices', {
      name: 'nvr',
      grants,
    });
    const seen = await watch(rtsp(door, `nvr:${password}`), 2);
    assert.ok(pictures(seen) > 20, seen.complaints);
    const other = await gstreamer(rtsp(door), ['user-id=nvr', `user-pw=${password}`]);
    assert.equal(other.status, 0, other.complaints);
    assert.match((await watch(rtsp(door, 'nvr:wrong'), 1)).complaints, /401/);
    assert.match((await watch(rtsp(yard, `nvr:${password}`), 1)).complaints, /404/);
    const unknown = rtsp(door, `nvr:${password}`).replace(door.id, 'cam_0000000000000000');
    assert.match((await watch(unknown, 1)).complaints, /404/);
  });

  it('lets a media token in by address', async () => {
    const token = await tokenFor(['live']);
    const seen = await watch(rtsp(door, '', `?token=${token}`), 2);
    assert.ok(pictures(seen) > 20, seen.complaints);
    const other = await gstreamer(rtsp(door, '', `?token=${token}`));
    assert.equal(other.status, 0, other.complaints);
    assert.match((await watch(rtsp(yard, '', `?token=${token}`), 1)).complaints, /404/);
  });

  it('ends what a device watches when its account is deleted', async () => {
    const grants = { every: ['live'] };
    const { id, password } = await admin.must<{ id: string; password: string }>(
      201,
      'POST',
      '/api/v1/devices',
      {
        name: 'short',
        grants,
      },
    );
    const words = [
      '-v',
      'error',
      '-nostdin',
      '-rtsp_transport',
      'tcp',
      '-i',
      rtsp(door, `short:${password}`),
    ];
    const child = spawn('ffmpeg', [...words, '-t', '60', '-f', 'null', '-'], { stdio: 'ignore' });
    const ended = once(child, 'exit');
    await until('it watches', async () => {
      const path = `/api/v1/cameras/${door.id}/viewers`;
      const { body } = await admin.send<readonly { output: string }[]>('GET', path);
      return body.some(({ output }) => output === 'rtsp');
    });
    await admin.must(204, 'DELETE', `/api/v1/devices/${id}`);
    await ended;
    assert.equal(child.signalCode, null, 'the server closed the connection');
  });

  it('takes pushed media from who may publish only', async () => {
    const gate = await admin.must<Camera>(201, 'POST', '/api/v1/cameras', {
      name: 'Gate',
      source: { kind: 'push' },
    });
    const made = (name: string, rights: readonly string[]) =>
      admin.must<{ password: string }>(201, 'POST', '/api/v1/devices', { name, grants: { every: rights } });
    const [sender, viewer] = [await made('sender', ['publish']), await made('viewer', ['live'])];
    const send = (login: string, seconds: number): Promise<Finished> => {
      const picture = ['-re', '-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25', '-t', String(seconds)];
      const coder = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', '-pix_fmt', 'yuv420p'];
      const target = ['-f', 'rtsp', '-rtsp_transport', 'tcp', rtsp(gate, login)];
      return run('ffmpeg', ['-v', 'error', '-nostdin', ...picture, ...coder, ...target]);
    };
    assert.match((await send(`viewer:${viewer.password}`, 1)).complaints, /403/);
    const sent = await send(`sender:${sender.password}`, 1);
    assert.equal(sent.status, 0, sent.complaints);
  });
});

describe('a share link', () => {
  it('shows the live picture to somebody without an account until it is revoked', async () => {
    const wanted = { cameraId: door.id, live: true, lastsMs: 3_600_000 };
    const { id, url } = await admin.must<{ id: string; url: string }>(201, 'POST', '/api/v1/shares', wanted);
    const guest = Person.nobody(server);
    const secret = url.replace('/s/', '');
    const shared = await guest.must<Shared>(200, 'POST', '/api/v1/shares/open', { secret });
    assert.equal(shared.cameraName, 'Door');
    const index = `/hls/${door.id}/index.m3u8`;
    assert.equal((await guest.send('GET', index)).status, 200);
    assert.equal((await get(`${index}?token=${shared.token}`)).status, 200);
    assert.equal((await guest.send('GET', `/hls/${yard.id}/index.m3u8`)).status, 404);
    assert.equal((await guest.send('GET', '/api/v1/cameras')).status, 403);
    await admin.must(204, 'DELETE', `/api/v1/shares/${id}`);
    assert.equal((await guest.send('GET', index)).status, 401);
    assert.equal((await get(`${index}?token=${shared.token}`)).status, 401);
  });

  it('of a range plays that range and nothing beside it', async () => {
    const [fromMs, toMs] = await until('something is recorded', async () => {
      const path = `/api/v1/cameras/${door.id}/timeline`;
      const day = new URLSearchParams({ from: String(Date.now() - 600_000), to: String(Date.now()) });
      const { body } = await admin.send<{ recorded?: readonly { startMs: number; endMs: number }[] }>(
        'GET',
        `${path}?${day.toString()}`,
      );
      const long = body.recorded?.find(({ startMs, endMs }) => endMs - startMs > 6000);
      return long && ([long.startMs + 1000, long.startMs + 5000] as const);
    });
    const wanted = { cameraId: door.id, fromMs, toMs, lastsMs: 3_600_000 };
    const { url } = await admin.must<{ url: string }>(201, 'POST', '/api/v1/shares', wanted);
    const guest = Person.nobody(server);
    const opened = { secret: url.replace('/s/', '') };
    const { token } = await guest.must<Shared>(200, 'POST', '/api/v1/shares/open', opened);
    const session = await guest.must<PlaybackSession>(200, 'POST', '/api/v1/shares/playback');
    const seen = await play(`${server.url}${session.url}?token=${token}`, 3);
    assert.ok(seen.pictures > 40, seen.complaints);
    assert.notEqual((await guest.send('GET', `/hls/${door.id}/index.m3u8`)).status, 200);
    const more = { camera_id: door.id, start_time: fromMs - 1000, end_time: toMs };
    for (const query of ['', `?token=${token}`]) {
      const refused = await guest.send('POST', `/api/v1/playback/start${query}`, more);
      assert.ok(refused.status === 404 || refused.status === 403, String(refused.status));
    }
    assert.notEqual((await get(session.url)).status, 200, 'the session is the link’s');
    assert.notEqual((await admin.send('GET', session.url)).status, 200);
  });
});

describe('secrets of machines', () => {
  it('are in no log and in no file of the server', async () => {
    const token = await tokenFor(['live']);
    const { key } = await admin.must<{ key: string }>(201, 'POST', '/api/v1/keys', {
      name: 'script',
      scopes: ['media:read'],
    });
    const grants = { every: ['live'] };
    const { password } = await admin.must<{ password: string }>(201, 'POST', '/api/v1/devices', {
      name: 'tv',
      grants,
    });
    const share = { cameraId: door.id, live: true, lastsMs: 60_000 };
    const { url } = await admin.must<{ url: string }>(201, 'POST', '/api/v1/shares', share);
    const secret = url.replace('/s/', '');
    await Person.nobody(server).send('POST', '/api/v1/shares/open', { secret });
    await get(`/hls/${door.id}/index.m3u8?token=${token}`);
    await get(`/hls/nothing/index.m3u8?token=${token}`);
    await get(`/api/v1/cameras/${door.id}/snapshot.jpg?width=wrong&token=${token}`);
    await get('/api/v1/cameras', { authorization: `Bearer ${key}` });
    await watch(rtsp(door, '', `?token=${token}`), 1);
    await watch(rtsp(door, `tv:${password}`), 1);
    const page = await get(`/s/${secret}`);
    assert.equal(page.headers.get('referrer-policy'), 'no-referrer');
    await until('the audit log has it', async () => {
      const { body } = await admin.send<{
        entries: readonly { action: string; actor: { kind: string } }[];
      }>('GET', '/api/v1/audit');
      const seen = new Set(body.entries.map(({ actor, action }) => `${actor.kind} ${action}`));
      const wanted = ['share share.open', 'device camera.watch', 'token camera.watch'];
      return wanted.every((one) => seen.has(one));
    });
    const written = [server.output()];
    for (const name of await readdir(server.data)) {
      if (/sqlite|log/.test(name)) written.push(await readFile(join(server.data, name), 'latin1'));
    }
    assert.ok(written.length > 1);
    for (const hidden of [token.split('.')[2] ?? '', key.slice(-43), password, secret]) {
      assert.ok(hidden.length > 20);
      assert.ok(!written.some((text) => text.includes(hidden)), `${hidden} was written down`);
    }
  });
});
