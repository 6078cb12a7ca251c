/**
 * People whom somebody else vouches for: a provider of OpenID Connect, or a proxy.
 *
 * In:  what was said of somebody. Out: the user that is here, perhaps made or changed for it, or why there is none.
 * Promises: nobody gets another's account unless the rules say so; the role follows what is said there, but the last
 * administrator stays one.
 */
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { Role } from './access.ts';
import { noGrants, roles } from './access.ts';
import type { AccountFault, Accounts } from './accounts.ts';
import type { User } from './user.ts';

export interface OutsiderRules {
  readonly createUsers: boolean;
  /** Values elsewhere that stand for a role; the highest counts. */
  readonly roleMap: Readonly<Record<Role, readonly string[]>>;
  /** Where none fits; undefined: nobody without one comes in. */
  readonly defaultRole?: Role | undefined;
}

/** What is said of somebody. */
export interface Outsider {
  /** `<issuer>|<subject>`; undefined: known by name. */
  readonly subject?: string;
  /** Names by which an account is found that is not linked yet, the most certain first. */
  readonly names: readonly string[];
  /** For a new account. */
  readonly newName: string;
  /** What says the role; undefined: roles are given here. */
  readonly groups: readonly string[] | undefined;
}

export type OutsiderFault =
  /** Nobody here is linked with it, and none is made. */
  | 'unknown-user'
  | 'disabled'
  /** Nothing that is said there is a role here. */
  | 'no-role'
  /** An account would be made, but there is one of that name. */
  | 'name-taken'
  | 'too-many';

export interface Admitted {
  readonly user: User;
  /** What was changed for it, in words for the audit log; '' when nothing. */
  readonly changes: string;
}

/** Names of accounts are no longer (`api/contract/accounts.ts`). */
const maxNameLength = 100;

export async function admit(
  accounts: Accounts,
  rules: OutsiderRules,
  outsider: Outsider,
): Promise<Result<Admitted, OutsiderFault>> {
  const role = saidRole(rules, outsider);
  const linked = outsider.subject === undefined ? undefined : accounts.external(outsider.subject);
  const user = linked ?? foundByName(accounts, outsider);
  if (user?.disabled) return err('disabled');
  if (role === 'none') return err(user || rules.createUsers ? 'no-role' : 'unknown-user');
  if (!user) return rules.createUsers ? create(accounts, rules, outsider, role) : err('unknown-user');
  return adjust(accounts, user, outsider.subject, role);
}

/** The highest role that one of `values` stands for. */
export function roleOf(values: readonly string[], roleMap: OutsiderRules['roleMap']): Role | undefined {
  return roles.findLast((role) => roleMap[role].some((value) => values.includes(value)));
}

/** Undefined: nothing is said about roles there. */
function saidRole(rules: OutsiderRules, { groups }: Outsider): Role | undefined | 'none' {
  if (!groups) return undefined;
  return roleOf(groups, rules.roleMap) ?? rules.defaultRole ?? 'none';
}

/** Somebody who is linked with another subject is somebody else. */
function foundByName(accounts: Accounts, { subject, names }: Outsider): User | undefined {
  for (const name of names) {
    const user = accounts.named(name);
    if (user && (subject === undefined || user.externalSubject === null)) return user;
  }
  return undefined;
}

async function create(
  accounts: Accounts,
  rules: OutsiderRules,
  { subject, newName }: Outsider,
  said: Role | undefined,
): Promise<Result<Admitted, OutsiderFault>> {
  const role = said ?? rules.defaultRole ?? 'viewer';
  const name = newName.trim();
  if (!isName(name)) return err('unknown-user');
  const external = subject === undefined ? {} : { externalSubject: subject };
  const made = await accounts.create({ name, role, grants: noGrants, passwordHash: null, ...external });
  if (made.ok) return ok({ user: made.value, changes: `made, ${role}` });
  // Two of the first requests of one person may come at one time.
  const twin = subject === undefined ? accounts.named(name) : accounts.external(subject);
  if (twin && !twin.disabled) return ok({ user: twin, changes: '' });
  return err(createFaults[made.error] ?? 'unknown-user');
}

const createFaults: Readonly<Partial<Record<AccountFault, OutsiderFault>>> = {
  'name-taken': 'name-taken',
  'too-many': 'too-many',
};

async function adjust(
  accounts: Accounts,
  user: User,
  subject: string | undefined,
  role: Role | undefined,
): Promise<Result<Admitted, OutsiderFault>> {
  const words: string[] = [];
  let now = user;
  if (subject !== undefined && user.externalSubject !== subject) {
    const linked = await accounts.change(user.id, { externalSubject: subject });
    if (!linked.ok) return err('unknown-user');
    now = linked.value;
    words.push('linked by name');
  }
  if (role !== undefined && role !== user.role) {
    const changed = await accounts.change(user.id, { role });
    if (!changed.ok && changed.error !== 'last-administrator') return err('unknown-user');
    if (changed.ok) now = changed.value;
    words.push(changed.ok ? `${user.role} became ${role}` : 'stays the only administrator');
  }
  return ok({ user: now, changes: words.join(', ') });
}

function isName(name: string): boolean {
  return name.length > 0 && name.length <= maxNameLength && !/\p{C}/u.test(name);
}
