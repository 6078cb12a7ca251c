/**
 * The file of one recording while it is written: which bytes go where, what is written, what is durable.
 * In: fragments, prepared once and written in batches. Out: calls to the disk, in the order of the design note.
 * Rejects with what the disk says; nothing counts as written, or as durable, that was not.
 */
import { concatBytes } from './bytes.ts';
import type { Disk, DiskFile } from './disk.ts';
import { syncFailed, writeAll } from './disk.ts';
import type { Envelope } from './envelope.ts';
import { unixMs } from '../base/units.ts';
import type { UnixMs } from '../base/units.ts';
import { maxRecordingMs } from '../database/recordings.ts';
import type { SeekPoint, Totals } from './recording-format.ts';
import { endPiece, firstChain, seekPoint, trailerBytes, writeTrailer } from './recording-format.ts';
import type { EndReason, Fragment, FragmentEntry } from './types.ts';

/** A fragment with its trailer, numbered, chained and sealed; written as it is, however often. */
export interface Prepared {
  readonly fragment: Fragment;
  readonly parts: readonly Uint8Array[];
  readonly storedBytes: number;
  readonly chain: Uint8Array;
  readonly seek: SeekPoint | undefined;
}

export interface RecordingFileOptions {
  readonly disk: Disk;
  readonly path: string;
  readonly envelope: Envelope;
  readonly headPiece: Uint8Array;
  readonly startMs: UnixMs;
  /** `track_ID` that players seek by. */
  readonly trackId: number;
}

export class RecordingFile {
  readonly #options: RecordingFileOptions;
  readonly #file: DiskFile;
  readonly #table: FragmentEntry[] = [];
  readonly #points: SeekPoint[] = [];
  #writtenBytes: number;
  #durableBytes = 0;
  #durableFragments = 0;
  /** Where the next prepared piece will be in the plain file, its number, and the chain before it. */
  #next: { plainOffset: number; number: number; chain: Uint8Array };
  #chain: Uint8Array;
  #frames = 0;
  #lostPackets = 0;
  #endBytes = 0;

  private constructor(options: RecordingFileOptions, file: DiskFile, writtenBytes: number) {
    this.#options = options;
    this.#file = file;
    this.#writtenBytes = writtenBytes;
    this.#chain = firstChain(options.headPiece);
    this.#next = { plainOffset: options.headPiece.length, number: 1, chain: this.#chain };
  }

  /** Makes the file, which must not exist, and writes its head; leaves none when that fails. */
  static async create(options: RecordingFileOptions): Promise<RecordingFile> {
    const { disk, path, envelope, headPiece } = options;
    const file = await disk.create(path);
    try {
      const parts = [envelope.preamble, envelope.wrap(0, headPiece)].filter(({ length }) => length > 0);
      return new RecordingFile(options, file, await writeAll(file, parts, 0));
    } catch (error) {
      await file.close().catch(() => undefined);
      await disk.unlink(path).catch(() => undefined);
      throw error;
    }
  }

  /** In the order in which they will be written. Hashes and seals. */
  prepare(fragment: Fragment): Prepared {
    const { envelope, trackId } = this.#options;
    const { number, plainOffset } = this.#next;
    const trailer = writeTrailer(fragment, number, this.#next.chain);
    const plainBytes = fragment.bytes.length + trailerBytes;
    const parts =
      envelope.keyId === null
        ? [fragment.bytes, trailer]
        : [envelope.wrap(number, concatBytes([fragment.bytes, trailer]))];
    const chain = trailer.subarray(-32);
    this.#next = { plainOffset: plainOffset + plainBytes, number: number + 1, chain };
    const seek = fragment.key ? seekPoint(fragment.bytes, trackId, plainOffset) : undefined;
    return { fragment, parts, storedBytes: envelope.wrappedBytes(plainBytes), chain, seek };
  }

  /** One batch, in order; after a rejection the same batch may be written again. */
  async write(batch: readonly Prepared[]): Promise<void> {
    const parts: Uint8Array[] = [];
    for (const prepared of batch) parts.push(...prepared.parts);
    await writeAll(this.#file, parts, this.#writtenBytes);
    for (const prepared of batch) this.#count(prepared);
  }

  #count({ fragment, storedBytes, chain, seek }: Prepared): void {
    const { startMs, durationMs, key, frames } = fragment;
    this.#table.push({
      startMs,
      durationMs,
      offsetBytes: this.#writtenBytes,
      sizeBytes: fragment.bytes.length,
      key,
      frames,
    });
    if (seek) this.#points.push(seek);
    this.#writtenBytes += storedBytes;
    this.#chain = chain;
    this.#frames += frames;
    this.#lostPackets += fragment.lostPackets;
  }

  /** What was written before the call is durable afterwards. */
  async datasync(): Promise<void> {
    const [bytes, fragments] = [this.#writtenBytes, this.#table.length];
    await this.#file.datasync().catch(syncFailed);
    this.#durableBytes = bytes;
    this.#durableFragments = fragments;
  }

  /** Writes the end; after a rejection it may be called again with the same reason. */
  async writeEnd(reason: EndReason): Promise<Totals> {
    const totals = this.#totals(reason);
    const { envelope, trackId } = this.#options;
    const piece = endPiece(totals, trackId, this.#points);
    const stored = envelope.wrap(this.#table.length + 1, piece);
    await writeAll(this.#file, [stored], this.#writtenBytes);
    this.#endBytes = stored.length;
    return totals;
  }

  /** The whole file is durable afterwards; not yet its name. */
  async sync(): Promise<void> {
    const [bytes, fragments] = [this.#writtenBytes, this.#table.length];
    await this.#file.sync().catch(syncFailed);
    this.#durableBytes = bytes;
    this.#durableFragments = fragments;
  }

  /** Never rejects: what matters was synced. */
  async close(): Promise<void> {
    await this.#file.close().catch(() => undefined);
  }

  #totals(reason: EndReason): Totals {
    return {
      reason,
      fragments: this.#table.length,
      frames: this.#frames,
      lostPackets: this.#lostPackets,
      endMs: endOf(this.#options.startMs, this.#table),
      chain: Buffer.from(this.#chain).toString('hex'),
    };
  }

  /** All that are written. */
  get table(): readonly FragmentEntry[] {
    return this.#table;
  }

  get durableFragments(): number {
    return this.#durableFragments;
  }

  get durableBytes(): number {
    return this.#durableBytes;
  }

  /** The end included, once it is written. */
  get bytes(): number {
    return this.#writtenBytes + this.#endBytes;
  }

  get unsynced(): boolean {
    return this.#table.length > this.#durableFragments;
  }

  get frames(): number {
    return this.#frames;
  }

  get lostPackets(): number {
    return this.#lostPackets;
  }
}

/** When a recording with these fragments ends: never before its start, never more than an hour after it. */
export function endOf(startMs: UnixMs, table: readonly FragmentEntry[], count = table.length): UnixMs {
  const last = table[count - 1];
  const endMs = last ? Math.round(last.startMs + last.durationMs) : startMs;
  return unixMs(Math.min(Math.max(startMs, endMs), startMs + maxRecordingMs));
}
