/**
 * Folders of a volume: made when needed, synced up to the volume's root the first time, so that a file's whole path
 * survives a power cut.
 */
import { join } from 'node:path';
import type { Disk } from './disk.ts';
import { errorCode } from './disk.ts';

/** A camera has one for each day; forgetting costs a few syncs. */
const maxRemembered = 10_000;

export class Folders {
  readonly #disk: Disk;
  /** Those whose path was synced since this process runs. */
  readonly #safe = new Set<string>();

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** The folder that a file is put into. @param file relative to the volume, with `/` */
  async make(volumePath: string, file: string): Promise<void> {
    const folder = join(volumePath, ...parentNames(file));
    if (!this.#safe.has(folder)) await this.#disk.makeFolder(folder);
  }

  /** The file's name, and those of the folders it lies in, survive a power cut. */
  async sync(volumePath: string, file: string): Promise<void> {
    const names = parentNames(file);
    const folder = join(volumePath, ...names);
    await this.#disk.syncFolder(folder);
    if (this.#safe.has(folder)) return;
    for (let depth = names.length - 1; depth >= 0; depth -= 1) {
      await this.#disk.syncFolder(join(volumePath, ...names.slice(0, depth)));
    }
    if (this.#safe.size >= maxRemembered) this.#safe.clear();
    this.#safe.add(folder);
  }

  /** Removes the file's folder, and the one above, when nothing is in them any more. */
  async removeEmpty(volumePath: string, file: string): Promise<void> {
    const names = parentNames(file);
    for (let depth = names.length; depth > 0; depth -= 1) {
      const folder = join(volumePath, ...names.slice(0, depth));
      this.#safe.delete(folder);
      try {
        await this.#disk.removeFolder(folder);
      } catch (error) {
        if (errorCode(error) !== 'ENOENT') return;
      }
    }
  }

  /** What was made under this volume may not be there any more. */
  forget(volumePath: string): void {
    for (const folder of this.#safe) if (folder.startsWith(volumePath)) this.#safe.delete(folder);
  }
}

function parentNames(file: string): readonly string[] {
  return file.split('/').slice(0, -1);
}
