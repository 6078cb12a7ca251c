/**
 * Where recordings are kept, changed while the server runs. In: the folders that somebody wants. Out: the archive uses
 * them, or words about what is wrong. Promises: nothing is made or changed in a folder of others.
 */
import { mkdir, readdir, realpath, rmdir } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { VolumeTest } from '../api/contract/storage-test.ts';
import type { StorageTester } from '../api/routes/storage-test.ts';
import type { RunningArchive } from '../archive/archive.ts';
import { errorCode, errorText, systemDisk } from '../archive/disk.ts';
import type { DiskSpeed } from '../archive/disk-trial.ts';
import { tryDisk } from '../archive/disk-trial.ts';
import type { StorageOptions } from '../archive/options.ts';
import { freeFloorBytes } from '../archive/options.ts';
import { volumeIdentity } from '../archive/volume-identity.ts';
import type { VolumePlace, VolumeState } from '../archive/volumes.ts';
import { ignoredNames } from '../archive/volumes.ts';
import type { Clock } from '../base/clock.ts';
import { namedId } from '../base/ids.ts';
import type { Result } from '../base/result.ts';
import { err } from '../base/result.ts';
import type { Random } from '../io/random.ts';
import type { LiveSettings } from '../settings/live/live-settings.ts';
import { faultWords, storageTest } from './storage-test.ts';

interface Parts {
  readonly archive: Pick<RunningArchive, 'volumes' | 'changePlaces'>;
  readonly clock: Clock;
  readonly random: Random;
  /** The data folder. */
  readonly data: string;
}

type TrialParts = Omit<Parts, 'archive'> & { readonly archive: Pick<RunningArchive, 'volumes'> };

/** Only our own folder is made; others are mount points, which must not be filled when nothing is mounted. */
export function placesOf(data: string, paths: readonly string[]): VolumePlace[] {
  const own = join(data, 'recordings');
  return (paths.length > 0 ? paths : [own]).map((path) => ({ path, make: path === own }));
}

export function followFolders(live: LiveSettings, parts: Parts): void {
  live.askFirst('storageFolders', (paths) => changeFolders(parts, paths));
}

/** @returns what is wrong; undefined when the archive uses these folders from now on */
export async function changeFolders(parts: Parts, paths: readonly string[]): Promise<string | undefined> {
  const places = placesOf(parts.data, paths);
  const used = new Set(parts.archive.volumes().map(({ path }) => path));
  const fresh = places.filter(({ path }) => !used.has(path));
  const nested = await nestedFault(places.map(({ path }) => path));
  if (nested !== undefined) return nested;
  const made: string[] = [];
  const refuse = async (fault: string): Promise<string> => {
    for (const path of made) await rmdir(path).catch(() => undefined); // something is in it: not ours to delete
    return fault;
  };
  for (const { path } of fresh) {
    const prepared = await prepare(path, parts, made);
    if (!prepared.ok) return refuse(`${path}: ${prepared.error}`);
  }
  const kept = await parts.archive.changePlaces(places);
  if (kept === undefined) {
    const bad = parts.archive.volumes().find(({ path, state }) => !used.has(path) && isUnusable(state));
    if (!bad) return undefined;
    await parts.archive.changePlaces(placesOf(parts.data, [...used]));
    return refuse(bad.reason);
  }
  return refuse(
    `${kept.path} still holds ${kept.holds}, which could not be seen any more. ` +
      'Keep it in the list, or delete what is in it first.',
  );
}

/** What the route of the write test asks. */
export function storageTester(parts: TrialParts, options: StorageOptions): StorageTester {
  return {
    volumes: storageTest(parts, options),
    folder: (path) => tryFolder(parts, options, path),
  };
}

async function tryFolder(parts: TrialParts, options: StorageOptions, path: string): Promise<VolumeTest> {
  const none = { path, writeBytesPerSecond: null, syncMs: null, freeBytes: 0, totalBytes: 0, usableBytes: 0 };
  if (!isAbsolute(path) || resolve(path) !== path)
    return { ...none, fault: 'Name the whole path of a folder, for example /mnt/disk1/recordings.' };
  if (await holdsDatabase(path, parts)) return { ...none, fault: sentence(withDatabase) };
  const others = parts.archive.volumes().filter((volume) => volume.path !== path);
  const nested = await nestedFault([path, ...others.map((volume) => volume.path)]);
  if (nested !== undefined) return { ...none, fault: nested };
  const made: string[] = [];
  const tried = await prepare(path, parts, made);
  for (const folder of made) await rmdir(folder).catch(() => undefined);
  if (!tried.ok) return { ...none, fault: sentence(tried.error) };
  const { space, ...speed } = tried.value;
  const usableBytes = Math.max(0, space.freeBytes - freeFloorBytes(options, space.totalBytes));
  return { path, ...speed, ...space, usableBytes, fault: null };
}

function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

const withDatabase = 'the database of this server lies in it. Name a folder of its own for recordings.';

async function holdsDatabase(path: string, { data }: Pick<Parts, 'data'>): Promise<boolean> {
  return isWithin(await realPath(data), await realPath(path));
}

function isUnusable(state: VolumeState): boolean {
  return state === 'failed' || state === 'missing';
}

/** A folder twice, or one within another: their recordings would lie between each other. */
async function nestedFault(paths: readonly string[]): Promise<string | undefined> {
  const real = await Promise.all(paths.map(realPath));
  for (const [at, path] of paths.entries()) {
    for (const [other, otherPath] of paths.entries()) {
      if (at === other || !isWithin(real[at] ?? path, real[other] ?? otherPath)) continue;
      if (real[at] === real[other]) return `${path} and ${otherPath} are the same folder. Name it once.`;
      return `${path} lies in ${otherPath}, which is in the list, too. Name folders side by side.`;
    }
  }
  return undefined;
}

/** With links followed as far as it is there. */
async function realPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(await realPath(parent), basename(path));
  }
}

function isWithin(path: string, folder: string): boolean {
  const between = relative(folder, path);
  return between !== '..' && !between.startsWith(`..${sep}`);
}

/** Makes it when it is missing, and tries to write there. @param made grows by what was made */
async function prepare(
  path: string,
  parts: Pick<Parts, 'data' | 'clock' | 'random'>,
  made: string[],
): Promise<Result<DiskSpeed, string>> {
  if (await holdsDatabase(path, parts)) return err(withDatabase);
  try {
    await mkdir(path, { mode: 0o750 });
    made.push(path);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') return err(cannotMake(path, error));
  }
  const wrong = await occupied(path);
  if (wrong !== undefined) return err(wrong);
  const name = `.sightline-trial-${namedId('try', parts.random(16))}`;
  const tried = await tryDisk(systemDisk, path, parts.clock, name);
  return tried.ok ? tried : err(faultWords(tried.error));
}

function cannotMake(path: string, error: unknown): string {
  switch (errorCode(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return `${dirname(path)} is no folder that is there. Make it or mount the disk first.`;
    case 'EACCES':
    case 'EPERM':
      return `the server may not make a folder in ${dirname(path)}. Make it yourself, and let the server write there.`;
    case 'EROFS':
      return `${dirname(path)} can only be read. Choose another place.`;
    default:
      return `it cannot be made: ${errorText(error)}.`;
  }
}

/** What others have there is left alone. */
async function occupied(path: string): Promise<string | undefined> {
  const identity = await volumeIdentity(systemDisk, path);
  if (identity.kind === 'not-ours') return `it cannot be used: ${identity.reason}.`;
  if (identity.kind === 'is') return undefined;
  const entries = await readdir(path).catch(() => []);
  return entries.every((name) => ignoredNames.has(name))
    ? undefined
    : 'something else is in it. Name an empty folder, or a new one in it.';
}
