/**
 * Step 5: indexes for checking recordings: the longest unchecked, and the few that are damaged.
 */
import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const integrity: Migration = { up };

async function up(database: Kysely<unknown>): Promise<void> {
  await database.schema.dropIndex('recordings_by_verified_ms').execute();
  await database.schema
    .createIndex('recordings_by_verified_ms')
    .on('recordings')
    .columns(['verified_ms', 'start_ms'])
    .execute();
  await database.schema
    .createIndex('recordings_damaged')
    .on('recordings')
    .column('start_ms')
    .where(sql.ref('damage'), 'is not', null)
    .execute();
}
