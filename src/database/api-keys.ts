/**
 * Queries on the `api_keys` table.
 */
import type { Kysely, Selectable } from 'kysely';
import type { Schema } from './schema.ts';

export type ApiKeyRow = Selectable<Schema['api_keys']>;

/** Oldest first. */
export function listApiKeys(queries: Kysely<Schema>): Promise<readonly ApiKeyRow[]> {
  return queries.selectFrom('api_keys').selectAll().orderBy('created_ms').orderBy('id').execute();
}

export async function insertApiKey(queries: Kysely<Schema>, row: ApiKeyRow): Promise<void> {
  await queries.insertInto('api_keys').values(row).execute();
}

export async function markApiKeyUsed(queries: Kysely<Schema>, id: string, usedMs: number): Promise<void> {
  await queries.updateTable('api_keys').set({ used_ms: usedMs }).where('id', '=', id).execute();
}

export async function deleteApiKey(queries: Kysely<Schema>, id: string): Promise<void> {
  await queries.deleteFrom('api_keys').where('id', '=', id).execute();
}
