/**
 * Step 4: clips that are being uploaded in several goes. What each column means stands in `../schema.ts`.
 */
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const clipUploads: Migration = { up };

async function up(database: Kysely<unknown>): Promise<void> {
  await database.schema
    .createTable('clip_uploads')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('client_id', 'text', (column) => column.notNull())
    .addColumn('start_ms', 'bigint', (column) => column.notNull())
    .addColumn('end_ms', 'bigint')
    .addColumn('length_bytes', 'bigint', (column) => column.notNull())
    .addColumn('expires_ms', 'bigint', (column) => column.notNull())
    .addColumn('clip_id', 'text')
    .addColumn('fault', 'text')
    .execute();
  await database.schema
    .createTable('clip_upload_parts')
    .addColumn('upload_id', 'text', (column) => column.notNull())
    .addColumn('offset_bytes', 'bigint', (column) => column.notNull())
    .addColumn('bytes', 'bigint', (column) => column.notNull())
    .addColumn('volume_id', 'text', (column) => column.notNull())
    .addColumn('path', 'text', (column) => column.notNull())
    .addColumn('key_id', 'text')
    .addPrimaryKeyConstraint('clip_upload_parts_place', ['upload_id', 'offset_bytes'])
    .execute();
  await database.schema
    .createTable('clip_files')
    .addColumn('path', 'text', (column) => column.primaryKey().notNull())
    .addColumn('volume_id', 'text', (column) => column.notNull())
    .execute();
  await database.schema
    .createIndex('clip_uploads_by_client_id')
    .on('clip_uploads')
    .columns(['client_id'])
    .execute();
}
