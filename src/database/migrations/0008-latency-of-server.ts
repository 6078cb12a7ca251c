/**
 * Step 8: a camera may have no latency of its own; then that of the server counts. Cameras that have the least delay,
 * which was the default, follow the server from now on.
 */
import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const latencyOfServer: Migration = { up };

async function up(database: Kysely<unknown>): Promise<void> {
  // A column cannot be made nullable in SQLite: another takes its place.
  await database.schema
    .alterTable('cameras')
    .addColumn('own_latency', 'text', (column) => column.check(sql`own_latency in ('low', 'normal', 'high')`))
    .execute();
  await sql`update cameras set own_latency = latency where latency <> 'low'`.execute(database);
  await database.schema.alterTable('cameras').dropColumn('latency').execute();
  await database.schema.alterTable('cameras').renameColumn('own_latency', 'latency').execute();
}
