/**
 * What was recorded of a camera, and exports, as queries and changes. Times are Unix ms by the server's clock.
 */
import {
  keepPreviousData,
  queryOptions,
  useMutation,
  useQueries,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import type { Export, ExportEstimate } from '../../../src/api/contract/playback.ts';
import type { Days, Timeline } from '../../../src/api/contract/recording.ts';
import { ask } from './http.ts';

/** While something is recorded its end moves; the server is asked again so often. */
const freshMs = 2000;
/** The same for a view of many cameras. */
const freshManyMs = 5000;
const busyExportMs = 1000;
/** Pictures of the timeline that stay in memory while one moves about. */
const keptMs = 60_000;

interface TimelineRange {
  readonly cameraId: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly resolutionMs: number;
}

function timelineQuery({ cameraId, fromMs, toMs, resolutionMs }: TimelineRange) {
  return queryOptions({
    queryKey: ['timeline', cameraId, fromMs, toMs, resolutionMs],
    queryFn: () => ask<Timeline>('GET', timelinePath(cameraId, fromMs, toMs, resolutionMs)),
    gcTime: keptMs,
  });
}

/** Shows what was known until the answer is there, so that moving does not flicker. */
export function useTimeline(range: TimelineRange, growing: boolean) {
  return useQuery({
    ...timelineQuery(range),
    placeholderData: (before: Timeline | undefined, query) =>
      query?.queryKey[1] === range.cameraId ? keepPreviousData(before) : undefined,
    refetchInterval: growing ? freshMs : false,
    staleTime: freshMs,
  });
}

/** Of several cameras; undefined where nothing is known yet. */
export function useTimelines(
  cameraIds: readonly string[],
  range: Omit<TimelineRange, 'cameraId'>,
  growing: boolean,
): ReadonlyMap<string, Timeline> {
  return useQueries({
    queries: cameraIds.map((cameraId) => ({
      ...timelineQuery({ cameraId, ...range }),
      placeholderData: keepPreviousData<Timeline>,
      refetchInterval: growing ? freshManyMs : (false as const),
      staleTime: freshMs,
    })),
    combine: (answers) => {
      const known = new Map<string, Timeline>();
      for (const [at, { data }] of answers.entries()) {
        const cameraId = cameraIds[at];
        if (data && cameraId !== undefined) known.set(cameraId, data);
      }
      return known;
    },
  });
}

/** First footage after a moment, however far away; undefined: there is none. Unix ms. */
export async function nextFootage(cameraId: string, ms: number, nowMs: number): Promise<number | undefined> {
  const length = Math.max(1000, nowMs - ms);
  const path = timelinePath(cameraId, ms, ms + length, length / 4000);
  const { recorded, gaps } = await ask<Timeline>('GET', path);
  const next = recorded.find((one) => one.endMs > ms);
  // A joined span may begin with the gap that is to be left.
  const gap = next && gaps.find((one) => ms >= one.startMs && ms < one.endMs);
  return next && Math.max(next.startMs, gap?.endMs ?? ms);
}

function timelinePath(cameraId: string, fromMs: number, toMs: number, resolutionMs: number): string {
  const whole = [fromMs, toMs, resolutionMs].map((value) => Math.round(value));
  return `/cameras/${cameraId}/timeline?from=${whole[0]}&to=${whole[1]}&resolution=${whole[2]}`;
}

/** @param from the first day, @param to the day after the last one; `2026-11-01`. */
export function useDays(cameraId: string, from: string, to: string, zone: string) {
  const path = `/cameras/${cameraId}/days?from=${from}&to=${to}&tz=${encodeURIComponent(zone)}`;
  return useQuery({
    queryKey: ['days', cameraId, from, to, zone],
    queryFn: () => ask<Days>('GET', path),
    staleTime: 10_000,
  });
}

export interface ExportRequest {
  readonly cameraIds: readonly string[];
  readonly startMs: number;
  readonly endMs: number;
  readonly cut: Export['cut'];
}

/** @param request undefined: nothing is asked. */
export function useExportEstimate(request: ExportRequest | undefined) {
  return useQuery({
    queryKey: ['export-estimate', request],
    queryFn: () => ask<ExportEstimate>('POST', '/exports/estimate', request),
    enabled: request !== undefined,
    placeholderData: keepPreviousData,
    staleTime: 10_000,
    retry: false,
  });
}

const exportsKey = ['exports'];

/** Exports run on the server: the list is the same after the page was left. */
export function useExports() {
  return useQuery({
    queryKey: exportsKey,
    queryFn: () => ask<Export[]>('GET', '/exports'),
    refetchInterval: ({ state }) =>
      state.data?.some((one) => one.state === 'waiting' || one.state === 'running') ? busyExportMs : false,
    retry: false,
  });
}

export function useStartExport() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (request: ExportRequest) => ask<Export>('POST', '/exports', request),
    onSuccess: () => client.invalidateQueries({ queryKey: exportsKey }),
  });
}

export function useDeleteExport() {
  const client = useQueryClient();
  return useMutation({
    meta: { failed: 'The export was not deleted' },
    mutationFn: (id: string) => ask<unknown>('DELETE', `/exports/${id}`),
    onSuccess: () => client.invalidateQueries({ queryKey: exportsKey }),
  });
}
