/**
 * Step 6: how much each camera has on each volume, kept by the database itself, so that nobody has to add up millions
 * of rows; cameras that were deleted and left footage; the oldest footage of a volume.
 */
import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const storageUse: Migration = { up };

async function up(database: Kysely<unknown>): Promise<void> {
  await database.schema
    .createTable('storage_use')
    .addColumn('camera_id', 'text', (column) => column.notNull())
    .addColumn('volume_id', 'text', (column) => column.notNull())
    .addColumn('bytes', 'bigint', (column) => column.notNull())
    .addColumn('recordings', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('storage_use_key', ['camera_id', 'volume_id'])
    .execute();
  await sql`insert into storage_use (camera_id, volume_id, bytes, recordings)
    select camera_id, volume_id, sum(bytes), count(*) from recordings group by camera_id, volume_id`.execute(
    database,
  );
  await trigger(database, 'insert', [add]);
  await trigger(database, 'delete', [subtract]);
  await trigger(database, 'update of camera_id, volume_id, bytes', [subtract, add]);
  await database.schema
    .createTable('departed_cameras')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('recording', 'text', (column) => column.notNull())
    .addColumn('footage', 'text', (column) => column.notNull())
    .addColumn('departed_ms', 'bigint', (column) => column.notNull())
    .execute();
  await database.schema
    .createIndex('recordings_by_volume_id')
    .on('recordings')
    .columns(['volume_id', 'camera_id', 'start_ms', 'end_ms', 'id', 'bytes'])
    .execute();
}

const add = `insert into storage_use (camera_id, volume_id, bytes, recordings)
  values (new.camera_id, new.volume_id, new.bytes, 1)
  on conflict (camera_id, volume_id) do update set bytes = storage_use.bytes + excluded.bytes, recordings = storage_use.recordings + 1;`;

const subtract = `update storage_use set bytes = bytes - old.bytes, recordings = recordings - 1
  where camera_id = old.camera_id and volume_id = old.volume_id;
  delete from storage_use where camera_id = old.camera_id and volume_id = old.volume_id and recordings = 0;`;

async function trigger(database: Kysely<unknown>, when: string, does: readonly string[]): Promise<void> {
  const name = `storage_use_${when.split(' ')[0]}`;
  await sql
    .raw(`create trigger ${name} after ${when} on recordings begin ${does.join('\n')} end`)
    .execute(database);
}
