/**
 * Queries on the `deletions` table: what was deleted, and why. Rows are written where recordings are deleted
 * (`recordings.ts`); here they are read, and old ones made fewer.
 */
import type { Kysely, Selectable } from 'kysely';
import { sql } from 'kysely';
import type { Schema } from './schema.ts';

export interface DeletionRecord {
  readonly id: string;
  readonly cameraId: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly recordings: number;
  readonly bytes: number;
  readonly reason: string;
  readonly detail: string;
  readonly deletedMs: number;
}

/** The newest first. @param page.beforeMs only those deleted before */
export async function listDeletions(
  queries: Kysely<Schema>,
  page: {
    /** Absent: of all. */
    readonly cameraIds: readonly string[] | undefined;
    readonly beforeMs: number | undefined;
    readonly limit: number;
  },
): Promise<readonly DeletionRecord[]> {
  let query = queries.selectFrom('deletions').selectAll();
  if (page.cameraIds) query = query.where('camera_id', 'in', page.cameraIds);
  if (page.beforeMs !== undefined) query = query.where('deleted_ms', '<', page.beforeMs);
  const rows = await query.orderBy('deleted_ms', 'desc').orderBy('id').limit(page.limit).execute();
  return rows.map(fromRow);
}

/** Makes one row of those of an hour that agree in camera and reason, and forgets very old ones. */
export async function condenseDeletions(
  queries: Kysely<Schema>,
  { fromMs, toMs, forgetBeforeMs }: { fromMs: number; toMs: number; forgetBeforeMs: number },
): Promise<void> {
  await queries.transaction().execute(async (transaction) => {
    const groups = await transaction
      .selectFrom('deletions')
      .select(({ fn }) => [
        fn.min('id').as('id'),
        'camera_id',
        'reason',
        'detail',
        fn.min('start_ms').as('start_ms'),
        fn.max('end_ms').as('end_ms'),
        fn.sum<number>('recordings').as('recordings'),
        fn.sum<number>('bytes').as('bytes'),
        fn.max('deleted_ms').as('deleted_ms'),
      ])
      .where('deleted_ms', '>=', fromMs)
      .where('deleted_ms', '<', toMs)
      .groupBy(['camera_id', 'reason', 'detail'])
      .having(sql<number>`count(*)`, '>', 1)
      .execute();
    for (const group of groups) {
      await transaction
        .deleteFrom('deletions')
        .where('deleted_ms', '>=', fromMs)
        .where('deleted_ms', '<', toMs)
        .where('camera_id', '=', group.camera_id)
        .where('reason', '=', group.reason)
        .where('detail', '=', group.detail)
        .execute();
      await transaction.insertInto('deletions').values(group).execute();
    }
    await transaction.deleteFrom('deletions').where('deleted_ms', '<', forgetBeforeMs).execute();
  });
}

function fromRow(row: Selectable<Schema['deletions']>): DeletionRecord {
  return {
    id: row.id,
    cameraId: row.camera_id,
    startMs: row.start_ms,
    endMs: row.end_ms,
    recordings: row.recordings,
    bytes: row.bytes,
    reason: row.reason,
    detail: row.detail,
    deletedMs: row.deleted_ms,
  };
}
