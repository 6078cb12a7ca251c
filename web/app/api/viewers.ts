/** The viewers of one camera, asked for while they are shown. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { CameraViewer } from '../../../src/api/contract/cameras.ts';
import { ask } from './http.ts';

const everyMs = 2000;

export function useViewers(cameraId: string) {
  return useQuery({
    queryKey: ['viewers', cameraId],
    queryFn: () => ask<CameraViewer[]>('GET', `/cameras/${cameraId}/viewers`),
    refetchInterval: everyMs,
  });
}

export function useEndViewer(cameraId: string) {
  const client = useQueryClient();
  return useMutation({
    meta: { failed: 'The viewer was not disconnected' },
    mutationFn: (viewer: string) => ask<unknown>('DELETE', `/cameras/${cameraId}/viewers/${viewer}`),
    onSettled: () => client.invalidateQueries({ queryKey: ['viewers', cameraId] }),
  });
}
