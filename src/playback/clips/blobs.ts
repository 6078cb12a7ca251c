/**
 * Where clips are kept, as this folder needs it: files of records, sealed like recordings. The archive is one.
 */
import type { Result } from '../../base/result.ts';
import type { ArchiveFault, BlobPlace } from '../../archive/types.ts';

/** All records of a file have this size, the last one what is left: so a byte's record is found by division. */
export const recordBytes = 256 * 1024;

export interface ClipBlobs {
  /**
   * Begins a file. It is garbage until `finish`, also after a crash.
   * @param owner of its key, a client @param day UTC, `2026-11-21`
   */
  create(owner: string, day: string): Promise<Result<BlobWriter, ArchiveFault>>;
  open(blob: StoredBlob): Promise<Result<BlobReader, ArchiveFault>>;
  /** Those that are gone already are no trouble. */
  remove(places: readonly BlobPlace[]): Promise<void>;
}

/** What has to be known to read a file. */
export interface StoredBlob extends BlobPlace {
  readonly keyId: string | null;
  /** Of all records together, as they were given. */
  readonly bytes: number;
}

export interface BlobWriter {
  /** All records but the last have `recordBytes`. The bytes may be changed once it resolves. */
  append(record: Uint8Array): Promise<Result<undefined, ArchiveFault>>;
  /** Resolves when the file survives a power cut. */
  finish(): Promise<Result<StoredBlob, ArchiveFault>>;
  /** Removes what was written. */
  abandon(): Promise<void>;
}

export interface BlobReader {
  read(record: number): Promise<Result<Uint8Array, ArchiveFault>>;
  close(): void;
}

/** Bytes [start, end) of a file. */
export async function readRange(
  reader: BlobReader,
  start: number,
  end: number,
): Promise<Result<Uint8Array, ArchiveFault>> {
  const bytes = new Uint8Array(Math.max(0, end - start));
  for (let at = start; at < end;) {
    const record = await reader.read(Math.floor(at / recordBytes));
    if (!record.ok) return record;
    const within = at % recordBytes;
    const piece = record.value.subarray(within, within + end - at);
    if (piece.length === 0)
      return { ok: false, error: { kind: 'damaged', message: 'The file is too short.' } };
    bytes.set(piece, at - start);
    at += piece.length;
  }
  return { ok: true, value: bytes };
}
