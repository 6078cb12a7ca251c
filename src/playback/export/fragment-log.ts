/**
 * The list of fragments of an export: a line of JSON for each, beside the films.
 *
 * In:  what was copied, in the order of the archive. Out: a file, its SHA-256, and a hash chain for each recording:
 * `chain = SHA-256(chain ‖ archived ‖ media)`, beginning with the SHA-256 of the recording's id.
 * Memory is bounded: lines are written as they come.
 */
import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { z } from 'zod';
import { isFileName } from './names.ts';

const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/);

export const fragmentLineSchema = z.object({
  recording: z.string().max(100),
  /** Number of the fragment in its recording, from 0. */
  fragment: z.int().min(0),
  startMs: z.int(),
  durationMs: z.number().min(0),
  /** SHA-256 of `moof` and `mdat` as they lie in the archive. */
  archived: sha256Hex,
  file: z.string().refine(isFileName),
  /** Where its samples lie in the file, one after another in the order of the archive. */
  offset: z.int().min(0),
  bytes: z.int().min(0),
  /** SHA-256 of these bytes. */
  media: sha256Hex,
});
export type FragmentLine = z.infer<typeof fragmentLineSchema>;

export interface ChainedRecording {
  readonly first: number;
  readonly last: number;
  readonly count: number;
  /** Hex. */
  readonly chain: string;
}

const flushChars = 64 * 1024;

export class FragmentLog {
  readonly #handle: FileHandle;
  readonly #hash: Hash = createHash('sha256');
  readonly #chain = new FragmentChain();
  #text = '';
  #bytes = 0;

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  static async create(path: string): Promise<FragmentLog> {
    return new FragmentLog(await open(path, 'wx', 0o600));
  }

  async add(line: FragmentLine): Promise<void> {
    this.#chain.add(line);
    this.#text += `${JSON.stringify(line)}\n`;
    if (this.#text.length >= flushChars) await this.#flush();
  }

  /** Of the recordings in it, by id. */
  recordings(): ReadonlyMap<string, ChainedRecording> {
    return this.#chain.recordings();
  }

  async finish(): Promise<{ readonly bytes: number; readonly sha256: string }> {
    await this.#flush();
    await this.#handle.sync();
    await this.#handle.close();
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #flush(): Promise<void> {
    const bytes = Buffer.from(this.#text);
    this.#text = '';
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
    await this.#handle.writeFile(bytes);
  }
}

/** The chains of the recordings of a list. */
export class FragmentChain {
  readonly #recordings = new Map<string, { first: number; last: number; count: number; chain: Buffer }>();

  add({ recording, fragment, archived, media }: FragmentLine): void {
    const start = createHash('sha256').update(recording).digest();
    const known = this.#recordings.get(recording) ?? { first: fragment, last: 0, count: 0, chain: start };
    const hash = createHash('sha256').update(known.chain).update(archived, 'hex').update(media, 'hex');
    const next = { first: known.first, last: fragment, count: known.count + 1, chain: hash.digest() };
    this.#recordings.set(recording, next);
  }

  recordings(): ReadonlyMap<string, ChainedRecording> {
    const found = new Map<string, ChainedRecording>();
    for (const [id, { chain, ...rest }] of this.#recordings) {
      found.set(id, { ...rest, chain: chain.toString('hex') });
    }
    return found;
  }
}
