import assert from 'node:assert/strict';
import { mkdtemp, open, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { sql } from 'kysely';
import { cameraId } from '../base/ids.ts';
import { unixMs } from '../base/units.ts';
import type { StoredCamera } from './cameras.ts';
import { deleteCamera, insertCamera, listCameras, updateCamera } from './cameras.ts';
import type { Database } from './database.ts';
import { openDatabase } from './database.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sightline-database-'));
});
after(() => rm(folder, { recursive: true }));

const camera = (first: number): StoredCamera => ({
  id: cameraId(new Uint8Array(16).fill(first)),
  name: 'Front "door" \'; drop table cameras; --',
  enabled: true,
  start: 'always',
  closeAfterMs: 10_000,
  maxReaders: 3,
  latency: 'normal',
  subJson: '{"kind":"demo"}',
  sourceJson: '{"kind":"demo"}',
  recordingJson: '{"mode":"off"}',
  declaredAs: null,
  externalId: null,
  location: '',
  createdMs: unixMs(1_700_000_000_000 + first),
  changedMs: unixMs(1_700_000_000_000 + first),
});

async function mustOpen(file: string): Promise<Database> {
  const result = await openDatabase(file);
  assert.ok(result.ok, result.ok ? '' : result.error.message);
  return result.value;
}

async function faultOf(file: string) {
  const result = await openDatabase(file);
  assert.ok(!result.ok);
  return result.error;
}

describe('a database', () => {
  test('is made from nothing, and keeps what was written when it is opened again', async () => {
    const file = join(folder, 'reopen.sqlite');
    const first = await mustOpen(file);
    assert.equal(await first.answers(), true);
    await insertCamera(first.queries, camera(2));
    await insertCamera(first.queries, camera(1));
    await first.close();
    const second = await mustOpen(file);
    assert.deepEqual(await listCameras(second.queries), [camera(1), camera(2)]);
    await second.close();
    assert.equal(await second.answers(), false);
  });

  test('commits so that a power cut loses nothing', async () => {
    const file = join(folder, 'durable.sqlite');
    const database = await mustOpen(file);
    await insertCamera(database.queries, camera(3));
    const mode = await sql<{ journal_mode: string }>`pragma journal_mode`.execute(database.queries);
    const sync = await sql<{ synchronous: number }>`pragma synchronous`.execute(database.queries);
    const keys = await sql<{ foreign_keys: number }>`pragma foreign_keys`.execute(database.queries);
    assert.equal(mode.rows[0]?.journal_mode, 'wal');
    assert.equal(sync.rows[0]?.synchronous, 2);
    assert.equal(keys.rows[0]?.foreign_keys, 1);
    await database.close();
  });

  test('can be read by its owner only', { skip: process.platform === 'win32' }, async () => {
    const file = join(folder, 'private.sqlite');
    const database = await mustOpen(file);
    await insertCamera(database.queries, camera(4));
    for (const name of [file, `${file}-wal`]) assert.equal((await stat(name)).mode & 0o077, 0, name);
    await database.close();
  });

  test('of the first version keeps its cameras, which get the new columns', async () => {
    const file = join(folder, 'older.sqlite');
    const database = await mustOpen(file);
    await insertCamera(database.queries, camera(5));
    await database.close();
    const raw = new DatabaseSync(file);
    raw.exec('drop index cameras_by_external_id');
    const later = ['sub_source', 'latency', 'recording', 'external_id', 'location'];
    for (const column of later) raw.exec(`alter table cameras drop column ${column}`);
    const tables = raw.prepare("select name from sqlite_master where type = 'table'").all();
    for (const { name } of tables) {
      if (!/^(cameras|schema_step.*|sqlite_.*)$/.test(String(name))) raw.exec(`drop table ${String(name)}`);
    }
    raw.exec("delete from schema_step where name > '0001-cameras'");
    raw.close();
    const again = await mustOpen(file);
    assert.deepEqual(await listCameras(again.queries), [{ ...camera(5), latency: null, subJson: null }]);
    await again.close();
  });

  test('of a newer version is refused and left alone', async () => {
    const file = join(folder, 'newer.sqlite');
    await (await mustOpen(file)).close();
    const raw = new DatabaseSync(file);
    raw.exec("insert into schema_step (name, timestamp) values ('0099-from-the-future', '')");
    raw.close();
    const fault = await faultOf(file);
    assert.equal(fault.kind, 'newer');
    assert.match(fault.message, /newer\.sqlite was written by a newer version .*0099-from-the-future/);
  });

  test('file that is something else is called damaged, by name, with what to do', async () => {
    const file = join(folder, 'holiday.jpg');
    await writeFile(file, Buffer.alloc(8192, 'not a database '));
    const fault = await faultOf(file);
    assert.equal(fault.kind, 'corrupt');
    assert.match(fault.message, /holiday\.jpg is damaged .*Restore it from a backup/);
  });

  test('with a page overwritten is called damaged', async () => {
    const file = join(folder, 'torn.sqlite');
    const database = await mustOpen(file);
    for (let index = 1; index < 30; index++) await insertCamera(database.queries, camera(index));
    await database.close();
    const handle = await open(file, 'r+');
    await handle.write(Buffer.alloc(4096, 0xa5), 0, 4096, 4096);
    await handle.close();
    assert.equal((await faultOf(file)).kind, 'corrupt');
  });

  test('in a folder that does not exist says so', async () => {
    const fault = await faultOf(join(folder, 'missing', 'x.sqlite'));
    assert.equal(fault.kind, 'unopenable');
    assert.match(fault.message, /missing.x\.sqlite cannot be opened: .*Check that its folder exists/);
  });
});

describe('cameras', () => {
  test('change whole, and only the one that was meant', async () => {
    const database = await mustOpen(join(folder, 'change.sqlite'));
    await insertCamera(database.queries, camera(1));
    await insertCamera(database.queries, camera(2));
    const changed = { ...camera(1), name: 'Garage', enabled: false, start: 'on-demand' as const };
    assert.equal(await updateCamera(database.queries, changed), true);
    assert.equal(await updateCamera(database.queries, camera(9)), false);
    assert.deepEqual(await listCameras(database.queries), [changed, camera(2)]);
    await database.close();
  });

  test('are deleted once', async () => {
    const database = await mustOpen(join(folder, 'delete.sqlite'));
    await insertCamera(database.queries, camera(1));
    assert.equal(await deleteCamera(database.queries, camera(1).id), true);
    assert.equal(await deleteCamera(database.queries, camera(1).id), false);
    assert.deepEqual(await listCameras(database.queries), []);
    await database.close();
  });

  test('with one id twice are a bug of ours, not a silent overwrite', async () => {
    const database = await mustOpen(join(folder, 'twice.sqlite'));
    await insertCamera(database.queries, camera(1));
    await assert.rejects(insertCamera(database.queries, camera(1)), /UNIQUE/);
    await database.close();
  });
});
