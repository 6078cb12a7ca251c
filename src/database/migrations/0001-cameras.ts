/**
 * Step 1: cameras. What each column means stands in `../schema.ts`.
 */
import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const cameras: Migration = { up };

async function up(database: Kysely<unknown>): Promise<void> {
  await database.schema
    .createTable('cameras')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('enabled', 'integer', (column) => column.notNull().check(sql`enabled in (0, 1)`))
    .addColumn('start_mode', 'text', (column) =>
      column.notNull().check(sql`start_mode in ('on-demand', 'always')`),
    )
    .addColumn('close_after_ms', 'integer', (column) => column.notNull())
    .addColumn('max_readers', 'integer', (column) => column.notNull().check(sql`max_readers >= 0`))
    .addColumn('source', 'text', (column) => column.notNull())
    .addColumn('declared_as', 'text', (column) => column.unique())
    .addColumn('created_ms', 'bigint', (column) => column.notNull())
    .addColumn('changed_ms', 'bigint', (column) => column.notNull())
    .execute();
}
