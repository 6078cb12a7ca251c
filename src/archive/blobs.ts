/**
 * Files of pieces that are no recordings (packs of small pictures, say): on the same volumes, sealed alike, read piece
 * by piece, also while they grow. Order of writes: a row of `garbage`, the file, its pieces, fsync of file and folder;
 * then the owner commits a row of its own and takes the path out of `garbage` in the same transaction (`keepBlob` of
 * `database/garbage.ts`). So a crash leaves no file that nothing knows of.
 */
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import type { Clock } from '../base/clock.ts';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import { putGarbage } from '../database/garbage.ts';
import type { Schema } from '../database/schema.ts';
import type { Random } from '../io/random.ts';
import type { Disk, DiskFile } from './disk.ts';
import { errorText, writeAll } from './disk.ts';
import type { Envelope, Envelopes } from './envelope.ts';
import { preambleBytes } from './envelope.ts';
import type { Folders } from './folders.ts';
import type { OpenFile, OpenFiles } from './open-files.ts';
import type { ArchiveFault, BlobPlace } from './types.ts';
import type { Volumes } from './volumes.ts';
import { isFull, noVolumeFault } from './writer-parts.ts';

/** Where a piece is: all that reading it takes. */
interface BlobPiece {
  /** Counted from 0. */
  readonly index: number;
  readonly offsetBytes: number;
  /** As it was given. */
  readonly sizeBytes: number;
}

/** After a fault only `close` is of use. Calls do not overlap. */
export interface BlobWriter {
  readonly place: BlobPlace;
  /** Null for a plain file. */
  readonly keyId: string | null;
  append(piece: Uint8Array): Promise<Result<BlobPiece, ArchiveFault>>;
  /** All pieces, and the file's name, are durable. More may follow. */
  sync(): Promise<Result<undefined, ArchiveFault>>;
  /** Unless the owner kept it meanwhile, the file goes at the next start. */
  close(): Promise<void>;
}

export interface BlobReader {
  read(piece: BlobPiece): Promise<Result<Uint8Array, ArchiveFault>>;
  close(): void;
}

export interface BlobParts {
  readonly queries: Kysely<Schema>;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly volumes: Volumes;
  readonly folders: Folders;
  readonly files: OpenFiles;
  readonly envelopes: Envelopes;
  /** Unlinks what is garbage, soon. */
  readonly sweepSoon: () => void;
}

export class Blobs {
  readonly #parts: BlobParts;
  /** Paths and their volumes: garbage by their rows, until somebody keeps them. */
  readonly #growing = new Map<string, string>();

  constructor(parts: BlobParts) {
    this.#parts = parts;
  }

  /**
   * A new file on the volume with most room.
   * @param name unique among those of the same owner and day; of characters that no file system refuses
   */
  async create(owner: string, day: string, name: string): Promise<Result<BlobWriter, ArchiveFault>> {
    const { queries, disk, clock, random, volumes, folders, envelopes } = this.#parts;
    const volume = volumes.choose();
    if (!volume) return err(noVolumeFault(volumes));
    const path = `${owner}/${day}/${name}`;
    const place = { volumeId: volume.id, path };
    this.#growing.set(path, volume.id);
    try {
      if (!(await volumes.isRight(volume.id))) throw new Error(`the volume ${volume.path} is not there`);
      await putGarbage(queries, [{ path, volume_id: volume.id, since_ms: clock.nowMs() }]);
      const file = { volumePath: volume.path, owner, day };
      const envelope = await envelopes.create(file, random(16));
      if (!envelope.ok) return this.#drop(path, envelope.error);
      await folders.make(volume.path, path);
      const made = await disk.create(join(volume.path, path));
      const ends = {
        named: () => folders.sync(volume.path, path),
        closed: () => this.#growing.delete(path),
      };
      const writer = new PieceWriter({ place, file: made, envelope: envelope.value }, ends);
      await writer.begin();
      return ok(writer);
    } catch (error) {
      return this.#drop(path, writeFault(error, path));
    }
  }

  /** Of any file that was created here, a growing one included. */
  async open({ volumeId, path }: BlobPlace): Promise<Result<BlobReader, ArchiveFault>> {
    const { volumes, files, envelopes } = this.#parts;
    const volume = volumes.find(volumeId);
    if (!volume) return err({ kind: 'no-volume', message: `The volume of ${path} is not there.` });
    const file = await files.open(volumeId, join(volume.path, path));
    if (!file.ok) return file;
    const start = await file.value.read(0, preambleBytes);
    const [owner = '', day = ''] = path.split('/');
    const envelope = start.ok
      ? await envelopes.open({ volumePath: volume.path, owner, day }, start.value)
      : start;
    if (envelope.ok) return ok(pieceReader(file.value, envelope.value, path));
    file.value.release();
    return envelope;
  }

  /** No row may point to them any more. They become garbage; resolves when the rows say so. */
  async remove(places: readonly BlobPlace[]): Promise<void> {
    const { queries, clock, sweepSoon } = this.#parts;
    const rows = places.map(({ volumeId, path }) => ({ path, volume_id: volumeId, since_ms: clock.nowMs() }));
    await putGarbage(queries, rows);
    sweepSoon();
  }

  /** Paths that are written now: not to be unlinked, although rows of `garbage` name them. */
  growing(): ReadonlySet<string> {
    return new Set(this.#growing.keys());
  }

  isGrowingOn(volumeId: string): boolean {
    return [...this.#growing.values()].some((id) => id === volumeId);
  }

  #drop(path: string, fault: ArchiveFault): Result<never, ArchiveFault> {
    this.#growing.delete(path);
    this.#parts.sweepSoon();
    return err(fault);
  }
}

interface GrowingFile {
  readonly place: BlobPlace;
  readonly file: DiskFile;
  readonly envelope: Envelope;
}

class PieceWriter implements BlobWriter {
  readonly #growing: GrowingFile;
  readonly #ends: { named(): Promise<void>; closed(): void };
  #pieces = 0;
  #bytes = 0;

  constructor(growing: GrowingFile, ends: { named(): Promise<void>; closed(): void }) {
    this.#growing = growing;
    this.#ends = ends;
  }

  get place(): BlobPlace {
    return this.#growing.place;
  }

  get keyId(): string | null {
    return this.#growing.envelope.keyId;
  }

  /** Rejects with what the disk says. */
  async begin(): Promise<void> {
    const { file, envelope } = this.#growing;
    if (envelope.preamble.length > 0) this.#bytes += await writeAll(file, [envelope.preamble], 0);
  }

  async append(piece: Uint8Array): Promise<Result<BlobPiece, ArchiveFault>> {
    const { file, envelope, place } = this.#growing;
    const index = this.#pieces;
    const offsetBytes = this.#bytes;
    this.#pieces += 1; // also when it fails: no number is used for other bytes
    try {
      this.#bytes += await writeAll(file, [envelope.wrap(index, piece)], offsetBytes);
      return ok({ index, offsetBytes, sizeBytes: piece.length });
    } catch (error) {
      return err(writeFault(error, place.path));
    }
  }

  async sync(): Promise<Result<undefined, ArchiveFault>> {
    try {
      await this.#growing.file.sync();
      await this.#ends.named();
      return ok(undefined);
    } catch (error) {
      return err(writeFault(error, this.place.path));
    }
  }

  async close(): Promise<void> {
    await this.#growing.file.close().catch(() => undefined); // what matters was synced
    this.#ends.closed();
  }
}

function pieceReader(file: OpenFile, envelope: Envelope, path: string): BlobReader {
  return {
    read: async ({ index, offsetBytes, sizeBytes }) => {
      const storedBytes = envelope.wrappedBytes(sizeBytes);
      const read = await file.read(offsetBytes, storedBytes);
      if (!read.ok) return read;
      const piece = read.value.length === storedBytes ? envelope.unwrap(index, read.value) : undefined;
      return piece?.ok ? piece : err({ kind: 'damaged', message: `${path} is damaged at piece ${index}.` });
    },
    close: () => file.release(),
  };
}

function writeFault(error: unknown, path: string): ArchiveFault {
  const message = `${path} cannot be written: ${errorText(error)}`;
  return { kind: isFull(error) ? 'disk-full' : 'disk-failed', message };
}
