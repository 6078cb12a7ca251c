/**
 * The data keys of all volumes. In: where a file is or will be. Out: the key that seals it, made and durable before
 * it is used for the first time, or a fault with words.
 *
 * Keys in use are remembered, within a limit; two who ask for a new key at the same time get the same one.
 */
import { join } from 'node:path';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import type { Random } from '../../io/random.ts';
import type { Disk } from '../disk.ts';
import { errorCode, errorText } from '../disk.ts';
import type { FilePlace } from '../envelope.ts';
import type { ArchiveFault } from '../types.ts';
import type { DataKey, KeyFile, Locking, Unlocking } from './data-key.ts';
import { makeDataKey, unlock } from './data-key.ts';
import {
  createKeyFile,
  firstName,
  keyFilesOfDay,
  keyFolder,
  otherName,
  readKeyFile,
  removeKeyFile,
} from './key-folder.ts';

/** Keys in memory: a month of 64 cameras. */
const maxRemembered = 2048;

export interface KeyRingOptions {
  readonly disk: Disk;
  readonly unlocking: Unlocking;
  /** Whom new keys are wrapped for; undefined when nothing new is sealed. */
  readonly locking: Locking | undefined;
  readonly random: Random;
}

type Found = Result<DataKey, ArchiveFault>;

export class KeyRing {
  readonly #options: KeyRingOptions;
  /** By folder, day and id; the least recently used first. */
  readonly #remembered = new Map<string, DataKey>();
  readonly #making = new Map<string, Promise<Found>>();
  /** Days that new files were given keys of, since the last look for unused ones, and before it. */
  #given = new Set<string>();
  #givenBefore: ReadonlySet<string> = new Set();
  /** The day whose keys are being removed. */
  #leaving: { readonly name: string; readonly done: Promise<void> } | undefined;

  constructor(options: KeyRingOptions) {
    this.#options = options;
  }

  /**
   * The key for a new file; made when the day has none. Looked for on the disk each time: a key that is only in memory
   * (the disk was changed for its backup, somebody deleted the file) would seal what nobody opens after a restart.
   */
  async forWriting(place: FilePlace): Promise<Found> {
    const name = dayName(place);
    if (name === undefined) return err(oddPlace(place));
    this.#given.add(name);
    const already = this.#making.get(name);
    if (already) return already;
    const making = this.#findOrMake(place, name).finally(() => this.#making.delete(name));
    this.#making.set(name, making);
    return making;
  }

  /** The key with this id (32 hex digits). */
  async find(place: FilePlace, keyId: string): Promise<Found> {
    const name = dayName(place);
    if (name === undefined) return err(oddPlace(place));
    const known = this.#recall(`${name}/${keyId}`);
    if (known) return ok(known);
    try {
      const found = await this.#lookUp(place, keyId);
      if (found.ok) this.#remember(`${name}/${keyId}`, found.value);
      return found;
    } catch (error) {
      return err(diskFault(error, place));
    }
  }

  /**
   * Removes the keys of days that nothing is sealed with any more: what the disk keeps of deleted files is noise then.
   * A day that was written to since the call before the last is left alone: its file may not be there yet.
   * @param isUsed whether anything of that day is or may be on its volume. Returns how many days lost their keys
   */
  async removeUnused(
    days: readonly FilePlace[],
    isUsed: (place: FilePlace) => Promise<boolean>,
  ): Promise<number> {
    const busy = new Set([...this.#givenBefore, ...this.#given]);
    this.#givenBefore = this.#given;
    this.#given = new Set();
    let removed = 0;
    for (const place of days) {
      const name = dayName(place);
      if (name === undefined || busy.has(name) || (await isUsed(place))) continue;
      if (this.#given.has(name)) continue; // asked for meanwhile
      this.#leaving = { name, done: this.#removeDay(place, name) };
      await this.#leaving.done.finally(() => {
        this.#leaving = undefined;
      });
      removed += 1;
    }
    return removed;
  }

  async #removeDay(place: FilePlace, name: string): Promise<void> {
    const { disk } = this.#options;
    for (const { path } of await keyFilesOfDay(disk, place)) await removeKeyFile(disk, path);
    for (const known of this.#remembered.keys())
      if (known.startsWith(`${name}/`)) this.#remembered.delete(known);
  }

  async #findOrMake(place: FilePlace, name: string): Promise<Found> {
    try {
      if (this.#leaving?.name === name) await this.#leaving.done;
      const found = (await this.#usable(place)) ?? (await this.#make(place));
      if (!found.ok) return found;
      this.#remember(`${name}/${found.value.id}`, found.value);
      return found;
    } catch (error) {
      return err(diskFault(error, place));
    }
  }

  async #usable(place: FilePlace): Promise<Found | undefined> {
    const usual = join(keyFolder(place) ?? '', firstName(place.day));
    const key = await this.#usableAt(usual, place);
    if (key) return key;
    for (const { path } of await keyFilesOfDay(this.#options.disk, place)) {
      const other = path === usual ? undefined : await this.#usableAt(path, place);
      if (other) return other;
    }
    return undefined;
  }

  async #usableAt(path: string, place: FilePlace): Promise<Found | undefined> {
    const file = await readKeyFile(this.#options.disk, path);
    if (!file?.ok || !belongs(file.value, place)) return undefined;
    const key = unlock(file.value, this.#options.unlocking);
    return key.ok ? key : undefined;
  }

  async #make(place: FilePlace): Promise<Found> {
    const { disk, locking, random } = this.#options;
    if (!locking) return err({ kind: 'no-key', message: 'Sealing is on, and there is no master key.' });
    const { key, file } = makeDataKey(place, locking, random);
    if (await createKeyFile(disk, place, firstName(place.day), file)) return ok(key);
    if (await createKeyFile(disk, place, otherName(place.day, key.id), file)) return ok(key);
    return err({ kind: 'disk-failed', message: `No key file can be made for ${describe(place)}.` });
  }

  async #lookUp(place: FilePlace, keyId: string): Promise<Found> {
    const folder = keyFolder(place) ?? '';
    let damaged = false;
    for (const name of [firstName(place.day), otherName(place.day, keyId)]) {
      const path = join(folder, name);
      const file = await readKeyFile(this.#options.disk, path);
      if (!file?.ok) {
        damaged ||= file !== undefined;
        continue;
      }
      if (file.value.id !== keyId || !belongs(file.value, place)) continue;
      const key = unlock(file.value, this.#options.unlocking);
      if (key.ok) return key;
      if (key.error === 'damaged') return err(damagedKey(place));
      return err({
        kind: 'no-key',
        message: `The footage of ${describe(place)} is sealed, and its key (${path}) is wrapped for a master key that is not here.`,
      });
    }
    return err(damaged ? damagedKey(place) : shredded(place));
  }

  #recall(name: string): DataKey | undefined {
    const known = this.#remembered.get(name);
    if (known) this.#remember(name, known);
    return known;
  }

  #remember(name: string, key: DataKey): void {
    this.#remembered.delete(name);
    this.#remembered.set(name, key);
    for (const oldest of this.#remembered.keys()) {
      if (this.#remembered.size <= maxRemembered) return;
      this.#remembered.delete(oldest);
    }
  }
}

function dayName(place: FilePlace): string | undefined {
  const folder = keyFolder(place);
  return folder && `${folder}/${place.day}`;
}

/** What a key file says is bound to its wraps; its name is not, so both have to agree. */
function belongs(file: KeyFile, { owner, day }: FilePlace): boolean {
  return file.owner === owner && file.day === day;
}

function describe({ owner, day, volumePath }: FilePlace): string {
  return `${owner} on ${day} in ${volumePath}`;
}

function oddPlace({ owner, day }: FilePlace): ArchiveFault {
  return { kind: 'damaged', message: `"${owner}" and "${day}" are no camera and day, so they have no key.` };
}

function damagedKey(place: FilePlace): ArchiveFault {
  return {
    kind: 'no-key',
    message: `The key file of ${describe(place)} is damaged. A copy of the folder "keys" from a backup brings it back.`,
  };
}

function shredded(place: FilePlace): ArchiveFault {
  return {
    kind: 'no-key',
    message: `The footage of ${describe(place)} has no key any more: it was shredded, or the folder "keys" was not copied with it.`,
  };
}

function diskFault(error: unknown, place: FilePlace): ArchiveFault {
  const code = errorCode(error);
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  return {
    kind: full ? 'disk-full' : 'disk-failed',
    message: `The key of ${describe(place)} cannot be ${full ? 'written' : 'read or written'}: ${errorText(error)}`,
  };
}
