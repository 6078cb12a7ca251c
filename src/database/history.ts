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

/** For so many cameras each has its own look-up; of more, a page is found soon along the time. */
const mostLookUps = 24;

type Queries = Kysely<Schema>;

export async function historyPage(
  queries: Queries,
  question: HistoryQuestion,
): Promise<readonly HistoryRow[]> {
  const pages = question.kinds.flatMap((kind) => readers[kind](queries, question));
  const rows = (await Promise.all(pages)).flat();
  return rows.toSorted(newestFirst).slice(0, question.limit);
}

function newestFirst(a: HistoryRow, b: HistoryRow): number {
  if (a.atMs !== b.atMs) return b.atMs - a.atMs;
  return a.id < b.id ? 1 : -1;
}

type Read = (queries: Queries, question: HistoryQuestion) => readonly Promise<readonly HistoryRow[]>[];

const readers: Readonly<Record<HistoryKind, Read>> = {
  event: (queries, question) =>
    camerasOf(question).map(async (cameras): Promise<readonly HistoryRow[]> => {
      const page = pageOf(question, 'start_ms', cameras);
      const rows = await rowsOf(queries, 'camera_events', page);
      return rows.map((row) => ({ kind: 'event', ...spanOf(row), event: row.kind, label: row.label }));
    }),
  gap: (queries, question) =>
    camerasOf(question).map(async (cameras): Promise<readonly HistoryRow[]> => {
      const rows = await rowsOf(queries, 'gaps', pageOf(question, 'start_ms', cameras));
      return rows.map((row) => ({ kind: 'gap', ...spanOf(row), cause: row.cause, detail: row.detail }));
    }),
  deletion: (queries, question) =>
    camerasOf(question).map(async (cameras): Promise<readonly HistoryRow[]> => {
      const rows = await rowsOf(queries, 'deletions', pageOf(question, 'deleted_ms', cameras));
      return rows.map((row) => {
        const { reason, detail, recordings, bytes, deleted_ms: atMs } = row;
        return { kind: 'deletion', ...spanOf(row), atMs, reason, detail, recordings, bytes };
      });
    }),
  damaged: (queries, question) => [damagedIn(queries, question)],
  hold: (queries, question) => [holdsIn(queries, question)],
  clip: (queries, question) => [clipsIn(queries, question)],
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

/** What is asked of the database: one question for all, one each for a few, one for some of many. */
function camerasOf({ cameraIds }: HistoryQuestion): readonly (Condition | undefined)[] {
  if (!cameraIds) return [undefined];
  if (cameraIds.length > mostLookUps) return [amongCameras(cameraIds)];
  return cameraIds.map((id) => sql<SqlBool>`camera_id = ${id}`);
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
    sql<SqlBool>`${at} >= ${fromMs} and ${at} < ${toMs}`,
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
