/**
 * Fragment tables of closed recordings, from the database: a day of them takes two statements and no file.
 */
import type { Kysely } from 'kysely';
import { unpackFragments } from '../archive/fragment-table.ts';
import type { FragmentEntry, RecordingId } from '../archive/types.ts';
import { listFragmentTables } from '../database/fragment-tables.ts';
import type { Schema } from '../database/schema.ts';
import type { FootageParts } from './session.ts';

export function storedTables(queries: Kysely<Schema>): FootageParts['tables'] {
  return async (ids) => {
    const tables = new Map<RecordingId, readonly FragmentEntry[]>();
    for (const { recording_id, packed } of await listFragmentTables(queries, ids)) {
      const table = unpackFragments(packed);
      if (table) tables.set(recording_id, table);
    }
    return tables;
  };
}
