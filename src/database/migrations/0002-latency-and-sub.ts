/**
 * Step 2: how much delay a camera's viewers accept, and its second, smaller source. Cameras that are there already
 * get the least delay and no second source. What each column means stands in `../schema.ts`.
 */
import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const latencyAndSub: Migration = { up };

async function up(database: Kysely<unknown>): Promise<void> {
  await database.schema
    .alterTable('cameras')
    .addColumn('latency', 'text', (column) =>
      column
        .notNull()
        .defaultTo('low')
        .check(sql`latency in ('low', 'normal', 'high')`),
    )
    .execute();
  await database.schema.alterTable('cameras').addColumn('sub_source', 'text').execute();
}
