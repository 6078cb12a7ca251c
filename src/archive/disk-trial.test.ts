import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { systemClock } from '../io/clock.ts';
import { systemDisk } from './disk.ts';
import type { DiskCall } from './disk.testing.ts';
import { MemoryDisk } from './disk.testing.ts';
import type { DiskTrialFault } from './disk-trial.ts';
import { tryDisk } from './disk-trial.ts';

const folder = '/footage';
const name = '.trial';

async function faultWhen(kind: DiskCall['kind'], code: string): Promise<DiskTrialFault['kind'] | undefined> {
  const disk = new MemoryDisk([folder]);
  disk.meddle = (call) => (call.kind === kind ? { kind: 'error', code } : undefined);
  const tried = await tryDisk(disk, folder, systemClock, name);
  disk.meddle = () => undefined;
  assert.deepEqual(await disk.readFolder(folder), [], 'left a file behind');
  return tried.ok ? undefined : tried.error.kind;
}

describe('the trial of a disk', () => {
  it('measures a real one, and leaves nothing there', async () => {
    const real = await mkdtemp(join(tmpdir(), 'sightline-trial-'));
    const tried = await tryDisk(systemDisk, real, systemClock, name);
    assert.ok(tried.ok);
    assert.ok(tried.value.writeBytesPerSecond > 0);
    assert.ok(tried.value.syncMs >= 0);
    assert.ok(tried.value.space.totalBytes >= tried.value.space.freeBytes);
    assert.deepEqual(await readdir(real), []);
    await rm(real, { recursive: true });
  });

  it('says what is wrong with one that takes nothing', async () => {
    assert.equal(await faultWhen('create', 'EROFS'), 'read-only');
    assert.equal(await faultWhen('create', 'EACCES'), 'not-allowed');
    assert.equal(await faultWhen('create', 'ENOENT'), 'missing');
    assert.equal(await faultWhen('write', 'ENOSPC'), 'full');
    assert.equal(await faultWhen('datasync', 'EIO'), 'failed');
  });

  it('notices a disk that gives back something else', async () => {
    const disk = new MemoryDisk([folder]);
    const forgetful: typeof disk = Object.create(disk, {
      create: {
        value: async (path: string) => {
          const file = await disk.create(path);
          return { ...bound(file), read: async (into: Uint8Array) => into.fill(7).length };
        },
      },
    }) as typeof disk;
    const tried = await tryDisk(forgetful, folder, systemClock, name);
    assert.ok(!tried.ok && tried.error.kind === 'changed');
  });

  it('a folder that is not there is called missing', async () => {
    const tried = await tryDisk(systemDisk, '/nowhere/at/all', systemClock, name);
    assert.ok(!tried.ok && tried.error.kind === 'missing');
  });
});

type File = Awaited<ReturnType<MemoryDisk['create']>>;

function bound(file: File): File {
  return {
    write: (parts, position) => file.write(parts, position),
    read: (into, position) => file.read(into, position),
    sizeBytes: () => file.sizeBytes(),
    truncate: (size) => file.truncate(size),
    datasync: () => file.datasync(),
    sync: () => file.sync(),
    close: () => file.close(),
  };
}
