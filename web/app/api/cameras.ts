/**
 * Cameras and the system, as queries and changes. The list is the one place in the cache where a
 * camera lives; events keep it true between questions.
 */
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { QueryClient } from '@tanstack/react-query';
import type { Camera, CameraChange, ProbeResult, SourceInput } from '../../../src/api/contract/cameras.ts';
import type { SystemInfo } from '../../../src/api/contract/events.ts';
import { ask } from './http.ts';

export const camerasQuery = queryOptions({
  queryKey: ['cameras'],
  queryFn: () => ask<Camera[]>('GET', '/cameras'),
  staleTime: Infinity,
});

export const systemQuery = queryOptions({
  queryKey: ['system'],
  queryFn: () => ask<SystemInfo>('GET', '/system'),
  refetchInterval: 30_000,
  retry: false,
});

export function useCamera(id: string): { camera: Camera | undefined; loading: boolean; error: unknown } {
  const list = useQuery(camerasQuery);
  const camera = list.data?.find((one) => one.id === id);
  return { camera, loading: list.isPending, error: list.error };
}

/** Puts a camera into the cached list; new ones at the end, as the server orders them. */
export function putCamera(client: QueryClient, camera: Camera): void {
  client.setQueryData(camerasQuery.queryKey, (list) => {
    if (!list) return list;
    const known = list.some((one) => one.id === camera.id);
    return known ? list.map((one) => (one.id === camera.id ? camera : one)) : [...list, camera];
  });
}

export function dropCamera(client: QueryClient, id: string): void {
  client.setQueryData(camerasQuery.queryKey, (list) => list?.filter((one) => one.id !== id));
}

/** What a new camera needs; the server fills in the rest. */
export interface NewCamera {
  readonly name: string;
  readonly location?: string;
  readonly source: SourceInput;
  readonly sub?: SourceInput | null;
  readonly start: Camera['start'];
  readonly recording: { readonly mode: Camera['recording']['mode'] };
}

export function useCreateCamera() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (camera: NewCamera) => ask<Camera>('POST', '/cameras', camera),
    onSuccess: (camera) => putCamera(client, camera),
  });
}

export function useChangeCamera(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (change: CameraChange) => ask<Camera>('PATCH', `/cameras/${id}`, change),
    onSuccess: (camera) => putCamera(client, camera),
  });
}

export function useDeleteCamera(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => ask<unknown>('DELETE', `/cameras/${id}`),
    onSuccess: () => dropCamera(client, id),
  });
}

export function useProbe() {
  return useMutation({
    mutationFn: (source: SourceInput) => ask<ProbeResult>('POST', '/cameras/probe', { source }),
  });
}
