/**
 * Accounts over a real database: sessions that end by themselves, restarts, word of every change.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import * as fc from 'fast-check';
import { ManualClock } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import type { Database } from '../database/database.ts';
import { openDatabase } from '../database/database.ts';
import { systemRandom } from '../io/random.ts';
import { can, localOperator, nobody } from './access.ts';
import { Accounts } from './accounts.ts';
import type { User } from './user.ts';
import { nameKey, parseGrants } from './user.ts';

const dayMs = 86_400_000;
const how = { method: 'password', address: '192.0.2.1', client: 'Test' } as const;
const grants = { every: [], cameras: {} };

let folder: string;
let database: Database;
let count = 0;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sightline-accounts-'));
  const opened = await openDatabase(join(folder, 'test.sqlite'));
  assert.ok(opened.ok);
  database = opened.value;
});
after(async () => {
  await database.close();
  await rm(folder, { recursive: true });
});

function open(clock = new ManualClock()): Promise<Accounts> {
  return Accounts.open({ queries: database.queries, clock, random: systemRandom, log: silentLog });
}

async function userIn(accounts: Accounts, role: User['role'] = 'viewer'): Promise<User> {
  const made = await accounts.create({ name: `User ${count++}`, role, grants, passwordHash: 'x' });
  assert.ok(made.ok);
  return made.value;
}

async function secretOf(accounts: Accounts, user: User): Promise<string> {
  const begun = await accounts.signIn(user, how);
  assert.ok(begun);
  return begun.secret;
}

describe('a session', () => {
  test('ends after 30 days without use, and 90 days after it began however much it is used', async () => {
    const clock = new ManualClock();
    const accounts = await open(clock);
    const user = await userIn(accounts);
    const unused = await secretOf(accounts, user);
    const used = await secretOf(accounts, user);
    for (let day = 0; day < 89; day++) {
      clock.advance(dayMs);
      assert.ok(accounts.principalOfSession(used), `day ${day}`);
      if (day === 28) assert.equal(accounts.sessions.ofUser(user.id).length, 2);
    }
    assert.equal(accounts.principalOfSession(unused), undefined);
    clock.advance(dayMs);
    assert.equal(accounts.principalOfSession(used), undefined);
    accounts.close();
  });

  test('that ends by itself is told: what it holds open has to end', async () => {
    const clock = new ManualClock();
    const accounts = await open(clock);
    const user = await userIn(accounts);
    const who = accounts.principalOfSession(await secretOf(accounts, user));
    assert.ok(who);
    const told = new Promise<void>((tell) => void accounts.onChange(tell));
    clock.advance(31 * dayMs);
    // It looks again half a minute after it has looked.
    await new Promise((done) => setImmediate(done));
    clock.advance(30_000);
    await told;
    assert.equal(accounts.refresh(who), undefined);
    accounts.close();
  });

  test('survives a restart, and so does when it was used', async () => {
    const clock = new ManualClock();
    const accounts = await open(clock);
    const user = await userIn(accounts);
    const secret = await secretOf(accounts, user);
    clock.advance(20 * dayMs);
    accounts.principalOfSession(secret);
    accounts.close();
    // Writes of one connection are done in their order.
    await userIn(accounts);
    clock.advance(20 * dayMs);
    const again = await open(clock);
    assert.equal(again.principalOfSession(secret)?.id, user.id);
    again.close();
  });

  test('does not begin for a password that was changed meanwhile, nor for who was disabled', async () => {
    const accounts = await open();
    const user = await userIn(accounts);
    await accounts.change(user.id, { passwordHash: 'y' });
    assert.equal(await accounts.signIn(user, how), undefined);
    const other = await userIn(accounts);
    await accounts.change(other.id, { disabled: true });
    assert.equal(await accounts.signIn(other, how), undefined);
    accounts.close();
  });

  test('is not found by its id, nor by the hash that the database has', async () => {
    const accounts = await open();
    const user = await userIn(accounts);
    await secretOf(accounts, user);
    const [session] = accounts.sessions.ofUser(user.id);
    assert.ok(session);
    assert.equal(accounts.principalOfSession(session.id), undefined);
    assert.equal(accounts.principalOfSession(session.secretHash), undefined);
    accounts.close();
  });
});

describe('somebody who is asked for again', () => {
  test('is who it is now', async () => {
    const accounts = await open();
    const user = await userIn(accounts);
    const who = accounts.principalOfSession(await secretOf(accounts, user));
    assert.ok(who);
    const live = { permission: 'media:read', right: 'live' } as const;
    assert.equal(can(who, live, 'cam_a'), false);
    await accounts.change(user.id, { grants: { every: ['live'], cameras: {} } });
    const now = accounts.refresh(who);
    assert.ok(now && can(now, live, 'cam_a'));
    await accounts.delete(user.id, 'usr_heir');
    assert.equal(accounts.refresh(who), undefined);
    assert.deepEqual([accounts.refresh(localOperator), accounts.refresh(nobody)], [localOperator, nobody]);
    accounts.close();
  });

  test('of a kind that others know is asked of them; of an unknown kind is nobody', async () => {
    const accounts = await open();
    const key = { ...nobody, kind: 'key', id: 'key_1' } as const;
    assert.equal(accounts.refresh(key), undefined);
    accounts.refreshWith('key', (who) => ({ ...who, name: 'as now' }));
    assert.equal(accounts.refresh(key)?.name, 'as now');
    accounts.close();
  });

  test('is told of by everybody who listens, whatever one of them does', async () => {
    const accounts = await open();
    let told = 0;
    accounts.onChange(() => {
      throw new Error('a bug');
    });
    const stop = accounts.onChange(() => told++);
    accounts.changed();
    stop();
    accounts.changed();
    assert.equal(told, 1);
    accounts.close();
  });
});

describe('the last administrator', () => {
  test('who can sign in stays, whoever asks', async () => {
    const accounts = await open();
    for (const { id, role } of accounts.users()) if (role === 'admin') await accounts.delete(id, 'usr_heir');
    const boss = await userIn(accounts, 'admin');
    const disabled = await userIn(accounts, 'admin');
    await accounts.change(disabled.id, { disabled: true });
    for (const patch of [{ role: 'viewer' }, { disabled: true }] as const)
      assert.deepEqual(await accounts.change(boss.id, patch), { ok: false, error: 'last-administrator' });
    assert.deepEqual(await accounts.delete(boss.id, disabled.id), { ok: false, error: 'last-administrator' });
    assert.equal((await accounts.delete(disabled.id, boss.id)).ok, true);
    assert.equal((await accounts.change(boss.id, { name: 'Another name' })).ok, true);
    accounts.close();
  });
});

describe('what is stored', () => {
  test('as grants and is not understood grants nothing', () => {
    for (const text of ['', 'null', '[]', '{"every":"live"}', '{"cameras":[["live"]],"every":["root"]}'])
      assert.deepEqual(parseGrants(text).every, [], text);
    assert.deepEqual(parseGrants('{"every":["live","x"],"cameras":{"cam_a":["ptz"],"cam_b":1}}'), {
      every: ['live'],
      cameras: { cam_a: ['ptz'], cam_b: [] },
    });
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => void parseGrants(text)),
      { numRuns: 100 },
    );
  });

  test('as the key of a name is the same for names that read the same', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (name) => {
        assert.equal(nameKey(nameKey(name)), nameKey(name));
        assert.equal(nameKey(name.normalize('NFD')), nameKey(name.normalize('NFC')));
      }),
      { numRuns: 200 },
    );
  });
});
