/** Media tokens: what they let in, and everything that must not get in with one. */
import assert from 'node:assert/strict';
import { createHmac, createPublicKey, sign } from 'node:crypto';
import { after, before, beforeEach, describe, test } from 'node:test';
import { assert as check, asyncProperty, oneof, string } from 'fast-check';
import { SignJWT, createLocalJWKSet, generateKeyPair, jwtVerify } from 'jose';
import { can, ownerOf, rightsOn } from './access.ts';
import { somebody } from './access.testing.ts';
import type { Machines } from './machines.ts';
import { TestMachines } from './machines.testing.ts';

const door = 'cam_0000000000000001';
const yard = 'cam_0000000000000002';

let rig: TestMachines;
let machines: Machines;

before(async () => {
  rig = await TestMachines.start();
});
after(() => rig.end());
beforeEach(async () => {
  rig.people.clear();
  rig.people.set('usr_operator', somebody('operator', { every: ['live', 'playback', 'publish'] }));
  machines = await rig.open();
});

async function make(
  actions: readonly ('live' | 'playback' | 'publish')[] = ['live'],
  lastsSeconds = 60,
): Promise<string> {
  const issuer = rig.people.get('usr_operator');
  assert.ok(issuer);
  const { token } = await machines.tokens.create(issuer, { cameraId: door, actions, lastsSeconds });
  return token;
}

function pieces(token: string): [Record<string, unknown>, Record<string, unknown>] {
  const [head = '', body = ''] = token.split('.');
  return [head, body].map((part) => JSON.parse(Buffer.from(part, 'base64url').toString())) as [
    Record<string, unknown>,
    Record<string, unknown>,
  ];
}

async function refused(token: string): Promise<void> {
  assert.equal(await machines.tokens.check(token), undefined, token);
}

function part(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

describe('a media token', () => {
  test('is for one camera and some actions, in the name of who made it', async () => {
    const who = await machines.tokens.check(await make(['live', 'playback']));
    assert.ok(who);
    assert.deepEqual([who.kind, ownerOf(who)], ['token', 'usr_operator']);
    assert.deepEqual([rightsOn(who, door), rightsOn(who, yard)], [['live', 'playback'], []]);
    assert.equal(can(who, { permission: 'media:write', right: 'publish' }, door), false);
    const sender = await machines.tokens.check(await make(['publish']));
    assert.ok(sender && can(sender, { permission: 'media:write', right: 'publish' }, door));
    assert.equal(can(sender, { permission: 'media:write', right: 'settings' }, door), false);
  });

  test('says what MediaMTX asks for, and anybody can check it with the public keys', async () => {
    const token = await make(['live', 'publish']);
    const { payload } = await jwtVerify(token, createLocalJWKSet(machines.tokens.jwks), {
      currentDate: new Date(rig.clock.nowMs()),
    });
    assert.deepEqual(payload['mediamtx_permissions'], [
      { action: 'read', path: door },
      { action: 'publish', path: door },
    ]);
    assert.deepEqual([payload.iss, payload.sub, payload['camera']], ['sightline', 'usr_operator', door]);
    assert.ok(!JSON.stringify(machines.tokens.jwks).includes('"d"'), 'no private part');
  });

  test('is over at its time, also when it was checked before', async () => {
    const token = await make(['live'], 60);
    assert.ok(await machines.tokens.check(token));
    rig.clock.advance(59_000);
    assert.ok(await machines.tokens.check(token));
    rig.clock.advance(1000);
    assert.equal(await machines.tokens.check(token), undefined);
  });

  test('loses what its maker loses, at once', async () => {
    const token = await make();
    assert.ok(await machines.tokens.check(token));
    rig.people.set('usr_operator', somebody('operator', { cameras: { [yard]: ['live'] } }));
    const who = await machines.tokens.check(token);
    assert.deepEqual(who && rightsOn(who, door), []);
    rig.people.delete('usr_operator');
    assert.equal(await machines.tokens.check(token), undefined);
    const refresh = rig.refreshers.get('token');
    assert.equal(who && refresh?.(who), undefined, 'nor does what was begun with it go on');
  });

  test('made with an API key ends with that key', async () => {
    const owner = rig.people.get('usr_operator');
    assert.ok(owner);
    const made = await machines.keys.create(owner, {
      name: 'k',
      scopes: ['media:read'],
      grants: null,
      expiresMs: null,
    });
    const key = made.ok && machines.keys.check(made.value.key);
    assert.ok(key);
    const wanted = { cameraId: door, actions: ['live'], lastsSeconds: 60 } as const;
    const { token } = await machines.tokens.create(key, wanted);
    assert.deepEqual(rightsOn((await machines.tokens.check(token)) ?? owner, door), ['live']);
    await machines.keys.delete(key.id);
    assert.equal(await machines.tokens.check(token), undefined);
  });

  test('is good after a restart, with the same keys', async () => {
    const token = await make();
    const before = machines.tokens.jwks;
    machines = await rig.open();
    assert.deepEqual(machines.tokens.jwks, before);
    assert.ok(await machines.tokens.check(token));
  });
});

describe('what is signed in any other way is nobody', () => {
  test('alg none, with and without a signature', async () => {
    const [head, body] = pieces(await make());
    for (const alg of ['none', 'None', 'NONE', ''])
      for (const signature of ['', 'AAAA'])
        await refused(`${part({ ...head, alg })}.${part(body)}.${signature}`);
  });

  test('HS256 with the public key as its secret', async () => {
    const [head, body] = pieces(await make());
    const [jwk] = machines.tokens.jwks.keys;
    assert.ok(jwk);
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    const secrets = [
      key.export({ type: 'spki', format: 'pem' }),
      key.export({ type: 'spki', format: 'der' }),
      JSON.stringify(jwk),
    ];
    for (const secret of secrets) {
      const signed = `${part({ ...head, alg: 'HS256' })}.${part(body)}`;
      await refused(`${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`);
    }
  });

  test('ES256 with another key, whatever the token says of keys', async () => {
    const [head, body] = pieces(await make());
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    const jwk = (await crypto.subtle.exportKey('jwk', publicKey)) as Record<string, unknown>;
    for (const header of [
      head,
      { ...head, jwk },
      { ...head, jku: 'http://127.0.0.1/' },
      { alg: 'ES256', typ: 'JWT' },
    ]) {
      const forged = await new SignJWT(body).setProtectedHeader(header as never).sign(privateKey);
      await refused(forged);
    }
  });

  test('a signature of another token, and claims that were changed', async () => {
    const [first, second] = [await make(['live']), await make(['publish'])];
    const [head = '', , signature = ''] = first.split('.');
    await refused(`${head}.${second.split('.')[1]}.${signature}`);
    const [, body] = pieces(first);
    await refused(`${head}.${part({ ...body, camera: yard })}.${signature}`);
    await refused(`${head}.${part({ ...body, exp: 9e9 })}.${signature}`);
  });

  test('our own key for another issuer, without an end, or without a camera', async () => {
    const row = await rig.database.queries.selectFrom('signing_keys').selectAll().executeTakeFirstOrThrow();
    const { makeSecretBox } = await import('../io/secret-box.ts');
    const box = makeSecretBox(new Uint8Array(32).fill(7), (bytes) => new Uint8Array(bytes));
    const pem = box.open(row.private_sealed, `signing_keys/${row.id}/private_sealed`);
    assert.ok(pem.ok);
    const [head, body] = pieces(await make());
    const { exp: _exp, ...endless } = body;
    const { camera: _camera, ...nowhere } = body;
    const signed = (claims: unknown): string => {
      const text = `${part(head)}.${part(claims)}`;
      const signature = sign('sha256', Buffer.from(text), { key: pem.value, dsaEncoding: 'ieee-p1363' });
      return `${text}.${signature.toString('base64url')}`;
    };
    assert.ok(await machines.tokens.check(signed(body)), 'the test signs as we do');
    for (const claims of [
      { ...body, iss: 'https://login.example' },
      endless,
      nowhere,
      { ...body, actions: 'live' },
    ])
      await refused(signed(claims));
  });

  test('any text', async () => {
    await check(
      asyncProperty(
        oneof(
          string(),
          string().map((text) => `ey${text}.ey${text}.AAAA`),
        ),
        refused,
      ),
      { numRuns: 100 },
    );
    await refused(`ey${'a'.repeat(100_000)}`);
  });
});
