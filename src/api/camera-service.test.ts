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
import { recordingPolicySchema } from './contract/recording.ts';
import { CameraService } from './camera-service.ts';
import type { CameraCreate } from './contract/cameras.ts';
import { EventFeed } from './event-feed.ts';
import { HandRuntime } from './testing.ts';

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
  declared: readonly CameraCreate[],
  work: (cameras: CameraService, runtime: HandRuntime) => Promise<T>,
): Promise<T> {
  const database = await openedDatabase(name);
  const { queries } = database;
  const runtime = new HandRuntime(systemClock);
  const feed = new EventFeed(systemClock);
  const parts = { queries, runtime, feed, clock: systemClock, random: systemRandom, log: silentLog };
  const cameras = new CameraService(parts);
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
  test('are created once and belong to the dashboard from then on', async () => {
    const declared = [camera('Door'), camera('Yard', { maxReaders: 3 })];
    await live('declared', declared, async (cameras) => {
      assert.deepEqual(await names(cameras), ['Door', 'Yard']);
      const [door, yard] = cameras.list();
      await cameras.change(door!.id, { name: 'Front' });
      await cameras.change(yard!.id, { maxReaders: 5 });
    });
    await live('declared', declared, async (cameras) => {
      assert.deepEqual(await names(cameras), ['Front', 'Yard']);
      assert.equal(cameras.list()[1]?.maxReaders, 5);
      await cameras.remove(cameras.list()[0]!.id);
    });
    assert.deepEqual(await live('declared', declared, names), ['Yard', 'Door']);
  });

  test('are not doubled: not by a camera of that name, not by the file itself', async () => {
    await live('same-name', [], async (cameras) => {
      await cameras.create(camera('Door'));
    });
    assert.deepEqual(await live('same-name', [camera('Door'), camera('A'), camera('A')], names), [
      'Door',
      'A',
    ]);
  });
});
