/** Who did what, page after page, the newest first. */
import { useInfiniteQuery } from '@tanstack/react-query';
import type { z } from 'zod';
import type { auditPageSchema } from '../../../src/api/contract/accounts.ts';
import { ask } from './http.ts';

type Page = z.infer<typeof auditPageSchema>;

export interface AuditFilter {
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly camera?: string | undefined;
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
}

const pageLength = 100;
/** While the page is looked at. */
const everyMs = 15_000;

export function useAudit(filter: AuditFilter) {
  return useInfiniteQuery({
    queryKey: ['audit', filter],
    queryFn: ({ pageParam }) => ask<Page>('GET', `/audit?${asked(filter, pageParam)}`),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next ?? undefined,
    // Further pages are of the past, and asking for them again would move what is being read.
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) > 1 ? false : everyMs),
  });
}

function asked(filter: AuditFilter, before: string): URLSearchParams {
  const query = new URLSearchParams({ limit: String(pageLength) });
  for (const [name, value] of Object.entries({ ...filter, before })) {
    if (value !== undefined && value !== '') query.set(name, String(value));
  }
  return query;
}
