import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { Clock } from '../../base/clock.ts';
import { ManualClock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { silentLog } from '../../base/log.ts';
import type { Database } from '../../database/database.ts';
import { openDatabase } from '../../database/database.ts';
import { putSetting } from '../../database/settings.ts';
import { child } from '../json-schema.ts';
import type { Given } from '../load.ts';
import { settingsSchema } from '../schema.ts';
import { LiveSettings } from './live-settings.ts';
import { definitionOf, settingKeys } from './registry.ts';

const ada = { id: 'usr_ada', name: 'Ada' };
const bob = { id: 'usr_bob', name: 'Bob' };
const door = 'cam_0123456789abcdef';

let folder = '';
let database: Database;
let clock: ManualClock;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sightline-live-settings-'));
});
after(() => rm(folder, { recursive: true }));

let files = 0;
beforeEach(async () => {
  files += 1;
  const opened = await openDatabase(join(folder, `${files}.sqlite`));
  assert.ok(opened.ok);
  database = opened.value;
  clock = new ManualClock();
});
afterEach(() => database.close());

const nothingGiven: Given = () => undefined;
const portGiven: Given = (path) => (path.join('.') === 'rtsp.port' ? 'sightline.yaml:2:3' : undefined);

function open({ given = nothingGiven, startup = {}, log = silentLog }: Partial<Opening> = {}) {
  const settings = settingsSchema.parse(startup);
  const parts = { queries: database.queries, clock: clock as Clock, log, startup: settings, given };
  return LiveSettings.open(parts).then((live) => ({ live, startup: settings }));
}

interface Opening {
  readonly given: Given;
  readonly startup: object;
  readonly log: Log;
}

async function changed(live: LiveSettings, values: Record<string, unknown>, cameraId: string | null = null) {
  const done = await live.change({ values, cameraId, by: ada });
  assert.ok(done.ok, done.ok ? '' : JSON.stringify(done.error));
  return done.value;
}

async function refused(
  live: LiveSettings,
  values: Record<string, unknown>,
  more: { cameraId?: string; sinceRevision?: number } = {},
) {
  const done = await live.change({ cameraId: null, ...more, values, by: bob });
  assert.ok(!done.ok, 'was accepted');
  return done.error;
}

describe('every setting', () => {
  it('has a default that it takes itself, and the same one as at the start', () => {
    const startup = settingsSchema.parse({});
    for (const key of settingKeys) {
      const { schema, default: fallback, none, startup: path } = definitionOf(key);
      if (fallback === null) assert.ok(none, `${key} says what no value means`);
      else assert.deepEqual(schema.parse(fallback), fallback, key);
      if (path) assert.deepEqual(path.reduce<unknown>(child, startup) ?? null, fallback, key);
    }
  });

  it('refuses null, which stands for the default', () => {
    for (const key of settingKeys) assert.equal(definitionOf(key).schema.safeParse(null).success, false, key);
  });
});

describe('a value', () => {
  it('is the default until it is changed, then what it was changed to, and the default again', async () => {
    const { live } = await open();
    assert.equal(live.get('rtspPort'), 8554);
    await changed(live, { rtspPort: 9554 });
    assert.equal(live.get('rtspPort'), 9554);
    await changed(live, { rtspPort: null });
    assert.equal(live.get('rtspPort'), 8554);
    assert.equal(live.state('rtspPort', null).source, 'default');
  });

  it('outlives a restart, with who changed it and when', async () => {
    const first = await open();
    await changed(first.live, { healthMaxDrops: 5, storageMaxBytes: 1000, videoEncoder: 'x265' });
    const { live, startup } = await open();
    assert.equal(live.get('videoEncoder'), 'x265');
    assert.equal(startup.health.maxDrops, 5, 'parts that start later read it');
    assert.equal(startup.storage.maxBytes, 1000);
    assert.equal(live.state('healthMaxDrops', null).changed?.by.id, 'usr_ada');
    assert.equal(live.state('healthMaxDrops', null).changed?.atMs, clock.nowMs());
  });

  it('is found in the start-up settings by parts that run', async () => {
    const { live, startup } = await open();
    const { health, storage, clips } = startup;
    await changed(live, { healthMaxDrops: 7, storageMaxBytes: 5, clipsMaxAgeDays: 3 });
    assert.deepEqual([health.maxDrops, storage.maxBytes, clips.maxAgeDays], [7, 5, 3]);
    await changed(live, { healthMaxDrops: null, storageMaxBytes: null, clipsMaxAgeDays: null });
    assert.deepEqual([health.maxDrops, storage.maxBytes, clips.maxAgeDays], [100, undefined, null]);
  });

  it('of a camera stands above that of the server, and goes back to it', async () => {
    const { live } = await open();
    await changed(live, { streamBitrate: 1000 });
    await changed(live, { streamBitrate: 3000 }, door);
    assert.deepEqual([live.get('streamBitrate'), live.get('streamBitrate', door)], [1000, 3000]);
    await changed(live, { streamBitrate: null }, door);
    assert.equal(live.get('streamBitrate', door), 1000);
    assert.equal(live.state('streamBitrate', door).source, 'server');
  });

  it('of a camera may be the very default, where the server has another', async () => {
    const { live } = await open();
    await changed(live, { pipEnabled: true });
    await changed(live, { pipEnabled: false }, door);
    assert.equal(live.get('pipEnabled', door), false);
  });

  it('of a deleted camera goes with it', async () => {
    const { live } = await open();
    await changed(live, { pipEnabled: true }, door);
    await live.forget(door);
    assert.equal(live.get('pipEnabled', door), false);
    assert.equal((await open()).live.get('pipEnabled', door), false);
  });
});

describe('a wrong change', () => {
  it('says key, value and what is allowed, for all that is wrong at one time, and changes nothing', async () => {
    const { live } = await open();
    const refusals = await refused(live, {
      rtspPort: 70_000,
      videoEncoder: 'x266',
      rtspEnabld: true,
      healthMaxErrors: 3,
      networkAllow: ['10.0.0.0/8', 'everything'],
    });
    assert.deepEqual(
      refusals.map(({ message }) => message),
      [
        'rtspPort: must be a whole number from 0 to 65535, not 70000',
        'videoEncoder: must be one of auto, x264, x265, nvenc, vaapi, qsv, v4l2, videotoolbox, not "x266"; did you mean `x264`?',
        'rtspEnabld: unknown setting; did you mean `rtspEnabled`?',
        'networkAllow[1]: must be an address or a network, for example 192.168.1.20 or 10.0.0.0/8; found "everything"',
      ],
    );
    assert.equal(live.get('healthMaxErrors'), 10, 'the right one among them neither');
    assert.equal((await open()).live.get('healthMaxErrors'), 10);
  });

  it('of a camera cannot be of what is one for the server', async () => {
    const { live } = await open();
    const [refusal] = await refused(live, { rtspPort: 9000 }, { cameraId: door });
    assert.match(refusal?.message ?? '', /^rtspPort: is one for the whole server/);
  });

  it('of what the start-up settings say names the place', async () => {
    const { live, startup } = await open({ given: portGiven, startup: { rtsp: { port: 1234 } } });
    assert.equal(live.get('rtspPort'), 1234);
    const [refusal] = await refused(live, { rtspPort: 9000 });
    assert.equal(refusal?.kind, 'managed');
    assert.match(refusal?.message ?? '', /^rtspPort: is set by sightline\.yaml:2:3;/);
    assert.equal(startup.rtsp.port, 1234);
  });

  it('is told when somebody else was faster, and names them; other keys do not matter', async () => {
    const { live } = await open();
    const read = live.revision;
    await changed(live, { logLevel: 'debug' });
    const [refusal] = await refused(live, { logLevel: 'warn' }, { sinceRevision: read });
    assert.equal(refusal?.kind, 'changed-meanwhile');
    assert.match(refusal?.message ?? '', /^logLevel: was changed by Ada/);
    const other = await live.change({
      values: { rtspUdp: false },
      cameraId: null,
      by: bob,
      sinceRevision: read,
    });
    assert.ok(other.ok);
  });

  it('is told of a reset, too', async () => {
    const { live } = await open();
    await changed(live, { logLevel: 'debug' });
    const read = live.revision;
    await changed(live, { logLevel: null });
    assert.equal((await refused(live, { logLevel: 'warn' }, { sinceRevision: read })).length, 1);
  });
});

describe('a stored value of another version', () => {
  it('is not used, told, and replaced by the next change', async () => {
    await database.queries.transaction().execute(async (transaction) => {
      const row = { cameraId: '', changedMs: 1, changedBy: 'usr_ada' };
      await putSetting(transaction, { ...row, key: 'rtspPort', valueJson: '"eight"' });
      await putSetting(transaction, { ...row, key: 'logLevel', valueJson: '{' });
      await putSetting(transaction, { ...row, key: 'ofTheFuture', valueJson: '1' });
    });
    const told: string[] = [];
    const log: Log = { ...silentLog, warn: (_message, fields) => void told.push(String(fields?.['key'])) };
    const { live } = await open({ log });
    assert.deepEqual(told, ['logLevel', 'ofTheFuture', 'rtspPort']);
    assert.equal(live.get('rtspPort'), 8554);
    assert.equal(live.state('rtspPort', null).isUnreadable, true);
    await changed(live, { rtspPort: 9000 });
    assert.equal(live.state('rtspPort', null).isUnreadable, false);
  });
});

describe('whoever observes', () => {
  it('is waited for, sees the new value, and is asked once for keys that change together', async () => {
    const { live } = await open();
    const seen: string[] = [];
    live.observe(['rtspEnabled', 'rtspPort'], async () => {
      await Promise.resolve();
      seen.push(`${live.get('rtspEnabled')} ${live.get('rtspPort')}`);
    });
    live.observe(['logLevel'], () => void seen.push('log'));
    live.onChange(({ values }) => seen.push(`told ${[...values.keys()].join(' ')}`));
    await changed(live, { rtspEnabled: false, rtspPort: 1 });
    assert.deepEqual(seen, ['false 1', 'told rtspEnabled rtspPort']);
  });

  it('and fails keeps nobody else from it', async () => {
    const told: string[] = [];
    const log: Log = { ...silentLog, error: (message) => void told.push(message) };
    const { live } = await open({ log });
    live.observe(['logLevel'], () => Promise.reject(new Error('broken')));
    live.observe(['logLevel'], () => void told.push('the other'));
    await changed(live, { logLevel: 'warn' });
    assert.deepEqual(told, ['A changed setting could not be applied', 'the other']);
  });
});

describe('an override that is kept with the camera', () => {
  it('is read and written there alone', async () => {
    const { live } = await open();
    const cameras = new Map<string, unknown>();
    live.keepWithCamera('streamLatencyMode', {
      get: (id) => cameras.get(id),
      set: async (id, value) => {
        if (value === 'high') return 'the configuration file says it';
        if (value === null) cameras.delete(id);
        else cameras.set(id, value);
        return undefined;
      },
    });
    await changed(live, { streamLatencyMode: 'normal' }, door);
    assert.equal(live.get('streamLatencyMode', door), 'normal');
    assert.equal(live.get('streamLatencyMode'), 'low');
    const [refusal] = await refused(live, { streamLatencyMode: 'high' }, { cameraId: door });
    assert.equal(refusal?.message, 'streamLatencyMode: the configuration file says it');
    assert.equal((await open()).live.get('streamLatencyMode', door), 'low', 'nothing of it is stored here');
    await changed(live, { streamLatencyMode: null }, door);
    assert.deepEqual([...cameras], []);
  });
});
