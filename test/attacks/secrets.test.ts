/**
 * Secrets of people and machines: after everything that uses them they stand in no log, answer, list of processes or file.
 */
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Camera } from '../../src/api/contract/cameras.ts';
import { Person, password } from '../support/people.ts';
import { until } from '../e2e/support/until.ts';
import type { House } from './house.ts';
import { openHouse } from './house.ts';

const cameraPassword = 'geheim-der-kamera';
const turnPassword = 'geheim-des-relais';

let house: House;
/** By what they are. */
const secrets = new Map<string, string>();
/** The link of the set-up is printed once, on purpose. */
let printed: string;

before(async () => {
  house = await openHouse({ config: 'log:\n  level: debug\n' });
  const { admin, server, one } = house;
  printed = /token=([\w-]+)/.exec(server.output())?.[1] ?? '';
  const wanted = { cameraId: one.id, actions: ['live'] };
  const shared = { cameraId: one.id, live: true, lastsMs: 60_000 };
  const grants = { every: ['live'] };
  const { key } = await admin.must<{ key: string }>(201, 'POST', '/api/v1/keys', {
    name: 'k',
    scopes: ['media:read'],
  });
  const { token } = await admin.must<{ token: string }>(201, 'POST', '/api/v1/media-tokens', wanted);
  const { url } = await admin.must<{ url: string }>(201, 'POST', '/api/v1/shares', shared);
  const device = await admin.must<{ password: string }>(201, 'POST', '/api/v1/devices', {
    name: 'nvr',
    grants,
  });
  const client = await admin.must<{ secret: string }>(201, 'POST', '/api/v1/clients', { name: 'phone' });
  secrets
    .set('password of a person', password)
    .set('session', admin.cookie.replace('sightline_session=', ''))
    .set('key', key.split('_')[2] ?? '')
    .set('media token', token.split('.')[2] ?? '')
    .set('share link', url.slice('/s/'.length))
    .set('password of a device', device.password)
    .set('secret of a client', client.secret)
    .set('password of a camera', cameraPassword);
  const source = { kind: 'rtsp', url: `rtsp://op:${cameraPassword}@127.0.0.1:9/x` };
  await admin.must(201, 'POST', '/api/v1/cameras', { name: 'Broken', source, start: 'always' });
  await admin.must(200, 'PATCH', '/api/v1/settings', {
    values: { webrtcIceServers: [{ urls: ['turn:x.example'], username: 'u', credential: turnPassword }] },
  });
  await misuse();
});
after(() => house?.server.stop());

/** Shown at places where they are wrong, which end in errors. */
async function misuse(): Promise<void> {
  const { server, admin, one } = house;
  for (const secret of [...secrets.values(), printed]) {
    for (const path of [
      `/api/v1/cameras/${secret}`,
      `/hls/${one.id}/index.m3u8?token=${secret}`,
      `/${secret}`,
    ]) {
      await fetch(server.url + path, {
        headers: { authorization: `Bearer ${secret}`, cookie: `sightline_session=${secret}` },
      });
    }
    await admin.send('POST', '/api/v1/setup', { token: secret, name: 'x', password });
    await Person.nobody(server).send('POST', '/api/v1/session', { name: secret, password: secret });
  }
}

function holdsNone(text: string, where: string, besides: readonly string[] = []): void {
  for (const [what, secret] of secrets) {
    assert.ok(secret.length >= 12, what);
    if (!besides.includes(what)) assert.ok(!text.includes(secret), `${what} in ${where}`);
  }
}

describe('secrets', () => {
  it('are in no answer to the administrator, in no document and no metric', async () => {
    const { admin } = house;
    const paths = [
      'users',
      'keys',
      'devices',
      'shares',
      'clients',
      'cameras',
      'audit?limit=500',
      'history',
      'settings',
    ];
    for (const path of [
      ...paths.map((name) => `/api/v1/${name}`),
      '/metrics',
      '/api/v1/openapi.json',
      '/api/v1/storage',
    ]) {
      const { status, body } = await admin.send('GET', path);
      assert.equal(status, 200, path);
      holdsNone(typeof body === 'string' ? body : JSON.stringify(body), path);
    }
    const { entries } = await admin.must<{ entries: unknown[] }>(200, 'GET', '/api/v1/audit?limit=500');
    assert.ok(!JSON.stringify(entries).includes(turnPassword), 'password of a relay in the audit log');
  });

  it('are not told to somebody who may watch only: nor where a camera is', async () => {
    const { viewer, one } = house;
    const cameras = await viewer.must<Camera[]>(200, 'GET', '/api/v1/cameras');
    assert.deepEqual(
      cameras.map(({ id, source, sub }) => [id, source, sub]),
      [[one.id, null, null]],
    );
    for (const path of ['cameras', 'settings', 'history', 'session', 'views', 'system']) {
      const { body } = await viewer.send('GET', `/api/v1/${path}`);
      const text = JSON.stringify(body);
      holdsNone(text, path);
      assert.doesNotMatch(text, /127\.0\.0\.1:9|argon2|secret_hash/, path);
    }
  });

  it('are in no line of the log, at its most talkative', async () => {
    await until('the camera has failed', async () => {
      const cameras = await house.admin.must<Camera[]>(200, 'GET', '/api/v1/cameras');
      return cameras.some(({ status }) => status.state === 'offline' || status.state === 'error');
    });
    holdsNone(house.server.output(), 'the log');
    assert.equal(house.server.output().split(printed).length, 2, 'the link of the set-up is printed once');
  });

  it('are in no word of the processes', async () => {
    const { server } = house;
    for (const id of await readdir('/proc')) {
      if (!/^\d+$/.test(id)) continue;
      const words = await readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '');
      if (Number(id) === server.pid || words.includes(server.data)) holdsNone(words, `process ${id}`);
      if (Number(id) === server.pid)
        holdsNone(await readFile(`/proc/${id}/environ`, 'utf8'), 'the environment');
    }
  });

  it('are in no file, as they are', async () => {
    const files = await readdir(house.server.data, { recursive: true, withFileTypes: true });
    for (const file of files) {
      if (!file.isFile()) continue;
      const path = join(file.parentPath, file.name);
      holdsNone(await readFile(path, 'latin1').catch(() => ''), path);
    }
  });
});
