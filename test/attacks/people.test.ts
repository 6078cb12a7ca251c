/**
 * Somebody with an account who wants more, and somebody without one who wants in: other people's things by their ids,
 * rights by a field too many, tokens made by hand, sessions laid out for others, passwords by guessing.
 */
import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { exchange, head } from '../e2e/support/raw.ts';
import { until } from '../e2e/support/until.ts';
import { Person, password } from '../support/people.ts';
import type { House } from './house.ts';
import { addUser, openHouse, rawAnswer, rawGet } from './house.ts';

let house: House;
before(async () => {
  house = await openHouse({ config: 'proxy:\n  trusted: [127.0.0.9]\n' });
});
after(() => house?.server.stop());

const nowhere = 'cam_0123456789abcdef';

describe('an id that somebody guesses', () => {
  it('of a camera that is not theirs is answered byte for byte as one that never was', async () => {
    const { port, viewer, other } = house;
    const places: readonly (readonly [method: string, path: (id: string) => string])[] = [
      ['GET', (id) => `/api/v1/cameras/${id}`],
      ['HEAD', (id) => `/api/v1/cameras/${id}`],
      ['PATCH', (id) => `/api/v1/cameras/${id}`],
      ['DELETE', (id) => `/api/v1/cameras/${id}`],
      ['GET', (id) => `/api/cameras/${id}`],
      ['GET', (id) => `/api/v1/cameras/${id}/viewers`],
      ['GET', (id) => `/api/v1/cameras/${id}/recording`],
      ['POST', (id) => `/api/v1/cameras/${id}/trigger`],
      ['GET', (id) => `/api/v1/cameras/${id}/snapshot.jpg`],
      ['GET', (id) => `/api/v1/cameras/${id}/timeline?from=0&to=1000`],
      ['GET', (id) => `/api/v1/cameras/${id}/days`],
      ['GET', (id) => `/api/v1/cameras/${id}/frame.jpg?at=0`],
      ['GET', (id) => `/api/v1/cameras/${id}/thumbs?from=0&to=1000`],
      ['GET', (id) => `/hls/${id}/index.m3u8`],
      ['GET', (id) => `/hls/${id}.sub/index.m3u8`],
      ['HEAD', (id) => `/hls/${id}/index.m3u8`],
      ['GET', (id) => `/live/${id}/stream`],
      ['GET', (id) => `/live/status?camera=${id}`],
      ['POST', (id) => `/whep/${id}`],
      ['OPTIONS', (id) => `/whep/${id}`],
      ['POST', (id) => `/whip/${id}`],
      ['GET', (id) => `/api/v1/settings?camera=${id}`],
      ['GET', (id) => `/api/v1/history?camera=${id}`],
    ];
    for (const [method, path] of places) {
      const [real, made] = [await ask(method, path(other.id)), await ask(method, path(nowhere))];
      assert.deepEqual(real, made, `${method} ${path('…')}`);
      assert.ok(made.status >= 400 || method === 'GET', `${method} ${path('…')}: ${made.status}`);
    }

    async function ask(method: string, path: string) {
      const origin = `Origin: http://127.0.0.1:${port}`;
      const cookie = `Cookie: ${viewer.cookie}`;
      const sent = head(port, `${method} ${path}`, origin, cookie, 'Content-Length: 0', 'Connection: close');
      const { status, headers, text } = rawAnswer(await exchange(port, sent));
      const rest = headers.filter((line) => !/^date:/i.test(line));
      return { status, headers: rest, text: text.replaceAll(/cam_[0-9a-z]{16}/g, 'cam_…') };
    }
  });

  it('in a body, too', async () => {
    const { viewer, other } = house;
    const bodies: readonly (readonly [path: string, body: (id: string) => object])[] = [
      ['/api/v1/media-tokens', (cameraId) => ({ cameraId, actions: ['live'] })],
      ['/api/v1/playback/live', (camera_id) => ({ camera_id })],
      ['/api/v1/views', (cameraId) => ({ name: 'x', tiles: [{ cameraId, x: 0, y: 0, w: 6, h: 6 }] })],
      ['/api/webrtc/offer', (camera) => ({ type: 'offer', sdp: 'v=0', camera })],
    ];
    for (const [path, body] of bodies) {
      const real = await viewer.send('POST', path, body(other.id));
      const made = await viewer.send('POST', path, body(nowhere));
      assert.deepEqual([real.status, real.body], [made.status, made.body], path);
      assert.ok(real.status >= 400, path);
    }
  });

  it('of somebody else’s key, link, view, session or export is nothing', async () => {
    const { admin, viewer, one } = house;
    const { id: key } = await admin.must<{ id: string }>(201, 'POST', '/api/v1/keys', {
      name: 'k',
      scopes: ['media:read'],
    });
    const shared = { cameraId: one.id, live: true, lastsMs: 60_000 };
    const { id: share } = await admin.must<{ id: string }>(201, 'POST', '/api/v1/shares', shared);
    const tiles = [{ cameraId: one.id, x: 0, y: 0, w: 6, h: 6 }];
    const { id: view } = await admin.must<{ id: string }>(201, 'POST', '/api/v1/views', { name: 'v', tiles });
    const [session] = await admin.must<{ id: string }[]>(200, 'GET', '/api/v1/account/sessions');
    for (const [path, made] of [
      [`/api/v1/keys/${key}`, '/api/v1/keys/key_0123456789abcdef'],
      [`/api/v1/shares/${share}`, '/api/v1/shares/shr_0123456789abcdef'],
      [`/api/v1/views/${view}`, '/api/v1/views/viw_0123456789abcdef'],
      [`/api/v1/account/sessions/${session?.id}`, '/api/v1/account/sessions/ses_0123456789abcdef'],
    ] as const) {
      const [real, never] = [await viewer.send('DELETE', path), await viewer.send('DELETE', made)];
      assert.deepEqual([real.status, real.body], [never.status, never.body], path);
      assert.ok(real.status === 404 || real.status === 403, path);
    }
    await admin.must(200, 'GET', '/api/v1/account/sessions');
    await admin.must(204, 'DELETE', `/api/v1/keys/${key}`);
  });
});

describe('somebody who wants more rights', () => {
  it('gets none by fields that a request has no place for, nor by asking for them', async () => {
    const { viewer, viewerId, one, other } = house;
    const all = { every: ['live', 'settings', 'export', 'publish'], cameras: { [other.id]: ['live'] } };
    const tries: readonly (readonly [method: string, path: string, body?: unknown])[] = [
      ['PATCH', `/api/v1/users/${viewerId}`, { role: 'admin' }],
      ['PATCH', `/api/v1/users/${viewerId}`, { grants: all }],
      ['PUT', `/api/v1/users/${viewerId}`, { role: 'admin' }],
      ['PATCH', '/api/v1/account', { role: 'admin' }],
      [
        'PUT',
        '/api/v1/account/password',
        { current: password, password: 'another fine phrase', role: 'admin' },
      ],
      ['POST', '/api/v1/session', { name: 'vera', password, role: 'admin' }],
      ['POST', '/api/v1/setup', { token: 'x', name: 'eve', password }],
      ['POST', '/api/v1/users', { name: 'eve', password, role: 'admin' }],
      ['POST', '/api/v1/devices', { name: 'eve', grants: all }],
      ['POST', '/api/v1/shares', { cameraId: one.id, live: true, lastsMs: 60_000 }],
      ['POST', '/api/v1/media-tokens', { cameraId: one.id, actions: ['publish'] }],
      ['POST', '/api/v1/media-tokens', { cameraId: one.id, actions: ['live'], role: 'admin' }],
      ['PATCH', '/api/v1/settings', { values: { networkAllow: ['0.0.0.0/0'] } }],
      ['PATCH', `/api/v1/cameras/${one.id}`, { name: 'Mine' }],
      ['GET', '/api/v1/users'],
      ['GET', '/api/v1/audit'],
      ['GET', '/metrics'],
    ];
    for (const [method, path, body] of tries) {
      const { status } = await viewer.send(method, path, body);
      assert.ok(status >= 400 && status < 500, `${method} ${path}: ${status}`);
    }
    const { body } = await viewer.send<{ who: { role: string; grants: unknown } }>('GET', '/api/v1/session');
    assert.equal(body.who.role, 'viewer');
    assert.deepEqual(body.who.grants, { every: [], cameras: { [one.id]: ['live'] } });
  });

  it('gets none by a key with scopes and grants beyond their own', async () => {
    const { viewer, other, server } = house;
    const scopes = ['media:read', 'media:write', 'system:write', 'metrics:read'];
    const grants = { every: ['live', 'settings'], cameras: { [other.id]: ['live', 'export'] } };
    const made = await viewer.must<{ key: string; scopes: string[] }>(201, 'POST', '/api/v1/keys', {
      name: 'k',
      scopes,
      grants,
    });
    assert.deepEqual(made.scopes, ['media:read']);
    const headers = { authorization: `Bearer ${made.key}` };
    for (const path of [
      `/api/v1/cameras/${other.id}`,
      '/api/v1/users',
      '/metrics',
      '/api/v1/storage',
      '/api/v1/keys',
    ]) {
      assert.ok((await fetch(server.url + path, { headers })).status >= 403, path);
    }
  });

  it('who was demoted has no more with what was made before: key, session, socket of events', async () => {
    const { admin, server } = house;
    const { id } = await addUser(admin, 'otto', 'admin');
    const otto = await Person.signIn(server, 'otto');
    const { key } = await otto.must<{ key: string }>(201, 'POST', '/api/v1/keys', {
      name: 'k',
      scopes: ['media:read', 'system:write'],
    });
    const byKey = (): Promise<Response> =>
      fetch(`${server.url}/api/v1/users`, { headers: { authorization: `Bearer ${key}` } });
    assert.equal((await byKey()).status, 200);
    const events = request(`${server.url}/api/v1/events`, { headers: { cookie: otto.cookie } });
    events.end();
    const [stream] = (await once(events, 'response')) as [IncomingMessage];
    let told = '';
    stream.on('data', (bytes: Buffer) => (told += bytes.toString())).on('error', () => undefined);
    await admin.must(200, 'PATCH', `/api/v1/users/${id}`, { role: 'viewer' });
    assert.equal((await byKey()).status, 403);
    assert.equal((await otto.send('GET', '/api/v1/users')).status, 403);
    await until(
      'his list begins anew',
      () => told.split('event: reset').length > 2 || told.split('"reset"').length > 2,
    );
    told = '';
    await admin.must(204, 'DELETE', `/api/v1/users/${id}`);
    await until('his events end', () => stream.destroyed || stream.readableEnded);
    assert.equal((await byKey()).status, 401);
    assert.equal((await otto.send('GET', '/api/v1/cameras')).status, 401);
  });
});

const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a token made by hand', () => {
  it('is worth nothing, as query, as Bearer, as cookie', async () => {
    const { admin, server, port, one } = house;
    const { keys } = (await (await fetch(`${server.url}/.well-known/jwks.json`)).json()) as {
      keys: Record<string, string>[];
    };
    const kid = keys[0]?.['kid'];
    const wanted = { cameraId: one.id, actions: ['live'] };
    const { token } = await admin.must<{ token: string }>(201, 'POST', '/api/v1/media-tokens', wanted);
    const [header = '', payload = '', signature = ''] = token.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const signed = (head: object, body: object = claims): string => {
      const text = `${base64(head)}.${base64(body)}`;
      return `${text}.${sign('sha256', Buffer.from(text), { key: pair.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
    };
    const hmac = (secret: string): string => {
      const text = `${base64({ alg: 'HS256', kid })}.${payload}`;
      return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
    };
    const jwk = pair.publicKey.export({ format: 'jwk' });
    const forged = [
      `${base64({ alg: 'none' })}.${payload}.`,
      `${base64({ alg: 'nOnE', kid })}.${payload}.${signature}`,
      hmac(JSON.stringify(keys[0])),
      hmac(Buffer.from(keys[0]?.['x'] ?? '', 'base64url').toString('latin1')),
      signed({ alg: 'ES256', kid }),
      signed({ alg: 'ES256', jwk }),
      signed({ alg: 'ES256', jku: `${server.url}/x`, kid: '../../dev/null' }),
      signed({ alg: 'ES256', kid: "x' UNION SELECT 'key" }),
      signed({ alg: 'ES256', kid, crit: ['exp'] }),
      `${header}.${base64({ ...claims, sub: 'usr_0', exp: 9e9 })}.${signature}`,
      `${header}.${payload}.`,
      `${header}.${payload}.${'A'.repeat(signature.length)}`,
      `${token}.${signature}`,
      signature,
    ];
    const path = `/hls/${one.id}/index.m3u8`;
    for (const one of [...forged, 'null', 'undefined', '%00']) {
      assert.equal((await rawGet(port, `${path}?token=${one}`, '')).status, 401, one);
      assert.equal(
        (await fetch(server.url + path, { headers: { authorization: `Bearer ${one}` } })).status,
        401,
        one,
      );
      assert.equal(
        (await rawGet(port, path, `sightline_session=${one}; sightline_share=${one}`)).status,
        401,
        one,
      );
    }
    const twice = await rawGet(port, `${path}?token=${forged[0]}&token=${token}`, '');
    assert.equal(twice.status, 401, 'two are none');
  });

  it('a secret of one kind is none of another', async () => {
    const { admin, server, port, one } = house;
    const { key } = await admin.must<{ key: string }>(201, 'POST', '/api/v1/keys', {
      name: 'k',
      scopes: ['media:read'],
    });
    const shared = { cameraId: one.id, live: true, lastsMs: 60_000 };
    const { url } = await admin.must<{ url: string }>(201, 'POST', '/api/v1/shares', shared);
    const wanted = { cameraId: one.id, actions: ['live'] };
    const { token } = await admin.must<{ token: string }>(201, 'POST', '/api/v1/media-tokens', wanted);
    const share = url.slice('/s/'.length);
    const session = admin.cookie.replace('sightline_session=', '');
    const asking = (path: string, headers: Record<string, string>) => fetch(server.url + path, { headers });
    for (const secret of [share, session]) {
      assert.equal((await asking('/api/v1/cameras', { authorization: `Bearer ${secret}` })).status, 401);
      assert.equal((await rawGet(port, `/hls/${one.id}/index.m3u8?token=${secret}`, '')).status, 401);
    }
    for (const cookie of [
      `sightline_session=${key}`,
      `sightline_session=${share}`,
      `sightline_share=${key}`,
      `sightline_share=${session}`,
      `sightline_session=${token}`,
    ]) {
      assert.equal((await rawGet(port, '/api/v1/cameras', cookie)).status, 401, cookie.slice(0, 30));
    }
    assert.equal(
      (await rawGet(port, `/api/v1/cameras?token=${key}`, '')).status,
      401,
      'a key is not taken from an address',
    );
    assert.equal(
      (await asking('/api/v1/cameras', { authorization: `Bearer ${token}` })).status,
      403,
      'pictures only',
    );
  });
});

describe('a session that somebody else has laid out', () => {
  it('is not the one that signing in gives, nor does it outlive signing in or out', async () => {
    const { server, port } = house;
    const planted = 'A'.repeat(43);
    const signIn = async (cookie: string): Promise<string> => {
      const sent = await fetch(`${server.url}/api/v1/session`, {
        method: 'POST',
        headers: { cookie, origin: server.url, 'content-type': 'application/json' },
        body: JSON.stringify({ name: 'vera', password }),
      });
      assert.equal(sent.status, 200);
      const [set = ''] = sent.headers.getSetCookie();
      assert.match(set, /^sightline_session=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/);
      return set.split(';')[0] ?? '';
    };
    const first = await signIn(`sightline_session=${planted}`);
    assert.ok(!first.includes(planted));
    assert.equal((await rawGet(port, '/api/v1/cameras', `sightline_session=${planted}`)).status, 401);
    const second = await signIn(first);
    assert.notEqual(second, first);
    assert.equal((await rawGet(port, '/api/v1/cameras', first)).status, 401, 'the one before has ended');
    // A cookie that another program of this machine has put before ours is nobody, not a mixture.
    assert.equal(
      (await rawGet(port, '/api/v1/cameras', `sightline_session=${planted}; ${second}`)).status,
      401,
    );
    assert.equal((await rawGet(port, '/api/v1/cameras', second)).status, 200);
  });
});

describe('somebody who guesses passwords', () => {
  it('is one client, whatever the headers of a proxy say that no proxy of ours has sent', async () => {
    const { server } = house;
    const statuses: number[] = [];
    for (let guess = 0; guess < 16; guess += 1) {
      const sent = await fetch(`${server.url}/api/v1/session`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          origin: server.url,
          'x-forwarded-for': `10.0.0.${guess}, 192.0.2.${guess}`,
          'x-real-ip': `10.0.1.${guess}`,
          'x-client-ip': `10.0.2.${guess}`,
          'cf-connecting-ip': `10.0.3.${guess}`,
          forwarded: `for=10.0.4.${guess}`,
        },
        body: JSON.stringify({ name: `nobody ${guess}`, password: 'wrong wrong wrong' }),
      });
      statuses.push(sent.status);
      if (sent.status === 429) assert.ok(Number(sent.headers.get('retry-after')) >= 1);
    }
    assert.ok(statuses.includes(429), statuses.join());
    assert.ok(
      statuses.every((status) => status === 401 || status === 429),
      statuses.join(),
    );
  });
});
