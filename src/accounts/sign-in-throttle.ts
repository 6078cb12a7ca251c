/**
 * Slows down who guesses. In: who tries (an address, a name), and how it ended. Out: how long to wait.
 *
 * An attempt counts when it begins, so that a hundred at one time are a hundred. Names are counted whether there is such
 * an account or not: waiting says nothing about that. Memory is bounded; a restart forgets.
 */
import { isIPv6 } from 'node:net';
import type { Clock } from '../base/clock.ts';

export interface Attempt {
  readonly address: string;
  /** Undefined: only the address counts. */
  readonly name: string | undefined;
}

interface Rule {
  /** So many failures cost nothing: people mistype. */
  readonly free: number;
  readonly longestMs: number;
}

/** Many people may share an address, behind a router. */
const addressRule: Rule = { free: 10, longestMs: 15 * 60_000 };
/** Shorter: otherwise whoever does not like somebody keeps them out. */
const nameRule: Rule = { free: 5, longestMs: 60_000 };
const firstDelayMs = 1000;
/** After so long without an attempt it is as if there had been none. */
const forgottenMs = 60 * 60_000;
/** Addresses, and names, that are remembered. */
const maxRemembered = 10_000;

interface Failures {
  count: number;
  lastMs: number;
}

export class SignInThrottle {
  readonly #clock: Clock;
  readonly #addresses = new Map<string, Failures>();
  readonly #names = new Map<string, Failures>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** 0: it may be tried, and counts as failed until `succeeded`. Else: so many milliseconds later. */
  begin({ address, name }: Attempt): number {
    const nowMs = this.#clock.monotonicMs();
    const place = networkOf(address);
    const waitMs = Math.max(
      waitOf(this.#addresses.get(place), addressRule, nowMs),
      name === undefined ? 0 : waitOf(this.#names.get(name), nameRule, nowMs),
    );
    if (waitMs > 0) return waitMs;
    count(this.#addresses, place, nowMs);
    if (name !== undefined) count(this.#names, name, nowMs);
    return 0;
  }

  /** Who knows one password may still be guessing another: the failures of the address stay. */
  succeeded(attempt: Attempt): void {
    this.undone(attempt);
    if (attempt.name !== undefined) this.#names.delete(attempt.name);
  }

  /** It was no guess after all. */
  undone({ address, name }: Attempt): void {
    discount(this.#addresses, networkOf(address));
    if (name !== undefined) discount(this.#names, name);
  }
}

/** One customer of a provider has 2^64 IPv6 addresses at least. */
function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.toLowerCase().replace(/%.*$/, '').split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array.from({ length: missing }, () => '0'), ...after];
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}

function waitOf(failures: Failures | undefined, { free, longestMs }: Rule, nowMs: number): number {
  if (!failures || failures.count < free || nowMs - failures.lastMs >= forgottenMs) return 0;
  const delayMs = Math.min(longestMs, firstDelayMs * 2 ** (failures.count - free));
  return Math.max(0, failures.lastMs + delayMs - nowMs);
}

function count(all: Map<string, Failures>, key: string, nowMs: number): void {
  const known = all.get(key);
  const failures = known && nowMs - known.lastMs < forgottenMs ? known : { count: 0, lastMs: nowMs };
  failures.count++;
  failures.lastMs = nowMs;
  // The one that tried last stands last.
  all.delete(key);
  all.set(key, failures);
  if (all.size > maxRemembered) forgetOne(all);
}

function discount(all: Map<string, Failures>, key: string): void {
  const known = all.get(key);
  if (known && known.count > 0) known.count--;
}

/** Of those that tried longest ago the one with the fewest failures: who fills the memory does not free a target. */
function forgetOne(all: Map<string, Failures>): void {
  let least: { key: string; count: number } | undefined;
  for (const [key, { count: failed }] of all) {
    if (!least || failed < least.count) least = { key, count: failed };
    if (failed <= 1) break;
  }
  if (least) all.delete(least.key);
}
