/**
 * Questions about a camera's history: what is recorded, what is missing, what happened.
 *
 * In: a camera and a range of Unix milliseconds. Out: rows in order of their start, gathered by the database so that a
 * year costs as many rows as a picture of it has room for. Nothing is written.
 *
 * Rows that begin within the same `resolutionMs` are gathered into one. That loses nothing: their starts are closer than
 * the resolution, so what lies between them is shorter than it, too.
 */
import type { ExpressionBuilder, Kysely } from 'kysely';
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

export interface GatheredGap extends Span {
  readonly cause: string;
  /** Of one of them. */
  readonly detail: string;
  readonly count: number;
  /** Of all together. */
  readonly lengthMs: number;
  /** One of them lasts still. */
  readonly open: boolean;
  /** There is footage all the same, poorer than what the camera sent. */
  readonly recorded: boolean;
}

export interface GatheredEvent extends Span {
  /** Of one of them. */
  readonly id: string;
  readonly kind: string;
  /** Empty when they differ. */
  readonly label: string;
  readonly count: number;
}

/** What may be missing in part: the rest is recorded. Every other cause means that there is nothing. */
const causesThatMayLeaveFootage = ['packets-lost', 'disk-slow'];

/** Runs that touch the range. */
export async function gatherRuns(
  queries: Kysely<Schema>,
  { cameraId, fromMs, toMs }: Omit<HistoryRange, 'nowMs'>,
  resolutionMs: number,
): Promise<readonly Span[]> {
  return queries
    .selectFrom('runs')
    .select(({ fn }) => [fn.min('start_ms').as('startMs'), fn.max('end_ms').as('endMs')])
    .where('camera_id', '=', cameraId)
    .where('start_ms', '<', toMs)
    .where('end_ms', '>', fromMs)
    .groupBy(cell(resolutionMs))
    .orderBy('startMs')
    .execute();
}

/** @param written what is being recorded now and stands in no run yet */
export async function gatherGaps(
  queries: Kysely<Schema>,
  range: HistoryRange,
  { resolutionMs, written }: { readonly resolutionMs: number; readonly written: Span | undefined },
): Promise<readonly GatheredGap[]> {
  const rows = await queries
    .selectFrom('gaps')
    .select((eb) => [
      eb.fn.min('start_ms').as('startMs'),
      eb.fn.max(endOf(range.nowMs)).as('endMs'),
      'cause',
      eb.fn.min('detail').as('detail'),
      eb.fn.countAll<number>().as('count'),
      eb.fn.sum<number>(sql<number>`${endOf(range.nowMs)} - start_ms`).as('lengthMs'),
      eb.fn.max(sql<number>`case when end_ms is null then 1 else 0 end`).as('open'),
      isRecorded(eb, range.nowMs, written).as('recorded'),
    ])
    .where('camera_id', '=', range.cameraId)
    .where('start_ms', '<', range.toMs)
    .where((eb) => eb.or([eb('end_ms', 'is', null), eb('end_ms', '>=', range.fromMs)]))
    .groupBy([cell(resolutionMs), 'cause', 'recorded'])
    .orderBy('startMs')
    .execute();
  return rows.map((row) => ({ ...row, open: row.open === 1, recorded: row.recorded === 1 }));
}

export async function gatherEvents(
  queries: Kysely<Schema>,
  { cameraId, fromMs, toMs, nowMs }: HistoryRange,
  resolutionMs: number,
): Promise<readonly GatheredEvent[]> {
  return queries
    .selectFrom('camera_events')
    .select((eb) => [
      eb.fn.min('id').as('id'),
      eb.fn.min('start_ms').as('startMs'),
      eb.fn.max(endOf(nowMs)).as('endMs'),
      'kind',
      sql<string>`case when min(label) = max(label) then min(label) else '' end`.as('label'),
      eb.fn.countAll<number>().as('count'),
    ])
    .where('camera_id', '=', cameraId)
    .where('start_ms', '<', toMs)
    .where((eb) => eb.or([eb('end_ms', 'is', null), eb('end_ms', '>=', fromMs)]))
    .groupBy([cell(resolutionMs), 'kind'])
    .orderBy('startMs')
    .execute();
}

/** How many events begin in each stretch of `cellMs` that has any. */
export async function countEvents(
  queries: Kysely<Schema>,
  { cameraId, fromMs, toMs }: Omit<HistoryRange, 'nowMs'>,
  cellMs: number,
): Promise<readonly { readonly startMs: number; readonly count: number }[]> {
  return queries
    .selectFrom('camera_events')
    .select((eb) => [eb.fn.min('start_ms').as('startMs'), eb.fn.countAll<number>().as('count')])
    .where('camera_id', '=', cameraId)
    .where('start_ms', '>=', fromMs)
    .where('start_ms', '<', toMs)
    .groupBy(cell(cellMs))
    .orderBy('startMs')
    .execute();
}

/** The stretch of `lengthMs` that a row begins in. */
function cell(lengthMs: number) {
  return sql<number>`start_ms - start_ms % ${lengthMs}`;
}

/** What lasts still ends now; not before it began, though the clock may have been set back. */
function endOf(nowMs: number) {
  return sql<number>`coalesce(end_ms, case when start_ms > ${nowMs} then start_ms else ${nowMs} end)`;
}

/** 1 when the middle of the row is recorded: its ends may lie a frame inside of the footage around a hole. */
function isRecorded(eb: ExpressionBuilder<Schema, 'gaps'>, nowMs: number, written: Span | undefined) {
  const middle = sql<number>`(gaps.start_ms + coalesce(gaps.end_ms, ${nowMs})) / 2`;
  const lastRunEnd = eb
    .selectFrom('runs')
    .select('runs.end_ms')
    .whereRef('runs.camera_id', '=', 'gaps.camera_id')
    .where('runs.start_ms', '<=', middle)
    .orderBy('runs.start_ms', 'desc')
    .limit(1);
  const now = written ?? { startMs: 0, endMs: 0 };
  return sql<number>`case when cause in (${sql.join(causesThatMayLeaveFootage)}) and
    (coalesce(${lastRunEnd}, 0) > ${middle} or (${middle} >= ${now.startMs} and ${middle} < ${now.endMs}))
    then 1 else 0 end`;
}
