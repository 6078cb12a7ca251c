import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { silentLog } from '../base/log.ts';
import { insertCamera, listCameras } from '../database/cameras.ts';
import type { Database } from '../database/database.ts';
import { openDatabase } from '../database/database.ts';
import { systemClock } from '../io/clock.ts';
import { systemRandom } from '../io/random.ts';
import { makeSecretBox, secretBytes } from '../io/secret-box.ts';
import { recordingPolicySchema } from './contract/recording.ts';
import { CameraService } from './camera-service.ts';
import type { CameraCreate, CameraDeclaration } from './contract/cameras.ts';
import { EventFeed } from './event-feed.ts';
import { HandRuntime } from './testing.ts';

const secrets = makeSecretBox(new Uint8Array(secretBytes).fill(7), systemRandom);
let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sightline-cameras-'));
});
after(() => rm(folder, { recursive: true }));

async function openedDatabase(name: string): Promise<Database> {
  const opened = await openDatabase(join(folder, name));
  assert.ok(opened.ok);
  return opened.value;
}

/** One life of the server. */
async function live<T>(
  name: string,
  declared: readonly CameraDeclaration[],
  work: (cameras: CameraService, runtime: HandRuntime) => Promise<T>,
): Promise<T> {
  const database = await openedDatabase(name);
  const { queries } = database;
  const runtime = new HandRuntime(systemClock);
  const feed = new EventFeed(systemClock);
  const parts = { queries, runtime, feed, clock: systemClock, random: systemRandom, log: silentLog };
  const cameras = new CameraService({ ...parts, secrets });
  await cameras.start(declared);
  const result = await work(cameras, runtime);
  runtime.hub.close();
  await database.close();
  return result;
}

const camera = (name: string, fields: Partial<CameraCreate> = {}): CameraCreate => ({
  name,
  location: '',
  enabled: true,
  source: { kind: 'demo' },
  start: 'on-demand',
  closeAfterMs: 10_000,
  maxReaders: 0,
  latency: 'low',
  sub: null,
  recording: recordingPolicySchema.parse({}),
  ...fields,
});

const names = async (cameras: CameraService): Promise<string[]> => cameras.list().map(({ name }) => name);

describe('cameras over restarts', () => {
  test('run again as they were left, with their credentials', async () => {
    const source = { kind: 'rtsp', url: 'rtsp://u:p@10.0.0.9/', transport: 'udp', verifyTls: true } as const;
    const id = await live('restart', [], async (cameras) => {
      const created = await cameras.create(camera('Door'));
      assert.ok(created.ok);
      await cameras.change(created.value.id, { source, enabled: false });
      return created.value.id;
    });
    await live('restart', [], async (cameras, runtime) => {
      assert.deepEqual(await names(cameras), ['Door']);
      const [applied] = runtime.applied.values();
      const { location: _, ...running } = camera('Door', { source, enabled: false });
      assert.deepEqual(applied, { ...running, id });
      assert.equal(cameras.get(id)?.status.state, 'disabled');
    });
  });

  test('keep their order, however quickly they were added', async () => {
    const added = Array.from({ length: 30 }, (_, index) => `Camera ${index}`);
    await live('order', [], async (cameras) => {
      for (const name of added) await cameras.create(camera(name));
    });
    assert.deepEqual(await live('order', [], names), added);
  });

  test('with one that cannot be read keep the others', async () => {
    await live('unreadable', [], async (cameras) => {
      await cameras.create(camera('Good'));
    });
    const database = await openedDatabase('unreadable');
    const { queries } = database;
    const [good] = await listCameras(queries);
    for (const [index, sourceJson] of ['{"kind":"hologram"}', '{broken', 'null'].entries()) {
      const id = `cam_000000000000000${index}` as NonNullable<typeof good>['id'];
      await insertCamera(queries, { ...good!, id, sourceJson });
    }
    await database.close();
    assert.deepEqual(await live('unreadable', [], names), ['Good']);
  });
});

describe('cameras of the configuration file', () => {
  const door: CameraDeclaration = { name: 'Door', source: { kind: 'demo' } };
  const yard: CameraDeclaration = { name: 'Yard', source: { kind: 'demo' }, maxReaders: 3 };

  test('are made once, and are as they stand there after every start', async () => {
    const id = await live('declared', [door, yard], async (cameras) => {
      assert.deepEqual(await names(cameras), ['Door', 'Yard']);
      assert.deepEqual(cameras.list()[1]?.managedFields, ['name', 'source', 'maxReaders']);
      return cameras.list()[1]!.id;
    });
    const file = { kind: 'file', path: 'yard.mp4' } as const;
    const moved = { ...yard, maxReaders: 9, source: file };
    await live('declared', [moved, door], async (cameras) => {
      assert.equal(cameras.list().length, 2);
      assert.equal(cameras.get(id)?.maxReaders, 9);
      assert.deepEqual(cameras.get(id)?.source, file);
    });
  });

  test('cannot be changed in what the file says, nor deleted; in all else they can', async () => {
    await live('locked', [door], async (cameras) => {
      const { id } = cameras.list()[0]!;
      const renamed = await cameras.change(id, { name: 'Front', enabled: false });
      assert.ok(!renamed.ok);
      assert.equal(renamed.error.kind, 'managed');
      assert.match(renamed.error.message, /^name cannot be changed here: the configuration file .*"Door"/);
      assert.equal(cameras.get(id)?.enabled, true);
      const removed = await cameras.remove(id);
      assert.ok(!removed.ok && removed.error.kind === 'managed');
      assert.ok((await cameras.change(id, { name: 'Door', location: 'Gate' })).ok);
    });
    await live('locked', [door], async (cameras) => assert.equal(cameras.list()[0]?.location, 'Gate'));
  });

  test('that are taken out of the file stay, and are free', async () => {
    await live('released', [door, yard], names);
    await live('released', [yard], async (cameras) => {
      assert.deepEqual(await names(cameras), ['Door', 'Yard']);
      const free = cameras.list()[0]!;
      assert.equal(free.managed, null);
      assert.ok((await cameras.change(free.id, { name: 'Front' })).ok);
      assert.ok((await cameras.remove(free.id)).ok);
    });
  });

  test('are not doubled: not by a camera of that name, not by the file itself', async () => {
    await live('same-name', [], async (cameras) => {
      await cameras.create(camera('Door'));
    });
    const another: CameraDeclaration = { name: 'A', source: { kind: 'demo' } };
    assert.deepEqual(await live('same-name', [door, another, another], names), ['Door', 'A']);
  });

  test('with an external id may be renamed in the file', async () => {
    const first = { ...door, externalId: 'gate-7' };
    const id = await live('by-id', [first], async (cameras) => cameras.list()[0]!.id);
    await live('by-id', [{ ...first, name: 'Gate' }], async (cameras) => {
      assert.deepEqual(await names(cameras), ['Gate']);
      assert.equal(cameras.list()[0]?.id, id);
    });
  });
});
