/**
 * One go of an upload: bytes as they come, stored as durable parts, so that little is lost when it breaks off.
 *
 * A go may be tiny, and there may be many: a small last part is written anew together with what follows it, so that the
 * number of parts stays in proportion to the file.
 */
import type { UploadPart } from '../../database/clip-uploads.ts';
import type { ArchiveFault } from '../../archive/types.ts';
import type { BlobWriter, ClipBlobs } from './blobs.ts';
import { readRange } from './blobs.ts';
import { storageFault } from './intake.ts';
import { RecordCutter } from './record-cutter.ts';
import type { Upload, UploadFault } from './uploads.ts';

/** What is lost at most when the server dies. */
const maxPartBytes = 8 * 1024 * 1024;
/** A last part below this is joined with the next one. */
const smallPartBytes = 1024 * 1024;

export interface UploadPartOptions {
  readonly blobs: ClipBlobs;
  readonly upload: Upload;
  /** The part that is there already. */
  readonly last: UploadPart | undefined;
  /** Takes a durable part in place of those that begin at its offset or after it; false when the upload is gone. */
  readonly keep: (part: UploadPart) => Promise<boolean>;
}

interface OpenPart {
  readonly writer: BlobWriter;
  readonly cutter: RecordCutter;
  readonly offsetBytes: number;
  bytes: number;
}

export class UploadPartWriter {
  readonly #options: UploadPartOptions;
  #last: UploadPart | undefined;
  #open: OpenPart | undefined;
  #offsetBytes: number;

  constructor(options: UploadPartOptions) {
    this.#options = options;
    this.#last = options.last;
    this.#offsetBytes = options.upload.offsetBytes;
  }

  /** Resolves when everything that came is on the disk, or to why it is not. */
  async takeAll(body: AsyncIterable<Uint8Array>): Promise<UploadFault | undefined> {
    const fault = await this.#takeChunks(body);
    const unstored = fault?.kind === 'storage' ? undefined : await this.#close();
    await this.#open?.writer.abandon();
    return fault ?? unstored;
  }

  async #takeChunks(body: AsyncIterable<Uint8Array>): Promise<UploadFault | undefined> {
    try {
      for await (const chunk of body) {
        const fault = await this.#take(chunk);
        if (fault) return fault;
      }
      return undefined;
    } catch {
      return { kind: 'interrupted', message: 'The connection ended. The upload can be resumed.' };
    }
  }

  async #take(chunk: Uint8Array): Promise<UploadFault | undefined> {
    const { lengthBytes } = this.#options.upload;
    if (this.#offsetBytes + chunk.length > lengthBytes) {
      return { kind: 'too-large', message: `More than the ${lengthBytes} bytes came that were announced.` };
    }
    for (let at = 0; at < chunk.length;) {
      const open = this.#open ?? (await this.#begin());
      if ('kind' in open) return storageFault(open);
      const piece = chunk.subarray(at, at + maxPartBytes - open.bytes);
      const fault = await open.cutter.push(piece);
      if (fault) return storageFault(fault);
      at += piece.length;
      open.bytes += piece.length;
      this.#offsetBytes += piece.length;
      const unstored = open.bytes >= maxPartBytes ? await this.#close() : undefined;
      if (unstored) return unstored;
    }
    return undefined;
  }

  async #begin(): Promise<OpenPart | ArchiveFault> {
    const { blobs, upload } = this.#options;
    const created = await blobs.create(upload.clientId, new Date(upload.startMs).toISOString().slice(0, 10));
    if (!created.ok) return created.error;
    const small = this.#last && this.#last.bytes < smallPartBytes ? this.#last : undefined;
    this.#open = {
      writer: created.value,
      cutter: new RecordCutter(created.value),
      offsetBytes: small?.offsetBytes ?? this.#offsetBytes,
      bytes: small?.bytes ?? 0,
    };
    const fault = small && (await this.#copy(small, this.#open.cutter));
    return fault ?? this.#open;
  }

  async #copy(part: UploadPart, to: RecordCutter): Promise<ArchiveFault | undefined> {
    const reader = await this.#options.blobs.open(part);
    if (!reader.ok) return reader.error;
    const bytes = await readRange(reader.value, 0, part.bytes);
    reader.value.close();
    return bytes.ok ? to.push(bytes.value) : bytes.error;
  }

  /** Makes the open part durable. */
  async #close(): Promise<UploadFault | undefined> {
    const open = this.#open;
    if (!open) return undefined;
    const finished = await open.cutter.finish();
    if (!finished.ok) return storageFault(finished.error);
    this.#open = undefined;
    const part = { ...finished.value, offsetBytes: open.offsetBytes };
    if (!(await this.#options.keep(part))) {
      await this.#options.blobs.remove([part]);
      return { kind: 'no-upload', message: 'The upload was deleted meanwhile.' };
    }
    const joined = this.#last?.offsetBytes === part.offsetBytes ? this.#last : undefined;
    if (joined) await this.#options.blobs.remove([joined]);
    this.#last = part;
    return undefined;
  }
}
