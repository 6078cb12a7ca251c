import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { unixMs } from '../base/units.ts';
import type { TestArchive } from './archive.testing.ts';
import {
  filmFragment,
  recordFilm,
  soundFragment,
  soundHead,
  testArchive,
  testCamera,
} from './archive.testing.ts';
import { newMaster, testEnvelopes } from './seal/seal.testing.ts';
import type { RecordingInfo } from './types.ts';

const startMs = unixMs(1_763_000_000_000);
const at = (seconds: number) => unixMs(startMs + seconds * 1000);

async function record(
  rig: TestArchive,
  from: number,
  seconds: number,
  continues = false,
): Promise<RecordingInfo> {
  const writer = rig.archive.write({
    head: soundHead(testCamera, at(from), continues),
    onStored: () => undefined,
    onFailed: (fault) => assert.fail(fault.message),
  });
  for (let second = from; second < from + seconds; second += 1) {
    writer.append(soundFragment(at(second), 500, second));
  }
  const closed = await writer.close('rotated');
  assert.ok(closed.ok);
  return closed.value;
}

describe('recordings of a camera', () => {
  let rig: TestArchive;
  let minutes: readonly RecordingInfo[];
  before(async () => {
    rig = await testArchive();
    const first = await record(rig, 0, 60);
    const second = await record(rig, 60, 60, true);
    const later = await record(rig, 300, 10);
    minutes = [first, second, later];
  });
  after(() => rig.end());

  const ids = async (from: number, to: number, limit = 10): Promise<readonly number[]> => {
    const found = await rig.archive.list(testCamera, at(from), at(to), limit);
    return found.map(({ id }) => minutes.findIndex((minute) => minute.id === id));
  };

  test('are listed by the time they cover', async () => {
    assert.deepEqual(await ids(0, 1000), [0, 1, 2]);
    assert.deepEqual(await ids(59.5, 60), [0]);
    assert.deepEqual(await ids(60, 60.001), [1]);
    assert.deepEqual(await ids(120, 300), []);
    assert.deepEqual(await ids(0, 1000, 2), [0, 1]);
  });

  test('belong to one run while nothing is missing between them', () => {
    assert.equal(minutes[0]?.runId, minutes[1]?.runId);
    assert.notEqual(minutes[1]?.runId, minutes[2]?.runId);
  });

  test('are found when nothing is there at the moment that was asked for', async () => {
    const nearest = await rig.archive.nearest(testCamera, at(200));
    assert.equal(nearest.before?.id, minutes[1]?.id);
    assert.equal(nearest.after?.id, minutes[2]?.id);
    const early = await rig.archive.nearest(testCamera, at(-1));
    assert.equal(early.before, undefined);
    assert.equal(early.after?.id, minutes[0]?.id);
    const inside = await rig.archive.nearest(testCamera, at(90));
    assert.equal(inside.before?.id, minutes[1]?.id);
    assert.equal(inside.after?.id, minutes[1]?.id);
  });

  test('deleted, are gone from lists and disk; who reads one reads on', async () => {
    const own = await testArchive();
    const kept = await record(own, 0, 5);
    const doomed = await record(own, 5, 5, true);
    const reader = await own.archive.open(doomed.id);
    assert.ok(reader.ok);
    const { path } = await own.database.queries
      .selectFrom('recordings')
      .select('path')
      .where('id', '=', doomed.id)
      .executeTakeFirstOrThrow();
    await own.archive.delete([doomed.id], 'request', 'for a test');
    await own.archive.lookAtVolumes();
    assert.ok(!existsSync(join(own.folder, 'v0', path)));
    assert.deepEqual(
      (await own.archive.list(testCamera, at(0), at(100), 10)).map(({ id }) => id),
      [kept.id],
    );
    const read = await reader.value.read(0, 4);
    assert.ok(read.ok);
    reader.value.close();
    const again = await own.archive.open(doomed.id);
    assert.ok(!again.ok && again.error.kind === 'gone');
    const [deletion] = await own.database.queries.selectFrom('deletions').selectAll().execute();
    assert.deepEqual(
      [deletion?.recordings, deletion?.bytes, deletion?.reason, deletion?.detail],
      [1, doomed.bytes, 'request', 'for a test'],
    );
    await own.end();
  });
});

describe('a sealed recording', () => {
  test('is read with its key, also while it is written, and says nothing without it', async () => {
    const master = newMaster();
    const rig = await testArchive({ envelopes: testEnvelopes(master) });
    const film = { startMs, seconds: 3 };
    const info = await recordFilm(rig.archive, film);
    assert.equal(info.sealed, true);
    const opened = await rig.archive.open(info.id);
    assert.ok(opened.ok);
    const read = await opened.value.read(0, 2);
    assert.ok(read.ok);
    assert.deepEqual(
      read.value.map((bytes) => Buffer.from(bytes)),
      [0, 1, 2].map((second) => Buffer.from(filmFragment(film, second).bytes)),
    );
    opened.value.close();
    const thief = await testArchive({ folder: rig.folder, envelopes: testEnvelopes(undefined) });
    const refused = await thief.archive.open(info.id);
    assert.ok(!refused.ok && refused.error.kind === 'no-key');
    await thief.end();
    await rig.end();
  });
});
