/**
 * `sightline user`, as it is typed: accounts without a server, passwords without anybody reading along.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openDatabase } from '../database/database.ts';
import { listAudit } from '../database/audit.ts';
import { lockFolder } from '../database/folder-lock.ts';
import { listUsers } from '../database/users.ts';

const entry = fileURLToPath(new URL('../../bin/sightline.mjs', import.meta.url));
const password = 'correct horse battery';
let data = '';

before(async () => {
  data = await mkdtemp(join(tmpdir(), 'sightline-user-'));
  const made = await openDatabase(join(data, 'sightline.sqlite'));
  assert.ok(made.ok);
  await made.value.close();
});
after(() => rm(data, { recursive: true }));

interface Done {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

/** @param typed what is piped in */
function run(words: readonly string[], typed = ''): Promise<Done> {
  const child = spawn(process.execPath, [entry, 'user', ...words, '--data', data], { cwd: data });
  const text = { out: '', error: '' };
  child.stdout.on('data', (piece) => (text.out += String(piece)));
  child.stderr.on('data', (piece) => (text.error += String(piece)));
  child.stdin.end(typed);
  const late = setTimeout(() => child.kill('SIGKILL'), 30_000);
  return new Promise((done) => {
    child.once('close', (code) => {
      clearTimeout(late);
      done({ code, ...text });
    });
  });
}

describe('sightline user', () => {
  test('makes an administrator, whose password stands nowhere', async () => {
    assert.match((await run(['list'])).out, /Nobody has an account yet/);
    const made = await run(['add', 'Ada', '--role', 'admin'], `${password}\n`);
    assert.deepEqual([made.code, made.error], [0, '']);
    assert.match(made.out, /^Ada {2}admin {5}enabled {3}never signed in\n$/);
    const opened = await openDatabase(join(data, 'sightline.sqlite'));
    assert.ok(opened.ok);
    const [user] = await listUsers(opened.value.queries);
    assert.match(user?.passwordHash ?? '', /^\$argon2id\$/);
    const [entry] = await listAudit(opened.value.queries, {}, 10);
    assert.deepEqual([entry?.actor.name, entry?.detail], ['the command line', 'Ada: made, admin']);
    await opened.value.close();
  });

  test('says what is wrong, never with the password in it', async () => {
    const short = await run(['add', 'Bob'], 'geheim\n');
    assert.deepEqual([short.code, short.out], [1, '']);
    assert.match(short.error, /^The password is not taken: must have at least 12 characters/);
    assert.doesNotMatch(short.error, /geheim/);
    const unknown = await run(['disable', 'Bob']);
    assert.match(unknown.error, /There is no user Bob\. `sightline user list`/);
    const last = await run(['disable', 'ada']);
    assert.match(last.error, /This is the only administrator/);
  });

  test('refuses while the server runs, and says why', async () => {
    const lock = lockFolder(data);
    assert.ok(lock.ok);
    const refused = await run(['password', 'Ada'], `${password}\n`);
    lock.value.release();
    assert.equal(refused.code, 1);
    assert.match(refused.error, /^The server runs on .*\. Stop it first/);
  });
});
