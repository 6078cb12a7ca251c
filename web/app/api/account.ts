/** Signing in and out, and what everybody may do with their own account. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { Session } from '../../../src/api/contract/accounts.ts';
import { ask } from './http.ts';
import { sessionQuery } from './session.ts';

/** Who one is, asked anew: the page follows. */
function useAskAgain() {
  const client = useQueryClient();
  return () => client.refetchQueries({ queryKey: sessionQuery.queryKey });
}

export function useSignIn() {
  const onSuccess = useAskAgain();
  return useMutation({
    mutationFn: (login: { name: string; password: string }) => ask<unknown>('POST', '/session', login),
    onSuccess,
  });
}

/** Makes the first administrator, who is signed in then. */
export function useSetUp() {
  const onSuccess = useAskAgain();
  return useMutation({
    mutationFn: (first: { token: string; name: string; password: string }) =>
      ask<unknown>('POST', '/setup', first),
    onSuccess,
  });
}

export function useSignOut() {
  return useMutation({
    meta: { failed: 'You are still signed in' },
    mutationFn: () => ask<unknown>('DELETE', '/session'),
    // A fresh page knows nothing of who was here before.
    onSuccess: () => location.assign('/sign-in'),
  });
}

const sessionsKey = ['account-sessions'];

export function useOwnSessions() {
  return useQuery({ queryKey: sessionsKey, queryFn: () => ask<Session[]>('GET', '/account/sessions') });
}

export function useEndOwnSession() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => ask<unknown>('DELETE', `/account/sessions/${id}`),
    onSettled: () => client.invalidateQueries({ queryKey: sessionsKey }),
  });
}

export function useChangePassword() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (change: { current: string; password: string }) =>
      ask<unknown>('PUT', '/account/password', change),
    onSuccess: () => client.invalidateQueries({ queryKey: sessionsKey }),
  });
}

/** The browser goes to the other place, and comes back to the page of the account. */
export function useLinkElsewhere() {
  return useMutation({
    mutationFn: () => ask<{ url: string }>('POST', '/account/oidc', { to: '/account' }),
    onSuccess: ({ url }) => location.assign(url),
  });
}

export function useUnlinkElsewhere() {
  const onSuccess = useAskAgain();
  return useMutation({ mutationFn: () => ask<unknown>('DELETE', '/account/oidc'), onSuccess });
}
