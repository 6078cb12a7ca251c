/**
 * What outlives the request that began it: live pictures, sockets, event streams, downloads, sessions of WebRTC and RTSP.
 *
 * In:  who, doing what with which camera, and how to end it; word that accounts changed. Out: an end, with its reason, as
 * soon as it is not allowed any more. Promises: nothing is done but at a change and when somebody's time is over, and then
 * no more than one question for each lease; their number is limited.
 */
import type { FastifyRequest } from 'fastify';
import type { Principal } from '../accounts/access.ts';
import type { Clock, Timer } from '../base/clock.ts';
import { auditView } from './audit.ts';
import type { Action } from './policy.ts';
import { allowed } from './policy.ts';

/** Accounts, as leases need them. */
export interface LeaseAccounts {
  /** The same somebody as it is now; undefined when it is nobody any more. */
  refresh(who: Principal): Principal | undefined;
  /** Calls `listener` after every change of who may what. */
  onChange(listener: () => void): () => void;
}

export interface Leased {
  readonly principal: Principal;
  readonly action: Action;
  /** Absent: `action` with any camera; what is done with each is asked in `changed`. */
  readonly cameraId?: string;
  /** It is not allowed any more; called once, never after `leave`. @param reason for people */
  readonly end: (reason: string) => void;
  /** It still is, but this somebody may do more or less than before. */
  readonly changed?: (who: Principal) => void;
}

export interface Lease {
  /** It ended by itself. Any number of times. */
  leave(): void;
}

/** More than there can be connections, and four things on each. */
const maxLeases = 32_768;
/** The longest a timer of Node can wait is 24 days. */
const longestWaitMs = 86_400_000;

const notAllowedAnyMore = 'Your account may not see this any more.';
const timeIsOver = 'Your time here is over. Sign in again.';

export class Leases {
  readonly #clock: Clock;
  readonly #accounts: LeaseAccounts | undefined;
  readonly #held = new Map<Lease, Leased>();
  readonly #stopListening: (() => void) | undefined;
  #timer: Timer | undefined;
  #wakeMs = Infinity;

  /** @param accounts absent on a server without: then only time ends a lease */
  constructor(clock: Clock, accounts?: LeaseAccounts) {
    this.#clock = clock;
    this.#accounts = accounts;
    this.#stopListening = accounts?.onChange(() => this.#askAll());
  }

  get size(): number {
    return this.#held.size;
  }

  /** May call `end` at once: what was allowed when the request came need not be so by now. */
  hold(leased: Leased): Lease {
    const lease: Lease = { leave: () => void this.#held.delete(lease) };
    if (this.#held.size >= maxLeases) {
      leased.end('This server shows as much as it can at one time. Try again later.');
      return lease;
    }
    this.#held.set(lease, leased);
    this.#wakeAt(expiryMs(leased.principal));
    this.#ask(lease, leased, this.#now(leased.principal));
    return lease;
  }

  close(): void {
    this.#stopListening?.();
    this.#timer?.cancel();
    this.#held.clear();
  }

  /** Each somebody is looked up once, however much it does. One that cannot be ended keeps no other from it. */
  #askAll(): void {
    const known = new Map<string, Principal | undefined>();
    const faults: unknown[] = [];
    for (const [lease, leased] of this.#held) {
      const { kind, id, sessionId = '' } = leased.principal;
      const key = `${kind} ${id} ${sessionId}`;
      if (!known.has(key)) known.set(key, this.#now(leased.principal));
      try {
        this.#ask(lease, leased, known.get(key));
      } catch (error) {
        faults.push(error);
      }
    }
    if (faults.length > 0) throw new AggregateError(faults, 'something leased could not be ended');
  }

  #ask(lease: Lease, leased: Leased, who: Principal | undefined): void {
    if (!this.#held.has(lease)) return;
    if (!who) return this.#end(lease, leased, timeIsOver);
    if (!allowed(who, leased.action, leased.cameraId)) return this.#end(lease, leased, notAllowedAnyMore);
    if (who === leased.principal) return;
    this.#held.set(lease, { ...leased, principal: who });
    this.#wakeAt(expiryMs(who));
    if (rightsOf(who) !== rightsOf(leased.principal)) leased.changed?.(who);
  }

  #end(lease: Lease, leased: Leased, reason: string): void {
    this.#held.delete(lease);
    leased.end(reason);
  }

  #now(who: Principal): Principal | undefined {
    if (expiryMs(who) <= this.#clock.nowMs()) return undefined;
    return this.#accounts ? this.#accounts.refresh(who) : who;
  }

  /** One timer, for whoever is over first. */
  #wakeAt(atMs: number): void {
    if (atMs === Infinity || atMs >= this.#wakeMs) return;
    this.#timer?.cancel();
    this.#wakeMs = atMs;
    const waitMs = Math.min(Math.max(0, atMs - this.#clock.nowMs()), longestWaitMs);
    this.#timer = this.#clock.after(waitMs, () => this.#wake());
  }

  #wake(): void {
    this.#timer = undefined;
    this.#wakeMs = Infinity;
    const nowMs = this.#clock.nowMs();
    for (const [lease, leased] of this.#held) {
      if (expiryMs(leased.principal) <= nowMs) this.#end(lease, leased, timeIsOver);
    }
    for (const { principal } of this.#held.values()) this.#wakeAt(expiryMs(principal));
  }
}

declare module 'fastify' {
  interface FastifyInstance {
    readonly leases: Leases;
  }
}

/** For routes: `request.principal` holds what `leased` does. What is watched is written down. */
export function hold(request: FastifyRequest, leased: Omit<Leased, 'principal'>): Lease {
  if (leased.cameraId !== undefined) auditView(request, leased.action, leased.cameraId);
  const changed = (who: Principal): void => {
    request.principal = who;
    leased.changed?.(who);
  };
  return request.server.leases.hold({ ...leased, changed, principal: request.principal });
}

/** Equal where the same is allowed. */
function rightsOf({ permissions, grants, issuer }: Principal): string {
  return JSON.stringify([[...permissions], grants]) + (issuer ? rightsOf(issuer) : '');
}

/** Its own, or that of whoever it acts for; Unix ms. */
function expiryMs({ expiresMs = Infinity, issuer }: Principal): number {
  return issuer ? Math.min(expiresMs, expiryMs(issuer)) : expiresMs;
}
