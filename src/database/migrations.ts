/**
 * Brings a database to the newest shape, one file per step, in order. A step that was published never changes.
 * A database that knows a step we do not was written by a newer version and is refused, not guessed at.
 */
import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { Migrator } from 'kysely/migration';
import { cameras } from './migrations/0001-cameras.ts';
import { latencyAndSub } from './migrations/0002-latency-and-sub.ts';
import { recording } from './migrations/0003-recording.ts';
import { clipUploads } from './migrations/0004-clip-uploads.ts';
import { integrity } from './migrations/0005-integrity.ts';
import { storageUse } from './migrations/0006-storage-use.ts';
import { accounts } from './migrations/0007-accounts.ts';
import { latencyOfServer } from './migrations/0008-latency-of-server.ts';
import { history } from './migrations/0009-history.ts';
import type { Schema } from './schema.ts';

const steps: Readonly<Record<string, Migration>> = {
  '0001-cameras': cameras,
  '0002-latency-and-sub': latencyAndSub,
  '0003-recording': recording,
  '0004-clip-uploads': clipUploads,
  '0005-integrity': integrity,
  '0006-storage-use': storageUse,
  '0007-accounts': accounts,
  '0008-latency-of-server': latencyOfServer,
  '0009-history': history,
};

const stepTable = 'schema_step';
const lockTable = 'schema_step_lock';

/** Steps in the database that this version does not know; empty for a new or older database. */
export async function unknownSteps(database: Kysely<Schema>): Promise<readonly string[]> {
  const tables = await database.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some((table) => table.name === stepTable)) return [];
  const { rows } = await sql<{ name: string }>`select name from ${sql.table(stepTable)}`.execute(database);
  return rows.map((row) => row.name).filter((name) => !(name in steps));
}

/** Runs the missing steps in one transaction. Throws what the engine throws. */
export async function migrate(database: Kysely<Schema>): Promise<void> {
  const migrator = new Migrator({
    db: database,
    provider: { getMigrations: async () => ({ ...steps }) },
    migrationTableName: stepTable,
    migrationLockTableName: lockTable,
  });
  const { error } = await migrator.migrateToLatest();
  if (error) throw error instanceof Error ? error : new Error('the database migration failed');
}
