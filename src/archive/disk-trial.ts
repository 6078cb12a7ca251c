/**
 * Tries a folder as a place for footage: writes a file as the recorder would, reads it back, deletes it.
 *
 * In:  a folder, a disk. Out: how fast it is, or what is wrong. Never throws; leaves no file behind.
 * Promises: an end within about `trialWithinMs`, unless the disk itself hangs in a call.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { Disk, DiskFile, Space } from './disk.ts';
import { errorCode, errorText, readAll, writeAll } from './disk.ts';

export interface DiskSpeed {
  readonly writeBytesPerSecond: number;
  /** Until what was written survives a power cut; the median. */
  readonly syncMs: number;
  readonly space: Space;
}

/** `code` of the system, empty when it gave none; `message`: in its words. */
export interface DiskTrialFault {
  readonly kind: 'read-only' | 'full' | 'not-allowed' | 'missing' | 'changed' | 'failed';
  readonly message: string;
}

/** What one fragment of a recording has, roughly. */
const blockBytes = 1024 * 1024;
/** Enough to be more than the disk's own cache takes in an instant, little enough for a slow card. */
const mostBlocks = 48;
/** As often as this, as a recorder does about once a second. */
const blocksPerSync = 4;
/** A slow disk writes fewer blocks. */
const trialWithinMs = 4000;

/** @param name of the file; nothing of that name is there */
export async function tryDisk(
  disk: Disk,
  folder: string,
  clock: Pick<Clock, 'monotonicMs'>,
  name: string,
): Promise<Result<DiskSpeed, DiskTrialFault>> {
  const path = join(folder, name);
  try {
    const file = await disk.create(path);
    try {
      const measured = await writeAndRead(file, clock);
      if (measured === undefined)
        return err({ kind: 'changed', message: 'What was read is not what was written.' });
      return ok({ ...measured, space: await disk.space(folder) });
    } finally {
      await file.close().catch(() => undefined);
      await disk.unlink(path).catch(() => undefined);
    }
  } catch (error) {
    return err({ kind: kindOf(errorCode(error)), message: errorText(error) });
  }
}

/** Undefined: what came back differs. */
async function writeAndRead(
  file: DiskFile,
  { monotonicMs }: Pick<Clock, 'monotonicMs'>,
): Promise<Omit<DiskSpeed, 'space'> | undefined> {
  // Some disks squeeze what repeats itself.
  const block = new Uint8Array(randomBytes(blockBytes));
  const syncs: number[] = [];
  const startedMs = monotonicMs();
  let blocks = 0;
  while (blocks < mostBlocks && (blocks === 0 || monotonicMs() - startedMs < trialWithinMs)) {
    for (let one = 0; one < blocksPerSync; one++) await writeAll(file, [block], blocks++ * blockBytes);
    const beforeMs = monotonicMs();
    await file.datasync();
    syncs.push(monotonicMs() - beforeMs);
  }
  const tookMs = monotonicMs() - startedMs;
  if (!(await holds(file, block, blocks))) return undefined;
  return { writeBytesPerSecond: (blocks * blockBytes * 1000) / Math.max(1, tookMs), syncMs: median(syncs) };
}

async function holds(file: DiskFile, block: Uint8Array, blocks: number): Promise<boolean> {
  const read = new Uint8Array(blockBytes);
  for (const at of [0, blocks - 1]) {
    const length = await readAll(file, read, at * blockBytes);
    if (length !== blockBytes || Buffer.compare(read, block) !== 0) return false;
  }
  return true;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

function kindOf(code: string): DiskTrialFault['kind'] {
  if (code === 'EROFS') return 'read-only';
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'full';
  if (code === 'EACCES' || code === 'EPERM') return 'not-allowed';
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'missing';
  return 'failed';
}
