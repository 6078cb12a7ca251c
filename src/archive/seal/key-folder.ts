/**
 * Where data keys lie: `<volume>/keys/<owner>/<day>.json`. When that file is damaged or of another master key, footage
 * of that day goes on under a second one, `<day>-<id>.json`: a lost key never costs new recordings.
 *
 * In: a place. Out: key files, durable once written. Nothing here follows a name that is not an owner and a day.
 */
import { join } from 'node:path';
import type { Result } from '../../base/result.ts';
import { err } from '../../base/result.ts';
import type { Disk, FolderEntry } from '../disk.ts';
import { errorCode, writeAll } from '../disk.ts';
import type { FilePlace } from '../envelope.ts';
import type { KeyFile } from './data-key.ts';
import { keyFileText, maxKeyFileBytes, parseKeyFile } from './data-key.ts';

/** More would be ten years of five hundred cameras; listing stops there, and says so. */
const maxKeyFiles = 2_000_000;

const ownerPattern = /^[A-Za-z0-9_-]{1,100}$/;
const dayPattern = /^\d{4}-\d\d-\d\d$/;
const namePattern = /^(\d{4}-\d\d-\d\d)(?:-[0-9a-f]{8})?\.json$/;

/** A key file that was found, readable or not. */
export interface FoundKeyFile {
  readonly path: string;
  readonly owner: string;
  readonly day: string;
}

/** The folder of a place's keys and the names that a day's key may have there; undefined for odd places. */
export function keyFolder({ volumePath, owner, day }: FilePlace): string | undefined {
  return ownerPattern.test(owner) && dayPattern.test(day) ? join(volumePath, 'keys', owner) : undefined;
}

/** The usual name of a day's key. */
export function firstName(day: string): string {
  return `${day}.json`;
}

/** Its name when the usual one is taken. */
export function otherName(day: string, keyId: string): string {
  return `${day}-${keyId.slice(0, 8)}.json`;
}

/** Undefined when there is no such file; rejects with the system's error. */
export async function readKeyFile(disk: Disk, path: string): Promise<Result<KeyFile, 'damaged'> | undefined> {
  const bytes = await disk.readSmall(path).catch(ignore('ENOENT'));
  if (!bytes) return undefined;
  return bytes.length >= maxKeyFileBytes ? err('damaged') : parseKeyFile(new TextDecoder().decode(bytes));
}

/**
 * Writes a key file that is not there yet, and makes it durable. False when the name is taken. Folders are made, but never
 * the volume's own: a volume that is not mounted is not filled. Rejects with the system's error, leaving nothing.
 */
export async function createKeyFile(
  disk: Disk,
  place: FilePlace,
  name: string,
  file: KeyFile,
): Promise<boolean> {
  const folder = keyFolder(place);
  if (folder === undefined) throw new Error(`No place for a key: ${place.owner} ${place.day}`);
  await disk.readFolder(place.volumePath);
  await disk.makeFolder(folder);
  const path = join(folder, name);
  const made = await disk.create(path).catch(ignore('EEXIST'));
  if (!made) return false;
  try {
    await writeAll(made, [new TextEncoder().encode(keyFileText(file))], 0);
    await made.sync();
    // Whether the folders above were made now or before a power cut is not known.
    for (const above of [folder, join(place.volumePath, 'keys'), place.volumePath])
      await disk.syncFolder(above);
    return true;
  } catch (error) {
    await disk.unlink(path).catch(() => undefined);
    throw error;
  } finally {
    await made.close().catch(() => undefined);
  }
}

/** The same key in other wraps: old or new after a crash, never a mixture. */
export function replaceKeyFile(disk: Disk, path: string, file: KeyFile): Promise<void> {
  return disk.replaceSmall(path, keyFileText(file));
}

/** All files that keep this day's keys. */
export async function keyFilesOfDay(disk: Disk, place: FilePlace): Promise<readonly FoundKeyFile[]> {
  const folder = keyFolder(place);
  if (folder === undefined) return [];
  const { owner, day } = place;
  return (await list(disk, folder))
    .map(({ name }) => name)
    .filter((name) => namePattern.exec(name)?.[1] === day)
    .toSorted()
    .map((name) => ({ path: join(folder, name), owner, day }));
}

/** All key files of a volume, by owner and day. */
export async function keyFilesOfVolume(disk: Disk, volumePath: string): Promise<readonly FoundKeyFile[]> {
  const root = join(volumePath, 'keys');
  const found: FoundKeyFile[] = [];
  for (const owner of (await list(disk, root)).toSorted(byName)) {
    if (!owner.folder || !ownerPattern.test(owner.name)) continue;
    const folder = join(root, owner.name);
    for (const { name } of (await list(disk, folder)).toSorted(byName)) {
      const day = namePattern.exec(name)?.[1];
      if (day !== undefined) found.push({ path: join(folder, name), owner: owner.name, day });
      if (found.length > maxKeyFiles) throw new Error(`${root} holds more than ${maxKeyFiles} key files`);
    }
  }
  return found;
}

/** Gone for good, as far as the file system goes. */
export async function removeKeyFile(disk: Disk, path: string): Promise<void> {
  await disk.unlink(path);
  await disk.syncFolder(join(path, '..'));
}

async function list(disk: Disk, folder: string): Promise<readonly FolderEntry[]> {
  return (await disk.readFolder(folder).catch(ignore('ENOENT'))) ?? [];
}

function byName(a: FolderEntry, b: FolderEntry): number {
  return a.name < b.name ? -1 : 1;
}

/** Takes one error of the system for an answer. */
function ignore(code: string): (error: unknown) => undefined {
  return (error) => {
    if (errorCode(error) !== code) throw error;
  };
}
