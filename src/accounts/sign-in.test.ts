/**
 * Ways to a session while others guess.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ManualClock } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import type { Database } from '../database/database.ts';
import { openDatabase } from '../database/database.ts';
import { systemRandom } from '../io/random.ts';
import { noGrants } from './access.ts';
import { Accounts } from './accounts.ts';
import { SignIn } from './sign-in.ts';
import type { User } from './user.ts';

const password = 'correct horse battery';
const home = { address: '192.0.2.1', client: 'Ada' };
const away = { address: '203.0.113.7', client: 'Ada' };

let folder: string;
let database: Database;
let accounts: Accounts;
let clock: ManualClock;
let signIn: SignIn;
let count = 0;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sightline-sign-in-'));
  const opened = await openDatabase(join(folder, 'test.sqlite'));
  assert.ok(opened.ok);
  database = opened.value;
  clock = new ManualClock();
  const parts = { queries: database.queries, clock, random: systemRandom, log: silentLog };
  accounts = await Accounts.open(parts);
  signIn = new SignIn({ accounts, ...parts });
});
after(async () => {
  accounts.close();
  await database.close();
  await rm(folder, { recursive: true });
});

async function someUser(): Promise<User> {
  const hash = await signIn.hashPassword(password);
  assert.ok(hash.ok);
  const name = `Ada ${count++}`;
  const made = await accounts.create({ name, role: 'viewer', grants: noGrants, passwordHash: hash.value });
  assert.ok(made.ok);
  return made.value;
}

/** Machines all over the world guess at one name, until they are told to wait. */
async function guessedAt(name: string): Promise<void> {
  for (let machine = 1; machine <= 6; machine++) {
    const guess = await signIn.withPassword(name, 'wrong', { address: `198.51.100.${machine}`, client: '' });
    assert.equal(!guess.ok && guess.error.kind, machine <= 5 ? 'wrong' : 'wait');
  }
}

describe('while others guess at a name, its owner', () => {
  test('signs in where he is signed in already, and waits elsewhere as they do', async () => {
    const { name } = await someUser();
    assert.ok((await signIn.withPassword(name, password, home)).ok);
    await guessedAt(name);
    assert.ok((await signIn.withPassword(name, password, home)).ok);
    const elsewhere = await signIn.withPassword(name, password, away);
    assert.deepEqual(elsewhere, { ok: false, error: { kind: 'wait', waitMs: 1000 } });
    clock.advance(1000);
    assert.ok((await signIn.withPassword(name, password, away)).ok);
  });

  test('changes the password all the same', async () => {
    const user = await someUser();
    const begun = await signIn.withPassword(user.name, password, home);
    assert.ok(begun.ok);
    await guessedAt(user.name);
    const who = { user, sessionId: begun.value.session.id };
    const words = { current: password, password: 'another long password' };
    assert.ok((await signIn.changePassword(who, words, away.address)).ok);
    assert.ok(accounts.principalOfSession(begun.value.secret));
  });
});

describe('an account', () => {
  test('that is disabled or has no password is refused as a wrong password is', async () => {
    const disabled = await someUser();
    await accounts.change(disabled.id, { disabled: true });
    const wrong = { ok: false, error: { kind: 'wrong' } };
    assert.deepEqual(await signIn.withPassword(disabled.name, password, home), wrong);
    const made = await accounts.create({
      name: 'Elsewhere',
      role: 'viewer',
      grants: noGrants,
      passwordHash: null,
    });
    assert.ok(made.ok);
    assert.deepEqual(await signIn.withPassword('Elsewhere', '', home), wrong);
  });

  test('whose open browser somebody finds keeps its password: that one cannot guess it there', async () => {
    const user = await someUser();
    const guess = () =>
      signIn.changePassword({ user, sessionId: undefined }, { current: 'wrong', password }, away.address);
    const kinds: (string | false)[] = [];
    for (let times = 0; times < 6; times++) {
      const guessed = await guess();
      kinds.push(!guessed.ok && guessed.error.kind);
    }
    assert.deepEqual(kinds, ['wrong', 'wrong', 'wrong', 'wrong', 'wrong', 'wait']);
  });
});
