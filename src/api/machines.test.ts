/** Keys, tokens, devices and links over HTTP: who may make, see and delete them, and what they open. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { Principal } from '../accounts/access.ts';
import { nobody } from '../accounts/access.ts';
import { somebody } from '../accounts/access.testing.ts';
import type { Machines } from '../accounts/machines.ts';
import { TestMachines } from '../accounts/machines.testing.ts';
import { cameraCreateSchema } from './contract/cameras.ts';
import { authenticateBy } from './authenticate.ts';
import { machineWay, orShare } from './machine-ways.ts';
import type { Answer, Ask, TestApi } from './testing.ts';
import { ask, startTestApi } from './testing.ts';

let rig: TestMachines;
let machines: Machines;
let api: TestApi;
let camera = '';
let other = '';
/** Who has a session; `nobody`: only what the request brings counts. */
let signedIn: Principal = nobody;

before(async () => {
  rig = await TestMachines.start();
  machines = await rig.open();
  const authenticate = authenticateBy([machineWay(machines), orShare([session], machines)]);
  api = await startTestApi({ machines: { ...machines, userName: (id) => `name of ${id}` }, authenticate });
  camera = await makeCamera('Door');
  other = await makeCamera('Yard');
});
after(async () => {
  await api.close();
  await rig.end();
});
beforeEach(() => {
  rig.people.clear();
  signIn('viewer', { cameras: { [camera]: ['live', 'playback', 'export'] } });
});

async function makeCamera(name: string): Promise<string> {
  const source = { kind: 'rtsp', url: 'rtsp://camera.example/' };
  const made = await api.cameras.create(cameraCreateSchema.parse({ name, source }));
  assert.ok(made.ok);
  return made.value.id;
}

function signIn(...as: Parameters<typeof somebody>): Principal {
  signedIn = somebody(...as);
  rig.people.set(signedIn.id, signedIn);
  return signedIn;
}

function signOut(): void {
  signedIn = nobody;
}

function send(method: string, path: string, body?: unknown, headers: Ask['headers'] = {}): Promise<Answer> {
  return ask(api.port, path, { method, headers, ...(body !== undefined && { body }) });
}

function field(answer: Answer, name: string): string {
  const value = (answer.json as Readonly<Record<string, unknown>> | undefined)?.[name];
  assert.ok(typeof value === 'string', `${name} in ${answer.status} ${answer.text}`);
  return value;
}

/** Who has a session; others are known by what they send. */
function session(): Principal | undefined {
  return signedIn === nobody ? undefined : signedIn;
}

function makeToken(wanted: object): Promise<Answer> {
  return send('POST', '/api/v1/media-tokens', wanted);
}

function share(more: object = {}): Promise<Answer> {
  return send('POST', '/api/v1/shares', { cameraId: camera, live: true, lastsMs: 3_600_000, ...more });
}

function openLink(secret: string): Promise<Answer> {
  return send('POST', '/api/v1/shares/open', { secret });
}

function picture(id: string): string {
  return `/api/v1/cameras/${id}/snapshot.jpg`;
}

const wantedKey = { name: 'script', scopes: ['media:read'] };

describe('API keys', () => {
  test('are made by people, shown once, and work as Bearer', async () => {
    const made = await send('POST', '/api/v1/keys', wantedKey);
    assert.equal(made.status, 201);
    const key = field(made, 'key');
    const listed = await send('GET', '/api/v1/keys');
    assert.ok(!listed.text.includes(key.slice(-43)));
    assert.match(listed.text, /name of usr_viewer/);
    signOut();
    const bearer = { authorization: `Bearer ${key}` };
    assert.equal((await send('GET', `/api/v1/cameras/${camera}`, undefined, bearer)).status, 200);
    assert.equal((await send('GET', `/api/v1/cameras/${other}`, undefined, bearer)).status, 404);
    assert.equal((await send('GET', `/api/v1/cameras/${camera}`)).status, 401);
  });

  test('are not taken from an address, and a wrong one is nobody, also beside a session', async () => {
    const key = field(await send('POST', '/api/v1/keys', wantedKey), 'key');
    const wrong = { authorization: `Bearer ${key}x` };
    assert.equal((await send('GET', `/api/v1/cameras/${camera}`, undefined, wrong)).status, 401);
    assert.equal((await send('GET', `/api/v1/cameras/${camera}?token=${key}`)).status, 401);
  });

  test('make no keys', async () => {
    const key = field(await send('POST', '/api/v1/keys', wantedKey), 'key');
    signOut();
    const bearer = { authorization: `Bearer ${key}` };
    assert.equal((await send('POST', '/api/v1/keys', wantedKey, bearer)).status, 403);
    assert.equal((await send('GET', '/api/v1/keys', undefined, bearer)).status, 403);
  });

  test('of others are seen and deleted by administrators only', async () => {
    const made = await send('POST', '/api/v1/keys', wantedKey);
    const path = `/api/v1/keys/${field(made, 'id')}`;
    signIn('viewer', { every: ['live'] }, 'usr_2');
    assert.ok(!(await send('GET', '/api/v1/keys')).text.includes(field(made, 'id')));
    assert.equal((await send('DELETE', path)).status, 404);
    signIn('admin', {}, 'usr_3');
    assert.ok((await send('GET', '/api/v1/keys')).text.includes(field(made, 'id')));
    assert.equal((await send('DELETE', path)).status, 204);
    assert.equal((await send('DELETE', path)).status, 404);
  });

  test('for scopes that one does not have are refused', async () => {
    const refused = await send('POST', '/api/v1/keys', { name: 'x', scopes: ['system:write'] });
    assert.deepEqual([refused.status, field(refused, 'code')], [400, 'no-scopes']);
  });
});

describe('media tokens', () => {
  test('open pictures of their camera, as Bearer and in the address, and nothing else', async () => {
    const token = field(await makeToken({ cameraId: camera, actions: ['live'] }), 'token');
    signOut();
    // Nothing makes pictures in this test: that it is asked for one says that the token was let in.
    const ours = picture(camera);
    assert.equal((await send('GET', `${ours}?token=${token}`)).status, 501);
    assert.equal((await send('GET', ours, undefined, { authorization: `Bearer ${token}` })).status, 501);
    assert.equal((await send('GET', `${picture(other)}?token=${token}`)).status, 404);
    assert.equal((await send('GET', `/api/v1/cameras?token=${token}`)).status, 403);
    assert.equal((await send('GET', `/api/v1/events?token=${token}`)).status, 403);
    assert.equal((await send('GET', ours)).status, 401);
    assert.equal((await send('GET', `${ours}?token=${token}&token=${token}`)).status, 401);
  });

  test('are made only for what one may oneself', async () => {
    assert.equal((await makeToken({ cameraId: other, actions: ['live'] })).status, 404);
    assert.equal((await makeToken({ cameraId: camera, actions: ['live', 'publish'] })).status, 403);
    assert.equal((await makeToken({ cameraId: camera, actions: [] })).status, 400);
    assert.equal((await makeToken({ cameraId: camera, actions: ['live'], lastsSeconds: 1e9 })).status, 400);
  });

  test('make no tokens', async () => {
    const token = field(await makeToken({ cameraId: camera, actions: ['live'] }), 'token');
    signOut();
    const again = await send('POST', `/api/v1/media-tokens?token=${token}`, {
      cameraId: camera,
      actions: ['live'],
    });
    assert.equal(again.status, 403);
  });

  test('can be checked by anybody: the public keys are for everybody', async () => {
    signOut();
    const { json, status } = await send('GET', '/.well-known/jwks.json');
    assert.deepEqual([status, json], [200, { keys: machines.tokens.jwks.keys }]);
  });
});

describe('device accounts', () => {
  test('are for administrators; the password is shown once', async () => {
    const wanted = { name: 'nvr', grants: { every: ['live'] } };
    assert.equal((await send('POST', '/api/v1/devices', wanted)).status, 403);
    signIn('admin');
    const made = await send('POST', '/api/v1/devices', wanted);
    assert.equal(made.status, 201);
    const listed = await send('GET', '/api/v1/devices');
    assert.ok(listed.text.includes('nvr') && !listed.text.includes(field(made, 'password')));
    assert.equal((await send('POST', '/api/v1/devices', wanted)).status, 409);
    const declared = await send('POST', '/api/v1/devices', { ...wanted, name: 'declared' });
    assert.equal(declared.status, 409);
    assert.match(declared.text, /under `rtsp\.users`/);
    const path = `/api/v1/devices/${field(made, 'id')}`;
    assert.equal((await send('DELETE', path)).status, 204);
    assert.equal((await send('DELETE', path)).status, 404);
  });

  test('have names that RTSP can carry', async () => {
    signIn('admin');
    for (const name of ['a:b', 'a"b', String.raw`a\b`, 'a\nb', '']) {
      assert.equal((await send('POST', '/api/v1/devices', { name, grants: {} })).status, 400, name);
    }
  });
});

describe('share links', () => {
  test('open for somebody without an account, who sees that camera live and nothing else', async () => {
    const made = await share({ note: 'for the neighbour' });
    assert.equal(made.status, 201);
    const secret = field(made, 'url').replace('/s/', '');
    signOut();
    const opened = await openLink(secret);
    assert.equal(opened.status, 200);
    assert.equal(field(opened, 'cameraName'), 'Door');
    const [cookie = ''] = [opened.headers['set-cookie']].flat();
    assert.match(cookie, /^sightline_share=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/);
    const headers = { cookie: cookie.split(';')[0] ?? '' };
    assert.equal((await send('GET', picture(camera), undefined, headers)).status, 501);
    assert.equal((await send('GET', picture(other), undefined, headers)).status, 404);
    assert.equal((await send('GET', '/api/v1/cameras', undefined, headers)).status, 403);
    assert.equal((await send('GET', '/api/v1/shares/opened', undefined, headers)).status, 200);
    assert.equal((await send('GET', `${picture(camera)}?token=${field(opened, 'token')}`)).status, 501);
    assert.equal(machines.shares.get(field(made, 'id'))?.uses, 1, 'loading the page again is no opening');
  });

  test('that are revoked are over, with the token that came of them', async () => {
    const made = await share();
    const secret = field(made, 'url').replace('/s/', '');
    const token = field(await openLink(secret), 'token');
    assert.equal((await send('DELETE', `/api/v1/shares/${field(made, 'id')}`)).status, 204);
    assert.deepEqual(
      [(await openLink(secret)).status, field(await openLink(secret), 'code')],
      [404, 'link-over'],
    );
    signOut();
    assert.equal((await send('GET', `${picture(camera)}?token=${token}`)).status, 401);
  });

  test('are made by who may export the camera, for what they may watch themselves', async () => {
    assert.equal((await share({ cameraId: other })).status, 404);
    const range = { fromMs: 1000, toMs: 2000 };
    assert.equal((await share({ live: false })).status, 400);
    assert.equal((await share({ live: false, fromMs: 2000, toMs: 1000 })).status, 400);
    assert.equal((await share(range)).status, 201);
    signIn('viewer', { cameras: { [camera]: ['live', 'export'] } });
    assert.equal((await share(range)).status, 403);
    signIn('viewer', { cameras: { [camera]: ['live', 'playback'] } });
    assert.equal((await share()).status, 403);
  });

  test('of others are seen and revoked by administrators only', async () => {
    const path = `/api/v1/shares/${field(await share(), 'id')}`;
    signIn('viewer', { every: ['live', 'export'] }, 'usr_2');
    assert.deepEqual((await send('GET', '/api/v1/shares')).json, []);
    assert.equal((await send('DELETE', path)).status, 404);
    signIn('admin', {}, 'usr_3');
    assert.equal((await send('DELETE', path)).status, 204);
  });

  test('are guessed only so often from one address', async () => {
    signOut();
    const statuses = new Set<number>();
    for (let guess = 0; guess < 15; guess += 1) statuses.add((await openLink('A'.repeat(43))).status);
    assert.deepEqual([...statuses], [404, 429]);
  });
});
