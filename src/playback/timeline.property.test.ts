import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as fc from 'fast-check';
import { cameraId } from '../base/ids.ts';
import type { Span } from '../database/timeline.ts';
import { daysOf } from './days.ts';
import type { EventRow, GapRow } from './history.testing.ts';
import { TestHistory } from './history.testing.ts';
import type { TimelineAnswer } from './timeline.ts';
import { timelineOf } from './timeline.ts';

const camera = cameraId(new Uint8Array(16).fill(1));
const other = cameraId(new Uint8Array(16).fill(2));
const dayMs = 86_400_000;
/** Multiples of ten, so that spans touch and resolutions cut. */
const moment = fc.nat({ max: 300 }).map((n) => n * 10);
const span = fc
  .tuple(moment, fc.nat({ max: 40 }))
  .map(([startMs, n]) => ({ startMs, endMs: startMs + n * 10 }));
const recordedSpan = span.filter(({ startMs, endMs }) => endMs > startMs);
const gap = fc
  .tuple(span, fc.constantFrom('camera-offline', 'packets-lost', 'disk-slow'), fc.boolean())
  .map(([{ startMs, endMs }, cause, open]): GapRow => ({ startMs, endMs: open ? null : endMs, cause }));
const event = fc
  .tuple(span, fc.constantFrom('motion', 'trigger'), fc.constantFrom('Gate', 'Door'))
  .map(([{ startMs, endMs }, kind, label]): EventRow => ({ startMs, endMs, kind, label }));

const nowMs = 3200;
let history: TestHistory;
before(async () => {
  history = await TestHistory.open(nowMs);
});
after(() => history.close());

/** The plainest way to join: over and over, until nothing is left to join. */
function joinNaively(spans: readonly Span[], resolutionMs: number): Span[] {
  const joined: Span[] = [];
  for (const next of spans.toSorted((a, b) => a.startMs - b.startMs)) {
    const last = joined.at(-1);
    if (last && next.startMs - last.endMs < resolutionMs) {
      joined[joined.length - 1] = { startMs: last.startMs, endMs: Math.max(last.endMs, next.endMs) };
    } else joined.push({ startMs: next.startMs, endMs: next.endMs });
  }
  return joined;
}

function clipNaively(spans: readonly Span[], fromMs: number, toMs: number): Span[] {
  return spans
    .filter(({ startMs, endMs }) => startMs < toMs && endMs > fromMs)
    .map(({ startMs, endMs }) => ({ startMs: Math.max(startMs, fromMs), endMs: Math.min(endMs, toMs) }));
}

const lengthMs = (spans: readonly Span[]): number =>
  spans.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
const justSpans = (spans: readonly Span[]): Span[] => spans.map(({ startMs, endMs }) => ({ startMs, endMs }));
const touching = (spans: readonly Span[], fromMs: number, toMs: number): Span[] =>
  spans.filter(({ startMs, endMs }) => startMs < toMs && endMs > fromMs);

describe('a timeline of any history', () => {
  test('joins recorded spans as the plainest model does, and nothing of other cameras', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(recordedSpan, { maxLength: 30 }),
        fc.option(recordedSpan, { nil: undefined }),
        recordedSpan,
        fc.nat({ max: 60 }),
        async (runs, written, { startMs: fromMs, endMs: toMs }, resolutionMs) => {
          await history.clear();
          await history.addRuns(camera, runs);
          await history.addRuns(other, [{ startMs: 0, endMs: 9000 }]);
          history.writtenNow = written;
          const answer = await timelineOf(history.parts, { cameraId: camera, fromMs, toMs, resolutionMs });
          const all = written ? [...runs, written] : runs;
          const expected = clipNaively(
            joinNaively(touchingOrWritten(all, written, fromMs, toMs), answer.resolutionMs),
            fromMs,
            toMs,
          );
          assert.deepEqual(justSpans(answer.recorded), expected);
          const liveIn = written !== undefined && touching([written], fromMs, toMs).length > 0;
          if (liveIn) assert.equal(answer.recorded.filter(({ live }) => live).length, 1);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('hides no gap and no event, whatever is joined', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(gap, { maxLength: 20 }),
        fc.array(event, { maxLength: 20 }),
        fc.array(recordedSpan, { maxLength: 10 }),
        fc.nat({ max: 200 }),
        async (gaps, events, runs, resolutionMs) => {
          await history.clear();
          await history.addRuns(camera, runs);
          await history.addGaps(camera, gaps);
          await history.addEvents(camera, events);
          const range = { cameraId: camera, fromMs: 0, toMs: 4000 };
          const answer = await timelineOf(history.parts, { ...range, resolutionMs });
          for (const row of gaps) {
            const endMs = row.endMs ?? Math.max(nowMs, row.startMs);
            const shown = [...answer.gaps, ...answer.degraded].some(
              (found) => found.cause === row.cause && found.startMs <= row.startMs && found.endMs >= endMs,
            );
            assert.ok(shown, `${row.cause} at ${row.startMs}`);
          }
          assert.equal(
            answer.events.reduce((sum, { count }) => sum + count, 0),
            events.length,
          );
          assertApart(answer);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('has the days of each zone add up to what the whole range holds', async () => {
    const startMs = Date.UTC(2026, 2, 28, 23);
    const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Pacific/Auckland'];
    const hours = fc.tuple(fc.nat({ max: 200 }), fc.integer({ min: 1, max: 60 })).map(([at, length]) => ({
      startMs: startMs + at * 1_800_000,
      endMs: startMs + (at + length) * 1_800_000,
    }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(hours, { maxLength: 15 }),
        fc.constantFrom(...zones),
        async (runs, timeZone) => {
          await history.clear();
          await history.addRuns(camera, runs);
          const question = { cameraId: camera, fromDate: '2026-03-28', toDate: '2026-04-01', timeZone };
          const answer = await daysOf(history.parts, question);
          assert.ok(answer.ok);
          const { days } = answer.value;
          const [firstMs, lastMs] = [days[0]?.startMs ?? 0, days.at(-1)?.endMs ?? 0];
          const whole = clipNaively(joinNaively(runs, 1), firstMs, lastMs);
          assert.equal(
            days.reduce((sum, { recordedMs }) => sum + recordedMs, 0),
            lengthMs(whole),
          );
          for (const day of days) {
            assert.equal(day.recordedMs, lengthMs(clipNaively(whole, day.startMs, day.endMs)), day.date);
          }
          assert.equal(lastMs - firstMs > 3.9 * dayMs, true);
        },
      ),
      { numRuns: 40 },
    );
  });
});

/** What the answer was made of: rows that touch the range. What is written now is always known. */
function touchingOrWritten(
  spans: readonly Span[],
  written: Span | undefined,
  fromMs: number,
  toMs: number,
): readonly Span[] {
  return spans.filter((candidate) => candidate === written || touching([candidate], fromMs, toMs).length > 0);
}

/** Spans of one kind are a resolution apart, and in order. */
function assertApart({ recorded, gaps, degraded, events, resolutionMs }: TimelineAnswer): void {
  const lists: (readonly (Span & { readonly cause?: string; readonly kind?: string })[])[] = [
    recorded,
    gaps,
    degraded,
    events,
  ];
  for (const list of lists) {
    const lastEnd = new Map<string, number>();
    let lastStart = -1;
    for (const { startMs, endMs, cause, kind } of list) {
      const name = cause ?? kind ?? '';
      const before = lastEnd.get(name);
      if (before !== undefined) assert.ok(startMs - before >= resolutionMs);
      assert.ok(startMs >= lastStart);
      lastStart = startMs;
      lastEnd.set(name, endMs);
    }
  }
}
