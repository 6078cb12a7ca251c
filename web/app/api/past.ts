/**
 * What happened to cameras: pages into the past, and the newest, which is asked for again when something happens.
 */
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import type { QueryClient } from '@tanstack/react-query';
import type { HistoryKind, HistoryPage } from '../../../src/api/contract/history.ts';
import { ask } from './http.ts';
import { mergedItems, pageLength } from './past-items.ts';

export interface PastFilter {
  readonly camera?: string | undefined;
  readonly kind?: HistoryKind | undefined;
  /** `[fromMs, toMs)`. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
}

/** Not everything is told by an event. */
const everyMs = 15_000;
/** Rows reach the database a moment after the event. */
const settleMs = 1200;

export function usePast(filter: PastFilter) {
  const pages = useInfiniteQuery({
    queryKey: ['past', 'pages', filter],
    queryFn: ({ pageParam }) => ask<HistoryPage>('GET', `/history?${asked(filter, pageParam)}`),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next ?? undefined,
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  });
  const newest = useQuery({
    queryKey: ['past', 'newest', filter],
    queryFn: () => ask<HistoryPage>('GET', `/history?${asked(filter, '')}`),
    refetchInterval: everyMs,
  });
  const items = mergedItems(
    newest.data?.items,
    pages.data?.pages.flatMap((page) => page.items),
  );
  return { pages, items };
}

let settling: number | undefined;

/** Something happened that will stand in the list. */
export function newsOfPast(client: QueryClient): void {
  settling ??= window.setTimeout(() => {
    settling = undefined;
    void client.invalidateQueries({ queryKey: ['past', 'newest'] });
  }, settleMs);
}

function asked(filter: PastFilter, before: string): URLSearchParams {
  const { camera, kind, fromMs, toMs } = filter;
  const query = new URLSearchParams({ limit: String(pageLength) });
  for (const [name, value] of Object.entries({ camera, kind, from: fromMs, to: toMs, before })) {
    if (value !== undefined && value !== '') query.set(name, String(value));
  }
  return query;
}
