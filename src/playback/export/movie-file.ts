/**
 * One progressive MP4 file on its way to the disk.
 *
 * In:  media, piece by piece; at the end `moov`. Out: a file whose `moov` is first when the room left for it is enough,
 * else last. Promises: nothing is kept in memory; a write is done before the next begins, so that the disk sets the pace.
 * Rejects with the system's error.
 */
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { freeHead, mdatHead, mdatHeadBytes, movieFtyp, piecesBytes } from '../../media/mp4/movie.ts';

/** A `free` box has so many at least. */
const leastFreeBytes = 8;

export class MovieFile {
  readonly #handle: FileHandle;
  readonly #ftyp: Uint8Array;
  readonly #roomBytes: number;
  #endBytes: number;

  private constructor(handle: FileHandle, roomBytes: number) {
    this.#handle = handle;
    this.#ftyp = movieFtyp();
    this.#roomBytes = roomBytes + leastFreeBytes;
    this.#endBytes = this.#mediaBytes;
  }

  /** @param roomBytes for `moov` */
  static async create(path: string, roomBytes: number): Promise<MovieFile> {
    return new MovieFile(await open(path, 'wx', 0o600), roomBytes);
  }

  /** Where the next media goes. */
  get endBytes(): number {
    return this.#endBytes;
  }

  async append(parts: readonly Uint8Array[]): Promise<void> {
    await writeAll(this.#handle, parts, this.#endBytes);
    this.#endBytes += piecesBytes(parts);
  }

  /** Writes `moov` and what is around it; the file is durable then, and closed. */
  async finish(moov: readonly Uint8Array[]): Promise<void> {
    const movieBytes = piecesBytes(moov);
    const leftBytes = this.#roomBytes - movieBytes;
    const fits = leftBytes === 0 || leftBytes >= leastFreeBytes;
    const mediaEnd = this.#endBytes;
    const head = fits ? [this.#ftyp, ...moov] : [this.#ftyp];
    const freeBytes = fits ? leftBytes : this.#roomBytes;
    if (freeBytes > 0) head.push(freeHead(freeBytes));
    await writeAll(this.#handle, head, 0);
    await writeAll(this.#handle, [mdatHead(mediaEnd - this.#mediaBytes)], this.#mediaBytes - mdatHeadBytes);
    if (!fits) await this.append(moov);
    await this.#handle.sync();
    await this.close();
  }

  /** What is there stays as it is: no movie. */
  async close(): Promise<void> {
    await this.#handle.close();
  }

  get #mediaBytes(): number {
    return this.#ftyp.length + this.#roomBytes + mdatHeadBytes;
  }
}

/** Some systems take no more pieces in one call. */
const maxParts = 512;

async function writeAll(handle: FileHandle, parts: readonly Uint8Array[], position: number): Promise<void> {
  let at = position;
  for (let first = 0; first < parts.length; first += maxParts) {
    let left = parts.slice(first, first + maxParts).filter(({ length }) => length > 0);
    while (left.length > 0) {
      const { bytesWritten } = await handle.writev(left, at);
      at += bytesWritten;
      left = without(left, bytesWritten);
    }
  }
}

function without(parts: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let left = bytes;
  const rest: Uint8Array[] = [];
  for (const part of parts) {
    if (left >= part.length) left -= part.length;
    else {
      rest.push(left > 0 ? part.subarray(left) : part);
      left = 0;
    }
  }
  return rest;
}
