/** What is stored, what a policy would mean, what was deleted, what is held. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type {
  Deletion,
  Forecast,
  Hold,
  RecordingPolicyInput,
  Storage,
} from '../../../src/api/contract/recording.ts';
import { ask } from './http.ts';

const everyMs = 10_000;
const stateEveryMs = 60_000;

export function useStorage() {
  return useQuery({
    queryKey: ['storage'],
    queryFn: () => ask<Storage>('GET', '/storage'),
    refetchInterval: everyMs,
  });
}

/** Now and then, for who may read it: whether anything is wrong. */
export function useStorageState(enabled: boolean) {
  return useQuery({
    queryKey: ['storage'],
    queryFn: () => ask<Storage>('GET', '/storage'),
    refetchInterval: stateEveryMs,
    enabled,
    retry: false,
  });
}

/** The newest first. */
export function useDeletions(limit: number) {
  return useQuery({
    queryKey: ['deletions', limit],
    queryFn: () => ask<Deletion[]>('GET', `/storage/deletions?limit=${limit}`),
    refetchInterval: everyMs,
    placeholderData: keepPreviousData,
  });
}

export function useHolds() {
  return useQuery({ queryKey: ['holds'], queryFn: () => ask<Hold[]>('GET', '/holds') });
}

export function useEndHold() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => ask<unknown>('DELETE', `/holds/${id}`),
    onSettled: () => client.invalidateQueries({ queryKey: ['holds'] }),
  });
}

/** @param policy undefined while it cannot be asked for */
export function useForecast(cameraId: string, policy: RecordingPolicyInput | undefined) {
  return useQuery({
    queryKey: ['forecast', cameraId, policy],
    queryFn: () => ask<Forecast>('POST', '/storage/forecast', { cameraId, policy }),
    enabled: policy !== undefined && policy.mode !== 'off',
    placeholderData: keepPreviousData,
    retry: false,
  });
}
