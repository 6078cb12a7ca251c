/**
 * Queries on the `share_links` table.
 */
import type { Kysely, Selectable } from 'kysely';
import type { Schema } from './schema.ts';

export type ShareLinkRow = Selectable<Schema['share_links']>;

/** Oldest first. */
export function listShareLinks(queries: Kysely<Schema>): Promise<readonly ShareLinkRow[]> {
  return queries.selectFrom('share_links').selectAll().orderBy('created_ms').orderBy('id').execute();
}

export async function insertShareLink(queries: Kysely<Schema>, row: ShareLinkRow): Promise<void> {
  await queries.insertInto('share_links').values(row).execute();
}

/** It was opened once more. */
export async function countShareUse(queries: Kysely<Schema>, id: string, usedMs: number): Promise<void> {
  await queries
    .updateTable('share_links')
    .set((columns) => ({ used_ms: usedMs, uses: columns('uses', '+', 1) }))
    .where('id', '=', id)
    .execute();
}

export async function deleteShareLinks(queries: Kysely<Schema>, ids: readonly string[]): Promise<void> {
  await queries.deleteFrom('share_links').where('id', 'in', ids).execute();
}
