/**
 * Who sends a request, as a proxy says that has asked them itself: one header with a name, perhaps one with groups.
 *
 * Believed only when the owner has said so, from a proxy that is trusted, and with its secret where there is one. From
 * anybody else, twice, or in another spelling, such a header is not looked at. Pages of other sites can make a browser
 * send it like a cookie: what changes something has to come from a page of ours.
 */
import type { FastifyRequest } from 'fastify';
import type { Principal, Role } from '../accounts/access.ts';
import { nobody } from '../accounts/access.ts';
import type { Accounts } from '../accounts/accounts.ts';
import type { OutsiderRules } from '../accounts/outsiders.ts';
import { admit, roleOf } from '../accounts/outsiders.ts';
import { sameText } from '../accounts/secret.ts';
import type { User } from '../accounts/user.ts';
import type { Clock } from '../base/clock.ts';
import type { Way } from './authenticate.ts';
import { mustComeFromOurPage } from './authenticate.ts';
import { clientOf } from './client.ts';

export interface ProxySignIn extends OutsiderRules {
  /** Lower case. */
  readonly userHeader: string;
  readonly roleHeader?: string | undefined;
  readonly secret?: string | undefined;
}

const proxySecretHeader = 'x-sightline-proxy-secret';

/** Of a name or a list of groups. */
const maxHeaderLength = 4000;
/** Somebody who was not seen from an address for so long comes in anew: the audit log says so. */
const visitMs = 12 * 60 * 60_000;
/** Visits that are remembered. */
const maxVisits = 1000;

export function proxyWay(accounts: Accounts, clock: Clock, rules: ProxySignIn): Way {
  const doorkeeper = new Doorkeeper(accounts, clock, rules);
  return async (request) => {
    const said = saidBy(request, rules);
    if (!said) return undefined;
    const who = await doorkeeper.admit(request, said);
    if (!who) return undefined;
    mustComeFromOurPage(request);
    return who;
  };
}

interface Said {
  readonly name: string;
  /** Undefined: roles are given here. */
  readonly groups: readonly string[] | undefined;
}

/** Undefined: nothing that can be believed. */
function saidBy(request: FastifyRequest, rules: ProxySignIn): Said | undefined {
  const { userHeader, roleHeader, secret } = rules;
  if (request.headers[userHeader] === undefined || !clientOf(request).proxied) return undefined;
  if (secret !== undefined && !sameText(onlyValue(request, proxySecretHeader) ?? '', secret))
    return undefined;
  const name = onlyValue(request, userHeader)?.trim();
  if (name === undefined || name === '') return undefined;
  if (roleHeader === undefined) return { name, groups: undefined };
  // Twice, or too long: somebody wrote into it who must not.
  const groups = request.headers[roleHeader] === undefined ? '' : onlyValue(request, roleHeader);
  return groups === undefined ? undefined : { name, groups: groups.split(',').map((group) => group.trim()) };
}

/** As UTF-8, which proxies send; undefined when the header is not there exactly once. Node joins those that are. */
function onlyValue({ raw }: FastifyRequest, name: string): string | undefined {
  const { rawHeaders } = raw;
  let found: string | undefined;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.toLowerCase() !== name) continue;
    if (found !== undefined) return undefined;
    found = rawHeaders[at + 1] ?? '';
  }
  if (found === undefined || found.length > maxHeaderLength) return undefined;
  return Buffer.from(found, 'latin1').toString('utf8');
}

class Doorkeeper {
  readonly #accounts: Accounts;
  readonly #clock: Clock;
  readonly #rules: ProxySignIn;
  /** By user and address: when it was seen last, monotonic; the oldest first. */
  readonly #visits = new Map<string, number>();

  constructor(accounts: Accounts, clock: Clock, rules: ProxySignIn) {
    this.#accounts = accounts;
    this.#clock = clock;
    this.#rules = rules;
  }

  async admit(request: FastifyRequest, said: Said): Promise<Principal | undefined> {
    const known = this.#accounts.named(said.name);
    if (known && !known.disabled && this.#isSettled(known, said)) return this.#come(request, known, '');
    const outsider = { names: [said.name], newName: said.name, groups: said.groups };
    const admitted = await admit(this.#accounts, this.#rules, outsider);
    if (admitted.ok) return this.#come(request, admitted.value.user, admitted.value.changes);
    this.#refuse(request, known?.name ?? said.name, admitted.error);
    return undefined;
  }

  /** Most requests: nothing is to be changed. */
  #isSettled({ role }: User, { groups }: Said): boolean {
    return groups === undefined || (roleOf(groups, this.#rules.roleMap) ?? this.#rules.defaultRole) === role;
  }

  #come(request: FastifyRequest, user: User, changes: string): Principal | undefined {
    const who = this.#accounts.principal(user.id);
    if (who && this.#isVisit(request, user.id)) {
      const detail = ['proxy', changes].filter((words) => words !== '').join(': ');
      request.server.auditLog?.record({ ...entryOf(request), who, target: user.name, detail });
    }
    return who;
  }

  #isVisit(request: FastifyRequest, userId: string): boolean {
    const key = `${userId} ${clientOf(request).address}`;
    const nowMs = this.#clock.monotonicMs();
    const seenMs = this.#visits.get(key);
    this.#visits.delete(key);
    this.#visits.set(key, nowMs);
    for (const oldest of this.#visits.keys()) {
      if (this.#visits.size <= maxVisits) break;
      this.#visits.delete(oldest);
    }
    return seenMs === undefined || nowMs - seenMs >= visitMs;
  }

  #refuse(request: FastifyRequest, name: string, why: string): void {
    request.server.auditLog?.recordRefusal({
      ...entryOf(request),
      who: nobody,
      target: name,
      detail: `proxy: ${why}`,
    });
  }
}

function entryOf(request: FastifyRequest) {
  return { address: clientOf(request).address, action: 'session.create' };
}

/** As the settings have it; undefined: proxies say nothing of people. */
export function proxySignIn(options: {
  readonly userHeader?: string | undefined;
  readonly roleHeader?: string | undefined;
  readonly secret?: string | undefined;
  readonly roleMap: OutsiderRules['roleMap'];
  readonly defaultRole?: Role | undefined;
  readonly createUsers: boolean;
}): ProxySignIn | undefined {
  const { userHeader } = options;
  return userHeader === undefined ? undefined : { ...options, userHeader };
}
