/**
 * Tries the volumes of this server when somebody asks. In: the volumes. Out: what each can do, or what is wrong and
 * what to do about it.
 */
import type { VolumeTest } from '../api/contract/storage-test.ts';
import type { RunningArchive } from '../archive/archive.ts';
import { systemDisk } from '../archive/disk.ts';
import type { DiskTrialFault } from '../archive/disk-trial.ts';
import { tryDisk } from '../archive/disk-trial.ts';
import type { StorageOptions } from '../archive/options.ts';
import { freeFloorBytes } from '../archive/options.ts';
import type { Clock } from '../base/clock.ts';
import { namedId } from '../base/ids.ts';
import type { Random } from '../io/random.ts';

interface Parts {
  readonly archive: Pick<RunningArchive, 'volumes'>;
  readonly clock: Clock;
  readonly random: Random;
}

type Status = ReturnType<RunningArchive['volumes']>[number];

/** Out: runs the test; one at a time, and whoever asks meanwhile is given the same answer. */
export function storageTest(parts: Parts, options: StorageOptions): () => Promise<readonly VolumeTest[]> {
  let running: Promise<readonly VolumeTest[]> | undefined;
  return () => {
    running ??= testAll(parts, options).finally(() => (running = undefined));
    return running;
  };
}

/** One after the other: volumes may share a disk. */
async function testAll(parts: Parts, options: StorageOptions): Promise<readonly VolumeTest[]> {
  const tested: VolumeTest[] = [];
  for (const volume of parts.archive.volumes()) tested.push(await testOne(volume, parts, options));
  return tested;
}

async function testOne(
  volume: Status,
  { clock, random }: Parts,
  options: StorageOptions,
): Promise<VolumeTest> {
  const { path, state, reason } = volume;
  const usable = ({ freeBytes, totalBytes }: Status['space']) =>
    Math.max(0, freeBytes - freeFloorBytes(options, totalBytes));
  const known = { path, ...volume.space, usableBytes: usable(volume.space) };
  const failed = { ...known, writeBytesPerSecond: null, syncMs: null };
  // Another disk may be mounted there: not a byte is written to it.
  if (state === 'missing') return { ...failed, fault: reason };
  const tried = await tryDisk(systemDisk, path, clock, `.sightline-trial-${namedId('try', random(16))}`);
  if (!tried.ok) return { ...failed, fault: faultWords(tried.error) };
  const { space, ...speed } = tried.value;
  return { path, ...speed, ...space, usableBytes: usable(space), fault: null };
}

export function faultWords({ kind, message }: DiskTrialFault): string {
  switch (kind) {
    case 'read-only':
      return 'This folder can only be read. Mount it so that it can be written to, or choose another.';
    case 'full':
      return 'There is no room for even a small file. Make room, or choose another folder.';
    case 'not-allowed':
      return 'The server may not write here. Give its user the right to, or choose another folder.';
    case 'missing':
      return 'This folder is not there. Mount or make it, or choose another.';
    case 'changed':
      return 'What was read back is not what was written: this disk is not to be trusted.';
    case 'failed':
      return `Writing failed: ${message}. The disk may be failing, or the connection to it.`;
  }
}
