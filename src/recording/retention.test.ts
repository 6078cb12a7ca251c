import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { deleteHold } from '../database/holds.ts';
import { insertDeparted, departedCameras } from '../database/storage.ts';
import { camera, RetentionRig } from './retention.testing.ts';

const dayMs = 86_400_000;
const hourMs = 3_600_000;
const [door, yard, gate] = [camera(1), camera(2), camera(3)];

let rig: RetentionRig;
before(async () => {
  rig = await RetentionRig.open(Date.UTC(2026, 10, 21, 12, 30));
});
afterEach(() => rig.clear());
after(() => rig.close());

/** Recordings of ten bytes, each a day long by name only: a minute, that many days ago. */
const days = (id: ReturnType<typeof camera>, ages: readonly number[], volume = 'vol_1') =>
  rig.addRecordings(
    ages.map((age) => {
      const startMs = rig.clock.nowMs() - age * dayMs;
      return { camera: id, volume, startMs, endMs: startMs + 60_000, bytes: 10 };
    }),
  );

/** How many days old what is left is, the oldest first. */
async function agesLeft(id: ReturnType<typeof camera>): Promise<readonly number[]> {
  const left = await rig.left();
  return left
    .filter((file) => file.cameraId === id)
    .map(({ startMs }) => Math.round(((rig.clock.nowMs() - startMs) / dayMs) * 10) / 10);
}

const reasons = async () => (await rig.deletions()).map(({ cameraId, reason }) => [cameraId, reason]);

describe('footage', () => {
  test('that is older than its camera keeps it goes, with a reason in words', async () => {
    await rig.addCamera(door, { maxAgeDays: 7 });
    await rig.addCamera(yard, {});
    await days(door, [9, 8, 6, 1]);
    await days(yard, [9]);
    await rig.run();
    assert.deepEqual(await agesLeft(door), [6, 1]);
    assert.deepEqual(await agesLeft(yard), [9]);
    const [deletion, ...others] = await rig.deletions();
    assert.deepEqual(others, []);
    assert.equal(deletion?.reason, 'age');
    assert.equal(deletion?.recordings, 2);
    assert.equal(deletion?.bytes, 20);
    assert.match(deletion?.detail ?? '', /Older than 7 days/);
  });

  test('stays until its last second is too old', async () => {
    await rig.addCamera(door, { maxAgeDays: 1 });
    const startMs = rig.clock.nowMs() - dayMs;
    await rig.addRecordings([{ camera: door, startMs, endMs: startMs + 90_000, bytes: 1 }]);
    await rig.run();
    assert.equal((await rig.left()).length, 1);
    await rig.run();
    assert.equal((await rig.left()).length, 0);
  });

  test('beyond what its camera may take goes, the oldest first', async () => {
    await rig.addCamera(door, { maxBytes: 25 });
    await days(door, [1, 4, 3, 2]);
    await days(yard, [9]);
    await rig.run();
    assert.deepEqual(await agesLeft(door), [2, 1]);
    assert.deepEqual(await reasons(), [[door, 'camera-size']]);
  });

  test('beyond what all may take goes, the oldest of all cameras first', async () => {
    rig.maxBytes = 30;
    await rig.addCamera(door, {});
    await rig.addCamera(yard, {});
    await days(door, [5, 3, 1]);
    await days(yard, [4, 2]);
    await rig.run();
    assert.deepEqual(await agesLeft(door), [3, 1]);
    assert.deepEqual(await agesLeft(yard), [2]);
    assert.deepEqual(new Set((await rig.deletions()).map(({ reason }) => reason)), new Set(['total-size']));
  });

  test('of cameras that keep it for different times loses the same part of its time', async () => {
    rig.maxBytes = 40;
    await rig.addCamera(door, { maxAgeDays: 30 });
    await rig.addCamera(yard, { maxAgeDays: 10 });
    await days(door, [27, 21, 15, 9]);
    await days(yard, [9, 7, 5, 3]);
    await rig.run();
    assert.deepEqual(await agesLeft(door), [15, 9]);
    assert.deepEqual(await agesLeft(yard), [5, 3]);
  });

  test('goes from the volume that lacks free space, and only from there', async () => {
    rig.volumes = [
      { id: 'vol_1', totalBytes: 100, floorBytes: 20 },
      { id: 'vol_2', totalBytes: 100, floorBytes: 70 },
    ];
    await rig.addCamera(door, {});
    await days(door, [9, 8], 'vol_1');
    await days(door, [7, 6, 5, 4, 3], 'vol_2');
    await rig.run();
    assert.deepEqual(await agesLeft(door), [9, 8, 5, 4, 3]);
    const [deletion] = await rig.deletions();
    assert.equal(deletion?.reason, 'free-space');
    assert.match(deletion?.detail ?? '', /70 bytes were free on \/vol_2/);
  });

  test('that is guaranteed stays for want of space; the rule that cannot be kept is told once', async () => {
    rig.maxBytes = 20;
    await rig.addCamera(door, { minAgeDays: 5 });
    await rig.addCamera(yard, {});
    await days(door, [6, 4, 3, 2]);
    await days(yard, [1]);
    await rig.run();
    assert.deepEqual(await agesLeft(door), [4, 3, 2]);
    assert.deepEqual(await agesLeft(yard), []);
    await rig.run();
    assert.equal(rig.warnings.length, 1);
    assert.match(rig.warnings[0] ?? '', /guaranteed or held/);
    assert.deepEqual(
      rig.keeper.shortages().map(({ rule }) => rule),
      ['total-size'],
    );
    rig.maxBytes = 100;
    await rig.run();
    assert.deepEqual(rig.keeper.shortages(), []);
  });

  test('is not guaranteed beyond its greatest age', async () => {
    await rig.addCamera(door, { maxAgeDays: 2, minAgeDays: 9 });
    await days(door, [3, 1]);
    await rig.run();
    assert.deepEqual(await agesLeft(door), [1]);
  });

  test('that is held stays, whatever the rules, until the hold ends or is ended', async () => {
    await rig.addCamera(door, { maxAgeDays: 1 });
    const nowMs = rig.clock.nowMs();
    await days(door, [8, 6, 4, 2]);
    const id = await rig.hold(door, nowMs - 6.5 * dayMs, nowMs - 5.5 * dayMs);
    await rig.hold(null, nowMs - 4 * dayMs + 30_000, nowMs - 3 * dayMs, nowMs + hourMs);
    await rig.run();
    assert.deepEqual(await agesLeft(door), [6, 4]);
    rig.clock.advance(hourMs);
    await rig.run();
    assert.deepEqual(await agesLeft(door), [6]);
    await deleteHold(rig.queries, id);
    await rig.run();
    assert.deepEqual(await agesLeft(door), []);
  });

  test('of a deleted camera ages by the rules that it had', async () => {
    const recordingJson = JSON.stringify({ mode: 'continuous', retention: { maxAgeDays: 3 } });
    const departedMs = rig.clock.nowMs() - dayMs;
    await insertDeparted(rig.queries, { id: door, name: 'Door', recordingJson, footage: 'keep', departedMs });
    await days(door, [4, 2]);
    await rig.run();
    assert.deepEqual(await agesLeft(door), [2]);
    rig.clock.advance(2 * dayMs);
    await rig.run();
    assert.deepEqual(await rig.left(), []);
    assert.deepEqual(await departedCameras(rig.queries), [], 'then the camera is forgotten');
  });

  test('of a camera that was deleted with its footage goes, but for what is held', async () => {
    const departed = { name: 'Door', recordingJson: '{}', departedMs: rig.clock.nowMs() };
    await insertDeparted(rig.queries, { id: door, footage: 'delete', ...departed });
    await days(door, [4, 2, 0.1]);
    await rig.hold(door, rig.clock.nowMs() - 2.5 * dayMs, rig.clock.nowMs() - 1.5 * dayMs);
    await rig.run();
    assert.deepEqual(await agesLeft(door), [2]);
    assert.deepEqual(await reasons(), [[door, 'camera-deleted']]);
    assert.equal((await departedCameras(rig.queries)).length, 1);
  });

  test('of a camera that nobody knows stays until space is needed', async () => {
    await days(gate, [900]);
    await rig.run();
    assert.deepEqual(await agesLeft(gate), [900]);
    rig.maxBytes = 5;
    await rig.run();
    assert.deepEqual(await agesLeft(gate), []);
  });

  test('of a camera whose rules cannot be read is not touched', async () => {
    await rig.addCamera(door, {});
    const broken = { recording: '{"retention":{"maxAgeDays":"1"}}' };
    await rig.queries.updateTable('cameras').set(broken).where('id', '=', door).execute();
    rig.maxBytes = 5;
    await days(door, [900]);
    await rig.run();
    assert.deepEqual(await agesLeft(door), [900]);
  });
});

describe('keeping the rules', () => {
  test('happens at the start and every minute', async () => {
    await rig.addCamera(door, { maxAgeDays: 1 });
    await days(door, [2]);
    rig.keeper.start();
    rig.clock.advance(0);
    await rig.keeper.exclusive(async () => undefined);
    assert.deepEqual(await rig.left(), []);
    await days(door, [2]);
    await new Promise((resolve) => setImmediate(resolve));
    rig.clock.advance(60_000);
    await rig.keeper.exclusive(async () => undefined);
    assert.deepEqual(await rig.left(), []);
  });

  test('goes on after a deletion that failed', async () => {
    await rig.addCamera(door, { maxAgeDays: 1 });
    await days(door, [2]);
    rig.deletionFault = new Error('disk I/O error');
    await rig.run();
    assert.equal((await rig.left()).length, 1);
    await rig.run();
    assert.equal((await rig.left()).length, 0);
  });

  test('deletes thousands in several turns, so that others are served between', async () => {
    await rig.addCamera(door, { maxAgeDays: 1 });
    const startMs = rig.clock.nowMs() - 90 * dayMs;
    await rig.addRecordings(
      Array.from({ length: 2300 }, (_, i) => {
        const at = startMs + i * 60_000;
        return { camera: door, startMs: at, endMs: at + 60_000, bytes: 1 };
      }),
    );
    assert.equal(await rig.keeper.run(), true);
    assert.equal((await rig.left()).length, 300);
    assert.equal(await rig.keeper.run(), false);
    assert.equal((await rig.left()).length, 0);
  });

  test('makes room on a full volume at once: there, oldest first, never what is guaranteed', async () => {
    rig.volumes = [{ id: 'vol_1', totalBytes: 1000, floorBytes: 0 }];
    await rig.addCamera(door, {});
    await rig.addCamera(yard, { minAgeDays: 30 });
    await days(door, [9, 8, 7, 6]);
    await days(door, [99], 'vol_2');
    await days(yard, [20]);
    await Promise.all([rig.keeper.makeRoom('vol_1', 15), rig.keeper.makeRoom('vol_1', 15)]);
    assert.deepEqual(await agesLeft(door), [99, 7, 6]);
    await rig.keeper.makeRoom('vol_1', 1000);
    assert.deepEqual(await agesLeft(door), [99]);
    assert.deepEqual(await agesLeft(yard), [20]);
    await rig.keeper.makeRoom('vol_9', 1000);
  });

  test('does not delete twice for space that was freed and does not show yet', async () => {
    rig.volumes = [{ id: 'vol_1', totalBytes: 100, floorBytes: 70 }];
    await rig.addCamera(door, {});
    await days(door, [9, 8, 7, 6, 5]);
    await rig.lookAtVolumes();
    await rig.keeper.run();
    await rig.keeper.run();
    assert.deepEqual(await agesLeft(door), [7, 6, 5]);
  });

  test('makes one row of the deletions of an hour that agree', async () => {
    await rig.addCamera(door, { maxAgeDays: 1 });
    for (let minute = 0; minute < 5; minute++) {
      await days(door, [2, 3]);
      await rig.run();
    }
    assert.equal((await rig.deletions()).length, 5);
    rig.clock.advance(hourMs);
    await rig.run();
    const rows = await rig.deletions();
    assert.deepEqual(
      rows.map(({ recordings, bytes, reason }) => [recordings, bytes, reason]),
      [[10, 100, 'age']],
    );
  });

  test('waits while somebody makes a hold', async () => {
    await rig.addCamera(door, { maxAgeDays: 1 });
    await days(door, [2]);
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const holding = rig.keeper.exclusive(async () => {
      await promise;
      await rig.hold(door, 0, rig.clock.nowMs());
    });
    const running = rig.keeper.run();
    resolve(undefined);
    await Promise.all([holding, running]);
    assert.equal((await rig.left()).length, 1);
  });
});
