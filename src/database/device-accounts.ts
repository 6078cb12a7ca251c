/**
 * Queries on the `device_accounts` table.
 */
import type { Kysely, Selectable } from 'kysely';
import type { Schema } from './schema.ts';

export type DeviceAccountRow = Selectable<Schema['device_accounts']>;

/** Oldest first. */
export function listDeviceAccounts(queries: Kysely<Schema>): Promise<readonly DeviceAccountRow[]> {
  return queries.selectFrom('device_accounts').selectAll().orderBy('created_ms').orderBy('id').execute();
}

export async function insertDeviceAccount(queries: Kysely<Schema>, row: DeviceAccountRow): Promise<void> {
  await queries.insertInto('device_accounts').values(row).execute();
}

export async function markDeviceUsed(queries: Kysely<Schema>, id: string, usedMs: number): Promise<void> {
  await queries.updateTable('device_accounts').set({ used_ms: usedMs }).where('id', '=', id).execute();
}

export async function deleteDeviceAccount(queries: Kysely<Schema>, id: string): Promise<void> {
  await queries.deleteFrom('device_accounts').where('id', '=', id).execute();
}
