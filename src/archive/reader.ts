/**
 * Reads the fragments of one recording. In: numbers of fragments. Out: their bytes, unsealed when they were sealed,
 * or a fault that names the file and the piece. Reading many at once takes few reads of the disk.
 */
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { Track } from '../media/track.ts';
import type { Envelope } from './envelope.ts';
import type { OpenFile } from './open-files.ts';
import { trailerBytes } from './recording-format.ts';
import type { ArchiveFault, FragmentEntry, RecordingInfo, RecordingReader } from './types.ts';

export interface ReaderSource {
  readonly file: OpenFile;
  readonly envelope: Envelope;
  readonly init: Uint8Array;
  readonly tracks: readonly Track[];
  readonly info: () => RecordingInfo;
  /** Those that are durable. */
  readonly fragments: () => readonly FragmentEntry[];
  /** For messages. */
  readonly path: string;
}

/** What one call may bring into memory. */
const maxReadBytes = 256 * 1024 * 1024;

/** One read of the disk is not longer, so that others get their turn. */
const maxSpanBytes = 8 * 1024 * 1024;

export class Reader implements RecordingReader {
  readonly #source: ReaderSource;

  constructor(source: ReaderSource) {
    this.#source = source;
  }

  get info(): RecordingInfo {
    return this.#source.info();
  }

  get init(): Uint8Array {
    return this.#source.init;
  }

  get tracks(): readonly Track[] {
    return this.#source.tracks;
  }

  fragments(): readonly FragmentEntry[] {
    return this.#source.fragments();
  }

  async read(first: number, last: number): Promise<Result<readonly Uint8Array[], ArchiveFault>> {
    const wanted = this.fragments().slice(first, last + 1);
    if (!(first >= 0 && last >= first) || wanted.length !== last - first + 1) {
      return err({ kind: 'gone', message: `${this.#source.path} has no fragments ${first} to ${last}.` });
    }
    const bytes = wanted.reduce((sum, entry) => sum + entry.sizeBytes, 0);
    if (bytes > maxReadBytes)
      return err({ kind: 'busy', message: `${bytes} bytes are too many at one time.` });
    const found: Uint8Array[] = [];
    for (let at = 0; at < wanted.length;) {
      const span = this.#span(wanted, at);
      const read = await this.#readSpan(span, first + at);
      if (!read.ok) return read;
      found.push(...read.value);
      at += span.length;
    }
    return ok(found);
  }

  close(): void {
    this.#source.file.release();
  }

  /** As many from `at` as one read takes; they lie one after another. */
  #span(wanted: readonly FragmentEntry[], at: number): readonly FragmentEntry[] {
    const startBytes = wanted[at]?.offsetBytes ?? 0;
    let end = at + 1;
    while (end < wanted.length && this.#endOf(wanted[end]) - startBytes <= maxSpanBytes) end += 1;
    return wanted.slice(at, end);
  }

  #endOf(entry: FragmentEntry | undefined): number {
    return entry ? entry.offsetBytes + this.#storedBytes(entry) : 0;
  }

  #storedBytes(entry: FragmentEntry): number {
    return this.#source.envelope.wrappedBytes(entry.sizeBytes + trailerBytes);
  }

  async #readSpan(
    span: readonly FragmentEntry[],
    first: number,
  ): Promise<Result<readonly Uint8Array[], ArchiveFault>> {
    const startBytes = span[0]?.offsetBytes ?? 0;
    const read = await this.#source.file.read(startBytes, this.#endOf(span.at(-1)) - startBytes);
    if (!read.ok) return read;
    const found: Uint8Array[] = [];
    for (const [index, entry] of span.entries()) {
      const at = entry.offsetBytes - startBytes;
      const stored = read.value.subarray(at, at + this.#storedBytes(entry));
      const number = first + index + 1; // the head is piece 0
      const piece = this.#source.envelope.unwrap(number, stored);
      if (!piece.ok || stored.length < this.#storedBytes(entry)) return err(this.#damaged(number));
      found.push(piece.value.subarray(0, entry.sizeBytes));
    }
    return ok(found);
  }

  #damaged(number: number): ArchiveFault {
    return { kind: 'damaged', message: `${this.#source.path} is damaged at piece ${number}.` };
  }
}
