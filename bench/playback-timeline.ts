/**
 * How long does a timeline take over a year of history, and the days of a year? Against reading the same rows one by one
 * in this process, which is what has to be touched at least.
 *
 * `node bench/playback-timeline.ts [--recordings 525600] [--runs 36500] [--gaps 10000] [--events 36500] [--times 15]`
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { cameraId } from '../src/base/ids.ts';
import { systemClock } from '../src/io/clock.ts';
import { daysOf } from '../src/playback/days.ts';
import { timelineOf } from '../src/playback/timeline.ts';
import { readOptions } from './support/options.ts';
import { figure, median, printTable, ratio } from './support/table.ts';
import { openYear } from './support/year-of-history.ts';

const { times, ...sizes } = readOptions({
  recordings: 525_600,
  runs: 36_500,
  gaps: 10_000,
  events: 36_500,
  times: 15,
});
const camera = cameraId(new Uint8Array(16).fill(1));
const fromMs = Date.UTC(2025, 10, 21);
const dayMs = 86_400_000;

interface Times {
  readonly name: string;
  readonly medianMs: number;
  readonly worstMs: number;
  readonly spans: number;
}

/** @param ask answers with how many spans it got */
async function measure(name: string, ask: (i: number) => Promise<number> | number): Promise<Times> {
  const taken: number[] = [];
  let spans = 0;
  for (let i = 0; i < times + 2; i++) {
    const startMs = performance.now();
    spans = await ask(i);
    // The first two warm up: nothing is compiled and cached yet.
    if (i >= 2) taken.push(performance.now() - startMs);
  }
  return { name, medianMs: median(taken), worstMs: Math.max(...taken), spans };
}

const folder = await mkdtemp(join(tmpdir(), 'sightline-bench-'));
try {
  const file = join(folder, 'year.sqlite');
  const database = await openYear(file, camera, fromMs, sizes);
  const parts = { queries: database.queries, clock: systemClock, written: async () => undefined };
  const timeline = (spanDays: number) => async (i: number) => {
    const startMs = fromMs + ((i * 37) % Math.max(1, 365 - spanDays)) * dayMs;
    const range = { cameraId: camera, fromMs: startMs, toMs: startMs + spanDays * dayMs };
    const { recorded, gaps, degraded, events } = await timelineOf(parts, range);
    return recorded.length + gaps.length + degraded.length + events.length;
  };
  const days = (fromDate: string, toDate: string) => async () => {
    const answer = await daysOf(parts, { cameraId: camera, fromDate, toDate, timeZone: 'Europe/Berlin' });
    return answer.ok ? answer.value.days.length : 0;
  };
  const bare = new DatabaseSync(file, { readOnly: true });
  const tables = ['runs', 'gaps', 'camera_events'].map((table) =>
    bare.prepare(`select start_ms, end_ms from ${table} where camera_id = ? order by start_ms`),
  );
  const every = await measure('all rows of the year, read bare', () =>
    tables.reduce((rows, table) => rows + table.all(camera).length, 0),
  );
  const rows = [
    every,
    await measure('timeline of a year', timeline(365)),
    await measure('timeline of a month', timeline(30)),
    await measure('timeline of a day', timeline(1)),
    await measure('timeline of an hour', timeline(1 / 24)),
    await measure('days of a year', days('2025-11-21', '2026-11-21')),
    await measure('days of a month', days('2026-03-01', '2026-04-01')),
  ];
  bare.close();
  await database.close();
  console.log(
    `${sizes.recordings} recordings, ${sizes.runs} runs, ${sizes.gaps} gaps, ${sizes.events} events`,
  );
  printTable(
    ['', 'ms (median)', 'ms (worst)', 'spans', 'to bare rows'],
    rows.map(({ name, medianMs, worstMs, spans }) => [
      name,
      figure(medianMs),
      figure(worstMs),
      String(spans),
      ratio(medianMs, every.medianMs),
    ]),
  );
} finally {
  await rm(folder, { recursive: true });
}
