/**
 * `sightline user`: who may sign in. For who has locked himself out, and for installations that are made by scripts.
 */
import type { ListedUser, UserJob } from '../app/tools/users.ts';
import { doUserJob } from '../app/tools/users.ts';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { Settings } from '../settings/schema.ts';
import { readPassword } from './password.ts';
import type { ToolCall } from './tools.ts';

const usage =
  'There are user list, user add <name> [--role viewer|operator|admin], user password <name>, user role <name> --role <role>, ' +
  'user disable <name> and user enable <name>. Passwords are asked for, or read from standard input.';

export async function user(call: ToolCall, settings: Settings): Promise<number> {
  const job = await jobOf(call);
  if (!job.ok) return complain(job.error.words, job.error.code);
  const done = await doUserJob(settings, job.value);
  if (!done.ok) return complain(done.error, 1);
  process.stdout.write(table(done.value));
  return 0;
}

interface Refusal {
  readonly words: string;
  /** 2: the command line is wrong. */
  readonly code: 1 | 2;
}

async function jobOf({ words, options: { role } }: ToolCall): Promise<Result<UserJob, Refusal>> {
  const [what = 'list', name] = words;
  if (what === 'list' && name === undefined) return ok({ kind: 'list' });
  if (name === undefined) return err({ words: usage, code: 2 });
  switch (what) {
    case 'disable':
    case 'enable':
      return ok({ kind: what, name });
    case 'role':
      return role === undefined ? err({ words: usage, code: 2 }) : ok({ kind: 'role', name, role });
    case 'add':
    case 'password': {
      const password = await readPassword(name);
      if (!password.ok) return err({ words: password.error, code: 1 });
      const given = { name, password: password.value };
      return ok(what === 'add' ? { kind: what, ...given, role: role ?? 'viewer' } : { kind: what, ...given });
    }
    default:
      return err({ words: usage, code: 2 });
  }
}

function table(users: readonly ListedUser[]): string {
  if (users.length === 0) return 'Nobody has an account yet.\n';
  const widest = Math.max(...users.map(({ name }) => name.length));
  return users
    .map(({ name, role, disabled, signedInMs }) => {
      const last =
        signedInMs === null ? 'never signed in' : `signed in last ${new Date(signedInMs).toISOString()}`;
      return `${name.padEnd(widest)}  ${role.padEnd(8)}  ${disabled ? 'disabled' : 'enabled '}  ${last}\n`;
    })
    .join('');
}

function complain(words: string, code: number): number {
  process.stderr.write(`${words}\n`);
  return code;
}
