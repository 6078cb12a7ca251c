/**
 * The clip as the worker reads it: asked for piece by piece from the server.
 */
import { maxReadBytes } from '../messages.ts';

/** No sample and no index of a clip that we take is larger; a damaged file may say anything. */
const maxAskedBytes = 64 * 1024 * 1024;

export interface Asking {
  ask(read: number, start: number, end: number): void;
}

interface Waiting {
  resolve(bytes: Uint8Array): void;
  reject(error: Error): void;
}

export class RemoteFile {
  readonly sizeBytes: number;
  readonly #asking: Asking;
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;

  constructor(sizeBytes: number, asking: Asking) {
    this.sizeBytes = sizeBytes;
    this.#asking = asking;
  }

  /** Bytes [start, end). Rejects when they cannot be had. */
  async read(start: number, end: number): Promise<Uint8Array> {
    if (end - start <= maxReadBytes) return this.#readOnce(start, end);
    if (end - start > maxAskedBytes) throw new Error('the file wants to be read in too large a piece');
    const bytes = new Uint8Array(end - start);
    for (let at = start; at < end; at += maxReadBytes) {
      bytes.set(await this.#readOnce(at, Math.min(end, at + maxReadBytes)), at - start);
    }
    return bytes;
  }

  /** The server's answer; undefined when it has none. */
  answer(read: number, bytes: Uint8Array | undefined): void {
    const waiting = this.#waiting.get(read);
    this.#waiting.delete(read);
    if (bytes) waiting?.resolve(bytes);
    else waiting?.reject(new Error('the stored clip cannot be read'));
  }

  #readOnce(start: number, end: number): Promise<Uint8Array> {
    const read = this.#next;
    this.#next = (this.#next + 1) % 2 ** 32;
    return new Promise((resolve, reject) => {
      this.#waiting.set(read, { resolve, reject });
      this.#asking.ask(read, start, end);
    });
  }
}
