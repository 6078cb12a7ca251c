/**
 * Fragment tables of many recordings at once, as they are stored.
 */
import type { Kysely } from 'kysely';
import type { Schema } from './schema.ts';

/** SQLite takes 32766 values in one statement. */
const maxIdsAtOnce = 1000;

export interface PackedTable {
  readonly recording_id: string;
  /** `src/archive/fragment-table.ts`. */
  readonly packed: Uint8Array;
}

/** In any order; recordings without a table, those still being written among them, are left out. */
export async function listFragmentTables(
  queries: Kysely<Schema>,
  ids: readonly string[],
): Promise<readonly PackedTable[]> {
  const tables: PackedTable[] = [];
  for (let at = 0; at < ids.length; at += maxIdsAtOnce) {
    const found = await queries
      .selectFrom('recording_fragments')
      .selectAll()
      .where('recording_id', 'in', ids.slice(at, at + maxIdsAtOnce))
      .execute();
    tables.push(...found);
  }
  return tables;
}
