import assert from 'node:assert/strict';
import { access, chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { TestArchive } from '../archive/archive.testing.ts';
import { filmFragment, filmHead, recordFilm, testArchive, testCamera } from '../archive/archive.testing.ts';
import { unixMs } from '../base/units.ts';
import { silentLog } from '../base/log.ts';
import { systemClock } from '../io/clock.ts';
import { systemRandom } from '../io/random.ts';
import { LiveSettings } from '../settings/live/live-settings.ts';
import type { Settings } from '../settings/schema.ts';
import { settingsSchema } from '../settings/schema.ts';
import { changeFolders, followFolders, storageTester } from './storage-folders.ts';

const startMs = Date.UTC(2026, 3, 5, 12);
const by = { id: 'usr_ada', name: 'Ada' };

let folder: string;
let data: string;
let own: string;
let rig: TestArchive;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sightline-folders-'));
  data = join(folder, 'data');
  own = join(data, 'recordings');
  await mkdir(own, { recursive: true });
  rig = await testArchive({ paths: [own] });
});
afterEach(async () => {
  await rig.end();
  await rm(folder, { recursive: true, force: true });
});

const parts = () => ({ archive: rig.archive, clock: systemClock, random: systemRandom, data });
const change = (...paths: string[]) => changeFolders(parts(), paths);
const inUse = () => rig.archive.volumes().map(({ path }) => path);

describe('folders of recordings, changed while the server runs', () => {
  it('are made, looked at at once, and take the next recording', async () => {
    const disk = join(folder, 'disk');
    assert.equal(await change(disk), undefined);
    assert.deepEqual(
      rig.archive.volumes().map(({ path, state }) => [path, state]),
      [[disk, 'ready']],
    );
    const film = await recordFilm(rig.archive, { startMs, seconds: 1 });
    const reader = await rig.archive.open(film.id);
    assert.ok(reader.ok);
    reader.value.close();
    assert.ok((await readdir(disk)).includes(testCamera));
    assert.ok(!(await readdir(own)).includes(testCamera));
  });

  it('go back to the one beside the database when none is named', async () => {
    assert.equal(await change(join(folder, 'disk')), undefined);
    assert.equal(await change(), undefined);
    assert.deepEqual(inUse(), [own]);
    assert.equal(rig.archive.volumes()[0]?.state, 'ready');
  });

  it('stay while they hold recordings; the refusal says which, how much, and what to do', async () => {
    const film = await recordFilm(rig.archive, { startMs, seconds: 1 });
    const disk = join(folder, 'disk');
    const refused = (await change(disk)) ?? '';
    assert.ok(refused.startsWith(`${own} still holds one recording (`), refused);
    assert.match(refused, /MB\).*Keep it in the list, or delete what is in it/);
    assert.deepEqual(inUse(), [own]);
    await assert.rejects(access(disk), 'what was made for it is gone again');

    assert.equal(await change(own, disk), undefined);
    const reader = await rig.archive.open(film.id);
    assert.ok(reader.ok);
    reader.value.close();
    await rig.archive.delete([film.id], 'manual', '');
    assert.equal(await change(disk), undefined);
  });

  it('stay while a recording is being written there', async () => {
    const stored = Promise.withResolvers<void>();
    const film = { startMs, seconds: 1 };
    const writer = rig.archive.write({
      head: filmHead(film),
      onStored: () => stored.resolve(),
      onFailed: (fault) => stored.reject(new Error(fault.message)),
    });
    writer.append(filmFragment(film, 0));
    await stored.promise;
    assert.match((await change(join(folder, 'disk'))) ?? '', /still holds one recording/);
    assert.ok((await writer.close('rotated')).ok);
    const [listed] = await rig.archive.list(testCamera, unixMs(startMs), unixMs(startMs + 1000), 5);
    assert.equal(listed?.id, writer.id);
  });
});

describe('a folder that cannot be used is refused in words, and nothing changes', () => {
  const refusals: readonly [string, RegExp, () => Promise<string[]>][] = [
    ['whose parent is not there', /no folder that is there/, async () => [join(folder, 'a', 'b')]],
    ['that the database lies in', /database of this server lies in it/, async () => [folder]],
    ['that is the data folder', /database of this server lies in it/, async () => [data]],
    ['within another', /lies in .*side by side/, async () => [own, join(own, 'more')]],
    [
      'twice, by a link',
      /are the same folder/,
      async () => {
        await symlink(own, join(folder, 'link'));
        return [own, join(folder, 'link')];
      },
    ],
    [
      'with things of others in it',
      /something else is in it/,
      async () => {
        await mkdir(join(folder, 'photos'));
        await writeFile(join(folder, 'photos', 'cat.jpg'), 'x');
        return [join(folder, 'photos')];
      },
    ],
    [
      'with footage that this database does not know',
      /reindex/,
      async () => {
        const other = join(folder, 'other');
        await mkdir(join(other, 'cam_0000000000000000'), { recursive: true });
        const identity = { format: 'sightline-volume', version: 1, id: 'vol_0123456789abcdef' };
        await writeFile(join(other, 'sightline-volume.json'), JSON.stringify(identity));
        return [other];
      },
    ],
  ];
  for (const [what, words, paths] of refusals) {
    it(what, async () => {
      assert.match((await change(...(await paths()))) ?? 'was accepted', words);
      assert.deepEqual(inUse(), [own]);
      assert.equal(rig.archive.volumes()[0]?.state, 'ready');
    });
  }

  it('that may not be written to', { skip: process.getuid?.() === 0 }, async () => {
    const locked = join(folder, 'locked');
    await mkdir(locked, { mode: 0o500 });
    assert.match((await change(locked)) ?? '', /may not write/);
    await chmod(locked, 0o700);
    assert.deepEqual(inUse(), [own]);
  });
});

describe('the test of a folder that is perhaps to be used', () => {
  const options = { ...settingsSchema.parse({}).storage, minFreeBytes: 1_000_000 };
  const test = (path: string) =>
    storageTester(parts(), { ...options, seal: { enabled: false, keyFile: '' } }).folder(path);

  it('says how fast it is and how much room it has, and leaves nothing behind', async () => {
    const tested = await test(join(folder, 'disk'));
    assert.equal(tested.fault, null);
    assert.ok(tested.writeBytesPerSecond !== null && tested.writeBytesPerSecond > 0);
    assert.equal(tested.usableBytes, tested.freeBytes - 1_000_000);
    await assert.rejects(access(join(folder, 'disk')));
    assert.deepEqual(inUse(), [own]);
  });

  it('says in words why it cannot be used', async () => {
    assert.match((await test('recordings')).fault ?? '', /whole path/);
    assert.match((await test(data)).fault ?? '', /^The database/);
    assert.match((await test(join(own, 'more'))).fault ?? '', /lies in/);
    assert.match((await test(join(folder, 'a', 'b'))).fault ?? '', /no folder that is there/);
  });
});

const openLive = async (startup: Settings, isGiven = false) => {
  const live = await LiveSettings.open({
    queries: rig.database.queries,
    clock: systemClock,
    log: silentLog,
    startup,
    given: (path) => (isGiven && path.join('.') === 'storage.volumes' ? 'sightline.yaml:2:3' : undefined),
  });
  followFolders(live, parts());
  return live;
};
const startupWith = (path: string): Settings => {
  const checked = settingsSchema.parse({ data });
  const storage = {
    ...checked.storage,
    volumes: [{ path }],
    seal: { ...checked.storage.seal, keyFile: '' },
  };
  return { ...checked, media: '', storage };
};
const set = (live: LiveSettings, storageFolders: unknown) =>
  live.change({ values: { storageFolders }, cameraId: null, by });

describe('the setting', () => {
  it('changes the folders, and stands in the start-up settings after a restart', async () => {
    const disk = join(folder, 'disk');
    const live = await openLive(startupWith(own));
    assert.ok((await set(live, [disk])).ok);
    assert.deepEqual(inUse(), [disk]);
    const startup = startupWith(own);
    const again = await openLive(startup);
    assert.deepEqual(startup.storage.volumes, [{ path: disk }]);
    assert.ok((await set(again, null)).ok);
    assert.deepEqual(startup.storage.volumes, [{ path: own }]);
    assert.deepEqual(inUse(), [own]);
  });

  it('is not stored when the folders are refused', async () => {
    const live = await openLive(startupWith(own));
    const done = await set(live, [folder]);
    assert.ok(!done.ok);
    assert.match(done.error[0]?.message ?? '', /^storageFolders: .*database/);
    assert.deepEqual(live.get('storageFolders'), []);
    const relative = await set(live, ['recordings']);
    assert.ok(!relative.ok);
    assert.match(relative.error[0]?.message ?? '', /whole path/);
  });

  it('is the configuration file’s where that names volumes', async () => {
    const live = await openLive(startupWith(own), true);
    assert.deepEqual(live.get('storageFolders'), [own]);
    const done = await set(live, []);
    assert.equal(done.ok ? '' : done.error[0]?.kind, 'managed');
  });
});
