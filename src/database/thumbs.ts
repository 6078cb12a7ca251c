/**
 * Queries on the packs of small pictures: one row for each camera and hour, or more after a restart.
 */
import type { Kysely, Selectable } from 'kysely';
import type { Schema, ThumbPacksTable } from './schema.ts';

export type ThumbPackRow = Selectable<ThumbPacksTable>;

/** Writes what is new of some packs, in one transaction. `fresh` ones get their row, and are no garbage any more. */
export async function putThumbPacks(
  queries: Kysely<Schema>,
  packs: readonly ThumbPackRow[],
  fresh: ReadonlySet<string>,
): Promise<void> {
  await queries.transaction().execute(async (transaction) => {
    for (const { path, ...columns } of packs) {
      if (fresh.has(path)) {
        await transaction
          .insertInto('thumb_packs')
          .values({ path, ...columns })
          .execute();
        await transaction.deleteFrom('garbage').where('path', '=', path).execute();
      } else {
        await transaction.updateTable('thumb_packs').set(columns).where('path', '=', path).execute();
      }
    }
  });
}

/** Those with pictures in [fromMs, toMs], oldest first. */
export function listThumbPacks(
  queries: Kysely<Schema>,
  cameraId: string,
  fromMs: number,
  toMs: number,
  limit: number,
): Promise<ThumbPackRow[]> {
  return queries
    .selectFrom('thumb_packs')
    .selectAll()
    .where('camera_id', '=', cameraId)
    .where('from_ms', '<=', toMs)
    .where('to_ms', '>=', fromMs)
    .orderBy('from_ms')
    .limit(limit)
    .execute();
}

export function findThumbPack(
  queries: Kysely<Schema>,
  cameraId: string,
  path: string,
): Promise<ThumbPackRow | undefined> {
  return queries
    .selectFrom('thumb_packs')
    .selectAll()
    .where('camera_id', '=', cameraId)
    .where('path', '=', path)
    .executeTakeFirst();
}

/**
 * Packs that show nothing that is still recorded; at most `limit`. Only those that ended before `beforeMs`, but of a
 * camera that was deleted with its footage all of them.
 */
export function uncoveredThumbPacks(
  queries: Kysely<Schema>,
  beforeMs: number,
  limit: number,
): Promise<Pick<ThumbPackRow, 'path' | 'volume_id'>[]> {
  return queries
    .selectFrom('thumb_packs as pack')
    .select(['pack.path', 'pack.volume_id'])
    .where((where) =>
      where.or([
        where('pack.to_ms', '<', beforeMs),
        where.exists(
          where
            .selectFrom('departed_cameras as departed')
            .select('departed.id')
            .whereRef('departed.id', '=', 'pack.camera_id')
            .where('departed.footage', '=', 'delete'),
        ),
      ]),
    )
    .where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom('runs')
            .select('runs.id')
            .whereRef('runs.camera_id', '=', 'pack.camera_id')
            .whereRef('runs.start_ms', '<=', 'pack.to_ms')
            .whereRef('runs.end_ms', '>=', 'pack.from_ms'),
        ),
      ),
    )
    .limit(limit)
    .execute();
}

/** The rows of packs that go. Their files become garbage afterwards; a crash between leaves files, no false rows. */
export async function dropThumbPacks(queries: Kysely<Schema>, paths: readonly string[]): Promise<void> {
  await queries.deleteFrom('thumb_packs').where('path', 'in', paths).execute();
}
