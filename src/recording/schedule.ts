/**
 * Windows of the week in the server's time zone. Days with 23 or 25 hours follow the clock on the wall: a window that
 * the change of the clock skips is empty, one that it repeats is an hour longer.
 */
import type { UnixMs } from '../base/units.ts';
import { unixMs } from '../base/units.ts';
import type { DayWindow } from './policy.ts';

/** Both in Unix ms; the end is not in it. */
export interface Span {
  readonly startMs: UnixMs;
  readonly endMs: UnixMs;
}

/** Bounds the work for a server that was off for long: what lies further back is of no camera's interest. */
const maxDays = 800;

export function isWithin(windows: readonly DayWindow[], atMs: UnixMs): boolean {
  return spansOfDay(windows, new Date(atMs)).some(({ startMs, endMs }) => startMs <= atMs && atMs < endMs);
}

/** What lies of the windows in `[fromMs, toMs)`, in order, touching ones as one. */
export function spansWithin(windows: readonly DayWindow[], fromMs: UnixMs, toMs: UnixMs): readonly Span[] {
  const spans: Span[] = [];
  const first = new Date(Math.max(fromMs, toMs - maxDays * 86_400_000));
  for (let day = 0; day <= maxDays; day += 1) {
    const date = new Date(first.getFullYear(), first.getMonth(), first.getDate() + day);
    if (date.getTime() >= toMs) break;
    for (const span of spansOfDay(windows, date)) add(spans, span, fromMs, toMs);
  }
  return spans;
}

function add(spans: Span[], span: Span, fromMs: number, toMs: number): void {
  const startMs = unixMs(Math.max(span.startMs, fromMs));
  const endMs = unixMs(Math.min(span.endMs, toMs));
  if (startMs >= endMs) return;
  const last = spans.at(-1);
  if (!last || last.endMs < startMs) return void spans.push({ startMs, endMs });
  spans[spans.length - 1] = { startMs: last.startMs, endMs: unixMs(Math.max(last.endMs, endMs)) };
}

/** Of the local day of `date`, sorted by start. */
function spansOfDay(windows: readonly DayWindow[], date: Date): readonly Span[] {
  const weekday = (date.getDay() + 6) % 7; // 0 is Monday
  return windows
    .filter(({ days }) => days.includes(weekday))
    .map(({ fromMinute, toMinute }) => ({
      startMs: minuteOf(date, fromMinute),
      endMs: minuteOf(date, toMinute),
    }))
    .toSorted((a, b) => a.startMs - b.startMs);
}

function minuteOf(date: Date, minute: number): UnixMs {
  return unixMs(new Date(date.getFullYear(), date.getMonth(), date.getDate(), 0, minute).getTime());
}
