/** The two ends of what is to be exported, as a value. */
import { spanMs } from './scale.ts';
import type { View } from './scale.ts';

export interface Marks {
  readonly startMs: number;
  readonly endMs: number;
}

export type End = 'start' | 'end';

/** Closer together they could not be told apart, nor hold a picture. */
const shortestMs = 200;
/** What is offered at first lies well within the view, and is not a whole year. */
const offeredShare = 0.2;
const longestOfferedMs = 3_600_000;

/** A sane stretch around a moment. */
export function offered(view: View, atMs: number, nowMs: number): Marks {
  const half = Math.max(shortestMs, Math.min(spanMs(view) * offeredShare, longestOfferedMs)) / 2;
  const endMs = Math.min(atMs + half, nowMs);
  return { startMs: endMs - 2 * half, endMs };
}

/** Puts one end somewhere; the other one gives way when they would meet. Nothing lies in the future. */
export function moved(marks: Marks | undefined, end: End, ms: number, { view, nowMs }: Around): Marks {
  const apart = Math.max(shortestMs, Math.min(spanMs(view) * offeredShare, longestOfferedMs));
  if (end === 'start') {
    const startMs = Math.min(ms, nowMs - shortestMs);
    const endMs = marks && marks.endMs - startMs >= shortestMs ? marks.endMs : startMs + apart;
    return { startMs, endMs: Math.min(endMs, nowMs) };
  }
  const endMs = Math.min(ms, nowMs);
  const startMs = marks && endMs - marks.startMs >= shortestMs ? marks.startMs : endMs - apart;
  return { startMs, endMs };
}

export interface Around {
  readonly view: View;
  readonly nowMs: number;
}

/** While a handle is dragged it stops at the other one. */
export function dragged(marks: Marks, end: End, ms: number): Marks {
  return end === 'start'
    ? { ...marks, startMs: Math.min(ms, marks.endMs - shortestMs) }
    : { ...marks, endMs: Math.max(ms, marks.startMs + shortestMs) };
}
