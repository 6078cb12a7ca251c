/**
 * What is drawn where. In: a timeline, a view, its width. Out: boxes in pixels, small things joined and made wide enough
 * to be seen, and the answer to "what is there?" for a pointer or a moment.
 */
import type { Timeline } from '../../../../src/api/contract/recording.ts';
import { xOf } from './scale.ts';
import type { View } from './scale.ts';

export type Gap = Timeline['gaps'][number];
export type Degraded = Timeline['degraded'][number];
export type Happening = Timeline['events'][number];
export type Held = Timeline['held'][number];
type Recorded = Timeline['recorded'][number];

/** One or several things that share a place. */
export interface Box<T> {
  readonly x: number;
  readonly width: number;
  readonly of: readonly T[];
}

export interface Lanes {
  readonly recorded: readonly Box<Recorded>[];
  readonly gaps: readonly Box<Gap>[];
  readonly degraded: readonly Box<Degraded>[];
  readonly events: readonly Box<Happening>[];
  readonly held: readonly Box<Held>[];
}

interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

/** Narrower ones are widened: what is lost must not vanish when one looks at a month. */
const leastPixels = { recorded: 1, gaps: 3, degraded: 3, events: 5, held: 3 } as const;

export function lanesOf(timeline: Timeline, view: View, widthPixels: number): Lanes {
  const boxes = <T extends Span>(spans: readonly T[], least: number) =>
    boxesOf(spans, view, widthPixels, least);
  return {
    recorded: boxes(timeline.recorded, leastPixels.recorded),
    gaps: boxes(timeline.gaps, leastPixels.gaps),
    degraded: boxes(timeline.degraded, leastPixels.degraded),
    events: boxes(timeline.events, leastPixels.events),
    held: boxes(timeline.held, leastPixels.held),
  };
}

function boxesOf<T extends Span>(
  spans: readonly T[],
  view: View,
  widthPixels: number,
  least: number,
): Box<T>[] {
  const found: { x: number; width: number; of: T[] }[] = [];
  for (const span of spans) {
    if (span.endMs < view.fromMs || span.startMs > view.toMs) continue;
    // What lies outside is cut: a canvas draws poorly at a million pixels.
    const left = Math.max(-least, xOf(view, widthPixels, span.startMs));
    const right = Math.min(widthPixels + least, xOf(view, widthPixels, span.endMs));
    const width = Math.max(least, right - left);
    const last = found.at(-1);
    if (last && left <= last.x + last.width) {
      last.width = Math.max(last.width, left + width - last.x);
      last.of.push(span);
    } else found.push({ x: left, width, of: [span] });
  }
  return found;
}

export type Target =
  | { readonly kind: 'gap'; readonly gaps: readonly Gap[] }
  | { readonly kind: 'event'; readonly events: readonly Happening[] }
  | { readonly kind: 'degraded'; readonly degraded: readonly Degraded[] }
  | { readonly kind: 'held'; readonly held: readonly Held[] };

/** Which row a pointer is in: marks above and below belong to events and holds. */
export type Row = 'events' | 'footage' | 'held';

/** What a pointer means. @param slackPixels how far beside a box still counts; more for a finger. */
export function targetAt(lanes: Lanes, row: Row, x: number, slackPixels: number): Target | undefined {
  const events = nearest(lanes.events, x, slackPixels);
  if (row === 'events' && events) return { kind: 'event', events };
  const held = nearest(lanes.held, x, slackPixels);
  if (row === 'held' && held) return { kind: 'held', held };
  // Gaps first: the sliver that is missing is what one asks about.
  const gaps = nearest(lanes.gaps, x, slackPixels);
  if (gaps) return { kind: 'gap', gaps };
  const degraded = nearest(lanes.degraded, x, slackPixels);
  return degraded && { kind: 'degraded', degraded };
}

function nearest<T>(boxes: readonly Box<T>[], x: number, slack: number): readonly T[] | undefined {
  let found: readonly T[] | undefined;
  let best = slack;
  for (const box of boxes) {
    const away = Math.max(box.x - x, x - box.x - box.width, 0);
    if (away < best || (away === 0 && found === undefined)) [found, best] = [box.of, away];
  }
  return found;
}

/** What is known of one moment. */
export type Moment =
  | { readonly kind: 'recorded'; readonly degraded: Degraded | undefined; readonly untilMs: number }
  | { readonly kind: 'gap'; readonly gap: Gap; readonly nextMs: number | undefined }
  | { readonly kind: 'future' }
  /** Not recorded, and not meant to be. */
  | { readonly kind: 'none'; readonly nextMs: number | undefined };

export function momentOn(timeline: Timeline, ms: number): Moment {
  const recorded = spanAt(timeline.recorded, ms);
  // A joined span may cover a short gap: the gap is the truth.
  const gap = spanAt(timeline.gaps, ms);
  const nextMs = timeline.recorded.find((one) => one.startMs > ms)?.startMs;
  if (gap) return { kind: 'gap', gap, nextMs: recorded ? gap.endMs : nextMs };
  if (recorded) return { kind: 'recorded', degraded: spanAt(timeline.degraded, ms), untilMs: recorded.endMs };
  return ms > timeline.nowMs ? { kind: 'future' } : { kind: 'none', nextMs };
}

function spanAt<T extends Span>(spans: readonly T[], ms: number): T | undefined {
  return spans.find((one) => ms >= one.startMs && ms < one.endMs);
}

/** Beginnings of footage, for going from one run to the next. @param by 1 later, -1 earlier. */
export function neighbour(timeline: Timeline, ms: number, by: 1 | -1): number | undefined {
  const starts = timeline.recorded.map((one) => one.startMs);
  // Shortly after a beginning, "back" means the one before it.
  return by === 1 ? starts.find((start) => start > ms + 1) : starts.findLast((start) => start < ms - 2000);
}
