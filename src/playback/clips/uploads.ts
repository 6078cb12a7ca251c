/**
 * Uploads that can be interrupted and resumed, as the protocol tus 1.0.0 wants them, without its HTTP.
 *
 * In: pieces of a file with their offsets. Out: offsets that survive a restart, and in the end a clip. Promises: what was
 * told as the offset is on the disk; one piece at a time for each upload; an unfinished upload is removed when it expires.
 */
import type { Kysely } from 'kysely';
import type { Clock } from '../../base/clock.ts';
import { namedId } from '../../base/ids.ts';
import type { Log } from '../../base/log.ts';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import type { StoredUpload, UploadPart } from '../../database/clip-uploads.ts';
import {
  dropUpload,
  findUpload,
  insertUpload,
  listParts,
  listUploads,
  putPart,
  settleUpload,
} from '../../database/clip-uploads.ts';
import type { Schema } from '../../database/schema.ts';
import type { Random } from '../../io/random.ts';
import type { ClipBlobs } from './blobs.ts';
import { recordBytes } from './blobs.ts';
import { storageFault, tooLarge } from './intake.ts';
import type { ClipFault, ClipStore, ClipTimes, TakenClip } from './store.ts';
import { UploadPartWriter } from './upload-part.ts';

export interface Upload extends StoredUpload {
  /** So much of it is on the disk. */
  readonly offsetBytes: number;
}

export interface UploadFault {
  readonly kind: ClipFault['kind'] | 'no-upload' | 'offset' | 'locked' | 'too-many';
  /** For people. */
  readonly message: string;
}

export interface Appended {
  readonly offsetBytes: number;
  /** Once it is whole. */
  readonly taken: TakenClip | undefined;
}

export interface ClipUploadsParts {
  readonly queries: Kysely<Schema>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly blobs: ClipBlobs;
  readonly store: ClipStore;
  readonly maxUploadBytes: number;
  readonly unfinishedMs: number;
}

/** Of one client. A client that forgets its uploads must not fill the disk with halves. */
const maxUnfinished = 8;
/** What became of a whole upload is told for so long: its client may not have heard the answer. */
const settledMs = 60 * 60 * 1000;

const noUpload: UploadFault = {
  kind: 'no-upload',
  message: 'There is no such upload: it was never begun, was given up or has expired.',
};
const locked: UploadFault = { kind: 'locked', message: 'This upload is being continued at this moment.' };

export class ClipUploads {
  readonly #parts: ClipUploadsParts;
  readonly #busy = new Set<string>();

  constructor(parts: ClipUploadsParts) {
    this.#parts = parts;
  }

  async create(
    clientId: string,
    lengthBytes: number,
    times: ClipTimes,
  ): Promise<Result<Upload, UploadFault>> {
    const { queries, clock, random, maxUploadBytes, unfinishedMs } = this.#parts;
    if (lengthBytes > maxUploadBytes) return err(tooLarge(maxUploadBytes));
    if (lengthBytes === 0) return err({ kind: 'empty', message: 'The file is empty.' });
    const others = await listUploads(queries, clientId);
    if (others.filter(isUnfinished).length >= maxUnfinished) {
      const message = `This client has ${maxUnfinished} unfinished uploads. Finish or delete one.`;
      return err({ kind: 'too-many', message });
    }
    const upload: StoredUpload = {
      id: namedId('up', random(16)),
      clientId,
      startMs: times.startMs,
      endMs: times.endMs ?? null,
      lengthBytes,
      expiresMs: clock.nowMs() + unfinishedMs,
      clipId: null,
      fault: null,
    };
    await insertUpload(queries, upload);
    return ok({ ...upload, offsetBytes: 0 });
  }

  async find(clientId: string, id: string): Promise<Upload | undefined> {
    const { queries, clock } = this.#parts;
    const upload = await findUpload(queries, clientId, id);
    if (!upload || upload.expiresMs <= clock.nowMs()) return undefined;
    const settled = upload.clipId !== null || upload.fault !== null;
    const offsetBytes = settled ? upload.lengthBytes : endOf(await listParts(queries, id));
    return { ...upload, offsetBytes };
  }

  /** Resolves when everything that came is on the disk, also when `body` broke off. */
  async append(
    clientId: string,
    id: string,
    offsetBytes: number,
    body: AsyncIterable<Uint8Array>,
  ): Promise<Result<Appended, UploadFault>> {
    if (this.#busy.has(id)) return err(locked);
    this.#busy.add(id);
    try {
      const upload = await this.find(clientId, id);
      if (!upload) return err(noUpload);
      if (upload.offsetBytes !== offsetBytes) return err(otherOffset(upload.offsetBytes));
      const fault = await this.#store(upload, body);
      return fault ? err(fault) : await this.#afterPiece(clientId, id);
    } finally {
      this.#busy.delete(id);
    }
  }

  /** Undefined when it is done; a fault when there is nothing to delete, or it is in use. */
  async delete(clientId: string, id: string): Promise<UploadFault | undefined> {
    if (this.#busy.has(id)) return locked;
    if (!(await this.find(clientId, id))) return noUpload;
    await this.#drop(id, true);
    return undefined;
  }

  /** Of a client that is deleted. */
  async deleteAll(clientId: string): Promise<void> {
    for (const { id } of await listUploads(this.#parts.queries, clientId)) await this.#drop(id, true);
  }

  /** After a start: files that had come whole become clips. */
  async resume(): Promise<void> {
    for (const { id, clientId } of (await listUploads(this.#parts.queries)).filter(isUnfinished)) {
      if (this.#busy.has(id)) continue;
      this.#busy.add(id);
      await this.#afterPiece(clientId, id).finally(() => this.#busy.delete(id));
    }
  }

  /** Removes what has expired. */
  async expire(): Promise<void> {
    const { queries, clock, log } = this.#parts;
    for (const upload of await listUploads(queries)) {
      if (upload.expiresMs > clock.nowMs() || this.#busy.has(upload.id)) continue;
      if (isUnfinished(upload)) {
        log.info('An unfinished upload has expired', { client: upload.clientId, upload: upload.id });
      }
      await this.#drop(upload.id, true);
    }
  }

  async #store(upload: Upload, body: AsyncIterable<Uint8Array>): Promise<UploadFault | undefined> {
    const { queries, blobs, clock } = this.#parts;
    const writer = new UploadPartWriter({
      blobs,
      upload,
      last: (await listParts(queries, upload.id)).at(-1),
      keep: (part) => putPart(queries, upload.id, part, clock.nowMs()),
    });
    return writer.takeAll(body);
  }

  async #afterPiece(clientId: string, id: string): Promise<Result<Appended, UploadFault>> {
    const upload = await this.find(clientId, id);
    if (!upload) return err(noUpload);
    const { offsetBytes, lengthBytes } = upload;
    if (offsetBytes < lengthBytes) return ok({ offsetBytes, taken: undefined });
    if (!isUnfinished(upload)) return ok({ offsetBytes, taken: undefined });
    return this.#finish(upload);
  }

  /** The parts become one file. */
  async #finish(upload: Upload): Promise<Result<Appended, UploadFault>> {
    const { queries, store, clock } = this.#parts;
    const parts = await listParts(queries, upload.id);
    const times = { startMs: upload.startMs, endMs: upload.endMs ?? undefined };
    const taken = await store.take(upload.clientId, this.#read(parts), times);
    // What is the server's trouble may be over when the client, or the next start, tries again.
    if (!taken.ok && ['busy', 'storage', 'interrupted'].includes(taken.error.kind)) return taken;
    await settleUpload(queries, upload.id, {
      clipId: taken.ok ? taken.value.clip.id : null,
      fault: taken.ok ? null : taken.error.message,
      expiresMs: clock.nowMs() + settledMs,
    });
    await this.#drop(upload.id, false);
    return taken.ok ? ok({ offsetBytes: upload.lengthBytes, taken: taken.value }) : taken;
  }

  async *#read(parts: readonly UploadPart[]): AsyncGenerator<Uint8Array> {
    for (const part of parts) {
      const reader = await this.#parts.blobs.open(part);
      if (!reader.ok) throw new Error(storageFault(reader.error).message);
      try {
        for (let record = 0; record * recordBytes < part.bytes; record += 1) {
          const bytes = await reader.value.read(record);
          if (!bytes.ok) throw new Error(storageFault(bytes.error).message);
          yield bytes.value;
        }
      } finally {
        reader.value.close();
      }
    }
  }

  async #drop(id: string, whole: boolean): Promise<void> {
    const { queries, blobs, clock } = this.#parts;
    const parts = await listParts(queries, id);
    await dropUpload(queries, id, clock.nowMs(), whole);
    await blobs.remove(parts);
  }
}

function isUnfinished({ clipId, fault }: StoredUpload): boolean {
  return clipId === null && fault === null;
}

function endOf(parts: readonly UploadPart[]): number {
  const last = parts.at(-1);
  return last ? last.offsetBytes + last.bytes : 0;
}

function otherOffset(offsetBytes: number): UploadFault {
  return { kind: 'offset', message: `The upload goes on at byte ${offsetBytes}.` };
}
