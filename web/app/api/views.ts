/** Saved views as queries and changes. The server tells of another browser's changes (`events.ts`). */
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { QueryClient } from '@tanstack/react-query';
import type { SavedView, ViewChange, ViewCreate } from '../../../src/api/contract/views.ts';
import { ask } from './http.ts';

/** While the server tells of every change. */
const freshMs = 60_000;

export const viewsQuery = queryOptions({
  queryKey: ['views'],
  queryFn: () => ask<SavedView[]>('GET', '/views'),
  staleTime: freshMs,
});

export function useView(id: string): { view: SavedView | undefined; loading: boolean; error: unknown } {
  const list = useQuery(viewsQuery);
  return { view: list.data?.find((one) => one.id === id), loading: list.isPending, error: list.error };
}

export function useCreateView() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (view: ViewCreate) => ask<SavedView>('POST', '/views', view),
    onSuccess: (view) => put(client, view),
  });
}

export function useChangeView(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (change: ViewChange) => ask<SavedView>('PATCH', `/views/${id}`, change),
    onSuccess: (view) => put(client, view),
  });
}

export function useDeleteView() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => ask<unknown>('DELETE', `/views/${id}`),
    onSuccess: (_answer, id) =>
      client.setQueryData(viewsQuery.queryKey, (list) => list?.filter((one) => one.id !== id)),
  });
}

function put(client: QueryClient, view: SavedView): void {
  client.setQueryData(viewsQuery.queryKey, (list) => {
    if (!list) return list;
    const known = list.some((one) => one.id === view.id);
    return known ? list.map((one) => (one.id === view.id ? view : one)) : [...list, view];
  });
}
