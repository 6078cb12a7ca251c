/**
 * Who sends a request that does not come with a session: `Authorization: Bearer` with an API key or a media token,
 * `?token=` with a media token, and the cookie of a share link.
 */
import type { FastifyRequest } from 'fastify';
import type { Principal } from '../accounts/access.ts';
import { nobody } from '../accounts/access.ts';
import type { Machines } from '../accounts/machines.ts';
import type { Way } from './authenticate.ts';
import { readCookie } from './cookies.ts';

export const shareCookie = 'sightline_share';

type Checks = {
  readonly keys: Pick<Machines['keys'], 'check'>;
  readonly tokens: Pick<Machines['tokens'], 'check'>;
  readonly shares: Pick<Machines['shares'], 'check'>;
};

/** What a program says on purpose. Keys last long: they are not taken from addresses, which are written down. */
export function machineWay({ keys, tokens }: Checks): Way {
  return async (request) => {
    const [, bearer] = /^bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
    if (bearer !== undefined) return keys.check(bearer) ?? (await tokens.check(bearer)) ?? nobody;
    const token = tokenOf(request);
    return token === undefined ? undefined : ((await tokens.check(token)) ?? nobody);
  };
}

/** The media token in the address; undefined when there is none. */
export function tokenOf({ query }: FastifyRequest): string | undefined {
  const { token } = query as { readonly token?: unknown };
  if (token === undefined) return undefined;
  return typeof token === 'string' ? token : '';
}

/** Whoever is signed in acts as that; others as the link they opened, also after their session is over. */
export function orShare(ways: readonly Way[], { shares }: Checks): Way {
  return async (request) => {
    const who = await firstOf(ways, request);
    if (who && who.kind !== 'nobody') return who;
    const secret = readCookie(request, shareCookie);
    return (secret === undefined ? undefined : shares.check(secret)) ?? who;
  };
}

async function firstOf(ways: readonly Way[], request: FastifyRequest): Promise<Principal | undefined> {
  for (const way of ways) {
    const who = await way(request);
    if (who) return who;
  }
  return undefined;
}
