/**
 * Unlinks what no row points to any more: unlink, sync of the folder, then the garbage row goes. What a disk refuses
 * stays garbage and is tried again.
 */
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { forgetGarbage, listGarbage } from '../database/garbage.ts';
import type { Schema } from '../database/schema.ts';
import type { Disk } from './disk.ts';
import { errorCode, errorText } from './disk.ts';
import type { Folders } from './folders.ts';
import type { OpenFiles } from './open-files.ts';
import type { Volume } from './volumes.ts';

export interface GarbageParts {
  readonly queries: Kysely<Schema>;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly log: Log;
  readonly folders: Folders;
  readonly files: OpenFiles;
  /** Whether the volume is there, and is the one it should be. */
  readonly isRight: (volumeId: string) => Promise<boolean>;
  /** Still written by somebody, who may keep it. */
  readonly inUse: () => ReadonlySet<string>;
}

/** So many are unlinked before their folders are synced together. */
const filesAtOnce = 100;

/** Folders of days so long ago get no new files: empty ones are removed. */
const folderStaysMs = 2 * 24 * 3_600_000;

/** Everything that is garbage now on a volume; rejects when the database does not answer. */
export async function sweep(parts: GarbageParts, volume: Volume): Promise<void> {
  let after = '';
  for (;;) {
    const inUse = new Set(parts.inUse()); // before the rows are read: one that is kept meanwhile is passed over
    const rows = await listGarbage(parts.queries, volume.id, { after, limit: filesAtOnce });
    const last = rows.at(-1);
    if (!last) return;
    after = last.path;
    const paths = rows.map(({ path }) => path).filter((path) => !inUse.has(path));
    const gone = await unlinkAll(parts, volume, paths);
    if (!(await parts.isRight(volume.id))) return; // what is absent from an empty mount point is not gone
    await forgetGarbage(parts.queries, gone);
    for (const path of gone) await removeOldFolder(parts, volume, path);
    if (gone.length < paths.length) return; // the disk refuses
  }
}

/** Those whose names are gone, durably. */
async function unlinkAll(
  parts: GarbageParts,
  volume: Volume,
  paths: readonly string[],
): Promise<readonly string[]> {
  const gone: string[] = [];
  const folders = new Set<string>();
  try {
    for (const path of paths) {
      const file = join(volume.path, path);
      parts.files.forget(file);
      await parts.disk.unlink(file).catch((error: unknown) => {
        if (errorCode(error) !== 'ENOENT') throw error;
      });
      gone.push(path);
      folders.add(join(volume.path, ...path.split('/').slice(0, -1)));
    }
    for (const folder of folders) {
      await parts.disk.syncFolder(folder).catch((error: unknown) => {
        if (errorCode(error) !== 'ENOENT') throw error;
      });
    }
    return gone;
  } catch (error) {
    parts.log.warn('Deleted recordings cannot be unlinked now', {
      path: volume.path,
      reason: errorText(error),
    });
    return [];
  }
}

async function removeOldFolder(parts: GarbageParts, volume: Volume, path: string): Promise<void> {
  const dayMs = Date.parse(path.split('/')[1] ?? '');
  if (!(dayMs < parts.clock.nowMs() - folderStaysMs)) return;
  await parts.folders.removeEmpty(volume.path, path);
}
