/** The search for cameras, and what one device says of itself. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { DeviceStreams, DeviceStreamsRequest, Scan } from '../../../src/api/contract/camera-scan.ts';
import { ask } from './http.ts';

/** New finds appear as they answer. */
const everyMs = 500;
const key = ['camera-scan'];

/** The newest search; asked for again while it runs. */
export function useScan() {
  return useQuery({
    queryKey: key,
    queryFn: () => ask<Scan>('GET', '/cameras/scan'),
    refetchInterval: ({ state }) => (state.data?.state === 'running' ? everyMs : false),
    retry: false,
  });
}

export function useStartScan() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (wanted: { rtsp: boolean }) => ask<Scan>('POST', '/cameras/scan', wanted),
    onSuccess: (scan) => client.setQueryData(key, scan),
  });
}

export function useDeviceStreams() {
  return useMutation({
    mutationFn: (wanted: DeviceStreamsRequest) => ask<DeviceStreams>('POST', '/cameras/scan/streams', wanted),
  });
}
