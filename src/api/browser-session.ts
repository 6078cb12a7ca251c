/**
 * A browser that is signed in: the session of whoever signed in, however that was, becomes its cookie.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '../accounts/access.ts';
import { nobody } from '../accounts/access.ts';
import type { Accounts } from '../accounts/accounts.ts';
import { longestSessionMs } from '../accounts/sessions.ts';
import type { Origin, SignedIn } from '../accounts/sign-in.ts';
import { sessionCookie } from './authenticate.ts';
import { clientOf } from './client.ts';
import { setCookie } from './cookies.ts';

/** A browser has one session: the one before ends. Out: who it is now. */
export async function beginSession(
  request: FastifyRequest,
  reply: FastifyReply,
  accounts: Accounts,
  { user, session, secret }: SignedIn,
): Promise<Principal> {
  await endOwnSession(request, accounts);
  const maxAgeSeconds = Math.floor(longestSessionMs / 1000);
  reply.header('set-cookie', setCookie(request, { name: sessionCookie, maxAgeSeconds }, secret));
  return accounts.principal(user.id, session.id) ?? nobody;
}

export async function endOwnSession({ principal }: FastifyRequest, accounts: Accounts): Promise<void> {
  const { kind, id, sessionId } = principal;
  if (kind === 'user' && sessionId !== undefined) await accounts.endSessions(id, [sessionId]);
}

export function originOf(request: FastifyRequest): Origin {
  return { address: clientOf(request).address, client: request.headers['user-agent'] ?? '' };
}
