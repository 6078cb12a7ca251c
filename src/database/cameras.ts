/**
 * Queries on the `cameras` table: rows in the database, `StoredCamera` outside of it.
 */
import type { Kysely, Selectable } from 'kysely';
import { sql } from 'kysely';
import type { CameraId } from '../base/ids.ts';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { UnixMs } from '../base/units.ts';
import { unixMs } from '../base/units.ts';
import type { CamerasTable, Schema } from './schema.ts';

export interface StoredCamera {
  readonly id: CameraId;
  readonly name: string;
  readonly enabled: boolean;
  readonly start: 'on-demand' | 'always';
  readonly closeAfterMs: number;
  /** 0: no limit. */
  readonly maxReaders: number;
  /** JSON text: see `CamerasTable.source`. */
  readonly sourceJson: string;
  /** Null: as the server. */
  readonly latency: 'low' | 'normal' | 'high' | null;
  /** The smaller second source, as `sourceJson`; null without. */
  readonly subJson: string | null;
  /** Recording policy, JSON text. */
  readonly recordingJson: string;
  /** Its name, or external id, in the configuration file that declares it; null otherwise. */
  readonly declaredAs: string | null;
  /** Name in a provisioning system; unique; null otherwise. */
  readonly externalId: string | null;
  /** Where it hangs; may be empty. */
  readonly location: string;
  readonly createdMs: UnixMs;
  readonly changedMs: UnixMs;
}

/** All cameras, oldest first. */
export async function listCameras(queries: Kysely<Schema>): Promise<readonly StoredCamera[]> {
  const rows = await queries.selectFrom('cameras').selectAll().orderBy('created_ms').orderBy('id').execute();
  return rows.map(fromRow);
}

/** Throws when the id exists already. */
export async function insertCamera(queries: Kysely<Schema>, camera: StoredCamera): Promise<void> {
  await queries.insertInto('cameras').values(toRow(camera)).execute();
}

/** Writes every column of an existing camera. False when there is none with this id. */
export async function updateCamera(queries: Kysely<Schema>, camera: StoredCamera): Promise<boolean> {
  const { id, ...columns } = toRow(camera);
  const result = await queries.updateTable('cameras').set(columns).where('id', '=', id).executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** False when there was none. */
export async function deleteCamera(queries: Kysely<Schema>, id: CameraId): Promise<boolean> {
  const result = await queries.deleteFrom('cameras').where('id', '=', id).executeTakeFirst();
  return result.numDeletedRows > 0n;
}

/** Set once nothing of older versions, which kept addresses in clear, is left in the file. */
const sealedFormat = 1;

/**
 * Writes the sealed sources of these cameras, all or none, and sees that no older bytes of any stay in the files:
 * freed pages are overwritten, the file is written anew, and the write-ahead log is emptied. The latter once.
 * Out: why old bytes may still be there; the next start tries again.
 */
export async function sealSources(
  queries: Kysely<Schema>,
  cameras: readonly StoredCamera[],
): Promise<Result<void, string>> {
  const { rows } = await sql<{ user_version: number }>`pragma user_version`.execute(queries);
  if (cameras.length === 0 && rows[0]?.user_version === sealedFormat) return ok(undefined);
  await sql`pragma secure_delete = on`.execute(queries);
  await sql`pragma user_version = 0`.execute(queries);
  await queries.transaction().execute(async (transaction) => {
    for (const { id, sourceJson, subJson } of cameras) {
      const columns = { source: sourceJson, sub_source: subJson };
      await transaction.updateTable('cameras').set(columns).where('id', '=', id).execute();
    }
  });
  try {
    await sql`vacuum`.execute(queries);
    await sql`pragma user_version = ${sql.raw(String(sealedFormat))}`.execute(queries);
    await sql`pragma wal_checkpoint(truncate)`.execute(queries);
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error));
  }
  return ok(undefined);
}

function toRow(camera: StoredCamera): CamerasTable {
  return {
    id: camera.id,
    name: camera.name,
    enabled: camera.enabled ? 1 : 0,
    start_mode: camera.start,
    close_after_ms: camera.closeAfterMs,
    max_readers: camera.maxReaders,
    source: camera.sourceJson,
    latency: camera.latency,
    sub_source: camera.subJson,
    recording: camera.recordingJson,
    declared_as: camera.declaredAs,
    external_id: camera.externalId,
    location: camera.location,
    created_ms: camera.createdMs,
    changed_ms: camera.changedMs,
  };
}

/** The table's checks keep `start_mode` and `latency` to their values; ids are only ever written by `insertCamera`. */
function fromRow(row: Selectable<CamerasTable>): StoredCamera {
  return {
    id: row.id as CameraId,
    name: row.name,
    enabled: row.enabled !== 0,
    start: row.start_mode === 'always' ? 'always' : 'on-demand',
    closeAfterMs: row.close_after_ms,
    maxReaders: row.max_readers,
    sourceJson: row.source,
    latency: row.latency as StoredCamera['latency'],
    subJson: row.sub_source,
    recordingJson: row.recording,
    declaredAs: row.declared_as,
    externalId: row.external_id,
    location: row.location,
    createdMs: unixMs(row.created_ms),
    changedMs: unixMs(row.changed_ms),
  };
}
