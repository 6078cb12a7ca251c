/**
 * Queries on the `holds` table: footage that must not be deleted, whatever the rules say.
 */
import type { Kysely, Selectable } from 'kysely';
import type { CameraId } from '../base/ids.ts';
import type { Schema } from './schema.ts';

export interface Hold {
  readonly id: string;
  /** Null: all cameras. */
  readonly cameraId: string | null;
  /** Footage of this range is held; Unix ms. */
  readonly startMs: number;
  readonly endMs: number;
  /** It ends by itself then; null: when it is deleted. */
  readonly untilMs: number | null;
  readonly reason: string;
  readonly createdMs: number;
}

/** Those that hold now, by start. */
export async function activeHolds(queries: Kysely<Schema>, nowMs: number): Promise<readonly Hold[]> {
  const rows = await queries
    .selectFrom('holds')
    .selectAll()
    .where((eb) => eb.or([eb('until_ms', 'is', null), eb('until_ms', '>', nowMs)]))
    .orderBy('start_ms')
    .orderBy('id')
    .execute();
  return rows.map(fromRow);
}

/** Those that hold footage of this camera now, by start. */
export async function holdsOn(
  queries: Kysely<Schema>,
  cameraId: CameraId,
  nowMs: number,
): Promise<readonly Hold[]> {
  const holds = await activeHolds(queries, nowMs);
  return holds.filter((hold) => hold.cameraId === null || hold.cameraId === cameraId);
}

/** False when there are `most` already. */
export async function insertHold(queries: Kysely<Schema>, hold: Hold, most: number): Promise<boolean> {
  return queries.transaction().execute(async (inside) => {
    const { count } = await inside
      .selectFrom('holds')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    if (count >= most) return false;
    await inside
      .insertInto('holds')
      .values({
        id: hold.id,
        camera_id: hold.cameraId,
        start_ms: hold.startMs,
        end_ms: hold.endMs,
        until_ms: hold.untilMs,
        reason: hold.reason,
        created_ms: hold.createdMs,
      })
      .execute();
    return true;
  });
}

/** False when there was none. */
export async function deleteHold(queries: Kysely<Schema>, id: string): Promise<boolean> {
  const result = await queries.deleteFrom('holds').where('id', '=', id).executeTakeFirst();
  return result.numDeletedRows > 0n;
}

/** Forgets those that ended. */
export async function deleteEndedHolds(queries: Kysely<Schema>, nowMs: number): Promise<void> {
  await queries.deleteFrom('holds').where('until_ms', '<=', nowMs).execute();
}

function fromRow(row: Selectable<Schema['holds']>): Hold {
  return {
    id: row.id,
    cameraId: row.camera_id,
    startMs: row.start_ms,
    endMs: row.end_ms,
    untilMs: row.until_ms,
    reason: row.reason,
    createdMs: row.created_ms,
  };
}
