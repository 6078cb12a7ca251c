/**
 * Queries on the `exports` table, and what exports ask of recordings.
 */
import type { Kysely, Selectable } from 'kysely';
import type { Schema } from './schema.ts';

export type ExportRow = Selectable<Schema['exports']>;

/** Oldest first. */
export function listExports(queries: Kysely<Schema>): Promise<readonly ExportRow[]> {
  return queries.selectFrom('exports').selectAll().orderBy('created_ms').orderBy('id').execute();
}

export async function insertExport(queries: Kysely<Schema>, row: ExportRow): Promise<void> {
  await queries.insertInto('exports').values(row).execute();
}

/** All columns but the id and those that never change; nothing when it was deleted meanwhile. */
export async function updateExport(
  queries: Kysely<Schema>,
  { id, state, progress, bytes, fault, file, changed_ms }: ExportRow,
): Promise<void> {
  await queries
    .updateTable('exports')
    .set({ state, progress, bytes, fault, file, changed_ms })
    .where('id', '=', id)
    .execute();
}

export async function deleteExport(queries: Kysely<Schema>, id: string): Promise<void> {
  await queries.deleteFrom('exports').where('id', '=', id).execute();
}

export interface DeletedSpan {
  readonly startMs: number;
  readonly endMs: number;
  readonly reason: string;
  readonly deletedMs: number;
}

/** Footage of [fromMs, toMs) that was deleted, the newest deletions first. */
export async function deletedWithin(
  queries: Kysely<Schema>,
  span: { readonly cameraId: string; readonly fromMs: number; readonly toMs: number },
  limit: number,
): Promise<readonly DeletedSpan[]> {
  const rows = await queries
    .selectFrom('deletions')
    .select(['start_ms as startMs', 'end_ms as endMs', 'reason', 'deleted_ms as deletedMs'])
    .where('camera_id', '=', span.cameraId)
    .where('start_ms', '<', span.toMs)
    .where('end_ms', '>', span.fromMs)
    .orderBy('deleted_ms', 'desc')
    .limit(limit)
    .execute();
  return rows;
}

/** Hash chain over the records of a recording, hex; undefined while it is being written, and when it is gone. */
export async function recordingChain(queries: Kysely<Schema>, id: string): Promise<string | undefined> {
  const row = await queries.selectFrom('recordings').select('chain').where('id', '=', id).executeTakeFirst();
  return row?.chain;
}
