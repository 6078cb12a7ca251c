/**
 * Users as administrators make and change them, and what everybody may do with the own account.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Session, User } from './contract/accounts.ts';
import type { Camera } from './contract/cameras.ts';
import type { SavedView } from './contract/views.ts';
import type { PeopleApi, TestBrowser } from './people.testing.ts';
import { password, startPeopleApi } from './people.testing.ts';

let api: PeopleApi;
let admin: TestBrowser;

before(async () => {
  api = await startPeopleApi();
  admin = await api.signedIn('Ada');
});
after(() => api.close());

function codeOf(json: unknown): unknown {
  return (json as { code?: unknown }).code;
}

async function make(name: string, role: User['role'] = 'viewer'): Promise<User> {
  const answer = await admin.send('POST', '/api/v1/users', { name, password, role });
  assert.equal(answer.status, 201, answer.text);
  return answer.json as User;
}

async function adminId(): Promise<string> {
  return ((await admin.get('/api/v1/users')).json as User[]).find(({ name }) => name === 'Ada')?.id ?? '';
}

describe('an administrator', () => {
  test('makes a user, who signs in and may no more than was granted', async () => {
    const made = await make('Vera');
    assert.deepEqual([made.role, made.grants, made.disabled], ['viewer', { every: [], cameras: {} }, false]);
    const vera = await api.signedIn('Vera');
    assert.deepEqual((await vera.get('/api/v1/cameras')).json, []);
    const refused = await vera.get('/api/v1/users');
    assert.deepEqual([refused.status, codeOf(refused.json)], [403, 'not-allowed']);
  });

  test('cannot make two users whose names read the same', async () => {
    await make('Zoë');
    for (const name of ['zoë', 'ZOË', 'Zoe\u0308', '  Zoë ']) {
      const answer = await admin.send('POST', '/api/v1/users', { name, password, role: 'viewer' });
      assert.deepEqual([name, answer.status, codeOf(answer.json)], [name, 409, 'name-taken']);
    }
  });

  test('cannot give a short password, nor a name with characters that do not show', async () => {
    const wrong = [
      { name: 'Short', password: 'elevenchars', role: 'viewer' },
      { name: 'a\u202eb', password, role: 'viewer' },
      { name: '   ', password, role: 'viewer' },
      { name: 'Boss', password, role: 'root' },
    ];
    for (const body of wrong) assert.equal((await admin.send('POST', '/api/v1/users', body)).status, 400);
  });

  test('who is the only one can be neither deleted, nor disabled, nor demoted', async () => {
    const id = await adminId();
    const demoted = await admin.send('PATCH', `/api/v1/users/${id}`, { role: 'operator' });
    assert.deepEqual([demoted.status, codeOf(demoted.json)], [409, 'last-administrator']);
    const disabled = await admin.send('PATCH', `/api/v1/users/${id}`, { disabled: true });
    assert.deepEqual([disabled.status, codeOf(disabled.json)], [409, 'yourself']);
    const deleted = await admin.send('DELETE', `/api/v1/users/${id}`);
    assert.deepEqual([deleted.status, codeOf(deleted.json)], [409, 'yourself']);
  });

  test('of two who demote each other at one time stays one', async () => {
    const other = await make('Otto', 'admin');
    const otto = await api.signedIn('Otto');
    const id = await adminId();
    const answers = await Promise.all([
      admin.send('PATCH', `/api/v1/users/${other.id}`, { role: 'operator' }),
      otto.send('PATCH', `/api/v1/users/${id}`, { role: 'operator' }),
    ]);
    assert.ok(answers.some(({ status }) => status !== 200));
    const left = api.accounts.users().filter(({ role }) => role === 'admin');
    assert.equal(left.length, 1);
    const boss = left[0]?.name === 'Ada' ? admin : otto;
    await boss.send('PATCH', `/api/v1/users/${id}`, { role: 'admin' });
    await admin.send('DELETE', `/api/v1/users/${other.id}`);
  });

  test('disables a user: the sessions end, and the password is worth nothing', async () => {
    const { id } = await make('Dora');
    const dora = await api.signedIn('Dora');
    assert.equal((await admin.send('PATCH', `/api/v1/users/${id}`, { disabled: true })).status, 200);
    assert.equal((await dora.get('/api/v1/cameras')).status, 401);
    await assert.rejects(api.signedIn('Dora'), /sign-in-failed/);
    await admin.send('PATCH', `/api/v1/users/${id}`, { disabled: false });
    assert.equal((await dora.get('/api/v1/cameras')).status, 401);
    await api.signedIn('Dora');
  });

  test('changes grants: they count at once', async () => {
    const { id } = await make('Greta');
    const greta = await api.signedIn('Greta');
    let told = 0;
    const stop = api.accounts.onChange(() => told++);
    const grants = { every: ['live'], cameras: {} };
    assert.equal((await admin.send('PATCH', `/api/v1/users/${id}`, { grants })).status, 200);
    stop();
    assert.equal(told, 1);
    const { who } = (await greta.get('/api/v1/session')).json as { who: { grants: unknown } };
    assert.deepEqual(who.grants, { every: ['live'], cameras: {} });
  });

  test('signs a user out everywhere, and sees where he was', async () => {
    const { id } = await make('Rita');
    const rita = await api.signedIn('Rita');
    const sessions = (await admin.get(`/api/v1/users/${id}/sessions`)).json as Session[];
    assert.deepEqual(
      sessions.map(({ client, method, current }) => [client, method, current]),
      [['Test browser', 'password', false]],
    );
    assert.deepEqual((await admin.send('DELETE', `/api/v1/users/${id}/sessions`)).json, { ended: 1 });
    assert.equal((await rita.get('/api/v1/cameras')).status, 401);
  });

  test('deletes a user, who is nobody then', async () => {
    const { id } = await make('Fred');
    const fred = await api.signedIn('Fred');
    assert.equal((await admin.send('DELETE', `/api/v1/users/${id}`)).status, 204);
    assert.equal((await fred.get('/api/v1/cameras')).status, 401);
    assert.equal((await admin.get(`/api/v1/users/${id}`)).status, 404);
    assert.equal((await admin.send('DELETE', `/api/v1/users/${id}`)).status, 404);
  });

  test('who deletes a user has the views that everybody sees; the others are gone', async () => {
    const camera = { name: 'Door', source: { kind: 'demo' } };
    const { id: cameraId } = (await admin.send('POST', '/api/v1/cameras', camera)).json as Camera;
    const { id } = await make('Gus', 'admin');
    const gus = await api.signedIn('Gus');
    const tiles = [{ cameraId, x: 0, y: 0, w: 12, h: 12 }];
    for (const shared of [true, false]) {
      const view = { name: shared ? 'Wall' : 'My own', shared, tiles };
      assert.equal((await gus.send('POST', '/api/v1/views', view)).status, 201);
    }
    assert.equal((await admin.send('DELETE', `/api/v1/users/${id}`)).status, 204);
    const views = (await admin.get('/api/v1/views')).json as SavedView[];
    assert.deepEqual(
      views.map(({ name, own, owner }) => [name, own, owner]),
      [['Wall', true, 'Ada']],
    );
    assert.deepEqual(await api.database.queries.selectFrom('views').select('name').execute(), [
      { name: 'Wall' },
    ]);
  });
});

describe('everybody', () => {
  test('sees the own sessions and ends one, or all others', async () => {
    await make('Sam');
    const [here, there, elsewhere] = [
      await api.signedIn('Sam'),
      await api.signedIn('Sam'),
      await api.signedIn('Sam'),
    ];
    const sessions = (await here.get('/api/v1/account/sessions')).json as Session[];
    assert.deepEqual([sessions.length, sessions.filter(({ current }) => current).length], [3, 1]);
    const { who } = (await there.get('/api/v1/session')).json as { who: { sessionId: string } };
    const ended = await here.send('DELETE', `/api/v1/account/sessions/${who.sessionId}`);
    assert.equal(ended.status, 204);
    assert.equal((await there.get('/api/v1/cameras')).status, 401);
    assert.deepEqual((await here.send('DELETE', '/api/v1/account/sessions')).json, { ended: 1 });
    assert.equal((await elsewhere.get('/api/v1/cameras')).status, 401);
    assert.equal((await here.get('/api/v1/cameras')).status, 200);
  });

  test("cannot end a session of somebody else's, nor tell whether there is one", async () => {
    await make('Tom');
    const tom = await api.signedIn('Tom');
    const { who } = (await admin.get('/api/v1/session')).json as { who: { sessionId: string } };
    const answer = await tom.send('DELETE', `/api/v1/account/sessions/${who.sessionId}`);
    assert.equal(answer.status, 404);
    assert.equal((await admin.get('/api/v1/cameras')).status, 200);
  });

  test('changes the own password with the old one; all other sessions end', async () => {
    await make('Uma');
    const [here, there] = [await api.signedIn('Uma'), await api.signedIn('Uma')];
    const change = (current: string) =>
      here.send('PUT', '/api/v1/account/password', { current, password: 'another long password' });
    const wrong = await change('wrong');
    assert.deepEqual([wrong.status, codeOf(wrong.json)], [403, 'wrong-password']);
    assert.equal((await change(password)).status, 204);
    assert.equal((await here.get('/api/v1/cameras')).status, 200);
    assert.equal((await there.get('/api/v1/cameras')).status, 401);
    const old = await api.browser().send('POST', '/api/v1/session', { name: 'Uma', password });
    assert.equal(old.status, 401);
  });

  test('has twenty sessions at most: the one used longest ago goes', async () => {
    await make('Many');
    const first = await api.signedIn('Many');
    const user = api.accounts.named('Many');
    assert.ok(user);
    let told = 0;
    const stop = api.accounts.onChange(() => told++);
    for (let times = 0; times < 20; times++)
      await api.accounts.signIn(user, { method: 'oidc', address: '192.0.2.1', client: '' });
    stop();
    // What the oldest holds open has to end.
    assert.equal(told, 1);
    assert.equal(api.accounts.sessions.ofUser(user.id).length, 20);
    assert.equal((await first.get('/api/v1/cameras')).status, 401);
  });
});
