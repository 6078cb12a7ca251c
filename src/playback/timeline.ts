/**
 * What there is of a camera between two moments: footage, gaps and their causes, poor stretches, events, holds.
 *
 * In: a camera, a range, how finely it shall be told. Out: lists of spans, sorted by start, within the range.
 * Spans of one kind that are closer than the resolution are joined; none is ever left out. So the answer is bounded:
 * each list has at most one span per `resolution` (gaps: for each cause; holds: all there are).
 */
import type { Kysely } from 'kysely';
import type { Clock } from '../base/clock.ts';
import type { CameraId } from '../base/ids.ts';
import { holdsOn } from '../database/holds.ts';
import type { Schema } from '../database/schema.ts';
import type { HistoryRange, PastEvent, PastGap, Span } from '../database/timeline.ts';
import { eventsIn, gapsIn, runsIn } from '../database/timeline.ts';

export interface TimelineParts {
  readonly queries: Kysely<Schema>;
  readonly clock: Clock;
  /** What is being recorded of a camera now and stands in no run yet; undefined when nothing is. */
  readonly written: (cameraId: CameraId) => Promise<Span | undefined>;
}

export interface TimelineQuestion {
  readonly cameraId: CameraId;
  /** Unix ms, before `toMs`. */
  readonly fromMs: number;
  readonly toMs: number;
  /** At least 0; by default fine enough for a wide screen. */
  readonly resolutionMs?: number | undefined;
}

interface TimelineGap extends Span {
  readonly cause: string;
  readonly detail: string;
  readonly open: boolean;
}

export interface TimelineAnswer {
  readonly fromMs: number;
  readonly toMs: number;
  readonly nowMs: number;
  readonly resolutionMs: number;
  readonly recorded: readonly (Span & { readonly live: boolean })[];
  readonly gaps: readonly TimelineGap[];
  readonly degraded: readonly Omit<TimelineGap, 'open'>[];
  readonly events: readonly (PastEvent & { readonly count: number })[];
  readonly held: readonly (Span & { readonly id: string; readonly reason: string })[];
}

/** A span for each second pixel of a wide screen. */
const defaultSpans = 2000;
/** Some hundred kilobytes of JSON; nobody can look at more. */
const mostSpans = 4000;

export async function timelineOf(parts: TimelineParts, question: TimelineQuestion): Promise<TimelineAnswer> {
  const { cameraId, fromMs, toMs } = question;
  const nowMs = parts.clock.nowMs();
  const range = { cameraId, fromMs, toMs, nowMs };
  const resolutionMs = resolutionOf(question);
  const written = await parts.written(cameraId);
  const [recorded, gaps, events, holds] = await Promise.all([
    recordedSpans(recordedIn(parts.queries, range, written), written, resolutionMs),
    joinedGaps(gapsIn(parts.queries, range, written), resolutionMs),
    joinedEvents(eventsIn(parts.queries, range), resolutionMs),
    holdsOn(parts.queries, cameraId, nowMs),
  ]);
  const within = <T extends Span>(spans: readonly T[]): T[] =>
    spans.filter((span) => isWithin(span, range)).map((span) => clipped(span, range));
  return {
    fromMs,
    toMs,
    nowMs,
    resolutionMs,
    recorded: within(recorded),
    gaps: within(gaps.filter((gap) => !gap.recorded).map((gap) => ({ ...told(gap), open: gap.open }))),
    degraded: within(gaps.filter((gap) => gap.recorded).map(told)),
    events: within(events),
    held: within(holds.map(({ id, startMs, endMs, reason }) => ({ id, startMs, endMs, reason }))),
  };
}

/** Runs and what is being written, in order of their start. */
export async function* recordedIn(
  queries: Kysely<Schema>,
  range: HistoryRange,
  written: Span | undefined,
): AsyncGenerator<readonly Span[], void> {
  let waiting = written;
  for await (const page of runsIn(queries, range)) {
    if (waiting && (page.at(-1)?.startMs ?? 0) >= waiting.startMs) {
      yield [...page, waiting].toSorted((a, b) => a.startMs - b.startMs);
      waiting = undefined;
    } else yield page;
  }
  if (waiting) yield [waiting];
}

/** Coarser than what was asked for when the answer would be too long. */
function resolutionOf({ fromMs, toMs, resolutionMs }: TimelineQuestion): number {
  const asked = resolutionMs ?? (toMs - fromMs) / defaultSpans;
  return Math.max(1, Math.ceil(asked), Math.ceil((toMs - fromMs) / mostSpans));
}

async function recordedSpans(
  pages: AsyncIterable<readonly Span[]>,
  written: Span | undefined,
  resolutionMs: number,
): Promise<readonly RecordedSpan[]> {
  const joined = new Joined<Span, RecordedSpan>(resolutionMs, {
    begin: (span) => ({ startMs: span.startMs, endMs: span.endMs, live: span === written }),
    extend: (into, span) => {
      into.live ||= span === written;
    },
  });
  for await (const page of pages) for (const span of page) joined.add('', span);
  return joined.spans;
}

async function joinedGaps(
  pages: AsyncIterable<readonly PastGap[]>,
  resolutionMs: number,
): Promise<readonly ManyGaps[]> {
  const joined = new Joined<PastGap, ManyGaps>(resolutionMs, {
    begin: (gap) => ({ ...gap, count: 1, lengthMs: gap.endMs - gap.startMs }),
    extend: (into, gap) => {
      into.count += 1;
      into.lengthMs += gap.endMs - gap.startMs;
      into.open ||= gap.open;
    },
  });
  for await (const page of pages) {
    for (const gap of page) joined.add(gap.recorded ? `poor ${gap.cause}` : gap.cause, gap);
  }
  return joined.spans;
}

async function joinedEvents(
  pages: AsyncIterable<readonly PastEvent[]>,
  resolutionMs: number,
): Promise<readonly ManyEvents[]> {
  const joined = new Joined<PastEvent, ManyEvents>(resolutionMs, {
    begin: (event) => ({ ...event, count: 1 }),
    extend: (into, event) => {
      into.count += 1;
      if (into.label !== event.label) into.label = '';
    },
  });
  for await (const page of pages) for (const event of page) joined.add(event.kind, event);
  return joined.spans;
}

type Changing<T> = { -readonly [K in keyof T]: T[K] };
type RecordedSpan = Changing<Span & { live: boolean }>;
type ManyGaps = Changing<PastGap & { count: number; lengthMs: number }>;
type ManyEvents = Changing<PastEvent & { count: number }>;

/** How rows become spans; the times need no care. */
interface Joining<Row, T> {
  readonly begin: (row: Row) => T;
  readonly extend: (into: T, row: Row) => void;
}

/** Rows as they come, those of one kind made one span while they are closer than the resolution. */
class Joined<Row extends Span, T extends Changing<Span>> {
  readonly spans: T[] = [];
  readonly #lastOfKind = new Map<string, T>();
  readonly #resolutionMs: number;
  readonly #joining: Joining<Row, T>;

  constructor(resolutionMs: number, joining: Joining<Row, T>) {
    this.#resolutionMs = resolutionMs;
    this.#joining = joining;
  }

  /** In order of their start. */
  add(kind: string, row: Row): void {
    const last = this.#lastOfKind.get(kind);
    if (last && row.startMs - last.endMs < this.#resolutionMs) {
      if (row.endMs > last.endMs) last.endMs = row.endMs;
      this.#joining.extend(last, row);
      return;
    }
    const begun = this.#joining.begin(row);
    this.spans.push(begun);
    this.#lastOfKind.set(kind, begun);
  }
}

/** Touches the range; what has no length counts where it stands. */
function isWithin({ startMs, endMs }: Span, { fromMs, toMs }: { fromMs: number; toMs: number }): boolean {
  return startMs < toMs && (endMs > fromMs || (endMs === startMs && startMs === fromMs));
}

function clipped<T extends Span>(span: T, range: { fromMs: number; toMs: number }): T {
  const { startMs, endMs } = span;
  return { ...span, startMs: Math.max(startMs, range.fromMs), endMs: Math.min(endMs, range.toMs) };
}

function told({ startMs, endMs, cause, detail, count, lengthMs }: ManyGaps) {
  return { startMs, endMs, cause, detail: count === 1 ? detail : manyGaps(count, lengthMs) };
}

function manyGaps(count: number, lengthMs: number): string {
  return `${count} times, ${lengthWords(lengthMs)} in all`;
}

/** Rounded to what a person would say: `0.4 s`, `75 s`, `20 min`, `3.5 h`. */
function lengthWords(lengthMs: number): string {
  const seconds = lengthMs / 1000;
  if (seconds < 10) return `${Math.round(seconds * 10) / 10} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 360) / 10} h`;
}
