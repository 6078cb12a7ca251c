/**
 * People whom a proxy names: believed from the proxies of the owner alone, and only as it was agreed.
 */
import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { noGrants } from '../accounts/access.ts';
import type { PeopleApi } from './people.testing.ts';
import { startPeopleApi } from './people.testing.ts';
import type { ProxySignIn } from './proxy-way.ts';
import { ask } from './testing.ts';

const nothing = { admin: [], operator: [], viewer: [] };
const plain: ProxySignIn = { userHeader: 'remote-user', roleMap: nothing, createUsers: false };
const trusted = { trusted: ['127.0.0.1/32'], headers: 'x-forwarded' } as const;

async function startBehind(
  rules: ProxySignIn | undefined,
  proxy: { trusted: readonly string[] } = trusted,
): Promise<PeopleApi> {
  const api = await startPeopleApi({
    proxy: { ...trusted, ...proxy },
    ...(rules && { proxySignIn: rules }),
  });
  await api.signedIn('Ada');
  await api.accounts.create({ name: 'Bob', role: 'viewer', grants: noGrants, passwordHash: null });
  return api;
}

type Headers = Readonly<Record<string, string>>;

/** What everybody sends who comes through. */
const passed = { host: 'localhost', 'x-forwarded-for': '192.0.2.7' };

async function whoIs({ port }: PeopleApi, headers: Headers): Promise<string | null> {
  const { json } = await ask(port, '/api/v1/session', { headers: { ...passed, ...headers } });
  const { who } = json as { who: { name: string; role: string } | null };
  return who && `${who.name}, ${who.role}`;
}

/** Headers as they are, also twice. */
function whoIsRaw({ port }: PeopleApi, headers: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const raw = ['host', 'localhost', ...headers];
    const request = httpRequest({ port, path: '/api/v1/cameras', headers: raw, agent: false }, (response) => {
      response.resume();
      resolve(String(response.statusCode));
    });
    request.once('error', reject).end();
  });
}

describe('a name that a proxy says', () => {
  let api: PeopleApi;
  before(async () => {
    api = await startBehind(plain);
  });
  after(() => api.close());

  test('is that of a user, however it is written', async () => {
    assert.equal(await whoIs(api, { 'remote-user': 'Bob' }), 'Bob, viewer');
    assert.equal(await whoIs(api, { 'Remote-User': ' BOB ' }), 'Bob, viewer');
  });

  test('may be in any script: headers are UTF-8', async () => {
    await api.accounts.create({ name: 'Ødegård', role: 'viewer', grants: noGrants, passwordHash: null });
    const bytes = Buffer.from('Ødegård').toString('latin1');
    assert.equal(await whoIs(api, { 'remote-user': bytes }), 'Ødegård, viewer');
  });

  test('that nobody has is nobody, and no account is made', async () => {
    const before = api.accounts.users().length;
    for (const name of ['Nobody', '', ' ', 'x'.repeat(5000), 'Bob, Ada', 'Bob\t'])
      assert.equal(await whoIs(api, { 'remote-user': name }), name === 'Bob\t' ? 'Bob, viewer' : null, name);
    assert.equal(api.accounts.users().length, before);
  });

  test('that stands there twice is not looked at: one of them came from outside', async () => {
    assert.equal(await whoIsRaw(api, ['remote-user', 'Bob']), '200');
    assert.equal(await whoIsRaw(api, ['remote-user', 'Ada', 'Remote-User', 'Bob']), '401');
    assert.equal(await whoIsRaw(api, ['remote-user', 'Bob', 'remote-user', 'Bob']), '401');
  });

  test('in a header that is spelled otherwise is not looked at', async () => {
    for (const name of ['remote_user', 'x-remote-user', 'remote-user-', 'x-forwarded-user'])
      assert.equal(await whoIs(api, { [name]: 'Bob' }), null, name);
  });

  test('of somebody who is disabled is nobody', async () => {
    const made = await api.accounts.create({
      name: 'Dis',
      role: 'viewer',
      grants: noGrants,
      passwordHash: null,
    });
    assert.ok(made.ok);
    await api.accounts.change(made.value.id, { disabled: true });
    assert.equal(await whoIs(api, { 'remote-user': 'Dis' }), null);
  });

  test('is no way around whatever asks for the page a request comes from', async () => {
    assert.equal(await addEve(api, {}), 403);
    assert.equal(await addEve(api, { origin: 'https://evil.example' }), 403);
    assert.equal(await addEve(api, { 'sec-fetch-site': 'cross-site' }), 403);
    // The page came unencrypted, this server is reached encrypted.
    const forged = { 'x-forwarded-proto': 'https', origin: 'http://localhost' };
    assert.equal(await addEve(api, forged), 403);
    assert.equal(await addEve(api, { origin: 'http://localhost' }), 201);
  });

  test('stands in the audit log once, with the address that the proxy says', async () => {
    for (let times = 0; times < 3; times += 1)
      await whoIs(api, { 'remote-user': 'Bob', 'x-forwarded-for': '192.0.2.99' });
    const found = await api.audit.list({}, 100);
    const mine = found.filter(({ address }) => address === '192.0.2.99');
    assert.deepEqual(
      mine.map(({ action, target, detail }) => [action, target, detail]),
      [['session.create', 'Bob', 'proxy']],
    );
  });

  test('gives way to nothing: who is signed in with a cookie stays so where it says nobody', async () => {
    const { cookie = '' } = await api.signedIn('Ada');
    assert.equal(await whoIs(api, { cookie }), 'Ada, admin');
    assert.equal(await whoIs(api, { cookie, 'remote-user': 'Bob' }), 'Bob, viewer');
  });
});

describe('a name that anybody else says', () => {
  test('is not looked at, from wherever it comes', async () => {
    for (const addresses of [[], ['192.0.2.0/24'], ['127.0.0.2']]) {
      const api = await startBehind(plain, { trusted: addresses });
      assert.equal(await whoIs(api, { 'remote-user': 'Ada' }), null, addresses.join());
      await api.close();
    }
  });

  test('is not looked at where the owner has not said so', async () => {
    const api = await startBehind(undefined);
    for (const name of ['remote-user', 'x-forwarded-user', 'x-remote-user', 'x-auth-request-user'])
      assert.equal(await whoIs(api, { [name]: 'Ada' }), null, name);
    await api.close();
  });
});

describe('a proxy with a secret', () => {
  test('is believed with it only', async () => {
    const secret = 'sixteen letters!';
    const api = await startBehind({ ...plain, secret });
    const user = { 'remote-user': 'Bob' };
    assert.equal(await whoIs(api, { ...user, 'x-sightline-proxy-secret': secret }), 'Bob, viewer');
    for (const wrong of ['', 'sixteen letters', `${secret} `.repeat(2), secret.toUpperCase()])
      assert.equal(await whoIs(api, { ...user, 'x-sightline-proxy-secret': wrong }), null, wrong);
    assert.equal(await whoIs(api, user), null);
    const twice = [
      'remote-user',
      'Bob',
      'x-sightline-proxy-secret',
      secret,
      'x-sightline-proxy-secret',
      secret,
    ];
    assert.equal(await whoIsRaw(api, twice), '401');
    await api.close();
  });
});

describe('groups that a proxy says', () => {
  test('are the role, of people who are made for it, too', async () => {
    const roleMap = { admin: ['bosses'], operator: ['guards'], viewer: ['staff'] };
    const api = await startBehind({ ...plain, roleHeader: 'remote-groups', roleMap, createUsers: true });
    const as = (name: string, groups?: string) =>
      whoIs(api, { 'remote-user': name, ...(groups !== undefined && { 'remote-groups': groups }) });
    assert.equal(await as('Cleo', 'staff, guards'), 'Cleo, operator');
    assert.equal(await as('Cleo', 'staff'), 'Cleo, viewer');
    assert.equal(await as('Cleo', 'others'), null);
    assert.equal(await as('Cleo'), null);
    assert.equal(await as('Dan', 'others'), null);
    assert.equal(api.accounts.named('Dan'), undefined);
    // Two of the first requests at one time.
    assert.deepEqual(await Promise.all([as('Eli', 'staff'), as('Eli', 'staff')]), [
      'Eli, viewer',
      'Eli, viewer',
    ]);
    // Somebody has to be able to let others in again.
    assert.equal(await as('Ada', 'staff'), 'Ada, admin');
    assert.equal(
      await whoIsRaw(api, ['remote-user', 'Cleo', 'remote-groups', 'staff', 'remote-groups', 'bosses']),
      '401',
    );
    assert.equal(api.accounts.named('Cleo')?.role, 'viewer');
    await api.close();
  });
});

async function addEve(api: PeopleApi, headers: Headers): Promise<number> {
  const all = { ...passed, 'remote-user': 'Ada', ...headers };
  const body = { name: 'Eve', role: 'viewer' };
  return (await ask(api.port, '/api/v1/users', { method: 'POST', headers: all, body })).status;
}
