import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { localOperator } from '../accounts/access.ts';
import type { Log } from '../base/log.ts';
import { silentLog } from '../base/log.ts';
import { listCameras } from '../database/cameras.ts';
import type { Database } from '../database/database.ts';
import { openDatabase } from '../database/database.ts';
import { systemClock } from '../io/clock.ts';
import { systemRandom } from '../io/random.ts';
import type { SecretBox } from '../io/secret-box.ts';
import { makeSecretBox, secretBytes } from '../io/secret-box.ts';
import { CameraService } from './camera-service.ts';
import { cameraCreateSchema } from './contract/cameras.ts';
import { EventFeed } from './event-feed.ts';
import { HandRuntime } from './testing.ts';

const secretOf = (byte: number): SecretBox =>
  makeSecretBox(new Uint8Array(secretBytes).fill(byte), systemRandom);
const ours = secretOf(1);
const password = 'Tr0ub4dor-and-3';
const camera = (host: string) =>
  cameraCreateSchema.parse({
    name: 'Door',
    source: { kind: 'rtsp', url: `rtsp://op:${password}@${host}/live?password=${password}` },
    sub: { kind: 'rtsp', url: `rtsp://op:${password}@${host}/small` },
  });

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sightline-secrets-'));
});
after(() => rm(folder, { recursive: true }));

interface Life {
  readonly cameras: CameraService;
  readonly runtime: HandRuntime;
  readonly database: Database;
  /** What somebody who may do everything was told. */
  readonly told: readonly string[];
}

/** One life of the server. */
async function live<T>(
  name: string,
  work: (life: Life) => Promise<T>,
  secrets: SecretBox = ours,
  log: Log = silentLog,
): Promise<T> {
  const opened = await openDatabase(join(folder, name, 'db.sqlite'));
  assert.ok(opened.ok);
  const database = opened.value;
  const runtime = new HandRuntime(systemClock);
  const feed = new EventFeed(systemClock);
  const told: string[] = [];
  const write = (bytes: Uint8Array): boolean => told.push(Buffer.from(bytes).toString()) > 0;
  feed.listen({ who: localOperator, write, end: () => undefined }, undefined);
  const parts = { runtime, feed, clock: systemClock, random: systemRandom, log, secrets };
  const cameras = new CameraService({ ...parts, queries: database.queries });
  await cameras.start([]);
  const result = await work({ cameras, runtime, database, told });
  feed.close();
  runtime.hub.close();
  await database.close();
  return result;
}

/** Files of the database that hold the password, in whatever place. */
async function filesWithPassword(name: string): Promise<string[]> {
  const found: string[] = [];
  for (const file of await readdir(join(folder, name))) {
    if ((await readFile(join(folder, name, file))).includes(password)) found.push(file);
  }
  return found;
}

async function newFolder(): Promise<string> {
  return (await mkdtemp(join(folder, 'data-'))).slice(folder.length + 1);
}

function urlOf({ runtime }: Life): string {
  const [applied] = runtime.applied.values();
  return applied?.source.kind === 'rtsp' ? applied.source.url : '';
}

describe('passwords of cameras', () => {
  test('are in no event, and in no file of the database: not while it is open, not after changes, not when closed', async () => {
    const name = await newFolder();
    const id = await live(name, async ({ cameras, told }) => {
      const made = await cameras.create(camera('10.0.0.1'));
      assert.ok(made.ok);
      assert.deepEqual(await filesWithPassword(name), []);
      assert.match(told.join(''), /camera\.created.*rtsp:\/\/\*\*\*@10\.0\.0\.1/);
      assert.ok(!told.join('').includes(password));
      await cameras.change(made.value.id, { source: camera('10.0.0.2').source });
      assert.deepEqual(await filesWithPassword(name), []);
      return made.value.id;
    });
    assert.deepEqual(await filesWithPassword(name), []);
    await live(name, async (life) => {
      assert.equal(urlOf(life), `rtsp://op:${password}@10.0.0.2/live?password=${password}`);
      await life.cameras.remove(id);
    });
    assert.deepEqual(await filesWithPassword(name), []);
  });

  test('that an older version stored in clear are sealed at the next start, and no trace of them stays', async () => {
    const name = await newFolder();
    const id = await live(name, async ({ cameras }) => {
      const made = await cameras.create(camera('10.0.0.1'));
      assert.ok(made.ok);
      return made.value.id;
    });
    const raw = new DatabaseSync(join(folder, name, 'db.sqlite'));
    const { source, sub } = camera('10.0.0.1');
    const write = raw.prepare('update cameras set source = ?, sub_source = ? where id = ?');
    // Changed often, as in years of use: old copies lie in pages that are free.
    for (let change = 0; change < 200; change++) {
      const padding = ' '.repeat(change * 40);
      write.run(JSON.stringify(source) + padding, JSON.stringify(sub) + padding, id);
    }
    raw.close();
    assert.deepEqual(await filesWithPassword(name), ['db.sqlite']);
    await live(name, async (life) => {
      assert.deepEqual(await filesWithPassword(name), []);
      assert.equal(urlOf(life), `rtsp://op:${password}@10.0.0.1/live?password=${password}`);
      const [row] = await listCameras(life.database.queries);
      assert.match(row?.sourceJson ?? '', /"at":"rtsp:\/\/10\.0\.0\.1","sealed":"s1\./);
      assert.match(row?.subJson ?? '', /"sealed"/);
    });
    assert.deepEqual(await filesWithPassword(name), []);
  });

  test('in the path are not shown either, and stay when the address comes back as it was shown', async () => {
    await live(await newFolder(), async (life) => {
      const made = await life.cameras.create(camera('10.0.0.1'));
      assert.ok(made.ok);
      const { id, source } = made.value;
      assert.ok(source.kind === 'rtsp');
      assert.equal(source.url, 'rtsp://***@10.0.0.1/live?password=***');
      assert.ok((await life.cameras.change(id, { source: { ...source, transport: 'tcp' } })).ok);
      assert.equal(urlOf(life), `rtsp://op:${password}@10.0.0.1/live?password=${password}`);
      const elsewhere = { ...source, url: source.url.replace('10.0.0.1', '10.6.6.6') };
      const moved = await life.cameras.change(id, { source: elsewhere });
      assert.ok(!moved.ok && moved.error.kind === 'credentials');
    });
  });

  test('do not open in the row of another camera, nor with another secret: the camera stays, and says so', async () => {
    const name = await newFolder();
    await live(name, async ({ cameras }) => {
      for (const host of ['10.0.0.1', '10.0.0.2']) assert.ok((await cameras.create(camera(host))).ok);
    });
    const raw = new DatabaseSync(join(folder, name, 'db.sqlite'));
    raw.exec('update cameras set source = (select source from cameras order by created_ms limit 1)');
    raw.close();
    const errors: unknown[] = [];
    const log = { ...silentLog, error: (_: string, fields?: object) => void errors.push(fields) };
    await live(
      name,
      async ({ cameras }) => {
        const shown = cameras.list().map(({ source }) => (source.kind === 'rtsp' ? source.url : ''));
        assert.deepEqual(shown, ['rtsp://***@10.0.0.1/live?password=***', 'rtsp://10.0.0.1/']);
      },
      ours,
      log,
    );
    assert.equal(errors.length, 1);
    await live(name, async ({ cameras }) => assert.equal(cameras.list().length, 2), secretOf(2), log);
    assert.match(JSON.stringify(errors.at(-1)), /sealed with the key .*secret\.key/);
  });
});
