/**
 * The keys of an installation, as a start finds them. In: settings and the environment. Out: master keys, recovery key
 * and a key ring, or words that say what to do. Makes the master key file when sealing begins.
 */
import { join } from 'node:path';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import type { Random } from '../../io/random.ts';
import type { Disk } from '../disk.ts';
import type { StorageOptions } from '../options.ts';
import type { Locking, Unlocking } from './data-key.ts';
import { keyFilesOfVolume } from './key-folder.ts';
import { KeyRing } from './key-ring.ts';
import type { MasterKey, MasterKeys } from './master-key.ts';
import { makeMasterKey } from './master-key.ts';
import type { KeySourceFault, MasterKeySource } from './master-key-source.ts';
import { keyFileOnVolume, masterKeySource, readMasterKeys, writeMasterKeys } from './master-key-source.ts';
import { readRecoveryFile } from './recovery-file.ts';

export interface KeySettings {
  readonly storage: StorageOptions;
  /** Data folder. */
  readonly data: string;
  /** What `SIGHTLINE_MASTER_KEY` holds. */
  readonly environmentText: string | undefined;
  readonly random: Random;
  /** Where the volumes are. */
  readonly disk: Disk;
}

export interface Keys {
  readonly source: MasterKeySource;
  /** Empty when there is no master key; the first wraps. */
  readonly masters: readonly MasterKey[];
  readonly ring: KeyRing;
  /** For the log: why there is no master key although one is named, or that one was made. */
  readonly note: string | undefined;
}

/** Where the public half of the recovery key is. */
export function recoveryFilePath(data: string): string {
  return join(data, 'recovery-key.json');
}

/**
 * For the server. With sealing on, a fault is a reason not to start: recordings would be missing, and nobody would
 * know for how long. With sealing off, it only means that what is sealed stays closed.
 */
export async function openKeys(settings: KeySettings): Promise<Result<Keys, string>> {
  const { enabled, keyFile } = settings.storage.seal;
  const source = masterKeySource(settings.storage.seal, settings.environmentText);
  const found = await readMasterKeys(source);
  if (found.ok) return withMasters(settings, source, found.value);
  if (!enabled) {
    const note = found.error.kind === 'absent' ? undefined : found.error.message;
    return ok({ source, masters: [], ring: ringOf(settings, { masters: [] }, undefined), note });
  }
  const made = await makeFirst(settings, source, found.error);
  if (!made.ok) return made;
  const opened = await withMasters(settings, source, made.value);
  const note = `A master key was made: ${keyFile}. Keep a copy elsewhere: without it sealed recordings cannot be opened.`;
  return opened.ok ? ok({ ...opened.value, note }) : opened;
}

async function withMasters(
  settings: KeySettings,
  source: MasterKeySource,
  masters: MasterKeys,
): Promise<Result<Keys, string>> {
  const onVolume = source.kind === 'file' ? onOneOf(settings, source.path) : undefined;
  if (onVolume !== undefined) return err(onVolume);
  const recovery = await readRecoveryFile(recoveryFilePath(settings.data), masters);
  if (!recovery.ok && settings.storage.seal.enabled) return recovery;
  const locking = { master: masters[0], recovery: recovery.ok ? recovery.value : undefined };
  const note = recovery.ok ? undefined : recovery.error;
  return ok({ source, masters, ring: ringOf(settings, { masters }, locking), note });
}

function ringOf({ disk, random }: KeySettings, unlocking: Unlocking, locking: Locking | undefined): KeyRing {
  return new KeyRing({ disk, unlocking, locking, random });
}

/** Only where nothing is sealed yet: a key that is missing was forgotten or lost, and a new one would hide that. */
async function makeFirst(
  settings: KeySettings,
  source: MasterKeySource,
  fault: KeySourceFault,
): Promise<Result<MasterKeys, string>> {
  if (source.kind !== 'file' || fault.kind !== 'absent') return err(fault.message);
  const { path } = source;
  const onVolume = onOneOf(settings, path);
  if (onVolume !== undefined) return err(onVolume);
  try {
    for (const volume of settings.storage.volumes) {
      if ((await keyFilesOfVolume(settings.disk, volume.path)).length > 0)
        return err(lost(path, volume.path));
    }
    const keys: MasterKeys = [makeMasterKey(settings.random)];
    await writeMasterKeys(path, keys);
    return ok(keys);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return err(`No master key can be made: ${reason}`);
  }
}

function onOneOf({ storage }: KeySettings, path: string): string | undefined {
  return keyFileOnVolume(
    path,
    storage.volumes.map((volume) => volume.path),
  );
}

function lost(path: string, volume: string): string {
  return (
    `There is no master key file ${path}, but ${volume} holds sealed recordings. Put the key back. ` +
    `If it is lost, make a new one there (openssl rand -base64 32, mode 0600): new recordings go on, old ones open only with the recovery key.`
  );
}
