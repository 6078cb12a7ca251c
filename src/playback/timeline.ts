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
import type { Hold } from '../database/holds.ts';
import { holdsOn } from '../database/holds.ts';
import type { Schema } from '../database/schema.ts';
import type { GatheredEvent, GatheredGap, Span } from '../database/timeline.ts';
import { gatherEvents, gatherGaps, gatherRuns } from '../database/timeline.ts';

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

export interface TimelineGap extends Span {
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
  readonly events: readonly GatheredEvent[];
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
  const [runs, gaps, events, holds] = await Promise.all([
    gatherRuns(parts.queries, range, resolutionMs),
    gatherGaps(parts.queries, range, { resolutionMs, written }),
    gatherEvents(parts.queries, range, resolutionMs),
    holdsOn(parts.queries, cameraId, nowMs),
  ]);
  const within = (span: Span): boolean => isWithin(span, range);
  return {
    fromMs,
    toMs,
    nowMs,
    resolutionMs,
    recorded: recordedSpans(runs, written, resolutionMs)
      .filter(within)
      .map((span) => clipped(span, range)),
    gaps: joinedGaps(gaps, false, resolutionMs)
      .filter(within)
      .map((gap) => ({ ...clipped(gapOf(gap), range), open: gap.open })),
    degraded: joinedGaps(gaps, true, resolutionMs)
      .filter(within)
      .map((gap) => clipped(gapOf(gap), range)),
    events: joinBy(events, (event) => event.kind, resolutionMs, joinEvents)
      .filter(within)
      .map((event) => clipped(event, range)),
    held: holds.filter(within).map((hold) => clipped(heldOf(hold), range)),
  };
}

/** Coarser than what was asked for when the answer would be too long. */
function resolutionOf({ fromMs, toMs, resolutionMs }: TimelineQuestion): number {
  const asked = resolutionMs ?? (toMs - fromMs) / defaultSpans;
  return Math.max(1, Math.ceil(asked), Math.ceil((toMs - fromMs) / mostSpans));
}

function recordedSpans(runs: readonly Span[], written: Span | undefined, resolutionMs: number) {
  const spans = runs.map(({ startMs, endMs }) => ({ startMs, endMs, live: false }));
  if (written) spans.push({ ...written, live: true });
  return joinBy(
    spans.toSorted((a, b) => a.startMs - b.startMs),
    () => '',
    resolutionMs,
    (a, b) => ({ ...union(a, b), live: a.live || b.live }),
  );
}

function joinedGaps(
  gaps: readonly GatheredGap[],
  recorded: boolean,
  resolutionMs: number,
): readonly GatheredGap[] {
  const chosen = gaps.filter((gap) => gap.recorded === recorded);
  return joinBy(
    chosen,
    (gap) => gap.cause,
    resolutionMs,
    (a, b) => ({
      ...a,
      ...union(a, b),
      count: a.count + b.count,
      lengthMs: a.lengthMs + b.lengthMs,
      open: a.open || b.open,
    }),
  );
}

function joinEvents(a: GatheredEvent, b: GatheredEvent): GatheredEvent {
  return { ...a, ...union(a, b), label: a.label === b.label ? a.label : '', count: a.count + b.count };
}

/** Joins neighbours of one kind that are closer than `resolutionMs`. In and out: sorted by start. */
function joinBy<T extends Span>(
  spans: readonly T[],
  kindOf: (span: T) => string,
  resolutionMs: number,
  join: (a: T, b: T) => T,
): readonly T[] {
  const joined: T[] = [];
  const lastOfKind = new Map<string, number>();
  for (const span of spans) {
    const at = lastOfKind.get(kindOf(span));
    const last = at === undefined ? undefined : joined[at];
    if (at !== undefined && last && span.startMs - last.endMs < resolutionMs) joined[at] = join(last, span);
    else lastOfKind.set(kindOf(span), joined.push(span) - 1);
  }
  return joined;
}

function union(a: Span, b: Span): Span {
  return { startMs: Math.min(a.startMs, b.startMs), endMs: Math.max(a.endMs, b.endMs) };
}

/** Touches the range; what has no length counts where it stands. */
function isWithin({ startMs, endMs }: Span, { fromMs, toMs }: { fromMs: number; toMs: number }): boolean {
  return startMs < toMs && (endMs > fromMs || (endMs === startMs && startMs === fromMs));
}

function clipped<T extends Span>(span: T, range: { fromMs: number; toMs: number }): T {
  const { startMs, endMs } = span;
  return { ...span, startMs: Math.max(startMs, range.fromMs), endMs: Math.min(endMs, range.toMs) };
}

function gapOf({ startMs, endMs, cause, detail, count, lengthMs }: GatheredGap) {
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

function heldOf({ id, startMs, endMs, reason }: Hold) {
  return { id, startMs, endMs, reason };
}
