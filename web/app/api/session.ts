/**
 * Who is signed in, and what they may do. The server decides; here is only what a page need not offer.
 */
import { queryOptions, useQuery } from '@tanstack/react-query';
import type { Camera } from '../../../src/api/contract/cameras.ts';
import type { SessionInfo } from '../../../src/api/contract/accounts.ts';
import { ask } from './http.ts';

type Who = NonNullable<SessionInfo['who']>;
export type Permission = Who['permissions'][number];
export type Right = Who['grants']['every'][number];

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async () => {
    const info = await ask<SessionInfo>('GET', '/session');
    // Somebody who opened a link is a guest at one page, and not signed in.
    return info.who?.kind === 'share' ? { ...info, who: null } : info;
  },
  staleTime: Infinity,
  retry: false,
});

/** Undefined until the server has answered. */
export function useSession(): SessionInfo | undefined {
  return useQuery(sessionQuery).data;
}

export function useMay(permission: Permission): boolean {
  return useSession()?.who?.permissions.includes(permission) ?? false;
}

/** Which cameras one may see the past of. */
export function useMayReplay(): (cameraId: Camera['id']) => boolean {
  const who = useSession()?.who;
  return (cameraId) =>
    [who?.grants.every, who?.grants.cameras[cameraId]].some((rights) => rights?.includes('playback'));
}

/** On one camera. */
export function useRights(cameraId: Camera['id']): ReadonlySet<Right> {
  const who = useSession()?.who;
  return new Set(who && [...who.grants.every, ...(who.grants.cameras[cameraId] ?? [])]);
}
