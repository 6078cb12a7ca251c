/**
 * Step 9: what happened to all cameras together is read newest first, so every table of it is ordered by time as well as
 * by camera. Damaged recordings have an index of their own since step 5.
 */
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const history: Migration = { up };

async function up(database: Kysely<unknown>): Promise<void> {
  const indexes = [
    ['gaps', ['start_ms', 'id']],
    ['camera_events', ['start_ms', 'id']],
    ['clips', ['start_ms', 'id']],
    ['holds', ['created_ms', 'id']],
    ['deletions', ['camera_id', 'deleted_ms']],
  ] as const;
  for (const [table, columns] of indexes) {
    await database.schema
      .createIndex(`${table}_by_time`)
      .on(table)
      .columns([...columns])
      .execute();
  }
}
