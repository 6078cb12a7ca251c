/** Data keys and sealed recordings on a disk that fails and loses its power. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { unixMs } from '../../base/units.ts';
import { systemRandom } from '../../io/random.ts';
import { soundFragment, soundHead, testArchive, testCamera } from '../archive.testing.ts';
import { MemoryDisk } from '../disk.testing.ts';
import type { FilePlace } from '../envelope.ts';
import { KeyRing } from './key-ring.ts';
import { newMaster, testEnvelopes } from './seal.testing.ts';

const master = newMaster();
const place: FilePlace = { volumePath: '/mnt/v0', owner: testCamera, day: '2026-11-21' };

function ring(disk: MemoryDisk): KeyRing {
  const locking = { master, recovery: undefined };
  return new KeyRing({
    disk: disk.forProcess(),
    unlocking: { masters: [master] },
    locking,
    random: systemRandom,
  });
}

/** What a power cut leaves of what was not synced: nothing, all, or some. */
const powerCuts: readonly (readonly [string, () => number])[] = [
  ['nothing', () => 0],
  ['everything', () => 0.9999],
  ['some', Math.random],
];

describe('a data key', () => {
  for (const [left, chance] of powerCuts) {
    test(`is durable before anything is sealed with it, when a power cut leaves ${left}`, async () => {
      const disk = new MemoryDisk(['/mnt/v0']);
      const made = await ring(disk).forWriting(place);
      assert.ok(made.ok);
      disk.crash(chance);
      const found = await ring(disk).find(place, made.value.id);
      assert.ok(found.ok, 'what it sealed could never be opened');
      assert.deepEqual(found.value.secret, made.value.secret);
    });

    test(`may be interrupted by one at each call: the next start has one, when it leaves ${left}`, async () => {
      let calls = Infinity;
      for (let cutAt = 0; cutAt < calls; cutAt += 1) {
        const disk = new MemoryDisk(['/mnt/v0']);
        let call = 0;
        const dead = Promise.withResolvers<void>();
        const never = new Promise<void>(() => undefined);
        disk.meddle = () => {
          call += 1;
          if (call <= cutAt) return undefined;
          dead.resolve();
          return { kind: 'slow', until: never };
        };
        const making = ring(disk).forWriting(place);
        const ended = await Promise.race([making, dead.promise]);
        if (ended) calls = cutAt;
        disk.crash(chance);
        const next = await ring(disk).forWriting(place);
        assert.ok(next.ok, `after call ${cutAt}`);
        if (ended?.ok) assert.equal(next.value.id, ended.value.id);
        disk.crash(chance);
        assert.ok((await ring(disk).find(place, next.value.id)).ok);
      }
      assert.ok(calls >= 8, `${calls} calls`);
    });
  }

  const failures: readonly (readonly [string, string])[] = [
    ['ENOSPC', 'disk-full'],
    ['EDQUOT', 'disk-full'],
    ['EIO', 'disk-failed'],
    ['EROFS', 'disk-failed'],
  ];
  for (const [code, kind] of failures) {
    test(`is not used when a call answers ${code}: that is said, and the next try succeeds`, async () => {
      for (const failing of ['create', 'write', 'sync', 'syncFolder', 'makeFolder'] as const) {
        const disk = new MemoryDisk(['/mnt/v0']);
        disk.meddle = (call) => (call.kind === failing ? { kind: 'error', code } : undefined);
        const keys = ring(disk);
        const refused = await keys.forWriting(place);
        assert.ok(!refused.ok && refused.error.kind === kind, failing);
        disk.meddle = () => undefined;
        const made = await keys.forWriting(place);
        assert.ok(made.ok, failing);
        disk.crash(() => 0);
        assert.ok((await ring(disk).find(place, made.value.id)).ok, failing);
      }
    });
  }
});

describe('a sealed recording', () => {
  for (const [left, chance] of powerCuts) {
    test(`keeps everything that was called stored, when a power cut leaves ${left}`, async () => {
      const folder = await mkdtemp(join(tmpdir(), 'sightline-sealed-'));
      const disk = new MemoryDisk(['/mnt/v0']);
      const startMs = Date.now() - 10_000;
      const options = () => {
        const process = disk.forProcess();
        return { folder, disk: process, envelopes: testEnvelopes(master, true, process), paths: ['/mnt/v0'] };
      };
      const rig = await testArchive(options());
      const stored = Promise.withResolvers<void>();
      let count = 0;
      const writer = rig.archive.write({
        head: soundHead(testCamera, startMs),
        onStored: () => ++count === 3 && stored.resolve(),
        onFailed: ({ message }) => stored.reject(new Error(message)),
      });
      for (let second = 0; second < 3; second += 1)
        writer.append(soundFragment(startMs + second * 1000, 20_000, second));
      await stored.promise;
      disk.crash(chance);
      await rig.database.close();

      const again = await testArchive(options());
      const [info] = await again.archive.list(testCamera, unixMs(startMs), unixMs(startMs + 60_000), 10);
      assert.deepEqual([info?.endReason, info?.sealed, info?.frames], ['crash', true, 3]);
      const opened = await again.archive.open(info?.id ?? '');
      assert.ok(opened.ok);
      const read = await opened.value.read(0, 2);
      assert.ok(read.ok);
      assert.deepEqual(
        read.value.map((bytes) => Buffer.from(bytes)),
        [0, 1, 2].map((second) => Buffer.from(soundFragment(startMs + second * 1000, 20_000, second).bytes)),
      );
      opened.value.close();
      await again.end();
      await rm(folder, { recursive: true });
    });
  }
});
