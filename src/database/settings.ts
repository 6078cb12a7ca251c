/**
 * Queries on the `settings` table: what was changed while the server ran.
 */
import type { Kysely, Transaction } from 'kysely';
import type { Schema } from './schema.ts';

export interface StoredSetting {
  /** Empty: of the server. */
  readonly cameraId: string;
  readonly key: string;
  /** JSON text. */
  readonly valueJson: string;
  readonly changedMs: number;
  /** Id of who changed it. */
  readonly changedBy: string;
}

/** With the name of who changed it, where that is a user who is still there. */
export async function listSettings(
  queries: Kysely<Schema>,
): Promise<readonly (StoredSetting & { readonly changedByName: string | null })[]> {
  const rows = await queries
    .selectFrom('settings')
    .leftJoin('users', 'users.id', 'settings.changed_by')
    .select(['camera_id', 'key', 'value', 'settings.changed_ms', 'changed_by', 'users.name'])
    .orderBy('camera_id')
    .orderBy('key')
    .execute();
  return rows.map((row) => ({
    cameraId: row.camera_id,
    key: row.key,
    valueJson: row.value,
    changedMs: row.changed_ms,
    changedBy: row.changed_by,
    changedByName: row.name,
  }));
}

export async function putSetting(transaction: Transaction<Schema>, setting: StoredSetting): Promise<void> {
  const { cameraId, key, valueJson, changedMs, changedBy } = setting;
  const columns = { value: valueJson, changed_ms: changedMs, changed_by: changedBy };
  await transaction
    .insertInto('settings')
    .values({ camera_id: cameraId, key, ...columns })
    .onConflict((conflict) => conflict.columns(['camera_id', 'key']).doUpdateSet(columns))
    .execute();
}

export async function dropSetting(
  transaction: Transaction<Schema>,
  { cameraId, key }: Pick<StoredSetting, 'cameraId' | 'key'>,
): Promise<void> {
  await transaction.deleteFrom('settings').where('camera_id', '=', cameraId).where('key', '=', key).execute();
}

/** Of a camera that is deleted. */
export async function dropSettingsOf(queries: Kysely<Schema>, cameraId: string): Promise<void> {
  await queries.deleteFrom('settings').where('camera_id', '=', cameraId).execute();
}

/** Of cameras that are not there any more. */
export async function dropOrphanSettings(queries: Kysely<Schema>): Promise<void> {
  await queries
    .deleteFrom('settings')
    .where('camera_id', '!=', '')
    .where('camera_id', 'not in', (cameras) => cameras.selectFrom('cameras').select('id'))
    .execute();
}
