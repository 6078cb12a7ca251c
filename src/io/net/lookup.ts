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
/** More than every camera of a large site at once. */
export const maxWaitingLookups = 4096;
/** A name with more addresses than this is no camera. */
export const maxAddresses = 16;

const waiting: (() => void)[] = [];
let running = 0;

/** IP addresses answer at once, without a thread. */
export const resolveName: Resolve = (host, done) => {
  const family = isIP(host);
  if (family !== 0) {
    done(undefined, [{ address: host, family: family === 4 ? 4 : 6 }]);
    return;
  }
  const start = () => {
    running += 1;
    lookup(host, { all: true }, (error, addresses) => {
      running -= 1;
      waiting.shift()?.();
      done(error ?? undefined, error ? [] : addresses.slice(0, maxAddresses).map(withFamily));
    });
  };
  if (running < maxRunningLookups) start();
  else if (waiting.length < maxWaitingLookups) waiting.push(start);
  else done(new Error('too many names are being looked up'), []);
};

function withFamily(found: { address: string; family: number }): ResolvedAddress {
  return { address: found.address, family: found.family === 6 ? 6 : 4 };
}
