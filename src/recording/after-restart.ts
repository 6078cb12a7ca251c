/**
 * What is missing because the server was not running.
 *
 * In:  what was wanted of a camera when the server was last seen, how far it was covered, its policy. Out: the
 * intervals in which a recording was wanted since. Pure.
 */
import type { UnixMs } from '../base/units.ts';
import { unixMs } from '../base/units.ts';
import type { RecordingMark, StoredGap } from '../database/gaps.ts';
import type { RecordingPolicy } from './policy.ts';
import type { Span } from './schedule.ts';
import { spansWithin } from './schedule.ts';

export interface BeforeRestart {
  readonly mark: RecordingMark;
  /** A row that had not ended. */
  readonly open: StoredGap | undefined;
  /** Until when a recording that was started by hand or by a trigger was wanted; undefined: none was. */
  readonly askedUntilMs: number | undefined;
}

/** In order; the last one ends at `nowMs` when a recording is wanted still. */
export function missingSince(
  { mark, open, askedUntilMs = 0 }: BeforeRestart,
  { mode, schedule }: RecordingPolicy,
  nowMs: UnixMs,
): readonly Span[] {
  const fromMs = unixMs(Math.min(open ? mark.seenMs : mark.coveredUntilMs, nowMs));
  if (mode === 'continuous') return [{ startMs: fromMs, endMs: nowMs }];
  const spans = mode === 'schedule' ? spansWithin(schedule, fromMs, nowMs) : [];
  if (!mark.wanted || askedUntilMs <= fromMs) return spans;
  const asked = { startMs: fromMs, endMs: unixMs(Math.min(askedUntilMs, nowMs)) };
  return [asked, ...spans.flatMap((span) => later(span, asked.endMs))];
}

/** What of a span lies after `fromMs`. */
function later({ startMs, endMs }: Span, fromMs: UnixMs): readonly Span[] {
  return endMs <= fromMs ? [] : [{ startMs: unixMs(Math.max(startMs, fromMs)), endMs }];
}
