/** Where other machines find this server, and letting them in. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { NetworkReport } from '../../../src/api/contract/network.ts';
import { ask } from './http.ts';
import { settingsQuery } from './settings.ts';

const networkKey = ['network'];
/** A certificate is made, a port is opened: a second or two. */
const soonMs = 700;

/** @param changing it is asked for again and again until it settles */
export function useNetwork(changing: boolean) {
  return useQuery({
    queryKey: networkKey,
    queryFn: () => ask<NetworkReport>('GET', '/network'),
    refetchInterval: ({ state }) => (changing && state.data?.https.state === 'off' ? soonMs : false),
  });
}

/** Certificates are renewed, cables are pulled, and somebody else may open the port. */
const watchedMs = 5000;

/** As long as somebody looks at it. */
export function useWatchedNetwork() {
  return useQuery({
    queryKey: networkKey,
    queryFn: () => ask<NetworkReport>('GET', '/network'),
    refetchInterval: watchedMs,
  });
}

export function useLetOthersIn() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async () => {
      const { revision } = await client.fetchQuery(settingsQuery(undefined));
      return ask<unknown>('PATCH', '/settings', { values: { httpsEnabled: true }, revision });
    },
    onSettled: () => client.invalidateQueries({ queryKey: networkKey }),
  });
}
