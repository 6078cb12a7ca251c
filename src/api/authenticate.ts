/**
 * Who sends a request: asked of a list of ways, each of which knows one kind of credential.
 */
import type { FastifyRequest } from 'fastify';
import type { Principal } from '../accounts/access.ts';
import { nobody } from '../accounts/access.ts';
import { readCookie } from './cookies.ts';
import { comesFromAnotherSite } from './guard.ts';
import type { Authenticate } from './policy.ts';
import { ProblemError, problem } from './problems.ts';

/**
 * Undefined: the request brings nothing of this kind, so the next way is asked.
 * `nobody`: it does, and that is worth nothing; no other way is asked.
 */
export type Way = (request: FastifyRequest) => Promise<Principal | undefined> | Principal | undefined;

/** @param ways in the order in which they are asked: what is said on purpose (a header) before what a browser adds */
export function authenticateBy(ways: readonly Way[]): Authenticate {
  return async (request) => {
    for (const way of ways) {
      const who = await way(request);
      if (who) return who;
    }
    return nobody;
  };
}

export const sessionCookie = 'sightline_session';

/** What the cookie of a session needs to know. */
interface SessionsByCookie {
  principalOfSession(secret: string): Principal | undefined;
}

/**
 * Browsers send a cookie with whatever another site makes them send. What changes something has to say that it comes
 * from a page of ours: browsers do by themselves.
 */
export function cookieWay(accounts: SessionsByCookie): Way {
  return (request) => {
    const secret = readCookie(request, sessionCookie);
    if (secret === undefined) return undefined;
    const who = accounts.principalOfSession(secret);
    if (!who) return nobody;
    mustComeFromOurPage(request);
    return who;
  };
}

/**
 * For whatever browsers send by themselves, with requests of other sites, too.
 *
 * @throws what refuses a request that changes something and does not say that it comes from a page of ours
 */
export function mustComeFromOurPage(request: FastifyRequest): void {
  if (!isReading(request) && !isFromOurPage(request)) throw notFromOurPage;
}

const notFromOurPage = new ProblemError(
  problem(
    403,
    'cross-site',
    'What changes something needs the Origin of this server beside the session cookie. Programs better use an API key.',
  ),
);

function isReading({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}

function isFromOurPage(request: FastifyRequest): boolean {
  const { origin, 'sec-fetch-site': site } = request.headers;
  return (origin !== undefined || site === 'same-origin') && !comesFromAnotherSite(request);
}
