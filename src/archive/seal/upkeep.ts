/**
 * Changes of keys on volumes at rest: a new master key, a recovery key, shredding. The server must not run meanwhile:
 * it could wrap a new data key for the master key that is being forgotten.
 *
 * Each may be interrupted anywhere and begun again. At every moment each data key is wrapped for a key that is kept.
 */
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import type { Random } from '../../io/random.ts';
import type { Disk } from '../disk.ts';
import type { Locking, Unlocking } from './data-key.ts';
import { isWrappedFor, unlock, wrapFor } from './data-key.ts';
import type { FoundKeyFile } from './key-folder.ts';
import { keyFilesOfDay, keyFilesOfVolume, readKeyFile, removeKeyFile, replaceKeyFile } from './key-folder.ts';
import type { MasterKey, MasterKeys } from './master-key.ts';
import { makeMasterKey } from './master-key.ts';
import type { MasterKeySource } from './master-key-source.ts';
import { readMasterKeys, writeMasterKeys } from './master-key-source.ts';
import { readRecoveryFile, writeRecoveryFile } from './recovery-file.ts';
import type { RecoveryPublicKey } from './recovery-key.ts';
import { makeRecoveryKey } from './recovery-key.ts';

export interface KeyPlaces {
  readonly disk: Disk;
  readonly source: MasterKeySource;
  /** Where the public half of the recovery key is. */
  readonly recoveryFile: string;
  /** Roots of all volumes; all of them have to be there. */
  readonly volumes: readonly string[];
  readonly random: Random;
}

interface WrapReport {
  /** Data keys that are now wrapped for the keys that are wanted. */
  readonly wrapped: number;
  /** How many of them had to be written anew. */
  readonly changed: number;
  /** Key files that no key here opens, or that cannot be read; left as they are. */
  readonly unopened: readonly string[];
}

export interface RotationReport extends WrapReport {
  /** Ids of the master keys before and after. */
  readonly from: readonly string[];
  readonly to: string;
  /** Whether the older key is still needed, or has to be taken out by hand. */
  readonly olderKept: 'no' | 'needed' | 'by-hand';
}

/**
 * A new master key. From a file: it is put before the old one, every data key is wrapped for it, then the old one is
 * taken out. From elsewhere: the new key has to stand before the old one already.
 */
export async function rotateMasterKey(places: KeyPlaces): Promise<Result<RotationReport, string>> {
  const { source, random, recoveryFile } = places;
  const found = await readMasterKeys(source);
  if (!found.ok) return err(found.error.message);
  const before = found.value;
  const recovery = await readRecoveryFile(recoveryFile, before);
  if (!recovery.ok) return recovery;
  const begun = await beginRotation(source, before, random);
  if (!begun.ok) return begun;
  const [master, ...older] = begun.value;
  if (recovery.value) await writeRecoveryFile(recoveryFile, recovery.value, begun.value);
  const locking = { master, recovery: recovery.value };
  const report = await wrapAll(places, { masters: begun.value }, locking);
  const ids = { from: older.map(({ id }) => id), to: master.id };
  if (report.unopened.length > 0) return ok({ ...report, ...ids, olderKept: 'needed' });
  if (source.kind !== 'file') return ok({ ...report, ...ids, olderKept: 'by-hand' });
  if (recovery.value) await writeRecoveryFile(recoveryFile, recovery.value, [master]);
  await writeMasterKeys(source.path, [master]);
  return ok({ ...report, ...ids, olderKept: 'no' });
}

/** Two keys there: an earlier go was interrupted, or they were put there by hand; it is carried on. */
async function beginRotation(
  source: MasterKeySource,
  before: MasterKeys,
  random: Random,
): Promise<Result<MasterKeys, string>> {
  if (before.length > 1) return ok(before);
  if (source.kind !== 'file')
    return err(
      'The master key does not come from a file, so a new one cannot be put there. Let the environment or the command ' +
        'give a new key (openssl rand -base64 32) and, after it, the old one; then run this again.',
    );
  const keys: MasterKeys = [makeMasterKey(random), ...before];
  await writeMasterKeys(source.path, keys);
  return ok(keys);
}

export interface RecoveryReport extends WrapReport {
  /** Whether a new pair was made. */
  readonly made: boolean;
}

/**
 * A recovery key for all data keys, present and future. One that exists is kept, and wraps that are missing are made,
 * unless `replace`. @param show gets the private half before anything is wrapped for it; it is stored nowhere
 */
export async function setUpRecovery(
  places: KeyPlaces,
  replace: boolean,
  show: (privateText: string) => Promise<void>,
): Promise<Result<RecoveryReport, string>> {
  const found = await readMasterKeys(places.source);
  if (!found.ok) return err(found.error.message);
  const masters = found.value;
  const known = replace ? ok(undefined) : await readRecoveryFile(places.recoveryFile, masters);
  if (!known.ok) return known;
  const recovery = known.value ?? (await makeRecovery(places, masters, show));
  const report = await wrapAll(places, { masters }, { master: masters[0], recovery });
  return ok({ ...report, made: known.value === undefined });
}

async function makeRecovery(
  { recoveryFile }: KeyPlaces,
  masters: readonly MasterKey[],
  show: (privateText: string) => Promise<void>,
): Promise<RecoveryPublicKey> {
  const { publicKey, text } = makeRecoveryKey();
  await show(text);
  await writeRecoveryFile(recoveryFile, publicKey, masters);
  return publicKey;
}

/** Deletes every key of that camera's day on all volumes. Returns how many there were. */
export async function shredDay(
  disk: Disk,
  volumes: readonly string[],
  day: { readonly owner: string; readonly day: string },
): Promise<number> {
  let gone = 0;
  for (const volumePath of volumes) {
    for (const { path } of await keyFilesOfDay(disk, { volumePath, ...day })) {
      await removeKeyFile(disk, path);
      gone += 1;
    }
  }
  return gone;
}

/** What there is, without changing it. */
export interface KeyCount {
  readonly volumePath: string;
  readonly dataKeys: number;
  /** Wrapped for this master key and, when there is one, the recovery key. */
  readonly upToDate: number;
  readonly unopened: number;
}

export async function countKeys(
  disk: Disk,
  volumes: readonly string[],
  unlocking: Unlocking,
  locking: Locking,
): Promise<readonly KeyCount[]> {
  const counts: KeyCount[] = [];
  for (const volumePath of volumes) {
    const files = await keyFilesOfVolume(disk, volumePath);
    let [upToDate, unopened] = [0, 0];
    for (const { path } of files) {
      const file = await readKeyFile(disk, path);
      if (!file?.ok || !unlock(file.value, unlocking).ok) unopened += 1;
      else if (isWrappedFor(file.value, locking)) upToDate += 1;
    }
    counts.push({ volumePath, dataKeys: files.length, upToDate, unopened });
  }
  return counts;
}

async function wrapAll(
  { disk, volumes, random }: KeyPlaces,
  unlocking: Unlocking,
  locking: Locking,
): Promise<WrapReport> {
  let [wrapped, changed] = [0, 0];
  const unopened: string[] = [];
  for (const volume of volumes) {
    for (const found of await keyFilesOfVolume(disk, volume)) {
      const done = await wrapOne(found, { disk, unlocking, locking, random });
      if (done === 'unopened') unopened.push(found.path);
      else wrapped += 1;
      if (done === 'changed') changed += 1;
    }
  }
  return { wrapped, changed, unopened };
}

interface Rewrap {
  readonly disk: Disk;
  readonly unlocking: Unlocking;
  readonly locking: Locking;
  readonly random: Random;
}

async function wrapOne(
  { path }: FoundKeyFile,
  { disk, unlocking, locking, random }: Rewrap,
): Promise<'kept' | 'changed' | 'unopened'> {
  const file = await readKeyFile(disk, path);
  const key = file?.ok ? unlock(file.value, unlocking) : undefined;
  if (!file?.ok || !key?.ok) return 'unopened';
  const opens = unlock(file.value, { masters: [locking.master] }).ok;
  if (opens && isWrappedFor(file.value, locking)) return 'kept';
  await replaceKeyFile(disk, path, wrapFor(file.value, key.value, locking, random));
  return 'changed';
}
