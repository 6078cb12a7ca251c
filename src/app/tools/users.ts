/**
 * `user`: people's accounts, changed while the server does not run, for who has locked himself out. In: settings and what
 * to do. Out: people as they are now, or one sentence that says what to do.
 */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { noGrants, systemPrincipal } from '../../accounts/access.ts';
import type { AccountFault } from '../../accounts/accounts.ts';
import { Accounts } from '../../accounts/accounts.ts';
import { AuditLog } from '../../accounts/audit.ts';
import { Passwords } from '../../accounts/passwords.ts';
import type { User } from '../../accounts/user.ts';
import { passwordSchema, roleSchema, userCreateSchema } from '../../api/contract/accounts.ts';
import { silentLog } from '../../base/log.ts';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import { openDatabase } from '../../database/database.ts';
import { lockFolder } from '../../database/folder-lock.ts';
import { systemClock } from '../../io/clock.ts';
import { systemRandom } from '../../io/random.ts';
import type { Settings } from '../../settings/schema.ts';

export interface ListedUser {
  readonly name: string;
  readonly role: string;
  readonly disabled: boolean;
  readonly signedInMs: number | null;
}

export type UserJob =
  | { readonly kind: 'list' }
  | { readonly kind: 'add'; readonly name: string; readonly role: string; readonly password: string }
  | { readonly kind: 'password'; readonly name: string; readonly password: string }
  | { readonly kind: 'role'; readonly name: string; readonly role: string }
  | { readonly kind: 'disable' | 'enable'; readonly name: string };

/** Out: all users, the oldest first. */
export async function doUserJob(
  { data }: Settings,
  job: UserJob,
): Promise<Result<readonly ListedUser[], string>> {
  const found = await access(join(data, 'sightline.sqlite')).then(
    () => true,
    () => false,
  );
  if (!found) return err(`There is no database in ${data}. Name its folder with --data or --config.`);
  const lock = job.kind === 'list' ? undefined : lockFolder(data);
  if (lock && !lock.ok) return err(lock.error.kind === 'taken' ? whileRunning(data) : lock.error.message);
  const database = await openDatabase(join(data, 'sightline.sqlite'));
  try {
    if (!database.ok) return err(database.error.message);
    const parts = {
      queries: database.value.queries,
      clock: systemClock,
      random: systemRandom,
      log: silentLog,
    };
    const accounts = await Accounts.open(parts);
    const audit = new AuditLog(parts);
    const done = await change(accounts, job);
    if (done.ok && done.value) audit.record({ ...byHand, target: done.value.id, detail: wordsOf(job) });
    accounts.close();
    await audit.close();
    return done.ok ? ok(accounts.users().map(listed)) : done;
  } finally {
    if (database.ok) await database.value.close();
    if (lock?.ok) lock.value.release();
  }
}

const byHand = {
  who: { ...systemPrincipal, name: 'the command line' },
  address: '',
  action: 'user.change',
} as const;

function whileRunning(data: string): string {
  return (
    `The server runs on ${data}. Stop it first, then run this again: it keeps everybody in memory, and would not see the change. ` +
    'While it runs, an administrator can do this in the dashboard.'
  );
}

/** The user that was changed. */
async function change(accounts: Accounts, job: UserJob): Promise<Result<User | undefined, string>> {
  if (job.kind === 'list') return ok(undefined);
  if (job.kind === 'add') return add(accounts, job);
  const user = accounts.named(job.name);
  if (!user) return err(`There is no user ${job.name}. \`sightline user list\` shows who there is.`);
  const patch = await patchOf(job);
  if (!patch.ok) return patch;
  const changed = await accounts.change(user.id, patch.value);
  return changed.ok ? changed : err(faults[changed.error]);
}

async function add(
  accounts: Accounts,
  { name, role, password }: Extract<UserJob, { kind: 'add' }>,
): Promise<Result<User, string>> {
  const checked = userCreateSchema.safeParse({ name, role, password, grants: noGrants });
  if (!checked.success) return err(whatIsWrong(checked.error));
  const hash = await hashOf(password);
  if (!hash.ok) return hash;
  const made = await accounts.create({
    name: checked.data.name,
    role: checked.data.role,
    grants: noGrants,
    passwordHash: hash.value,
  });
  return made.ok ? made : err(faults[made.error]);
}

async function patchOf(
  job: Exclude<UserJob, { kind: 'list' | 'add' }>,
): Promise<Result<Parameters<Accounts['change']>[1], string>> {
  switch (job.kind) {
    case 'disable':
    case 'enable':
      return ok({ disabled: job.kind === 'disable' });
    case 'role': {
      const role = roleSchema.safeParse(job.role);
      return role.success ? ok({ role: role.data }) : err('The role is viewer, operator or admin.');
    }
    case 'password': {
      const password = passwordSchema.safeParse(job.password);
      if (!password.success) return err(whatIsWrong(password.error));
      const hash = await hashOf(password.data);
      return hash.ok ? ok({ passwordHash: hash.value }) : hash;
    }
  }
}

async function hashOf(password: string): Promise<Result<string, string>> {
  const hash = await new Passwords(systemRandom).hash(password);
  return hash.ok ? hash : err('The password could not be hashed. Try again.');
}

/** Never the value: it may be a password. */
function whatIsWrong(error: {
  readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
}): string {
  const [issue] = error.issues;
  const what = issue?.path[0] === undefined ? 'The password' : `The ${String(issue.path[0])}`;
  return `${what} is not taken: ${issue?.message ?? 'it is wrong'}.`;
}

const faults: Readonly<Record<AccountFault, string>> = {
  'not-found': 'There is no such user.',
  'name-taken': 'There is a user with this name, or one that reads the same.',
  'subject-taken': 'Another account is linked with that sign-in.',
  'too-many': 'There are 1000 users already.',
  'last-administrator':
    'This is the only administrator who can sign in. Make somebody else an administrator first.',
};

function wordsOf(job: UserJob): string {
  switch (job.kind) {
    case 'list':
      return '';
    case 'add':
      return `${job.name}: made, ${job.role}`;
    case 'password':
      return `${job.name}: another password`;
    case 'role':
      return `${job.name}: became ${job.role}`;
    case 'disable':
      return `${job.name}: disabled`;
    case 'enable':
      return `${job.name}: enabled again`;
  }
}

function listed({ name, role, disabled, signedInMs }: User): ListedUser {
  return { name, role, disabled, signedInMs };
}
