/**
 * The last minutes of each camera's bitrate and frame rate, from events, for the chart.
 * In memory only; a page that was just opened starts with nothing.
 */
import { useSyncExternalStore } from 'react';
import type { StreamStatus } from '../../../src/api/contract/cameras.ts';

export interface Sample {
  /** Unix ms, of this machine. */
  readonly atMs: number;
  readonly bitrateBps: number;
  readonly framesPerSecond: number;
}

/** Ten minutes of events, two seconds apart. */
const mostSamples = 300;
/** More cameras than anybody looks at in one sitting. */
const mostCameras = 256;

const none: readonly Sample[] = [];
const histories = new Map<string, readonly Sample[]>();
const listeners = new Set<() => void>();

export function recordStatus(cameraId: string, status: StreamStatus): void {
  const { bitrateBps, framesPerSecond } = status.stats;
  const before = histories.get(cameraId) ?? none;
  if (before === none && histories.size >= mostCameras) return;
  const sample = { atMs: Date.now(), bitrateBps, framesPerSecond };
  histories.set(cameraId, [...before.slice(-(mostSamples - 1)), sample]);
  for (const listener of listeners) listener();
}

export function useHistory(cameraId: string): readonly Sample[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => histories.get(cameraId) ?? none,
  );
}
