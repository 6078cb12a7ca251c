/**
 * The ruler: where marks stand and what is written there. In: a view, its width, a time zone. Out: marks that fall on
 * round times of that zone's clocks, also across a change of the clocks.
 */
import type { View } from './scale.ts';
import { spanMs } from './scale.ts';
import { clockText, dayStart, dayText, midnight, momentOf, monthName, offsetMs, wallOf } from './zone.ts';

export interface Tick {
  readonly ms: number;
  /** Empty: only a mark. */
  readonly label: string;
  /** A new day, month or year begins. */
  readonly major: boolean;
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** Between labels, and between the marks among them. */
const steps: readonly (readonly [number, number])[] = [
  [100, 20],
  [200, 50],
  [500, 100],
  [second, 200],
  [2 * second, 500],
  [5 * second, second],
  [10 * second, 2 * second],
  [15 * second, 5 * second],
  [30 * second, 10 * second],
  [minute, 15 * second],
  [2 * minute, 30 * second],
  [5 * minute, minute],
  [10 * minute, 2 * minute],
  [15 * minute, 5 * minute],
  [30 * minute, 10 * minute],
  [hour, 15 * minute],
  [2 * hour, 30 * minute],
  [3 * hour, hour],
  [6 * hour, hour],
  [12 * hour, 3 * hour],
  [day, 6 * hour],
  [2 * day, day],
  [7 * day, day],
  [14 * day, 7 * day],
];
/** A view of this many marks is too wide for its zone's arithmetic; never reached by a real screen. */
const mostTicks = 2000;

/** @param apartPixels labels are at least so far from each other. */
export function ticks(view: View, widthPixels: number, zone: string, apartPixels = 84): Tick[] {
  const perLabel = (spanMs(view) / Math.max(1, widthPixels)) * apartPixels;
  const [step, small] = steps.find(([length]) => length >= perLabel) ?? [31 * day, 31 * day];
  if (step > 14 * day) return months(view, zone, Math.max(1, Math.ceil(perLabel / (31 * day))));
  const labelled = new Set(times(view, step, zone));
  const found: Tick[] = times(view, small, zone)
    .filter((ms) => !labelled.has(ms))
    .map((ms) => ({ ms, label: '', major: false }));
  for (const ms of labelled) found.push(labelledTick(ms, step, zone));
  return found.sort((a, b) => a.ms - b.ms);
}

function labelledTick(ms: number, step: number, zone: string): Tick {
  const major = ms === dayStart(ms, zone);
  if (major) return { ms, label: dayText(ms, zone), major };
  return {
    ms,
    label: clockText(ms, zone, step < second ? 'millisecond' : step < minute ? 'second' : 'minute'),
    major,
  };
}

/** Round times within the view. */
function times(view: View, step: number, zone: string): number[] {
  if (step <= hour / 2) return even(view, step, offsetMs(view.fromMs, zone));
  return step < day ? hours(view, step / hour, zone) : days(view, step / day, zone);
}

function even({ fromMs, toMs }: View, step: number, offset: number): number[] {
  const found: number[] = [];
  const first = Math.ceil((fromMs + offset) / step) * step - offset;
  for (let ms = first; ms <= toMs && found.length < mostTicks; ms += step) found.push(ms);
  return found;
}

/** Hours as clocks show them: 03:00 stays 03:00 on the day that has 23 of them. */
function hours({ fromMs, toMs }: View, step: number, zone: string): number[] {
  const found = new Set<number>();
  for (
    let start = dayStart(fromMs, zone);
    start <= toMs && found.size < mostTicks;
    start = dayStart(start, zone, 1)
  ) {
    const { year, month, day } = wallOf(start, zone);
    for (let hour = 0; hour < 24; hour += step) {
      const ms = hour === 0 ? start : momentOf({ ...midnight(year, month, day), hour }, zone);
      if (ms >= fromMs && ms <= toMs) found.add(ms);
    }
  }
  return [...found];
}

/** Every so many days, counted from one fixed Monday, so that marks stay while the view moves. */
function days({ fromMs, toMs }: View, step: number, zone: string): number[] {
  const found: number[] = [];
  for (
    let start = dayStart(fromMs, zone);
    start <= toMs && found.length < mostTicks;
    start = dayStart(start, zone, 1)
  ) {
    const { year, month, day: date } = wallOf(start, zone);
    const number = Math.round(Date.UTC(year, month - 1, date) / day) - 4;
    if (start >= fromMs && number % step === 0) found.push(start);
  }
  return found;
}

function months({ fromMs, toMs }: View, zone: string, step: number): Tick[] {
  const found: Tick[] = [];
  const { year } = wallOf(fromMs, zone);
  for (let month = 1; found.length < mostTicks; month += 1) {
    const ms = momentOf(midnight(year, month, 1), zone);
    if (ms > toMs) break;
    const shown = wallOf(ms, zone);
    if (ms < fromMs) continue;
    const label = (shown.month - 1) % step === 0 ? `${monthName(shown.month)} ${shown.year}` : '';
    found.push({ ms, label, major: shown.month === 1 });
  }
  return found;
}
