/**
 * What happened to all cameras, the newest first: events, gaps, clips, holds, damaged recordings, deletions.
 *
 * In:  which kinds, cameras and time, and where the page before ended. Out: rows in one order: by their moment, then by
 * id (no two tables share one). Promise: each table is read along an index, and no further than the page is long.
 */
import type { Kysely, RawBuilder, Selectable, SqlBool } from 'kysely';
import { sql } from 'kysely';
import type { Schema } from './schema.ts';

interface Row {
  readonly id: string;
  /** What the list is ordered by, Unix ms: when it began; of a hold and a deletion, when it was done. */
  readonly atMs: number;
  /** What it is about. */
  readonly startMs: number;
  /** Null while it lasts. */
  readonly endMs: number | null;
}

export type HistoryRow =
  | (Row & {
      readonly kind: 'event';
      readonly cameraId: string;
      readonly event: string;
      readonly label: string;
    })
  | (Row & {
      readonly kind: 'gap';
      readonly cameraId: string;
      readonly cause: string;
      readonly detail: string;
    })
  | (Row & { readonly kind: 'clip'; readonly clientId: string; readonly fault: string | null })
  | (Row & { readonly kind: 'hold'; readonly cameraId: string | null; readonly reason: string })
  | (Row & { readonly kind: 'damaged'; readonly cameraId: string; readonly damage: string })
  | (Row & {
      readonly kind: 'deletion';
      readonly cameraId: string;
      readonly reason: string;
      readonly detail: string;
      readonly recordings: number;
      readonly bytes: number;
    });

export type HistoryKind = HistoryRow['kind'];

/** A place in the list: what is behind it is older. */
export interface HistoryPlace {
  readonly atMs: number;
  readonly id: string;
}

export interface HistoryQuestion {
  readonly kinds: readonly HistoryKind[];
  /** Undefined: of all, those that were deleted included. */
  readonly cameraIds: readonly string[] | undefined;
  /** `[fromMs, toMs)` of `atMs`. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly before?: HistoryPlace | undefined;
  readonly limit: number;
}

/** For so many cameras each has its own look-up; of more, a page is usually found among the newest rows. */
const mostLookUps = 24;
/** Read in some milliseconds: what recording wants to commit does not wait longer than that. */
const newestRows = 5000;

type Queries = Kysely<Schema>;

export async function historyPage(
  queries: Queries,
  question: HistoryQuestion,
): Promise<readonly HistoryRow[]> {
  const pages = question.kinds.map((kind) => readers[kind](queries, question));
  const rows = (await Promise.all(pages)).flat();
  return rows.toSorted(newestFirst).slice(0, question.limit);
}

function newestFirst(a: HistoryRow, b: HistoryRow): number {
  if (a.atMs !== b.atMs) return b.atMs - a.atMs;
  return a.id < b.id ? 1 : -1;
}

type Read = (queries: Queries, question: HistoryQuestion) => Promise<readonly HistoryRow[]>;

const readers: Readonly<Record<HistoryKind, Read>> = {
  event: async (queries, question) => {
    const rows = await rowsOfCameras(queries, 'camera_events', 'start_ms', question);
    return rows.map((row) => ({ kind: 'event', ...spanOf(row), event: row.kind, label: row.label }));
  },
  gap: async (queries, question) => {
    const rows = await rowsOfCameras(queries, 'gaps', 'start_ms', question);
    return rows.map((row) => ({ kind: 'gap', ...spanOf(row), cause: row.cause, detail: row.detail }));
  },
  deletion: async (queries, question) => {
    const rows = await rowsOfCameras(queries, 'deletions', 'deleted_ms', question);
    return rows.map((row) => {
      const { reason, detail, recordings, bytes, deleted_ms: atMs } = row;
      return { kind: 'deletion', ...spanOf(row), atMs, reason, detail, recordings, bytes };
    });
  },
  damaged: damagedIn,
  hold: holdsIn,
  clip: clipsIn,
};

/** Few among many recordings: an index of their own tells them, whichever camera they are of. */
async function damagedIn(queries: Queries, question: HistoryQuestion): Promise<readonly HistoryRow[]> {
  const some = question.cameraIds && amongCameras(question.cameraIds);
  const page = pageOf(question, 'start_ms', sql<SqlBool>`damage is not null`, some);
  const rows = await rowsOf(queries, 'recordings', page);
  return rows.map((row) => ({ kind: 'damaged', ...spanOf(row), damage: row.damage ?? '' }));
}

/** A hold of all cameras is everybody's. */
async function holdsIn(queries: Queries, question: HistoryQuestion): Promise<readonly HistoryRow[]> {
  const some = question.cameraIds && sql<SqlBool>`(camera_id is null or ${amongCameras(question.cameraIds)})`;
  const rows = await rowsOf(queries, 'holds', pageOf(question, 'created_ms', some));
  return rows.map(({ camera_id: cameraId, created_ms: atMs, reason, ...row }) => {
    return { kind: 'hold', id: row.id, cameraId, atMs, startMs: row.start_ms, endMs: row.end_ms, reason };
  });
}

/** Clips are of no camera: whoever asks for some cameras gets none. */
async function clipsIn(queries: Queries, question: HistoryQuestion): Promise<readonly HistoryRow[]> {
  if (question.cameraIds) return [];
  const rows = await rowsOf(queries, 'clips', pageOf(question, 'start_ms'));
  return rows.map(({ id, client_id: clientId, start_ms: startMs, end_ms: endMs, fault }) => {
    return { kind: 'clip', id, clientId, atMs: startMs, startMs, endMs, fault };
  });
}

function spanOf(row: { id: string; camera_id: string; start_ms: number; end_ms: number | null }) {
  const { id, camera_id: cameraId, start_ms: startMs, end_ms: endMs } = row;
  return { id, cameraId, atMs: startMs, startMs, endMs };
}

/** Of many cameras that have little, each is asked in the end: small questions, between which others get their turn. */
async function rowsOfCameras<T extends 'camera_events' | 'gaps' | 'deletions'>(
  queries: Queries,
  table: T,
  time: Time,
  question: HistoryQuestion,
): Promise<readonly Selectable<Schema[T]>[]> {
  const { cameraIds, limit } = question;
  if (!cameraIds) return rowsOf(queries, table, pageOf(question, time));
  if (cameraIds.length > mostLookUps) {
    const newest = sql`(select * from ${sql.table(table)} ${pageOf({ ...question, limit: newestRows }, time)}) as newest`;
    const found = sql<Selectable<Schema[T]>>`select * from ${newest}
      where ${amongCameras(cameraIds)} order by ${sql.ref(time)} desc, id desc limit ${limit}`;
    const { rows } = await found.execute(queries);
    if (rows.length === limit) return rows;
  }
  const each = cameraIds.map((id) =>
    rowsOf(queries, table, pageOf(question, time, sql<SqlBool>`camera_id = ${id}`)),
  );
  return (await Promise.all(each)).flat();
}

/** Said so that the rows are still read by time: an index by camera would have to be read whole, and sorted. */
function amongCameras(ids: readonly string[]): Condition {
  return ids.length === 0 ? sql<SqlBool>`1 = 0` : sql<SqlBool>`camera_id || '' in (${sql.join(ids)})`;
}

type Condition = RawBuilder<SqlBool>;
type Time = 'start_ms' | 'deleted_ms' | 'created_ms';

function pageOf(
  { fromMs, toMs, before, limit }: HistoryQuestion,
  time: Time,
  ...conditions: readonly (Condition | undefined)[]
): RawBuilder<unknown> {
  const at = sql.ref(time);
  const all = [
    ...conditions.filter((condition) => condition !== undefined),
    // The place is said twice: only the first is looked up in the index.
    sql<SqlBool>`${at} >= ${fromMs} and ${at} < ${before ? Math.min(toMs, before.atMs + 1) : toMs}`,
    ...(before ? [sql<SqlBool>`(${at}, id) < (${before.atMs}, ${before.id})`] : []),
  ];
  return sql`where ${sql.join(all, sql` and `)} order by ${at} desc, id desc limit ${limit}`;
}

type Table = 'camera_events' | 'gaps' | 'deletions' | 'recordings' | 'holds' | 'clips';

async function rowsOf<T extends Table>(
  queries: Queries,
  table: T,
  page: RawBuilder<unknown>,
): Promise<readonly Selectable<Schema[T]>[]> {
  const found = sql<Selectable<Schema[T]>>`select * from ${sql.table(table)} ${page}`;
  return (await found.execute(queries)).rows;
}
