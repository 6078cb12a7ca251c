/**
 * Files of clips on the archive's volumes: `<volume>/<client>/<UTC day>/<id>.clip`, sealed by the archive's envelopes.
 *
 * Order of writes: row in `clip_files`, file, records, fsync of file and folder; then whoever made it commits its own row,
 * and the one in `clip_files` goes with it. Deleting: garbage row, unlink, fsync of the folder, row goes. So a
 * crash leaves no file that nothing knows of, and no row without its file.
 */
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import { namedId } from '../../base/ids.ts';
import type { Log } from '../../base/log.ts';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import type { Disk, DiskFile } from '../../archive/disk.ts';
import { errorCode, errorText, readAll, writeAll } from '../../archive/disk.ts';
import type { Envelope, Envelopes } from '../../archive/envelope.ts';
import { preambleBytes } from '../../archive/envelope.ts';
import { Folders } from '../../archive/folders.ts';
import type { ArchiveFault, BlobPlace } from '../../archive/types.ts';
import type { VolumeStatus } from '../../archive/volumes.ts';
import { forgetClipFile, listClipFiles, openClipFile } from '../../database/clip-files.ts';
import type { Schema } from '../../database/schema.ts';
import type { Random } from '../../io/random.ts';
import type { BlobReader, BlobWriter, ClipBlobs, StoredBlob } from './blobs.ts';
import { recordBytes } from './blobs.ts';

export interface ArchiveBlobsParts {
  readonly queries: Kysely<Schema>;
  readonly disk: Disk;
  readonly envelopes: Envelopes;
  readonly random: Random;
  readonly log: Log;
  readonly volumes: () => readonly VolumeStatus[];
}

interface OpenFile {
  readonly file: DiskFile;
  readonly envelope: Envelope;
}

export class ArchiveBlobs implements ClipBlobs {
  readonly #parts: ArchiveBlobsParts;
  readonly #folders: Folders;

  constructor(parts: ArchiveBlobsParts) {
    this.#parts = parts;
    this.#folders = new Folders(parts.disk);
  }

  /** Removes what a crash left half written. Before anything else. */
  async start(): Promise<void> {
    await this.remove(await listClipFiles(this.#parts.queries));
  }

  async create(owner: string, day: string): Promise<Result<BlobWriter, ArchiveFault>> {
    const { queries, random, disk } = this.#parts;
    const volume = mostFree(this.#parts.volumes());
    if (!volume) return err({ kind: 'no-volume', message: 'No volume takes new files now.' });
    const path = `${owner}/${day}/${namedId('blob', random(16))}.clip`;
    const place = { volumeId: volume.id, path };
    try {
      await openClipFile(queries, place);
      await this.#folders.make(volume.path, path);
      const envelope = await this.#parts.envelopes.create(
        { volumePath: volume.path, owner, day },
        random(16),
      );
      if (!envelope.ok) {
        await this.remove([place]);
        return envelope;
      }
      const file = await disk.create(join(volume.path, path));
      const finish = () => this.#folders.sync(volume.path, path);
      const writer = new Writer({ file, envelope: envelope.value }, place, {
        finish,
        abandon: () => this.remove([place]),
      });
      return (await writer.begin()) ?? ok(writer);
    } catch (error) {
      await this.remove([place]);
      return err(diskFault(error));
    }
  }

  async open(blob: StoredBlob): Promise<Result<BlobReader, ArchiveFault>> {
    const volume = this.#parts.volumes().find(({ id }) => id === blob.volumeId);
    if (!volume) return err({ kind: 'no-volume', message: 'The volume of this clip is not there.' });
    const [owner = '', day = ''] = blob.path.split('/');
    let file: DiskFile;
    try {
      file = await this.#parts.disk.open(join(volume.path, blob.path), 'read');
    } catch (error) {
      return err(diskFault(error));
    }
    try {
      const start = new Uint8Array(preambleBytes);
      const read = await readAll(file, start, 0);
      const place = { volumePath: volume.path, owner, day };
      const envelope = await this.#parts.envelopes.open(place, start.subarray(0, read));
      if (envelope.ok) return ok(new Reader({ file, envelope: envelope.value }, blob));
      await file.close();
      return envelope;
    } catch (error) {
      await file.close();
      return err(diskFault(error));
    }
  }

  async remove(places: readonly BlobPlace[]): Promise<void> {
    for (const { volumeId, path } of places) {
      const volume = this.#parts.volumes().find(({ id }) => id === volumeId);
      if (volume) await this.#unlink(volume.path, path);
    }
  }

  /** What the disk refuses stays known, and is tried again at the next start. */
  async #unlink(volumePath: string, path: string): Promise<void> {
    const { disk, queries, log } = this.#parts;
    try {
      await disk.unlink(join(volumePath, path)).catch(unlessAbsent);
      await disk.syncFolder(join(volumePath, path, '..')).catch(unlessAbsent);
      await forgetClipFile(queries, path);
    } catch (error) {
      log.warn('The file of a clip cannot be removed now', { path, reason: errorText(error) });
    }
  }
}

class Writer implements BlobWriter {
  readonly #open: OpenFile;
  readonly #place: BlobPlace;
  readonly #ends: { finish(): Promise<void>; abandon(): Promise<void> };
  #records = 0;
  #at = 0;
  #bytes = 0;

  constructor(open: OpenFile, place: BlobPlace, ends: { finish(): Promise<void>; abandon(): Promise<void> }) {
    this.#open = open;
    this.#place = place;
    this.#ends = ends;
  }

  /** A fault when nothing can be written. */
  async begin(): Promise<{ readonly ok: false; readonly error: ArchiveFault } | undefined> {
    const { preamble } = this.#open.envelope;
    const written = preamble.length > 0 ? await this.#write(preamble) : ok(undefined);
    if (written.ok) return undefined;
    await this.abandon();
    return written;
  }

  append(record: Uint8Array): Promise<Result<undefined, ArchiveFault>> {
    const stored = this.#open.envelope.wrap(this.#records, record);
    this.#records += 1;
    this.#bytes += record.length;
    return this.#write(stored);
  }

  async finish(): Promise<Result<StoredBlob, ArchiveFault>> {
    const { file, envelope } = this.#open;
    try {
      await file.sync();
      await file.close();
      await this.#ends.finish();
      return ok({ ...this.#place, keyId: envelope.keyId, bytes: this.#bytes });
    } catch (error) {
      return err(diskFault(error));
    }
  }

  async abandon(): Promise<void> {
    await this.#open.file.close().catch(() => undefined); // closed already, or the disk failed
    await this.#ends.abandon();
  }

  async #write(bytes: Uint8Array): Promise<Result<undefined, ArchiveFault>> {
    try {
      this.#at += await writeAll(this.#open.file, [bytes], this.#at);
      return ok(undefined);
    } catch (error) {
      return err(diskFault(error));
    }
  }
}

class Reader implements BlobReader {
  readonly #open: OpenFile;
  readonly #blob: StoredBlob;
  #reading = 0;
  #closing = false;

  constructor(open: OpenFile, blob: StoredBlob) {
    this.#open = open;
    this.#blob = blob;
  }

  async read(record: number): Promise<Result<Uint8Array, ArchiveFault>> {
    const { file, envelope } = this.#open;
    const pieceBytes = Math.min(recordBytes, this.#blob.bytes - record * recordBytes);
    if (pieceBytes <= 0 || this.#closing) return err(damaged(this.#blob, record));
    this.#reading += 1;
    try {
      const stored = new Uint8Array(envelope.wrappedBytes(pieceBytes));
      const at = envelope.preamble.length + record * envelope.wrappedBytes(recordBytes);
      const read = await readAll(file, stored, at);
      const piece = read === stored.length ? envelope.unwrap(record, stored) : undefined;
      return piece?.ok ? piece : err(damaged(this.#blob, record));
    } catch (error) {
      return err(diskFault(error));
    } finally {
      this.#reading -= 1;
      this.#closeWhenIdle();
    }
  }

  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#closeWhenIdle();
  }

  #closeWhenIdle(): void {
    if (!this.#closing || this.#reading > 0) return;
    void this.#open.file.close().catch(() => undefined); // nothing was written
  }
}

function mostFree(volumes: readonly VolumeStatus[]): VolumeStatus | undefined {
  const usable = volumes.filter(({ state }) => state === 'ready');
  return usable.toSorted((a, b) => b.space.freeBytes - a.space.freeBytes)[0];
}

function damaged({ path }: BlobPlace, record: number): ArchiveFault {
  return { kind: 'damaged', message: `Record ${record} of ${path} is damaged or missing.` };
}

function diskFault(error: unknown): ArchiveFault {
  const code = errorCode(error);
  if (code === 'ENOENT') return { kind: 'gone', message: 'The file is gone.' };
  if (code === 'ENOSPC' || code === 'EDQUOT') return { kind: 'disk-full', message: 'The disk is full.' };
  return { kind: 'disk-failed', message: `The disk failed: ${errorText(error)}.` };
}

function unlessAbsent(error: unknown): void {
  if (errorCode(error) !== 'ENOENT') throw error;
}
