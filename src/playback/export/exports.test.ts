import assert from 'node:assert/strict';
import { access, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { TestArchive } from '../../archive/archive.testing.ts';
import { testArchive, testCamera } from '../../archive/archive.testing.ts';
import type { Archive } from '../../archive/types.ts';
import { ManualClock } from '../../base/clock.ts';
import { cameraId } from '../../base/ids.ts';
import { unixMs } from '../../base/units.ts';
import { insertExport } from '../../database/exports.ts';
import { ffmpegMissing } from '../../media/mp4/encoded.testing.ts';
import { filmTracks, recordStory } from '../films.testing.ts';
import type { Exports } from './exports.ts';
import { settled, testExports, testKeepMs } from './exports.testing.ts';
import { expiryEveryMs } from './limits.ts';
import type { ExportOrder } from './order.ts';
import { verifyExport } from './verify.ts';

const startMs = 1_763_000_000_000;
const order: ExportOrder = {
  cameraIds: [testCamera],
  startMs: unixMs(startMs),
  endMs: unixMs(startMs + 4000),
  cut: 'keyframe',
};

/** The archive, but nothing opens before `release`. */
function held(archive: Archive): {
  archive: Pick<Archive, 'list' | 'open'>;
  release: () => void;
  asked: Promise<void>;
} {
  const { promise, resolve: release } = Promise.withResolvers<void>();
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
  return {
    archive: {
      list: (...range) => archive.list(...range),
      open: async (id) => {
        ask();
        await promise;
        return archive.open(id);
      },
    },
    release,
    asked,
  };
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

async function created(exports: Exports, what = order): Promise<string> {
  const job = await exports.create(what, 'usr_1');
  assert.ok(job.ok, job.ok ? '' : job.error.message);
  return job.value.id;
}

describe('exports', { skip: ffmpegMissing }, () => {
  let rig: TestArchive;
  const other = cameraId(new Uint8Array(16).fill(9));
  before(async () => {
    rig = await testArchive();
    const tracks = filmTracks('h264');
    await recordStory(rig.archive, { tracks, startMs, seconds: 4 });
    await recordStory(rig.archive, { cameraId: other, tracks, startMs, seconds: 2 });
  });
  after(() => rig.end());

  const folderOf = (id: string): string => join(rig.folder, 'exports', id);

  test('of two cameras with one name have files of their own', async () => {
    const exports = await testExports(rig);
    const job = await settled(exports, await created(exports, { ...order, cameraIds: [testCamera, other] }));
    assert.equal(job.state, 'done');
    const films = job.files.filter(({ name }) => name.endsWith('.mp4'));
    assert.deepEqual(
      films.map((file) => file.cameraId),
      [testCamera, other],
    );
    assert.equal(new Set(films.map(({ name }) => name.toLowerCase())).size, 2);
    assert.equal(
      job.bytes,
      job.files.reduce((sum, { bytes }) => sum + bytes, 0),
    );
    const there = await readdir(folderOf(job.id));
    assert.deepEqual(there.sort(), job.files.map(({ name }) => name).sort());
    assert.deepEqual((await verifyExport(folderOf(job.id), undefined)).findings, []);
    await exports.close();
  });

  test('are estimated from the index, near to what they become', async () => {
    const exports = await testExports(rig);
    const estimate = await exports.estimate(order);
    assert.ok(estimate.ok);
    assert.equal(estimate.value.recordedMs, 4000);
    assert.equal(estimate.value.gaps, 0);
    const job = await settled(exports, await created(exports));
    const film = job.files[0]?.bytes ?? 0;
    assert.ok(Math.abs(film - estimate.value.bytes) < 10_000, `${film} of ${estimate.value.bytes}`);
    const nothing = await exports.estimate({
      ...order,
      startMs: unixMs(startMs + 90_000),
      endMs: unixMs(startMs + 95_000),
    });
    assert.deepEqual(nothing.ok && nothing.value.recordedMs, 0);
    await exports.close();
  });

  test('are refused with words when they cannot be made', async () => {
    const exports = await testExports(rig, { freeBytes: async () => 1024 });
    const kinds = [];
    for (const wrong of [
      {},
      { endMs: unixMs(startMs - 1) },
      { endMs: unixMs(startMs + 40 * 86_400_000) },
      { startMs: unixMs(startMs - 9000), endMs: unixMs(startMs - 5000) },
      { endMs: unixMs(Infinity) },
      { startMs: unixMs(NaN) },
    ]) {
      const refused = await exports.create({ ...order, ...wrong }, 'usr_1');
      assert.ok(!refused.ok && refused.error.message.length > 10);
      kinds.push(refused.error.kind);
    }
    assert.deepEqual(kinds, ['no-space', 'bad-range', 'too-much', 'no-footage', 'bad-range', 'bad-range']);
    const known = exports.list().map(({ id }) => id);
    assert.deepEqual((await readdir(join(rig.folder, 'exports'))).sort(), known.toSorted());
    await exports.close();
  });

  test('run one at a time, and one that is deleted while it runs leaves nothing', async () => {
    const { archive, release, asked } = held(rig.archive);
    const exports = await testExports(rig, { archive });
    const first = await created(exports);
    const second = await created(exports);
    await asked;
    assert.equal(exports.get(first)?.state, 'running');
    assert.equal(exports.get(second)?.state, 'waiting');
    const gone = exports.delete(first);
    release();
    assert.equal(await gone, true);
    assert.equal(exports.get(first), undefined);
    assert.equal(await exists(folderOf(first)), false);
    assert.equal((await settled(exports, second)).state, 'done');
    assert.equal(await exports.delete(first), false);
    await exports.close();
  });

  test('that a stop of the server interrupted are made anew at the next start', async () => {
    const { archive, release, asked } = held(rig.archive);
    const exports = await testExports(rig, { archive });
    const id = await created(exports);
    await asked;
    const closed = exports.close();
    release();
    await closed;
    await writeFile(join(folderOf(id), 'left-over.mp4'), 'half');
    await mkdir(folderOf('exp_of_nobody'));
    const again = await testExports(rig);
    assert.equal((await settled(again, id)).state, 'done');
    assert.equal(await exists(join(folderOf(id), 'left-over.mp4')), false);
    assert.equal(await exists(folderOf('exp_of_nobody')), false);
    assert.deepEqual((await verifyExport(folderOf(id), undefined)).findings, []);
    await again.close();
  });

  test('fail with words, leave no files, and do not stop the next one', async () => {
    const exports = await testExports(rig, {
      archive: {
        list: (...range) => rig.archive.list(...range),
        open: async () => Promise.reject(new Error('the disk is on fire')),
      },
    });
    const id = await created(exports);
    const job = await settled(exports, id);
    assert.equal(job.state, 'failed');
    assert.match(job.fault ?? '', /the disk is on fire/);
    assert.equal(await exists(folderOf(id)), false);
    assert.equal((await settled(exports, await created(exports))).state, 'failed');
    await exports.close();
  });

  test('expire with their files', async () => {
    const clock = new ManualClock(startMs + 86_400_000);
    const exports = await testExports(rig, { clock });
    const { id } = await settled(exports, await created(exports));
    clock.advance(testKeepMs - expiryEveryMs);
    await new Promise((wake) => setImmediate(wake));
    assert.ok(exports.get(id));
    for (let tries = 0; tries < 200 && exports.get(id); tries += 1) {
      clock.advance(expiryEveryMs);
      await new Promise((wake) => setTimeout(wake, 5));
    }
    assert.equal(exports.get(id), undefined);
    await exports.close();
    assert.equal(await exists(folderOf(id)), false);
  });

  test('with a row that makes no sense are forgotten', async () => {
    const row = {
      state: 'waiting',
      progress: 0,
      bytes: 0,
      fault: null,
      file: null,
      created_ms: 0,
      changed_ms: 0,
    };
    await insertExport(rig.database.queries, { id: 'exp_wrong', request: '{"', ...row });
    const exports = await testExports(rig);
    assert.equal(exports.get('exp_wrong'), undefined);
    await exports.close();
  });
});
