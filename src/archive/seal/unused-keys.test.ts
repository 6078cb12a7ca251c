import assert from 'node:assert/strict';
import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { ManualClock } from '../../base/clock.ts';
import { silentLog } from '../../base/log.ts';
import { systemRandom } from '../../io/random.ts';
import type { TestArchive } from '../archive.testing.ts';
import { soundFragment, soundHead, testArchive, testCamera } from '../archive.testing.ts';
import { systemDisk } from '../disk.ts';
import { makeEnvelopes } from './envelopes.ts';
import { KeyRing } from './key-ring.ts';
import { newMaster } from './seal.testing.ts';
import { UnusedKeys } from './unused-keys.ts';

const dayMs = 86_400_000;
const startMs = Date.parse('2026-11-01T10:00:00Z');

describe('keys of days without recordings', () => {
  let rig: TestArchive;
  let ring: KeyRing;
  let unused: UnusedKeys;
  let ids: string[];

  beforeEach(async () => {
    const master = newMaster();
    const locking = { master, recovery: undefined };
    ring = new KeyRing({ disk: systemDisk, unlocking: { masters: [master] }, locking, random: systemRandom });
    rig = await testArchive({ envelopes: makeEnvelopes(true, ring, systemRandom) });
    unused = new UnusedKeys({
      ring,
      disk: systemDisk,
      queries: rig.database.queries,
      clock: new ManualClock(),
      log: silentLog,
      volumes: () => rig.archive.volumes(),
    });
    ids = [];
    for (const atMs of [startMs, startMs + dayMs]) {
      const writer = rig.archive.write({
        head: soundHead(testCamera, atMs),
        onStored: () => undefined,
        onFailed: ({ message }) => assert.fail(message),
      });
      writer.append(soundFragment(atMs, 1000));
      const closed = await writer.close('stopped');
      assert.ok(closed.ok);
      ids.push(closed.value.id);
    }
  });
  afterEach(() => rig.end());

  const keys = () => readdir(join(rig.folder, 'v0', 'keys', testCamera));

  /** Deletes the first day's recording, and waits until its file is gone. */
  async function deleteFirst(): Promise<void> {
    await rig.archive.delete(ids.slice(0, 1), 'request', '');
    await rig.archive.lookAtVolumes();
    assert.deepEqual((await rig.database.queries.selectFrom('garbage').selectAll().execute()).length, 0);
  }

  test('go when nothing was written to the day for two looks; others stay', async () => {
    await deleteFirst();
    await unused.look();
    await unused.look();
    assert.deepEqual(await keys(), ['2026-11-01.json', '2026-11-02.json']);
    await unused.look();
    assert.deepEqual(await keys(), ['2026-11-02.json']);
    const opened = await rig.archive.open(ids[1] ?? '');
    assert.ok(opened.ok && (await opened.value.read(0, 0)).ok);
    opened.value.close();
  });

  test('stay while a file is to be unlinked, or a row says that one was moved away', async () => {
    const folder = join(rig.folder, 'v0', testCamera, '2026-11-01');
    await rename(folder, join(rig.folder, 'elsewhere'));
    for (let look = 0; look < 4; look += 1) await unused.look();
    assert.equal((await keys()).length, 2);
  });

  test('stay when the day is written to while they are looked for', async () => {
    await deleteFirst();
    await unused.look();
    await unused.look();
    const place = { volumePath: join(rig.folder, 'v0'), owner: testCamera, day: '2026-11-01' };
    const [, given] = await Promise.all([unused.look(), ring.forWriting(place)]);
    assert.ok(given.ok);
    assert.equal((await keys()).length, 2);
    for (let look = 0; look < 3; look += 1) await unused.look();
    assert.equal((await keys()).length, 1);
  });

  test('are made anew when a day is written to after they went', async () => {
    await deleteFirst();
    for (let look = 0; look < 3; look += 1) await unused.look();
    const place = { volumePath: join(rig.folder, 'v0'), owner: testCamera, day: '2026-11-01' };
    const again = await ring.forWriting(place);
    assert.ok(again.ok);
    assert.equal((await keys()).length, 2);
    assert.ok((await ring.find(place, again.value.id)).ok);
  });
});
