/**
 * Names to addresses, through the machine's own resolver (so `/etc/hosts` and `.local` names work).
 *
 * The resolver is a blocking call on a small pool of threads that file access uses too. A dead DNS
 * server must not take them all, so only a few look-ups run at a time; the rest wait, with a limit.
 */
import { lookup } from 'node:dns';
import { isIP } from 'node:net';

export interface ResolvedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** Answers with every address of the name, or the error of the resolver. Never throws. */
export type Resolve = (
  host: string,
  done: (error: unknown, addresses: readonly ResolvedAddress[]) => void,
) => void;

/** Node has four such threads; two stay free for files. */
export const maxRunningLookups = 2;
/** Different names that wait; more than every camera of a large site at once. */
const maxWaitingNames = 1024;
/** A name with more addresses than this is no camera. */
const maxAddresses = 16;

type Done = Parameters<Resolve>[1];

/** Who waits for which name: one look-up answers all who asked while it ran. */
const asking = new Map<string, Done[]>();
const waiting: string[] = [];
let running = 0;

/** IP addresses answer at once, without a thread. */
export const resolveName: Resolve = (host, done) => {
  const family = isIP(host);
  if (family !== 0) {
    done(undefined, [{ address: host, family: family === 4 ? 4 : 6 }]);
    return;
  }
  const others = asking.get(host);
  if (others) {
    others.push(done);
    return;
  }
  if (waiting.length >= maxWaitingNames) {
    done(new Error('too many names are being looked up'), []);
    return;
  }
  asking.set(host, [done]);
  waiting.push(host);
  startNext();
};

function startNext(): void {
  if (running >= maxRunningLookups) return;
  const host = waiting.shift();
  if (host === undefined) return;
  running += 1;
  lookup(host, { all: true }, (error, found) => {
    running -= 1;
    const askers = asking.get(host) ?? [];
    asking.delete(host);
    startNext();
    const addresses = error ? [] : found.slice(0, maxAddresses).map(withFamily);
    for (const done of askers) done(error ?? undefined, addresses);
  });
}

function withFamily(found: { address: string; family: number }): ResolvedAddress {
  return { address: found.address, family: found.family === 6 ? 6 : 4 };
}
