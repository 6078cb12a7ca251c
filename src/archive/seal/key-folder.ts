/**
 * Where data keys lie: `<volume>/keys/<owner>/<day>.json`. When that file is damaged or of another master key, footage
 * of that day goes on under a second one, `<day>-<id>.json`: a lost key never costs new recordings.
 *
 * In: a place. Out: key files, durable once written. Nothing here follows a name that is not an owner and a day.
 */
import type { Dirent } from 'node:fs';
import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Result } from '../../base/result.ts';
import { err } from '../../base/result.ts';
import { syncFolder, writeFileAtomically } from '../../io/files.ts';
import type { FilePlace } from '../envelope.ts';
import type { KeyFile } from './data-key.ts';
import { keyFileText, maxKeyFileBytes, parseKeyFile } from './data-key.ts';

/** More would be ten years of five hundred cameras; listing stops there, and says so. */
const maxKeyFiles = 2_000_000;

const privateFileMode = 0o600;
const privateFolderMode = 0o700;
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
export async function readKeyFile(path: string): Promise<Result<KeyFile, 'damaged'> | undefined> {
  const handle = await open(path, 'r').catch(ignoreAbsent);
  if (!handle) return undefined;
  try {
    const bytes = Buffer.alloc(maxKeyFileBytes + 1);
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
    if (bytesRead > maxKeyFileBytes) return err('damaged');
    return parseKeyFile(bytes.toString('utf8', 0, bytesRead));
  } finally {
    await handle.close();
  }
}

/**
 * Writes a key file that is not there yet, and makes it durable. False when the name is taken. Folders are made, but never
 * the volume's own: a volume that is not mounted is not filled. Rejects with the system's error, leaving nothing.
 */
export async function createKeyFile(place: FilePlace, name: string, file: KeyFile): Promise<boolean> {
  const folder = keyFolder(place);
  if (folder === undefined) throw new Error(`No place for a key: ${place.owner} ${place.day}`);
  await makeFolder(place.volumePath, join(place.volumePath, 'keys'));
  await makeFolder(join(place.volumePath, 'keys'), folder);
  const path = join(folder, name);
  const handle = await open(path, 'wx', privateFileMode).catch(ignoreTaken);
  if (!handle) return false;
  try {
    await handle.writeFile(keyFileText(file));
    await handle.sync();
    await syncFolder(folder);
    return true;
  } catch (error) {
    await rm(path, { force: true }).catch(() => undefined);
    throw error;
  } finally {
    await handle.close();
  }
}

/** The same key in other wraps: old or new after a crash, never a mixture. */
export function replaceKeyFile(path: string, file: KeyFile): Promise<void> {
  return writeFileAtomically(path, keyFileText(file));
}

/** All files that keep this day's keys. */
export async function keyFilesOfDay(place: FilePlace): Promise<readonly FoundKeyFile[]> {
  const folder = keyFolder(place);
  if (folder === undefined) return [];
  const names = await readdir(folder).catch(ignoreAbsent);
  const { owner, day } = place;
  return (names ?? [])
    .filter((name) => namePattern.exec(name)?.[1] === day)
    .toSorted()
    .map((name) => ({ path: join(folder, name), owner, day }));
}

/** All key files of a volume, by owner and day. */
export async function keyFilesOfVolume(volumePath: string): Promise<readonly FoundKeyFile[]> {
  const root = join(volumePath, 'keys');
  const found: FoundKeyFile[] = [];
  for (const owner of await list(root)) {
    if (!owner.isDirectory() || !ownerPattern.test(owner.name)) continue;
    const folder = join(root, owner.name);
    for (const { name } of (await list(folder)).toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const day = namePattern.exec(name)?.[1];
      if (day !== undefined) found.push({ path: join(folder, name), owner: owner.name, day });
      if (found.length > maxKeyFiles) throw new Error(`${root} holds more than ${maxKeyFiles} key files`);
    }
  }
  return found;
}

/** Gone for good, as far as the file system goes. */
export async function removeKeyFile(path: string): Promise<void> {
  await rm(path);
  await syncFolder(join(path, '..'));
}

async function list(folder: string): Promise<readonly Dirent[]> {
  return (await readdir(folder, { withFileTypes: true }).catch(ignoreAbsent)) ?? [];
}

async function makeFolder(parent: string, folder: string): Promise<void> {
  const made = await mkdir(folder, { mode: privateFolderMode }).then(() => true, ignoreTaken);
  if (made === true) await syncFolder(parent);
}

function ignoreAbsent(error: unknown): undefined {
  if (systemCode(error) !== 'ENOENT') throw error;
}

function ignoreTaken(error: unknown): undefined {
  if (systemCode(error) !== 'EEXIST') throw error;
}

/** `ENOSPC` and the like. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
