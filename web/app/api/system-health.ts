/**
 * How the server does: asked for once, then kept true by events. Findings are asked for again when there are others.
 */
import { queryOptions, useQuery } from '@tanstack/react-query';
import type { QueryClient } from '@tanstack/react-query';
import type { HealthHistory, SystemHealth, SystemStatus } from '../../../src/api/contract/system-health.ts';
import { ask } from './http.ts';

/** Backlogs of recordings come with this, not with events. */
const everyMs = 10_000;
/** An hour of events. */
const mostSamples = 720;

const nowQuery = queryOptions({
  queryKey: ['system-health', 'now'],
  queryFn: () => ask<SystemHealth>('GET', '/system/health'),
});

const historyQuery = queryOptions({
  queryKey: ['system-health', 'history'],
  queryFn: async () => (await ask<SystemHealth>('GET', '/system/health?history=true')).history,
  staleTime: 60_000,
  refetchInterval: 5 * 60_000,
});

export function useSystemHealth() {
  return useQuery({ ...nowQuery, refetchInterval: everyMs });
}

export function useHealthHistory() {
  return useQuery(historyQuery);
}

/** A look of the server arrived. */
export function putSystemStatus(client: QueryClient, status: SystemStatus): void {
  const before = client.getQueryData(nowQuery.queryKey);
  if (!before) return;
  client.setQueryData(nowQuery.queryKey, { ...before, status });
  client.setQueryData(
    historyQuery.queryKey,
    (known) => known && { ...known, hour: longer(known.hour, status) },
  );
  if (before.status.findingsRevision !== status.findingsRevision) {
    void client.invalidateQueries({ queryKey: nowQuery.queryKey });
  }
}

const add = (column: readonly number[], value: number) => [...column, value].slice(-mostSamples);

/** Nothing is added twice: events may come again after a break. */
function longer(history: HealthHistory, status: SystemStatus): HealthHistory {
  const last = history.atMs.at(-1);
  if (last !== undefined && status.atMs <= last) return history;
  const { cpu, memory, eventLoop, streams } = status;
  return {
    everyMs: history.everyMs,
    atMs: add(history.atMs, status.atMs),
    processCores: add(history.processCores, cpu.processCores),
    machineShare: add(history.machineShare, cpu.machineShare),
    rssBytes: add(history.rssBytes, memory.rssBytes),
    machineUsedBytes: add(history.machineUsedBytes, memory.machineTotalBytes - memory.machineFreeBytes),
    eventLoopP99Ms: add(history.eventLoopP99Ms, eventLoop.p99Ms),
    inBps: add(history.inBps, streams.inBps),
    outBps: add(history.outBps, streams.outBps),
    live: add(history.live, streams.live),
    viewers: add(history.viewers, streams.viewers),
  };
}
