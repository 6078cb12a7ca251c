/**
 * A stored clip as whoever takes it apart reads it: any bytes of it, unsealed in memory, a few records kept.
 */
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import type { ArchiveFault } from '../../archive/types.ts';
import type { BlobReader } from './blobs.ts';
import { readRange } from './blobs.ts';
import type { ClipBytes } from './media.ts';

/** A reader goes forward in pictures and sound at two places of the file. */
const keptRecords = 4;

export function clipBytes(reader: BlobReader, sizeBytes: number): ClipBytes {
  const kept = new KeptRecords(reader);
  return {
    sizeBytes,
    read: async (start, end) => {
      const within = start >= 0 && start <= end && end <= sizeBytes;
      const bytes = await readRange(kept, within ? start : 0, within ? end : 0);
      return bytes.ok ? ok(bytes.value) : err(bytes.error.message);
    },
  };
}

class KeptRecords implements BlobReader {
  readonly #reader: BlobReader;
  /** The one used longest ago first. */
  readonly #records = new Map<number, Promise<Result<Uint8Array, ArchiveFault>>>();

  constructor(reader: BlobReader) {
    this.#reader = reader;
  }

  read(record: number): Promise<Result<Uint8Array, ArchiveFault>> {
    const known = this.#records.get(record) ?? this.#reader.read(record);
    this.#records.delete(record);
    this.#records.set(record, known);
    for (const oldest of this.#records.keys()) {
      if (this.#records.size <= keptRecords) break;
      this.#records.delete(oldest);
    }
    return known;
  }

  close(): void {
    this.#reader.close();
  }
}
