/**
 * Signing in and out, the first start, and what browsers may be made to do.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { noGrants } from '../accounts/access.ts';
import type { PeopleApi } from './people.testing.ts';
import { password, startPeopleApi } from './people.testing.ts';
import { ask, startTestApi } from './testing.ts';

function first(token: string, name = 'Ada') {
  return { token, name, password };
}

function codeOf(json: unknown): unknown {
  return (json as { code?: unknown }).code;
}

describe('a server that nobody has set up', () => {
  let api: PeopleApi;
  before(async () => {
    api = await startPeopleApi();
  });
  after(() => api.close());

  test('answers nothing but its page, its health, who one is and the set-up', async () => {
    const browser = api.browser();
    assert.equal((await browser.get('/health')).status, 200);
    assert.deepEqual((await browser.get('/api/v1/session')).json, {
      setUp: false,
      open: false,
      who: null,
      signIn: { password: true, oidc: null },
    });
    for (const path of [
      '/api/v1/cameras',
      '/api/v1/system',
      '/metrics',
      '/api/v1/openapi.json',
      '/ws/live',
    ]) {
      const answer = await browser.get(path);
      assert.deepEqual([path, answer.status, codeOf(answer.json)], [path, 503, 'not-set-up']);
    }
    const signIn = await browser.send('POST', '/api/v1/session', { name: 'Ada', password });
    assert.equal(signIn.status, 503);
  });

  test('is not set up under the name of somebody who is there, made by the command line', async () => {
    await api.accounts.create({ name: 'Vera', role: 'viewer', grants: noGrants, passwordHash: null });
    const answer = await api.browser().send('POST', '/api/v1/setup', first(api.setupToken, 'vera'));
    assert.deepEqual([answer.status, codeOf(answer.json)], [409, 'name-taken']);
    const vera = api.accounts.named('Vera');
    if (vera) await api.accounts.delete(vera.id, 'usr_heir');
  });

  test('is not set up with another token', async () => {
    const browser = api.browser();
    const wrong = await browser.send('POST', '/api/v1/setup', first(`${api.setupToken}x`));
    assert.deepEqual([wrong.status, codeOf(wrong.json)], [403, 'wrong-setup-token']);
  });

  test('of two who set it up at one time has one administrator', async () => {
    const answers = await Promise.all(
      ['Ada', 'Bob', 'Cleo'].map((name) =>
        api.browser().send('POST', '/api/v1/setup', first(api.setupToken, name)),
      ),
    );
    assert.deepEqual(
      answers.map(({ status }) => status).toSorted((a, b) => a - b),
      [200, 409, 409],
    );
    assert.equal(api.accounts.users().length, 1);
    const late = await api.browser().send('POST', '/api/v1/setup', first(api.setupToken, 'Dora'));
    assert.deepEqual([late.status, codeOf(late.json)], [409, 'already-set-up']);
  });

  test('then asks who one is', async () => {
    assert.equal((await api.browser().get('/api/v1/cameras')).status, 401);
  });
});

describe('guessing', () => {
  test('the token of the set-up gets slow', async () => {
    const api = await startPeopleApi();
    const guess = () =>
      api.browser().send('POST', '/api/v1/setup', { token: 'x', name: 'Mallory', password });
    for (let times = 0; times < 10; times++) assert.equal((await guess()).status, 403);
    const slowed = await guess();
    assert.deepEqual([slowed.status, codeOf(slowed.json)], [429, 'too-many-attempts']);
    assert.match(String(slowed.headers['retry-after']), /^[1-9]\d*$/);
    await api.close();
  });

  test('a password gets slow, also for a name that nobody has', async () => {
    const api = await startPeopleApi();
    const browser = await api.signedIn('Ada');
    for (const name of ['Bob', 'Nobody']) {
      if (name === 'Bob')
        await api.accounts.create({ name, role: 'viewer', grants: noGrants, passwordHash: null });
      const guess = () => api.browser().send('POST', '/api/v1/session', { name, password: 'wrong' });
      const statuses: number[] = [];
      for (let times = 0; times < 6; times++) statuses.push((await guess()).status);
      assert.deepEqual(statuses.slice(0, 5), [401, 401, 401, 401, 401]);
      assert.equal(statuses[5], 429);
    }
    // Whoever is signed in goes on.
    assert.equal((await browser.get('/api/v1/cameras')).status, 200);
    await api.close();
  });
});

describe('signing in', () => {
  let api: PeopleApi;
  before(async () => {
    api = await startPeopleApi();
    await api.signedIn('Ada');
  });
  after(() => api.close());

  test('with the name in any case and form gives a session that scripts cannot read', async () => {
    const browser = api.browser();
    // Full-width letters: the same in NFKC.
    const answer = await browser.send('POST', '/api/v1/session', { name: ' ａDA ', password });
    assert.equal(answer.status, 200);
    const cookie = String(answer.headers['set-cookie']?.[0]);
    assert.match(cookie, /^sightline_session=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/);
    const { who } = (await browser.get('/api/v1/session')).json as { who: { name: string; role: string } };
    assert.deepEqual([who.name, who.role], ['Ada', 'admin']);
    assert.equal((await browser.get('/api/v1/cameras')).status, 200);
  });

  test('with a wrong password and as nobody looks the same', async () => {
    const wrong = await api.browser().send('POST', '/api/v1/session', { name: 'Ada', password: 'wrong' });
    const none = await api.browser().send('POST', '/api/v1/session', { name: 'Nobody', password: 'wrong' });
    assert.equal(wrong.status, 401);
    assert.deepEqual(none.json, wrong.json);
    assert.equal(wrong.headers['set-cookie'], undefined);
  });

  test('ends with signing out: the cookie is worth nothing then', async () => {
    const browser = await api.signedIn('Ada');
    const { cookie } = browser;
    assert.equal((await browser.send('DELETE', '/api/v1/session')).status, 204);
    assert.equal(browser.cookie, undefined);
    browser.cookie = cookie;
    assert.equal((await browser.get('/api/v1/cameras')).status, 401);
  });

  test('again in the same browser ends the session before', async () => {
    const browser = await api.signedIn('Eve', 'viewer');
    await browser.send('POST', '/api/v1/session', { name: 'Eve', password });
    const sessions = (await browser.get('/api/v1/account/sessions')).json as unknown[];
    assert.equal(sessions.length, 1);
  });

  test('with any text as cookie is nobody', async () => {
    for (const cookie of ['sightline_session=x', 'sightline_session=', 'sightline_session', '=;;=', 'a=b']) {
      const answer = await ask(api.port, '/api/v1/cameras', { headers: { cookie } });
      assert.equal(answer.status, 401, cookie);
    }
  });
});

describe('a request that changes something and comes with the cookie', () => {
  let api: PeopleApi;
  before(async () => {
    api = await startPeopleApi();
  });
  after(() => api.close());

  test('has to come from a page of ours', async () => {
    const { cookie = '' } = await api.signedIn('Ada');
    const made = { method: 'POST', body: { name: 'Door', source: { kind: 'file', path: 'none.mp4' } } };
    const send = async (headers: Record<string, string>) =>
      (await ask(api.port, '/api/v1/cameras', { ...made, headers: { cookie, ...headers } })).status;
    assert.equal(await send({}), 403);
    assert.equal(await send({ origin: 'https://evil.example' }), 403);
    assert.equal(await send({ origin: 'null' }), 403);
    assert.equal(await send({ 'sec-fetch-site': 'same-site' }), 403);
    assert.equal(await send({ 'sec-fetch-site': 'none' }), 403);
    assert.equal(await send({ 'sec-fetch-site': 'same-origin' }), 201);
    assert.equal(await send({ origin: `http://localhost:${api.port}` }), 201);
  });

  test('but may read without', async () => {
    const { cookie = '' } = await api.signedIn('Ada');
    assert.equal((await ask(api.port, '/api/v1/cameras', { headers: { cookie } })).status, 200);
  });
});

describe('a server without accounts', () => {
  test('says so, and does not answer to proxies', async () => {
    const api = await startTestApi();
    const session = await ask(api.port, '/api/v1/session');
    const { open, setUp, who } = session.json as { open: boolean; setUp: boolean; who: { kind: string } };
    assert.deepEqual([open, setUp, who.kind], [true, true, 'local']);
    for (const name of ['x-forwarded-for', 'x-forwarded-host', 'forwarded']) {
      const answer = await ask(api.port, '/api/v1/cameras', { headers: { [name]: 'for=192.0.2.1' } });
      assert.deepEqual([name, answer.status, codeOf(answer.json)], [name, 403, 'proxied']);
    }
    await api.close();
  });
});
