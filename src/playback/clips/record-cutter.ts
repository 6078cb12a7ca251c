/**
 * Chunks of any size in, records of one size out to a file. At most one record is in memory.
 */
import type { Result } from '../../base/result.ts';
import type { ArchiveFault } from '../../archive/types.ts';
import type { BlobWriter, StoredBlob } from './blobs.ts';
import { recordBytes } from './blobs.ts';

export class RecordCutter {
  readonly #writer: BlobWriter;
  readonly #record = new Uint8Array(recordBytes);
  #filled = 0;
  #records = 0;

  constructor(writer: BlobWriter) {
    this.#writer = writer;
  }

  /** Whole records that were written. */
  get records(): number {
    return this.#records;
  }

  /** Resolves when the chunk may be forgotten. */
  async push(chunk: Uint8Array): Promise<ArchiveFault | undefined> {
    for (let at = 0; at < chunk.length;) {
      const piece = chunk.subarray(at, at + recordBytes - this.#filled);
      this.#record.set(piece, this.#filled);
      this.#filled += piece.length;
      at += piece.length;
      const fault = this.#filled === recordBytes ? await this.#store() : undefined;
      if (fault) return fault;
    }
    return undefined;
  }

  /** Writes what is left, and resolves when all of it survives a power cut. */
  async finish(): Promise<Result<StoredBlob, ArchiveFault>> {
    const fault = this.#filled > 0 ? await this.#store() : undefined;
    return fault ? { ok: false, error: fault } : this.#writer.finish();
  }

  async #store(): Promise<ArchiveFault | undefined> {
    const stored = await this.#writer.append(this.#record.subarray(0, this.#filled));
    this.#filled = 0;
    this.#records += 1;
    return stored.ok ? undefined : stored.error;
  }
}
