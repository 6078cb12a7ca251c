/**
 * Cameras that other systems bring: a front end of another server, a list, a file; and that their passwords leave the
 * server towards the camera only, whatever goes wrong.
 */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Camera } from '../../src/api/contract/cameras.ts';
import type { ImportReport, ProvisionReport } from '../../src/api/contract/provisioning.ts';
import type { GstRtsp } from '../rigs/gstreamer-rtsp.ts';
import { startGstRtsp } from '../rigs/gstreamer-rtsp.ts';
import { Person } from '../support/people.ts';
import type { RunningServer } from '../support/server.ts';
import { startServer } from '../support/server.ts';
import { ffprobe } from './support/foreign.ts';
import { until } from './support/until.ts';

/** In no other text that there is. */
const marker = 'Zx9-Geheimnis-7q';
const auth = { kind: 'digest', user: 'op', password: marker } as const;
const media = { video: 'h264', widthPixels: 320, heightPixels: 240, gopFrames: 15 } as const;

let data = '';
let server: RunningServer;
let camera: GstRtsp;
let admin: Person;

before(async () => {
  data = await mkdtemp(join(tmpdir(), 'sightline-provisioning-'));
  [server, camera] = await Promise.all([
    startServer({ accounts: true, data }),
    startGstRtsp({ media, auth }),
  ]);
  admin = await Person.firstAdministrator(server);
});
after(async () => {
  await camera?.kill();
  await server?.stop();
  await rm(data, { recursive: true, force: true });
});

interface Provisioned {
  readonly success: boolean;
  readonly stream_path: string;
  readonly hls_url: string;
}

describe('a front end of another server', () => {
  it('brings a camera by its own id, twice, and what it is given plays', async () => {
    const body = { camera_id: 'gate-1', rtsp_url: camera.urlWithLogin, name: 'Gate' };
    const first = await admin.must<Provisioned>(201, 'POST', '/cameras/provision', body);
    assert.equal(first.success, true);
    const again = await admin.must<Provisioned>(200, 'POST', '/cameras/provision', body);
    assert.deepEqual(again, first);
    const { token } = await admin.must<{ token: string }>(201, 'POST', '/api/v1/media-tokens', {
      cameraId: first.stream_path,
      actions: ['live'],
    });
    const { streams, complaints } = await ffprobe(`${first.hls_url}?token=${token}`);
    const [video] = streams;
    assert.deepEqual([video?.codec_name, video?.width, video?.height], ['h264', 320, 240], complaints);
    assert.equal(complaints, '');
  });

  it('lists it in its own words; whoever is not signed in brings and sees nothing', async () => {
    const list = await admin.must<{ name: string; stream_url: string }[]>(200, 'GET', '/api/cameras/');
    const gate = list.find(({ name }) => name === 'Gate');
    assert.equal(gate?.stream_url, `rtsp://***@127.0.0.1:${camera.port}/cam`);
    const stranger = Person.nobody(server);
    const body = { camera_id: 'x', rtsp_url: 'rtsp://10.0.0.1/', name: 'X' };
    for (const [method, path] of [
      ['GET', '/api/cameras/'],
      ['POST', '/cameras/provision'],
      ['PUT', '/api/v1/cameras'],
      ['POST', '/api/v1/cameras/import'],
    ] as const) {
      const { status } = await stranger.send(method, path, method === 'GET' ? undefined : body);
      assert.equal(status, 401, `${method} ${path}`);
    }
  });
});

describe('passwords of cameras', () => {
  it('are in nothing that the server answers, tells, logs, shows in ps or keeps, however a camera fails', async () => {
    const answers: string[] = [];
    const ask = async (method: string, path: string, body?: unknown): Promise<unknown> => {
      const answer = await admin.send(method, path, body);
      answers.push(`${method} ${path} ${JSON.stringify([...answer.headers])} ${JSON.stringify(answer.body)}`);
      return answer.body;
    };
    const login = `op:${marker}`;
    const rtsp = (rest: string) => ({ kind: 'rtsp', url: `rtsp://${login}@${rest}` });
    const wrongPassword = camera.urlWithLogin.replace('op:', 'op:not-');
    const sources = [
      rtsp(`127.0.0.1:${camera.port}/nothing-here`),
      rtsp('127.0.0.1:1/closed'),
      rtsp('no-such-host.invalid/1'),
      rtsp('169.254.169.254/metadata'),
      rtsp('[::1'),
      { kind: 'rtsp', url: wrongPassword },
      { kind: 'rtsp', url: `rtsps://${login}@127.0.0.1:${camera.port}/cam` },
      { kind: 'rtsp', url: `rtsp://127.0.0.1:${camera.port}/user=op_password=${marker}_channel=1` },
    ];
    for (const [index, source] of sources.entries()) {
      await ask('POST', '/api/v1/cameras/probe', { source });
      const body = { externalId: `fails-${index}`, name: `Fails ${index}`, source, start: 'always' };
      await ask('POST', '/api/v1/cameras', body);
    }
    const url = `rtsp://${login}@10.255.0.1/1`;
    await ask('POST', '/api/cameras/', { name: 'X', stream_url: `http://${login}@10.0.0.1/`, location: '' });
    await ask('POST', '/cameras/provision', { camera_id: '', rtsp_url: url });
    await ask('PUT', '/api/v1/cameras', { cameras: [{ name: 'X', source: { kind: 'rtsp', url }, url }] });
    await ask('POST', '/api/v1/cameras', { name: 'X', [url]: url, source: { kind: url, url } });
    await ask('POST', '/api/v1/cameras/import', { text: `streams: { a: "tapo://${login}@h", b: "${url}" }` });
    await ask('POST', '/api/v1/cameras/import', { text: `streams: { a: "${url}` });
    await ask('POST', '/api/v1/cameras/import', { text: `streams: { b: "${url}" }`, dryRun: true });
    await until('the cameras have failed', async () => {
      const cameras = (await admin.send<Camera[]>('GET', '/api/v1/cameras')).body;
      return cameras.filter(({ name, status }) => name.startsWith('Fails') && status.reason).length >= 6;
    });
    for (const { id } of (await admin.send<Camera[]>('GET', '/api/v1/cameras')).body) {
      for (const path of ['', '/recording', '/viewers', '/timeline', '/snapshot.jpg'])
        await ask('GET', `/api/v1/cameras/${id}${path}`);
    }
    for (const path of ['cameras', 'system', 'storage', 'settings', 'audit', 'openapi.json', 'exports'])
      await ask('GET', `/api/v1/${path}`);
    await ask('GET', '/metrics');
    await ask('GET', '/api/cameras/');
    const leaks = answers.filter((answer) => answer.includes(marker));
    assert.deepEqual(
      leaks.map(
        (leak) =>
          `${leak.slice(0, 60)} … ${leak.slice(leak.indexOf(marker) - 100, leak.indexOf(marker) + 30)}`,
      ),
      [],
    );
    assert.ok(answers.some((answer) => answer.includes('***')));
    assert.ok(!server.output().includes(marker), linesWith(server.output()));
    assert.deepEqual(await processesWithMarker(), []);
    assert.deepEqual(await filesWithMarker(data), []);
  });
});

describe('cameras of the configuration file', () => {
  it('are as the file says after every start, locked meanwhile, and free when they are taken out', async () => {
    await server.stop();
    server = await startServer({ accounts: true, data, config: declared('Shed') });
    admin = await Person.signIn(server, 'ada');
    const shed = await named('Shed');
    assert.deepEqual([shed.managed, shed.managedFields], ['file', ['externalId', 'name', 'source']]);
    const refused = await admin.send<{ code: string }>('PATCH', `/api/v1/cameras/${shed.id}`, {
      name: 'Barn',
    });
    assert.deepEqual([refused.status, refused.body.code], [409, 'managed']);
    const list = { cameras: [{ externalId: 'file-1', name: 'Barn', source: { kind: 'demo' } }] };
    const listed = await admin.send<{ errors: { path: string }[] }>('PUT', '/api/v1/cameras', list);
    assert.deepEqual([listed.status, listed.body.errors[0]?.path], [400, 'cameras.0.name']);
    await server.stop();
    server = await startServer({ accounts: true, data, config: declared('Stable') });
    admin = await Person.signIn(server, 'ada');
    assert.equal((await named('Stable')).id, shed.id);
    await server.stop();
    server = await startServer({ accounts: true, data });
    admin = await Person.signIn(server, 'ada');
    assert.equal((await named('Stable')).managed, null);
    await admin.must(204, 'DELETE', `/api/v1/cameras/${shed.id}`);
  });
});

describe('a list and a file', () => {
  it('bring their cameras, which connect with the passwords in them', async () => {
    const list = {
      cameras: [{ externalId: 'l-1', name: 'Listed', source: { kind: 'rtsp', url: camera.urlWithLogin } }],
    };
    const report = await admin.must<ProvisionReport>(200, 'PUT', '/api/v1/cameras', list);
    assert.equal(report.created, 1);
    const text = `streams:\n  imported: ${camera.urlWithLogin}#backchannel=0\n`;
    const imported = await admin.must<ImportReport>(200, 'POST', '/api/v1/cameras/import', { text });
    assert.equal(imported.created, 1);
    for (const name of ['Listed', 'Imported']) {
      const { id } = await named(name);
      await admin.must(200, 'PATCH', `/api/v1/cameras/${id}`, { start: 'always' });
      await until(`${name} is live`, async () => (await named(name)).status.state === 'live');
    }
  });
});

function declared(name: string): string {
  return `cameras:\n  - { externalId: file-1, name: ${name}, source: { kind: demo } }\n`;
}

async function named(name: string): Promise<Camera> {
  const cameras = await admin.must<Camera[]>(200, 'GET', '/api/v1/cameras');
  const found = cameras.find((one) => one.name === name);
  assert.ok(found, `no ${name}`);
  return found;
}

function linesWith(text: string): string {
  return text
    .split('\n')
    .filter((line) => line.includes(marker))
    .join('\n');
}

/** As `ps` shows them; the camera itself knows its password, and so does this test. */
async function processesWithMarker(): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (words.includes(marker) && !words.includes('gstreamer-rtsp.py')) found.push(words);
  }
  return found;
}

async function filesWithMarker(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const found: string[] = [];
  for (const file of files) if ((await readFile(file)).includes(marker)) found.push(file);
  return found;
}
