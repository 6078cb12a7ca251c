/**
 * Short words in the corner about what is not visible anyway: something failed in the background, a camera is gone.
 * In: toasts from anywhere. Out: the few that are shown now, the newest last.
 */
import { useSyncExternalStore } from 'react';
import type { Tone } from '../state-chip.tsx';

export interface Toast {
  /** The same key replaces what is shown under it: news about one thing is one toast. */
  readonly key: string;
  readonly tone: Tone;
  readonly title: string;
  readonly words?: string;
  /** Where more is known. */
  readonly to?: { readonly path: string; readonly label: string };
  /** Stays until it is closed or replaced; else it goes by itself. */
  readonly stays?: boolean;
}

/** More would be a wall, and nobody reads it. */
const mostShown = 4;
/** Long enough to be read twice. */
const shownMs = 9000;

let shown: readonly Toast[] = [];
const timers = new Map<string, number>();
const listeners = new Set<() => void>();

export function toast(news: Toast): void {
  put([...shown.filter(({ key }) => key !== news.key), news].slice(-mostShown));
  window.clearTimeout(timers.get(news.key));
  if (!news.stays)
    timers.set(
      news.key,
      window.setTimeout(() => dropToast(news.key), shownMs),
    );
}

export function dropToast(key: string): void {
  window.clearTimeout(timers.get(key));
  timers.delete(key);
  if (shown.some((one) => one.key === key)) put(shown.filter((one) => one.key !== key));
}

export function useToasts(): readonly Toast[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => shown,
  );
}

function put(next: readonly Toast[]): void {
  shown = next;
  for (const listener of listeners) listener();
}
