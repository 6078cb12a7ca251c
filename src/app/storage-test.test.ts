import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { VolumeStatus } from '../archive/volumes.ts';
import type { StorageOptions } from '../archive/options.ts';
import { systemClock } from '../io/clock.ts';
import { systemRandom } from '../io/random.ts';
import { storageTest } from './storage-test.ts';

let folder: string;
before(async () => void (folder = await mkdtemp(join(tmpdir(), 'sightline-volumes-'))));
after(() => rm(folder, { recursive: true, force: true }));

const space = { freeBytes: 50e9, totalBytes: 100e9 };
const options: StorageOptions = {
  volumes: [],
  minFreeBytes: 1_000_000,
  verifyBytesPerSecond: 0,
  seal: { enabled: false, keyFile: '' },
};

const tester = (...volumes: Partial<VolumeStatus>[]) =>
  storageTest(
    {
      clock: systemClock,
      random: systemRandom,
      archive: {
        volumes: () =>
          volumes.map((volume) => ({
            id: 'vol_1',
            path: folder,
            state: 'ready',
            reason: '',
            space,
            ...volume,
          })),
      },
    },
    options,
  );

describe('the test of the volumes', () => {
  it('says how fast each is, and how much room footage has', async () => {
    const [volume] = await tester({})();
    assert.ok(
      volume?.fault === null && volume.writeBytesPerSecond !== null && volume.writeBytesPerSecond > 0,
    );
    assert.equal(volume.usableBytes, volume.freeBytes - 1_000_000);
    assert.deepEqual(await readdir(folder), []);
  });

  it('writes nothing where another disk may be mounted', async () => {
    const [volume] = await tester({ state: 'missing', reason: 'This is not the disk that was here.' })();
    assert.equal(volume?.fault, 'This is not the disk that was here.');
    assert.equal(volume?.writeBytesPerSecond, null);
    assert.deepEqual(await readdir(folder), []);
  });

  it('says what to do about a folder that is gone', async () => {
    const [volume, works] = await tester({ path: join(folder, 'gone') }, {})();
    assert.match(volume?.fault ?? '', /not there/);
    assert.equal(works?.fault, null);
  });

  it(
    'says what to do about a folder that may not be written to',
    { skip: process.getuid?.() === 0 },
    async () => {
      await chmod(folder, 0o500);
      const [volume] = await tester({})();
      await chmod(folder, 0o700);
      assert.match(volume?.fault ?? '', /may not write/);
    },
  );

  it('runs once for whoever asks at the same time', async () => {
    const test = tester({});
    const [one, two] = await Promise.all([test(), test()]);
    assert.equal(one, two);
  });
});
