/**
 * Users and sessions as the API shows them, and its refusals about them.
 */
import type { FastifyReply } from 'fastify';
import type { Grants, Principal } from '../accounts/access.ts';
import type { AccountFault, Accounts } from '../accounts/accounts.ts';
import type { SignInFault } from '../accounts/sign-in.ts';
import type { User } from '../accounts/user.ts';
import type { StoredSession } from '../database/user-sessions.ts';
import type { Problem } from './contract/problem.ts';
import { problem, sendProblem } from './problems.ts';

export function userAnswer(accounts: Accounts, user: User) {
  const { id, name, role, grants, disabled, createdMs, changedMs, signedInMs } = user;
  return {
    id,
    name,
    role,
    grants: grantsAnswer(grants),
    disabled,
    hasPassword: user.passwordHash !== null,
    external: user.externalSubject !== null,
    createdMs,
    changedMs,
    signedInMs,
    sessions: accounts.sessions.ofUser(id).length,
  };
}

/** @param asking whose current session is marked */
export function sessionAnswer(session: StoredSession, asking: Principal) {
  const { id, userId, address, client, createdMs, seenMs, expiresMs } = session;
  const method = session.method as 'password' | 'oidc' | 'setup' | 'proxy';
  const current = id === asking.sessionId;
  return { id, userId, method, address, client, createdMs, seenMs, expiresMs, current };
}

export function grantsAnswer({ every, cameras }: Grants) {
  return {
    every: [...every],
    cameras: Object.fromEntries(Object.entries(cameras).map(([id, rights]) => [id, [...rights]])),
  };
}

/** The one that is used last first. */
export function newestFirst(sessions: readonly StoredSession[]): StoredSession[] {
  return sessions.toSorted((a, b) => b.seenMs - a.seenMs);
}

/** @param wrong what is said when the password, or whatever was asked for, is not right */
export function refuseSignIn(reply: FastifyReply, fault: SignInFault, wrong: Problem): FastifyReply {
  switch (fault.kind) {
    case 'wrong':
      return sendProblem(reply, wrong);
    case 'wait': {
      const seconds = Math.ceil(fault.waitMs / 1000);
      reply.header('retry-after', String(seconds));
      const detail = `Too many attempts. Try again in ${inWords(seconds)}.`;
      return sendProblem(reply, problem(429, 'too-many-attempts', detail));
    }
    case 'busy':
      return refuseBusy(reply);
  }
}

export function refuseBusy(reply: FastifyReply): FastifyReply {
  reply.header('retry-after', '3');
  return sendProblem(reply, problem(503, 'busy', 'Many people sign in now. Try again in a few seconds.'));
}

function inWords(seconds: number): string {
  if (seconds <= 90) return seconds === 1 ? 'a second' : `${seconds} seconds`;
  return `${Math.ceil(seconds / 60)} minutes`;
}

export const noUser = problem(404, 'user-not-found', 'There is no such user.');
export const noSession = problem(404, 'session-not-found', 'There is no such session.');
export const yourself = problem(
  409,
  'yourself',
  'You cannot delete or disable the account that you are signed in with. Another administrator can.',
);

export const accountProblems: Readonly<Record<AccountFault, Problem>> = {
  'not-found': noUser,
  'name-taken': problem(409, 'name-taken', 'There is a user with this name, or one that reads the same.'),
  'subject-taken': problem(409, 'subject-taken', 'Another account here is linked with that sign-in already.'),
  'too-many': problem(409, 'too-many-users', 'There are 1000 users already.'),
  'last-administrator': problem(
    409,
    'last-administrator',
    'This is the only administrator who can sign in. Make somebody else an administrator first.',
  ),
};
