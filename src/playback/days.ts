/**
 * Which days have footage, for a calendar: local days of any time zone, 23 and 25 hours long where the clocks change.
 *
 * In: a camera, the first day and the one after the last, a zone. Out: each day with its bounds, and how much of it is
 * recorded, missing, and happened. Sums are exact to the millisecond; what overlaps counts once.
 */
import type { CameraId } from '../base/ids.ts';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { Span } from '../database/timeline.ts';
import { eventsIn, gapsIn } from '../database/timeline.ts';
import type { TimelineParts } from './timeline.ts';
import { recordedIn } from './timeline.ts';

export interface DaysQuestion {
  readonly cameraId: CameraId;
  /** `2026-11-01` */
  readonly fromDate: string;
  /** The day after the last. */
  readonly toDate: string;
  /** Of the IANA time zone database: `Europe/Berlin`. */
  readonly timeZone: string;
}

export interface Day extends Span {
  readonly date: string;
  readonly recordedMs: number;
  readonly gapMs: number;
  readonly events: number;
}

export interface DaysFault {
  readonly field: 'from' | 'to' | 'tz';
  readonly message: string;
}

/** Two years and some, so that a page may show this one beside the last. */
const mostDays = 750;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** UTC−12 to UTC+14, and some room. */
const furthestZoneMs = 16 * hourMs;
/** Days of every zone begin at a quarter of an hour of UTC. */
const quarterMs = hourMs / 4;

export async function daysOf(
  parts: TimelineParts,
  question: DaysQuestion,
): Promise<Result<{ readonly timeZone: string; readonly days: readonly Day[] }, DaysFault>> {
  const bounds = dayBounds(question);
  if (!bounds.ok) return bounds;
  const fromMs = bounds.value[0]?.startMs ?? 0;
  const toMs = bounds.value.at(-1)?.endMs ?? 0;
  const nowMs = parts.clock.nowMs();
  const range = { cameraId: question.cameraId, fromMs, toMs, nowMs };
  const written = await parts.written(question.cameraId);
  const recorded = new DayLengths(bounds.value);
  const missing = new DayLengths(bounds.value);
  const counts = new Map<DayBounds, number>();
  const { queries } = parts;
  await Promise.all([
    each(recordedIn(queries, range, written), (span) => recorded.add(span)),
    each(gapsIn(queries, range, written), (gap) => {
      if (!gap.recorded) missing.add(gap);
    }),
    countEvents(bounds.value, eventsIn(queries, range), counts),
  ]);
  const days = bounds.value.map((day, i) => ({
    ...day,
    recordedMs: recorded.lengthsMs[i] ?? 0,
    gapMs: missing.lengthsMs[i] ?? 0,
    events: counts.get(day) ?? 0,
  }));
  return ok({ timeZone: question.timeZone, days });
}

async function each<T>(pages: AsyncIterable<readonly T[]>, use: (item: T) => void): Promise<void> {
  for await (const page of pages) for (const item of page) use(item);
}

type DayBounds = Span & { readonly date: string };

function dayBounds({ fromDate, toDate, timeZone }: DaysQuestion): Result<readonly DayBounds[], DaysFault> {
  const first = dateMs(fromDate);
  if (first === undefined) return err({ field: 'from', message: `"${fromDate}" is no day like 2026-11-01.` });
  const end = dateMs(toDate);
  if (end === undefined) return err({ field: 'to', message: `"${toDate}" is no day like 2026-12-01.` });
  if (end <= first)
    return err({ field: 'to', message: 'must be later than `from`: it is the day after the last.' });
  if (end - first > mostDays * dayMs) {
    return err({
      field: 'to',
      message: `is too far from \`from\`: at most ${mostDays} days are told at once.`,
    });
  }
  const calendar = calendarOf(timeZone);
  if (!calendar) {
    return err({ field: 'tz', message: `"${timeZone}" is no time zone like Europe/Berlin or UTC.` });
  }
  const bounds: DayBounds[] = [];
  let startMs = startOfDay(calendar, first);
  for (let at = first; at < end; at += dayMs) {
    const endMs = startOfDay(calendar, at + dayMs);
    bounds.push({ date: dateText(at), startMs, endMs });
    startMs = endMs;
  }
  return ok(bounds);
}

/** Local date of a moment, as the moment when that date begins in UTC: so dates can be compared. */
type Calendar = (atMs: number) => number;

function calendarOf(timeZone: string): Calendar | undefined {
  let format: Intl.DateTimeFormat;
  try {
    const numbers = { year: 'numeric', month: '2-digit', day: '2-digit' } as const;
    format = new Intl.DateTimeFormat('en-CA', { timeZone, calendar: 'iso8601', ...numbers });
  } catch {
    return undefined;
  }
  return (atMs) => Date.parse(format.format(atMs));
}

/**
 * The first moment whose local date is that of `dateMs` or later. Searched for, because the clocks change at midnight in
 * some zones: then a day begins at one o'clock.
 */
function startOfDay(calendar: Calendar, dateMs: number): number {
  let before = (dateMs - furthestZoneMs) / quarterMs;
  let after = (dateMs + furthestZoneMs) / quarterMs;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (calendar(middle * quarterMs) >= dateMs) after = middle;
    else before = middle;
  }
  return after * quarterMs;
}

/** How much of each day spans cover; what overlaps counts once. */
class DayLengths {
  readonly lengthsMs: number[];
  readonly #days: readonly DayBounds[];
  #day = 0;
  #coveredUntilMs: number;

  /** @param days one after another */
  constructor(days: readonly DayBounds[]) {
    this.#days = days;
    this.lengthsMs = days.map(() => 0);
    this.#coveredUntilMs = days[0]?.startMs ?? 0;
  }

  /** In order of their start. */
  add(span: Span): void {
    let atMs = Math.max(span.startMs, this.#coveredUntilMs);
    while (atMs < span.endMs) {
      const day = this.#dayAt(atMs);
      if (!day) return;
      const untilMs = Math.min(span.endMs, day.endMs);
      this.lengthsMs[this.#day] = (this.lengthsMs[this.#day] ?? 0) + untilMs - atMs;
      atMs = untilMs;
    }
    this.#coveredUntilMs = Math.max(this.#coveredUntilMs, atMs);
  }

  #dayAt(atMs: number): DayBounds | undefined {
    while ((this.#days[this.#day]?.endMs ?? Infinity) <= atMs) this.#day += 1;
    return this.#days[this.#day];
  }
}

/** An event belongs to the day that it begins in. */
async function countEvents(
  days: readonly DayBounds[],
  events: AsyncIterable<readonly Span[]>,
  counts: Map<DayBounds, number>,
): Promise<void> {
  let at = 0;
  await each(events, ({ startMs }) => {
    while ((days[at]?.endMs ?? Infinity) <= startMs) at += 1;
    const day = days[at];
    if (day && startMs >= day.startMs) counts.set(day, (counts.get(day) ?? 0) + 1);
  });
}

/** Undefined when there is no such date, or it is before 1970. */
function dateMs(date: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) return undefined;
  const ms = Date.parse(date);
  return Number.isNaN(ms) || ms < 0 || dateText(ms) !== date ? undefined : ms;
}

function dateText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
