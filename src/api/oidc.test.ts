/**
 * Signing in elsewhere, with a real provider of OpenID Connect on loopback.
 */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, test } from 'node:test';
import { noGrants } from '../accounts/access.ts';
import type { TestProvider } from '../accounts/oidc-provider.testing.ts';
import { signInThere, startProvider } from '../accounts/oidc-provider.testing.ts';
import type { OidcOptions } from '../accounts/options.ts';
import { oidcOption } from '../accounts/options.ts';
import type { Clock } from '../base/clock.ts';
import { unixMs } from '../base/units.ts';
import { systemClock } from '../io/clock.ts';
import type { Answer } from './testing.ts';
import type { PeopleApi, TestBrowser } from './people.testing.ts';
import { password, startPeopleApi } from './people.testing.ts';

const start = '/api/v1/session/oidc';

function optionsFor(provider: Pick<TestProvider, 'issuer'>, more: object = {}): OidcOptions {
  const fixed = { name: 'Example', clientId: 'sightline', clientSecret: 'a secret of the test only' };
  const options = oidcOption.parse({ ...fixed, issuer: provider.issuer, ...more });
  if (!options) throw new Error('no options');
  return options;
}

interface Both {
  readonly api: PeopleApi;
  readonly provider: TestProvider;
  close(): Promise<void>;
}

/** The provider has to know the address of the server, and the server that of the provider. */
async function startBoth(more: object = {}, aheadSeconds = 0, clock: Clock = systemClock): Promise<Both> {
  const redirectUris = ['http://localhost/api/v1/session/oidc/callback'];
  const provider = await startProvider({ redirectUris, aheadSeconds });
  const api = await startPeopleApi({ oidc: optionsFor(provider, more) }, clock);
  await api.signedIn('Ada');
  const close = async (): Promise<void> => {
    await api.close();
    await provider.close();
  };
  return { api, provider, close };
}

/** `localhost` without a port, as at a proxy: that is what the provider knows. */
const atProxy = { host: 'localhost', origin: 'http://localhost' };

function cookieOf(answer: Answer, name: string): string | undefined {
  const all = [answer.headers['set-cookie'] ?? []].flat();
  return all.map((cookie) => cookie.split(';')[0] ?? '').find((cookie) => cookie.startsWith(`${name}=`));
}

/** What a browser keeps while it is away, and where it was sent. */
async function begin(browser: TestBrowser, to = '/'): Promise<{ trip: string; url: string }> {
  const answer = await browser.send('GET', `${start}?to=${encodeURIComponent(to)}`, undefined, atProxy);
  assert.equal(answer.status, 303, answer.text);
  return { trip: cookieOf(answer, 'sightline_oidc') ?? '', url: String(answer.headers['location']) };
}

function comeBack(browser: TestBrowser, callback: URL, trip: string): Promise<Answer> {
  const cookie = [trip, browser.cookie ?? ''].filter((one) => one !== '').join('; ');
  return browser.send('GET', callback.pathname + callback.search, undefined, { ...atProxy, cookie });
}

async function signIn(
  { api }: Both,
  name: string,
  to = '/',
): Promise<{ browser: TestBrowser; location: string }> {
  const browser = api.browser();
  const { trip, url } = await begin(browser, to);
  const answer = await comeBack(browser, await signInThere(url, name), trip);
  assert.equal(answer.status, 303, answer.text);
  return { browser, location: String(answer.headers['location']) };
}

async function who(browser: TestBrowser) {
  const { who: somebody } = (await browser.get('/api/v1/session')).json as {
    who: { name: string; role: string; hasPassword: boolean; external: boolean } | null;
  };
  return somebody;
}

describe('signing in elsewhere', () => {
  let both: Both;
  before(async () => {
    both = await startBoth();
    const { api, provider } = both;
    const externalSubject = `${provider.issuer}|bob-there`;
    await api.accounts.create({
      name: 'Bob',
      role: 'viewer',
      grants: noGrants,
      passwordHash: null,
      externalSubject,
    });
  });
  after(() => both.close());

  test('lets in whose account is linked, and goes on where one was going', async () => {
    const { browser, location } = await signIn(both, 'bob-there', '/cameras/cam_x?at=1');
    assert.equal(location, '/cameras/cam_x?at=1');
    assert.deepEqual((await who(browser))?.name, 'Bob');
    const sessions = (await browser.get('/api/v1/account/sessions')).json as { method: string }[];
    assert.deepEqual(
      sessions.map(({ method }) => method),
      ['oidc'],
    );
    await browser.send('DELETE', '/api/v1/session');
    assert.equal(await who(browser), null);
  });

  test('asks with a code, PKCE, state and nonce, and tells scripts nothing', async () => {
    const browser = both.api.browser();
    const answer = await browser.send('GET', start, undefined, atProxy);
    const { searchParams } = new URL(String(answer.headers['location']));
    assert.equal(searchParams.get('response_type'), 'code');
    assert.equal(searchParams.get('code_challenge_method'), 'S256');
    for (const name of ['state', 'nonce', 'code_challenge'])
      assert.match(searchParams.get(name) ?? '', /^[\w-]{43}$/);
    const cookie = String([answer.headers['set-cookie'] ?? []].flat()[0]);
    assert.match(cookie, /; Max-Age=600; HttpOnly; SameSite=Lax$/);
    assert.ok(!cookie.includes(searchParams.get('state') ?? '?'));
  });

  test('never leads to another site afterwards', async () => {
    for (const to of ['//evil.example/', 'https://evil.example/', '/\\evil.example', '/..//evil.example'])
      assert.equal((await signIn(both, 'bob-there', to)).location, '/', to);
  });

  test('says to whoever has no account to ask for one', async () => {
    const { browser, location } = await signIn(both, 'stranger', '/events');
    assert.equal(location, '/sign-in?to=%2Fevents&fault=unknown-user');
    assert.equal(await who(browser), null);
    assert.equal(both.api.accounts.users().length, 2);
  });

  test('does not find an account by its name', async () => {
    both.provider.people.set('ada-there', { preferred_username: 'Ada', email: 'ada', email_verified: true });
    assert.match((await signIn(both, 'ada-there')).location, /fault=unknown-user/);
  });

  test('of an account that is disabled says so', async () => {
    const externalSubject = `${both.provider.issuer}|dis`;
    const made = await both.api.accounts.create({
      name: 'Dis',
      role: 'viewer',
      grants: noGrants,
      passwordHash: null,
      externalSubject,
    });
    assert.ok(made.ok);
    await both.api.accounts.change(made.value.id, { disabled: true });
    assert.match((await signIn(both, 'dis')).location, /fault=disabled/);
  });

  test('gives no password: with one nobody gets in', async () => {
    const answer = await both.api.browser().send('POST', '/api/v1/session', { name: 'Bob', password });
    assert.equal(answer.status, 401);
  });

  test('stands in the audit log, with the subject of who was refused', async () => {
    await signIn(both, 'bob-there');
    const admin = await both.api.signedIn('Ada');
    const { entries } = (await admin.get('/api/v1/audit?action=session.create')).json as {
      entries: { outcome: string; target: string; detail: string }[];
    };
    assert.ok(entries.some(({ target, detail }) => target === 'Bob' && detail === 'with Example'));
    const refused = entries.find(({ detail }) => detail.includes('unknown-user'));
    assert.equal(refused?.outcome, 'refused');
  });
});

describe('an answer that is not the one that was waited for', () => {
  let both: Both;
  let browser: TestBrowser;
  before(async () => {
    both = await startBoth({ createUsers: true });
    both.provider.people.set('eve', { preferred_username: 'eve' });
  });
  beforeEach(() => {
    browser = both.api.browser();
  });
  after(() => both.close());

  const refusedAs = async (fault: string, answer: Answer): Promise<void> => {
    assert.equal(answer.headers['location'], `/sign-in?to=%2F&fault=${fault}`);
    assert.equal(cookieOf(answer, 'sightline_session'), undefined);
    assert.equal(await who(browser), null);
  };

  test('of another state', async () => {
    const { trip, url } = await begin(browser);
    const callback = await signInThere(url, 'eve');
    callback.searchParams.set('state', 'a'.repeat(43));
    await refusedAs('mismatch', await comeBack(browser, callback, trip));
  });

  test('with a code that was used', async () => {
    const { trip, url } = await begin(browser);
    const callback = await signInThere(url, 'eve');
    const first = await comeBack(both.api.browser(), callback, trip);
    assert.equal(first.headers['location'], '/');
    await refusedAs('mismatch', await comeBack(browser, callback, trip));
  });

  test('with the nonce of another question', async () => {
    const { trip, url } = await begin(browser);
    const changed = new URL(url);
    changed.searchParams.set('nonce', 'b'.repeat(43));
    await refusedAs('mismatch', await comeBack(browser, await signInThere(changed.href, 'eve'), trip));
  });

  test('with a code that another browser got', async () => {
    const mine = await begin(browser);
    const theirs = await begin(both.api.browser());
    const callback = await signInThere(theirs.url, 'eve');
    callback.searchParams.set('state', new URL(mine.url).searchParams.get('state') ?? '');
    await refusedAs('mismatch', await comeBack(browser, callback, mine.trip));
  });

  test('in a browser that asked nothing, or kept something else', async () => {
    const { url } = await begin(browser);
    const callback = await signInThere(url, 'eve');
    for (const trip of ['', 'sightline_oidc=x', 'sightline_oidc=s1.0123456789abcdef.AAAA'])
      await refusedAs('expired', await comeBack(browser, callback, trip));
  });

  test('because the person said no', async () => {
    const { trip, url } = await begin(browser);
    const state = new URL(url).searchParams.get('state') ?? '';
    // RFC 9207: answers say whose they are.
    const said = new URLSearchParams({ error: 'access_denied', state, iss: both.provider.issuer });
    const callback = new URL(`http://localhost${start}/callback?${said.toString()}`);
    await refusedAs('denied', await comeBack(browser, callback, trip));
  });

  test('that anybody has made up', async () => {
    for (const query of [
      '',
      '?',
      '?code',
      '?code=x',
      '?state=&state=',
      `?iss=${'x'.repeat(2000)}&code=%00`,
    ]) {
      const { trip } = await begin(browser);
      const answer = await comeBack(browser, new URL(`http://localhost${start}/callback${query}`), trip);
      await refusedAs('mismatch', answer);
    }
  });
});

describe('a trip that takes too long', () => {
  test('ends', async () => {
    let laterMs = 0;
    const clock: Clock = { ...systemClock, nowMs: () => unixMs(systemClock.nowMs() + laterMs) };
    const both = await startBoth({ createUsers: true }, 0, clock);
    const browser = both.api.browser();
    const { trip, url } = await begin(browser);
    const callback = await signInThere(url, 'eve');
    laterMs = 10 * 60_000;
    const answer = await comeBack(browser, callback, trip);
    assert.match(String(answer.headers['location']), /fault=expired/);
    await both.close();
  });
});

describe('clocks that differ', () => {
  test('are named as what is wrong', async () => {
    const both = await startBoth({ createUsers: true }, -3600);
    assert.match((await signIn(both, 'eve')).location, /fault=clock/);
    await both.close();
  });
});

describe('accounts that are made', () => {
  test('may see nothing yet, and are found again', async () => {
    const both = await startBoth({ createUsers: true });
    both.provider.people.set('123', { preferred_username: 'Carol' });
    assert.equal((await signIn(both, '123')).location, '/');
    const { browser } = await signIn(both, '123');
    const somebody = await who(browser);
    assert.deepEqual([somebody?.name, somebody?.role, somebody?.hasPassword], ['Carol', 'viewer', false]);
    assert.deepEqual((await browser.get('/api/v1/cameras')).json, []);
    // Not the one that is there.
    both.provider.people.set('124', { preferred_username: 'ADA' });
    assert.match((await signIn(both, '124')).location, /fault=name-taken/);
    await both.close();
  });

  test('by their verified address only where the owner wants that', async () => {
    const both = await startBoth({ linkByName: true });
    both.provider.people.set('1', {
      preferred_username: 'Ada',
      email: 'ada@example.org',
      email_verified: false,
    });
    assert.match((await signIn(both, '1')).location, /fault=unknown-user/);
    both.provider.people.set('1', {
      preferred_username: 'Ada',
      email: 'ada@example.org',
      email_verified: true,
    });
    const { browser } = await signIn(both, '1');
    assert.equal((await who(browser))?.external, true);
    // It is linked now: somebody else of that name is somebody else.
    both.provider.people.set('2', {
      preferred_username: 'Ada',
      email: 'ada@example.com',
      email_verified: true,
    });
    assert.match((await signIn(both, '2')).location, /fault=unknown-user/);
    await both.close();
  });
});

describe('the role', () => {
  let both: Both;
  before(async () => {
    const roleMap = { admin: ['bosses'], operator: ['guards'], viewer: ['staff'] };
    const scopes = ['openid', 'profile', 'groups'];
    both = await startBoth({ createUsers: true, roleClaim: 'groups', roleMap, scopes });
  });
  after(() => both.close());

  const roleWith = async (groups: unknown): Promise<string | undefined> => {
    both.provider.people.set('dora', { preferred_username: 'Dora', groups });
    const { browser, location } = await signIn(both, 'dora');
    return (await who(browser))?.role ?? location;
  };

  test('follows the claim at each sign-in, the highest first', async () => {
    assert.equal(await roleWith(['staff']), 'viewer');
    assert.equal(await roleWith(['staff', 'bosses', 'guards']), 'admin');
    assert.equal(await roleWith('guards'), 'operator');
  });

  test('that nothing stands for keeps out', async () => {
    for (const groups of [[], ['others'], undefined, { bosses: true }, [['bosses']], 7])
      assert.equal(await roleWith(groups), '/sign-in?to=%2F&fault=no-role', JSON.stringify(groups));
  });

  test('never takes the last administrator away', async () => {
    assert.equal(await roleWith(['bosses']), 'admin');
    const { accounts } = both.api;
    const ada = accounts.named('Ada');
    assert.ok(ada);
    await accounts.change(ada.id, { disabled: true });
    assert.equal(await roleWith(['staff']), 'admin');
    await accounts.change(ada.id, { disabled: false });
    assert.equal(await roleWith(['staff']), 'viewer');
  });
});

describe('linking the own account', () => {
  let both: Both;
  before(async () => {
    both = await startBoth();
  });
  after(() => both.close());

  test('lets one sign in elsewhere from then on, until the link ends', async () => {
    const browser = await both.api.signedIn('Lin', 'viewer');
    const { trip, url } = await beginLink(browser);
    const answer = await comeBack(browser, await signInThere(url, 'lin-there'), trip);
    assert.equal(answer.headers['location'], '/account');
    assert.equal((await who((await signIn(both, 'lin-there')).browser))?.name, 'Lin');
    assert.equal((await browser.send('DELETE', '/api/v1/account/oidc')).status, 204);
    assert.match((await signIn(both, 'lin-there')).location, /unknown-user/);
  });

  test('is for whoever asked for it only', async () => {
    const mallory = await both.api.signedIn('Mallory', 'viewer');
    const ada = await both.api.signedIn('Ada');
    const { trip, url } = await beginLink(mallory);
    // Ada is made to open the address at which Mallory's trip ends, also with Mallory's cookie of the trip.
    const answer = await comeBack(ada, await signInThere(url, 'mallory-there'), trip);
    assert.equal(answer.headers['location'], '/account?fault=expired');
    assert.equal(both.api.accounts.external(`${both.provider.issuer}|mallory-there`), undefined);
    const other = await ada.send(
      'POST',
      '/api/v1/account/oidc',
      {},
      { ...atProxy, origin: 'https://evil.example' },
    );
    assert.equal(other.status, 403);
  });

  test('with what belongs to another account is refused', async () => {
    const subject = `${both.provider.issuer}|taken`;
    await both.api.accounts.create({
      name: 'T',
      role: 'viewer',
      grants: noGrants,
      passwordHash: null,
      externalSubject: subject,
    });
    const browser = await both.api.signedIn('Ada');
    const { trip, url } = await beginLink(browser);
    const answer = await comeBack(browser, await signInThere(url, 'taken'), trip);
    assert.equal(answer.headers['location'], '/account?fault=linked-already');
  });

  test('is done by an administrator, too', async () => {
    const admin = await both.api.signedIn('Ada');
    const made = await admin.send('POST', '/api/v1/users', {
      name: 'Olga',
      role: 'viewer',
      external: 'olga-there',
    });
    assert.equal(made.status, 201, made.text);
    const { id } = made.json as { id: string };
    assert.equal((await who((await signIn(both, 'olga-there')).browser))?.name, 'Olga');
    await admin.send('PATCH', `/api/v1/users/${id}`, { external: null });
    assert.match((await signIn(both, 'olga-there')).location, /unknown-user/);
  });
});

describe('a provider that does not work', () => {
  test('is named in words, and passwords work all the same', async () => {
    assert.match(await problemOf('http://127.0.0.1:9'), /cannot be reached/);
    assert.match((await serving(() => ({ body: 'no JSON' }))).problem, /no provider/);
    assert.match((await serving(() => ({ status: 404 }))).problem, /no provider/);
    const other = JSON.stringify({ issuer: 'https://other.example' });
    assert.match((await serving(() => ({ body: other }))).problem, /calls itself otherwise/);
  });

  test('sends nobody anywhere: no redirect is followed, no endless answer read', async () => {
    const headers = { location: '/elsewhere' };
    const { problem, asked } = await serving(() => ({ status: 302, headers }));
    assert.match(problem, /no provider/);
    assert.ok(asked.every((path) => path === '/.well-known/openid-configuration'));
    const long = await serving(() => ({ body: `{"x":"${'x'.repeat(600_000)}"}` }));
    assert.match(long.problem, /no provider/);
  });

  test('is asked again, and works then', async () => {
    let laterMs = 0;
    const clock: Clock = {
      ...systemClock,
      monotonicMs: () => (systemClock.monotonicMs() + laterMs) as never,
    };
    const gone = await startProvider({ redirectUris: ['http://localhost/api/v1/session/oidc/callback'] });
    await gone.close();
    const api = await startPeopleApi({ oidc: optionsFor(gone, { createUsers: true }) }, clock);
    await api.signedIn('Ada');
    const begun = async () =>
      String((await api.browser().send('GET', start, undefined, atProxy)).headers['location']);
    assert.match(await begun(), /fault=provider/);
    const port = Number(new URL(gone.issuer).port);
    const back = await startProvider({ redirectUris: gone.redirectUris, port });
    // Not at once: it is not asked at every click.
    assert.match(await begun(), /fault=provider/);
    laterMs = 60_000;
    assert.ok((await begun()).startsWith(gone.issuer));
    await api.close();
    await back.close();
  });
});

describe('options', () => {
  test('take plain http for this machine only, and one secret', () => {
    const base = { name: 'E', clientId: 'c', issuer: 'https://id.example' };
    assert.ok(oidcOption.safeParse(base).success);
    for (const issuer of [
      'http://id.example',
      'http://10.0.0.1',
      'ftp://localhost',
      'https://u:p@id.example',
      'https://id.example/?x=1',
    ])
      assert.ok(!oidcOption.safeParse({ ...base, issuer }).success, issuer);
    assert.ok(!oidcOption.safeParse({ ...base, clientSecret: 'a', clientSecretFile: 'b' }).success);
  });
});

async function beginLink(browser: TestBrowser) {
  const answer = await browser.send('POST', '/api/v1/account/oidc', { to: '/account' }, atProxy);
  assert.equal(answer.status, 200, answer.text);
  return { trip: cookieOf(answer, 'sightline_oidc') ?? '', url: (answer.json as { url: string }).url };
}

async function problemOf(issuer: string): Promise<string> {
  const api = await startPeopleApi({ oidc: optionsFor({ issuer }) });
  await api.signedIn('Ada');
  const browser = api.browser();
  const answer = await browser.send('GET', start, undefined, atProxy);
  assert.equal(answer.headers['location'], '/sign-in?to=%2F&fault=provider');
  const { signIn } = (await browser.get('/api/v1/session')).json as {
    signIn: { oidc: { problem: string } };
  };
  await api.close();
  return signIn.oidc.problem;
}

async function serving(
  answer: (path: string) => { status?: number; headers?: Record<string, string>; body?: string },
) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const {
      status = 200,
      headers = { 'content-type': 'application/json' },
      body = '',
    } = answer(request.url ?? '');
    response.writeHead(status, headers).end(body);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const problem = await problemOf(issuer);
  server.closeAllConnections();
  server.close();
  return { problem, asked };
}
