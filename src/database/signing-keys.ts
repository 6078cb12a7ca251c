/**
 * Queries on the `signing_keys` table.
 */
import type { Kysely, Selectable } from 'kysely';
import type { Schema } from './schema.ts';

export type SigningKeyRow = Selectable<Schema['signing_keys']>;

/** The newest first. */
export function listSigningKeys(queries: Kysely<Schema>): Promise<readonly SigningKeyRow[]> {
  return queries.selectFrom('signing_keys').selectAll().orderBy('created_ms', 'desc').orderBy('id').execute();
}

export async function insertSigningKey(queries: Kysely<Schema>, row: SigningKeyRow): Promise<void> {
  await queries.insertInto('signing_keys').values(row).execute();
}
