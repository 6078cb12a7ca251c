/**
 * Where somebody who opens a page has to go first. In: who they are, where they want to go. Out: a page before it, or
 * none.
 */
import type { SessionInfo } from '../../../../src/api/contract/accounts.ts';

export const setUpPath = '/setup';
export const signInPath = '/sign-in';
/** Whoever holds a link to a camera needs no account. */
const openToAll = /^\/s\//;

export type Door = typeof setUpPath | typeof signInPath | 'onward';

/** @returns `onward`: there is nothing left to do at the door they stand at; undefined: they may stay. */
export function doorFor(
  { setUp, who }: Pick<SessionInfo, 'setUp' | 'who'>,
  pathname: string,
): Door | undefined {
  if (openToAll.test(pathname)) return undefined;
  if (!setUp) return pathname === setUpPath ? undefined : setUpPath;
  if (!who) return pathname === signInPath ? undefined : signInPath;
  if (pathname === signInPath) return 'onward';
  // The first steps go on after the account is made.
  if (pathname === setUpPath && !who.permissions.includes('system:write')) return 'onward';
  return undefined;
}

/** A page of ours, or the first page: an address in a link must not lead elsewhere. */
export function pathWithin(wanted: unknown, origin: string): string {
  if (typeof wanted !== 'string' || !wanted.startsWith('/') || !URL.canParse(wanted, origin)) return '/';
  const { origin: reached, pathname, search } = new URL(wanted, origin);
  if (reached !== origin || pathname === signInPath || pathname.startsWith('//')) return '/';
  return pathname + search;
}
