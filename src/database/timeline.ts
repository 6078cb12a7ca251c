/**
 * Questions about a camera's history: what is recorded, what is missing, what happened.
 *
 * In: a camera and a range of Unix milliseconds. Out: what touches the range, in order of its start, in pages. Nothing is
 * written. A page leaves the database as one row with a JSON array for each column: a year of history then costs a few
 * milliseconds of its thread, where rows one by one would cost ten times as much.
 */
import type { Expression, Kysely, SqlBool } from 'kysely';
import { sql } from 'kysely';
import type { CameraId } from '../base/ids.ts';
import type { Schema } from './schema.ts';

/** Unix milliseconds, `[startMs, endMs)`. */
export interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

export interface HistoryRange {
  readonly cameraId: CameraId;
  readonly fromMs: number;
  readonly toMs: number;
  /** What lasts still, ends now. */
  readonly nowMs: number;
}

export interface PastGap extends Span {
  readonly cause: string;
  readonly detail: string;
  /** It lasts still. */
  readonly open: boolean;
  /** There is footage all the same, poorer than what the camera sent. */
  readonly recorded: boolean;
}

export interface PastEvent extends Span {
  readonly id: string;
  readonly kind: string;
  readonly label: string;
}

/** Read in some milliseconds: what recording wants to commit does not wait longer than that. */
const pageRows = 10_000;

/** What may be missing in part: the rest is recorded. Every other cause means that there is nothing. */
const causesThatMayLeaveFootage = ['packets-lost', 'disk-slow'];

export async function* runsIn(
  queries: Kysely<Schema>,
  range: HistoryRange,
): AsyncGenerator<readonly Span[], void> {
  const columns = { startMs: startOf, endMs: sql<number>`end_ms` };
  for await (const page of pages(queries, 'runs', range, columns)) {
    yield page.startMs.map((startMs, i) => ({ startMs, endMs: page.endMs[i] ?? startMs }));
  }
}

/** @param written what is being recorded now and stands in no run yet */
export async function* gapsIn(
  queries: Kysely<Schema>,
  range: HistoryRange,
  written: Span | undefined,
): AsyncGenerator<readonly PastGap[], void> {
  const columns = {
    startMs: startOf,
    endMs: sql<number | null>`end_ms`,
    cause: sql<string>`cause`,
    detail: sql<string>`detail`,
    recorded: isRecorded(range.nowMs, written),
  };
  for await (const page of pages(queries, 'gaps', range, columns)) {
    yield page.startMs.map((startMs, i) => ({
      startMs,
      endMs: page.endMs[i] ?? Math.max(startMs, range.nowMs),
      cause: page.cause[i] ?? '',
      detail: page.detail[i] ?? '',
      open: page.endMs[i] === null,
      recorded: page.recorded[i] === 1,
    }));
  }
}

export async function* eventsIn(
  queries: Kysely<Schema>,
  range: HistoryRange,
): AsyncGenerator<readonly PastEvent[], void> {
  const columns = {
    startMs: startOf,
    endMs: sql<number | null>`end_ms`,
    id: sql<string>`id`,
    kind: sql<string>`kind`,
    label: sql<string>`label`,
  };
  for await (const page of pages(queries, 'camera_events', range, columns)) {
    yield page.startMs.map((startMs, i) => ({
      startMs,
      endMs: page.endMs[i] ?? Math.max(startMs, range.nowMs),
      id: page.id[i] ?? '',
      kind: page.kind[i] ?? '',
      label: page.label[i] ?? '',
    }));
  }
}

const startOf = sql<number>`start_ms`;

type Columns = Readonly<Record<string, Expression<unknown>>>;
type Page<C extends Columns> = {
  readonly [K in keyof C]: readonly (C[K] extends Expression<infer T> ? T : never)[];
};

/** Rows of one page begin at the same moment or later than those of the page before: none is told twice or left out. */
async function* pages<C extends Columns & { readonly startMs: Expression<number> }>(
  queries: Kysely<Schema>,
  table: 'runs' | 'gaps' | 'camera_events',
  { cameraId, fromMs, toMs }: HistoryRange,
  columns: C,
): AsyncGenerator<Page<C>, void> {
  const packed = Object.entries(columns).map(
    ([name, column]) => sql`json_group_array(${column}) as ${sql.ref(name)}`,
  );
  const from = sql.table(table);
  let afterMs = -1;
  for (;;) {
    const chosen: Expression<SqlBool> = sql<SqlBool>`camera_id = ${cameraId} and start_ms > ${afterMs}
      and start_ms < ${toMs} and (end_ms >= ${fromMs} or end_ms is null)`;
    const last = sql`select start_ms from ${from} where ${chosen} order by start_ms limit 1 offset ${pageRows - 1}`;
    const page = sql<Record<string, string>>`select ${sql.join(packed)} from
      (select * from ${from} where ${chosen} and start_ms <= coalesce((${last}), ${toMs}) order by start_ms) as history`;
    const { rows } = await page.execute(queries);
    const read = Object.entries(rows[0] ?? {}).map(([name, json]) => [name, JSON.parse(json) as unknown]);
    const columnsRead = Object.fromEntries(read) as Page<C>;
    const { startMs: starts } = columnsRead as { readonly startMs: readonly number[] };
    if (starts.length > 0) yield columnsRead;
    if (starts.length < pageRows) return;
    afterMs = starts.at(-1) ?? toMs;
  }
}

/** 1 when the middle of the row is recorded: its ends may lie a frame inside of the footage around a hole. */
function isRecorded(nowMs: number, written: Span | undefined): Expression<number> {
  const middle = sql`(history.start_ms + coalesce(history.end_ms, ${nowMs})) / 2`;
  const lastRunEnd = sql`select runs.end_ms from runs where runs.camera_id = history.camera_id
    and runs.start_ms <= ${middle} order by runs.start_ms desc limit 1`;
  const now = written ?? { startMs: 0, endMs: 0 };
  return sql<number>`case when cause in (${sql.join(causesThatMayLeaveFootage)}) and
    (coalesce((${lastRunEnd}), 0) > ${middle} or (${middle} >= ${now.startMs} and ${middle} < ${now.endMs}))
    then 1 else 0 end`;
}
