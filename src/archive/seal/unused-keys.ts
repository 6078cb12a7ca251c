/**
 * Removes data keys that seal nothing any more, some time after the last file of their day was deleted: what a disk keeps of
 * deleted files is noise then, and the folder of keys does not grow for ever.
 */
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import type { Clock, Timer } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { usesDay } from '../../database/days.ts';
import type { Schema } from '../../database/schema.ts';
import type { Disk } from '../disk.ts';
import { errorCode, errorText } from '../disk.ts';
import type { FilePlace } from '../envelope.ts';
import type { Volume } from '../volumes.ts';
import { keyFilesOfVolume } from './key-folder.ts';
import type { KeyRing } from './key-ring.ts';

export interface UnusedKeysParts {
  readonly ring: KeyRing;
  readonly disk: Disk;
  readonly queries: Kysely<Schema>;
  readonly clock: Clock;
  readonly log: Log;
  /** Those that are there and right. */
  readonly volumes: () => readonly Volume[];
}

/** Days are left alone for two looks after they were written to. */
const everyMs = 6 * 3_600_000;

export class UnusedKeys {
  readonly #parts: UnusedKeysParts;
  #timer: Timer | undefined;
  #looking: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(parts: UnusedKeysParts) {
    this.#parts = parts;
  }

  /** Every six hours, until closed. */
  start(): void {
    this.#timer = this.#parts.clock.after(everyMs, () => {
      this.#looking = this.look().finally(() => {
        if (!this.#closed) this.start();
      });
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    await this.#looking;
  }

  /** Never rejects: what cannot be removed now is found again. */
  async look(): Promise<void> {
    const { ring, disk, volumes, log } = this.#parts;
    try {
      const days = new Map<string, FilePlace>();
      for (const { path: volumePath } of volumes()) {
        for (const { owner, day } of await keyFilesOfVolume(disk, volumePath))
          days.set(`${volumePath}/${owner}/${day}`, { volumePath, owner, day });
      }
      const removed = await ring.removeUnused([...days.values()], (place) => this.#isUsed(place));
      if (removed > 0) log.info('Keys of days without recordings were removed', { days: removed });
    } catch (error) {
      log.warn('Unused keys cannot be removed now', { reason: errorText(error) });
    }
  }

  /** A file in the day's folder, or a row that says there should be one. */
  async #isUsed({ volumePath, owner, day }: FilePlace): Promise<boolean> {
    const { disk, queries, volumes } = this.#parts;
    const volume = volumes().find(({ path }) => path === volumePath);
    if (this.#closed || !volume) return true;
    const files = await disk.readFolder(join(volumePath, owner, day)).catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT') return [];
      throw error;
    });
    return files.length > 0 || usesDay(queries, { volumeId: volume.id, owner, day });
  }
}
