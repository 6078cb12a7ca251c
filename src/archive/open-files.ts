/**
 * Files that are open for reading: shared by all who read them, kept open for a moment after the last, within a limit.
 * A file that is deleted meanwhile stays readable for those who have it open.
 */
import type { Clock } from '../base/clock.ts';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { Disk, DiskFile } from './disk.ts';
import { errorCode, errorText, readAll } from './disk.ts';
import { Gate } from './lane.ts';
import type { ArchiveFault } from './types.ts';

/** File handles are few on some systems (1024 by default); sockets need most of them. */
const maxOpenFiles = 256;

/** Somebody who seeks comes back to the same file within moments. */
const keptOpenMs = 20_000;

/** Recording goes first: so many reads at one time on a volume, and so many that wait. */
const readsAtOnce = 4;
const maxWaitingReads = 256;

/** Held by a reader; to be released once. */
export interface OpenFile {
  /** The bytes at a place; fewer at the end of the file. */
  read(position: number, sizeBytes: number): Promise<Result<Uint8Array, ArchiveFault>>;
  release(): void;
}

interface Kept {
  readonly path: string;
  readonly gate: Gate;
  readonly file: Promise<DiskFile>;
  users: number;
}

export class OpenFiles {
  readonly #disk: Disk;
  readonly #clock: Clock;
  readonly #gates = new Map<string, Gate>();
  /** By path; least recently used first. */
  readonly #kept = new Map<string, Kept>();
  #open = 0;

  constructor(disk: Disk, clock: Clock) {
    this.#disk = disk;
    this.#clock = clock;
  }

  /** @param path absolute */
  async open(volumeId: string, path: string): Promise<Result<OpenFile, ArchiveFault>> {
    const kept = this.#kept.get(path) ?? this.#add(volumeId, path);
    if (!kept) return err({ kind: 'busy', message: `${maxOpenFiles} recordings are being read already.` });
    this.#kept.delete(path); // to the end of the line
    this.#kept.set(path, kept);
    kept.users += 1;
    try {
      const file = await kept.file;
      return ok(this.#handle(kept, file));
    } catch (error) {
      this.#kept.delete(path);
      kept.users -= 1;
      return err(readFault(error, path));
    }
  }

  /** The path names another file from now on, or none. */
  forget(path: string): void {
    const kept = this.#kept.get(path);
    if (!kept) return;
    this.#kept.delete(path);
    if (kept.users === 0) this.#close(kept);
  }

  /** Closes what nobody reads; the others close when they are released. */
  close(): void {
    for (const path of this.#kept.keys()) this.forget(path);
  }

  #add(volumeId: string, path: string): Kept | undefined {
    if (this.#open >= maxOpenFiles && !this.#dropOldest()) return undefined;
    let gate = this.#gates.get(volumeId);
    if (!gate) this.#gates.set(volumeId, (gate = new Gate(readsAtOnce, maxWaitingReads)));
    this.#open += 1;
    const file = this.#disk.open(path, 'read').catch((error: unknown) => {
      this.#open -= 1;
      throw error;
    });
    return { path, gate, file, users: 0 };
  }

  #dropOldest(): boolean {
    for (const kept of this.#kept.values()) {
      if (kept.users > 0) continue;
      this.#kept.delete(kept.path);
      this.#close(kept);
      return true;
    }
    return false;
  }

  #handle(kept: Kept, file: DiskFile): OpenFile {
    let held = true;
    return {
      read: (position, sizeBytes) => readThrough(kept, file, position, sizeBytes),
      release: () => {
        if (!held) return;
        held = false;
        kept.users -= 1;
        if (kept.users === 0) this.#idle(kept);
      },
    };
  }

  #idle(kept: Kept): void {
    if (this.#kept.get(kept.path) !== kept) return this.#close(kept);
    this.#clock.after(keptOpenMs, () => {
      if (kept.users === 0 && this.#kept.get(kept.path) === kept) this.forget(kept.path);
    });
  }

  #close(kept: Kept): void {
    this.#open -= 1;
    void kept.file.then((file) => file.close()).catch(() => undefined);
  }
}

async function readThrough(
  { gate, path }: Kept,
  file: DiskFile,
  position: number,
  sizeBytes: number,
): Promise<Result<Uint8Array, ArchiveFault>> {
  try {
    const bytes = Buffer.allocUnsafeSlow(sizeBytes); // only what was read leaves
    const read = await gate.through(() => readAll(file, bytes, position));
    if (!read) return err({ kind: 'busy', message: 'Too many read from this volume at one time.' });
    return ok(bytes.subarray(0, read.value));
  } catch (error) {
    return err(readFault(error, path));
  }
}

function readFault(error: unknown, path: string): ArchiveFault {
  if (errorCode(error) === 'ENOENT') return { kind: 'gone', message: `${path} is not there any more.` };
  return { kind: 'disk-failed', message: `${path} cannot be read: ${errorText(error)}` };
}
