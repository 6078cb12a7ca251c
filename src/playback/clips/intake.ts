/**
 * One clip on its way in: bytes as they come from the network, cut into records, hashed and stored.
 *
 * In: chunks of any size. Out: a stored file with its hash and kind, or nothing at all. Promises: at most one record in memory,
 * the next chunk is asked for only when the last one is written; what is no clip is refused after its first bytes.
 */
import { createHash } from 'node:crypto';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import type { ArchiveFault } from '../../archive/types.ts';
import type { BlobWriter, ClipBlobs, StoredBlob } from './blobs.ts';
import type { Container } from './container.ts';
import { containerOf, sniffBytes } from './container.ts';
import { RecordCutter } from './record-cutter.ts';

export interface IntakeFault {
  readonly kind:
    | 'empty'
    | 'too-large'
    | 'not-a-clip'
    | 'interrupted' // the sender went away
    | 'storage';
  /** For people. */
  readonly message: string;
}

export interface TakenFile {
  readonly blob: StoredBlob;
  /** SHA-256, hex. */
  readonly contentHash: string;
  readonly container: Container;
  readonly records: number;
}

export interface IntakeOptions {
  readonly blobs: ClipBlobs;
  readonly owner: string;
  /** UTC. */
  readonly day: string;
  readonly maxBytes: number;
}

/** Always resolves; after a fault nothing is left behind. */
export async function takeFile(
  body: AsyncIterable<Uint8Array>,
  options: IntakeOptions,
): Promise<Result<TakenFile, IntakeFault>> {
  const created = await options.blobs.create(options.owner, options.day);
  if (!created.ok) return err(storageFault(created.error));
  const intake = new Intake(created.value, options.maxBytes);
  const taken = await intake.takeAll(body);
  if (!taken.ok) await created.value.abandon();
  return taken;
}

class Intake {
  readonly #cutter: RecordCutter;
  readonly #maxBytes: number;
  readonly #hash = createHash('sha256');
  readonly #start = new Uint8Array(sniffBytes);
  #bytes = 0;
  #container: Container | undefined;

  constructor(writer: BlobWriter, maxBytes: number) {
    this.#cutter = new RecordCutter(writer);
    this.#maxBytes = maxBytes;
  }

  async takeAll(body: AsyncIterable<Uint8Array>): Promise<Result<TakenFile, IntakeFault>> {
    try {
      for await (const chunk of body) {
        const fault = await this.#take(chunk);
        if (fault) return err(fault);
      }
    } catch {
      return err({ kind: 'interrupted', message: 'The upload ended before the file did.' });
    }
    return this.#finish();
  }

  async #take(chunk: Uint8Array): Promise<IntakeFault | undefined> {
    const before = this.#bytes;
    this.#bytes += chunk.length;
    if (this.#bytes > this.#maxBytes) return tooLarge(this.#maxBytes);
    if (before < sniffBytes) this.#start.set(chunk.subarray(0, sniffBytes - before), before);
    const unknown = this.#bytes >= sniffBytes ? this.#sniff() : undefined;
    if (unknown) return unknown;
    this.#hash.update(chunk);
    const fault = await this.#cutter.push(chunk);
    return fault && storageFault(fault);
  }

  #sniff(): IntakeFault | undefined {
    this.#container ??= containerOf(this.#start.subarray(0, Math.min(this.#bytes, sniffBytes)));
    return this.#container === undefined ? noClip : undefined;
  }

  async #finish(): Promise<Result<TakenFile, IntakeFault>> {
    if (this.#bytes === 0)
      return err({ kind: 'empty', message: 'The body is empty: send the file as it is.' });
    const fault = this.#sniff();
    if (fault || this.#container === undefined) return err(fault ?? noClip);
    const finished = await this.#cutter.finish();
    if (!finished.ok) return err(storageFault(finished.error));
    return ok({
      blob: finished.value,
      contentHash: this.#hash.digest('hex'),
      container: this.#container,
      records: this.#cutter.records,
    });
  }
}

const noClip: IntakeFault = {
  kind: 'not-a-clip',
  message: 'The file is neither MP4 nor MPEG-TS nor Matroska: its first bytes say so.',
};

export function tooLarge(maxBytes: number): IntakeFault {
  return {
    kind: 'too-large',
    message: `The file is larger than ${maxBytes} bytes (the setting clips.maxUploadBytes).`,
  };
}

export function storageFault({ message }: ArchiveFault): IntakeFault {
  return { kind: 'storage', message: `The clip cannot be stored: ${message}` };
}
