/**
 * Clips: taken from clients, checked, kept, listed and deleted.
 *
 * In: uploaded files with the time they begin. Out: clips. Promises: the same bytes of one client are one clip, however
 * often and in whatever way they come; a row stands for a whole, durable file that could be taken apart.
 */
import type { Kysely } from 'kysely';
import type { Clock } from '../../base/clock.ts';
import { namedId } from '../../base/ids.ts';
import type { Log } from '../../base/log.ts';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import type { StoredClip } from '../../database/clips.ts';
import {
  clipsBefore,
  clipsUpTo,
  clipTotals,
  deleteClipRow,
  findClient,
  findClip,
  findClipByContent,
  insertClip,
  listClips,
  markBroken,
} from '../../database/clips.ts';
import type { Schema } from '../../database/schema.ts';
import type { Random } from '../../io/random.ts';
import type { ArchiveFault } from '../../archive/types.ts';
import type { ClipBlobs, StoredBlob } from './blobs.ts';
import { clipBytes } from './clip-bytes.ts';
import type { IntakeFault, TakenFile } from './intake.ts';
import { storageFault, takeFile } from './intake.ts';
import type { ClipBytes, ClipFacts, ClipMedia, MediaFault } from './media.ts';

export interface ClipFault {
  readonly kind: IntakeFault['kind'] | 'broken' | 'times' | 'busy' | 'no-client';
  /** For people. */
  readonly message: string;
}

/** When the clip was taken; Unix ms. */
export interface ClipTimes {
  readonly startMs: number;
  /** Only compared with what the file says of itself. */
  readonly endMs: number | undefined;
}

export interface TakenClip {
  readonly clip: StoredClip;
  /** False: it was there before. */
  readonly isNew: boolean;
}

export interface ClipStoreParts {
  readonly queries: Kysely<Schema>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly blobs: ClipBlobs;
  readonly media: Pick<ClipMedia, 'probe'>;
  readonly maxUploadBytes: number;
}

/** Each holds a record in memory, and a file open. */
const maxTakenAtOnce = 16;
/** Deleted in one go: the database is free for others in between. */
const deletedAtOnce = 200;
/** Pictures begin a little before or after what a clock says, and some clips are slowed down or sped up a little. */
const toleratedMs = 10_000;
const toleratedShare = 0.2;

export class ClipStore {
  readonly #parts: ClipStoreParts;
  readonly #listeners: { stored(clip: StoredClip): void; deleted(clip: StoredClip): void }[] = [];
  #taking = 0;

  constructor(parts: ClipStoreParts) {
    this.#parts = parts;
  }

  /** Hears of every clip that comes and goes, from now on. */
  listen(listener: { stored(clip: StoredClip): void; deleted(clip: StoredClip): void }): void {
    this.#listeners.push(listener);
  }

  /** Always resolves; after a fault nothing is left of the file. */
  async take(
    clientId: string,
    body: AsyncIterable<Uint8Array>,
    times: ClipTimes,
  ): Promise<Result<TakenClip, ClipFault>> {
    if (this.#taking >= maxTakenAtOnce) {
      return err({
        kind: 'busy',
        message: `${maxTakenAtOnce} clips are being taken already. Try again soon.`,
      });
    }
    this.#taking += 1;
    try {
      return await this.#take(clientId, body, times);
    } finally {
      this.#taking -= 1;
    }
  }

  find(clientId: string, id: string): Promise<StoredClip | undefined> {
    return findClip(this.#parts.queries, clientId, id);
  }

  /** Of one client, that overlap [fromMs, toMs), by start. */
  list(
    clientId: string,
    range: { fromMs: number; toMs: number; limit: number },
  ): Promise<readonly StoredClip[]> {
    return listClips(this.#parts.queries, clientId, range);
  }

  /** End of its newest clip; undefined without any. */
  async latestMs(clientId: string): Promise<number | undefined> {
    const [latest] = await clipsUpTo(this.#parts.queries, clientId, Number.MAX_SAFE_INTEGER, 1);
    return latest?.endMs;
  }

  totals(): Promise<{ readonly bytes: number; readonly clips: number }> {
    return clipTotals(this.#parts.queries);
  }

  /** Of all clients, those that begin first. */
  oldest(limit: number): Promise<readonly StoredClip[]> {
    return clipsBefore(this.#parts.queries, Infinity, limit);
  }

  /** Lets `use` read a clip; closed afterwards. */
  async read<T>(clip: StoredClip, use: (bytes: ClipBytes) => Promise<T>): Promise<Result<T, ArchiveFault>> {
    const reader = await this.#parts.blobs.open(clip);
    if (!reader.ok) return reader;
    try {
      return ok(await use(clipBytes(reader.value, clip.bytes)));
    } finally {
      reader.value.close();
    }
  }

  /** It was taken, but cannot be shown. */
  async markBroken(clip: StoredClip, fault: string): Promise<void> {
    this.#parts.log.warn('A clip cannot be shown and is left out', {
      client: clip.clientId,
      clip: clip.id,
      fault,
    });
    await markBroken(this.#parts.queries, clip.id, fault);
  }

  /** @param reason for the log: which rule, or who asked */
  async delete(clips: readonly StoredClip[], reason: string): Promise<number> {
    const { queries, blobs, clock, log } = this.#parts;
    let deleted = 0;
    for (const clip of clips) {
      if (!(await deleteClipRow(queries, clip, clock.nowMs()))) continue;
      deleted += 1;
      const { id, clientId, startMs, endMs, bytes } = clip;
      log.info('A clip was deleted', { client: clientId, clip: id, startMs, endMs, bytes, reason });
      for (const listener of this.#listeners) listener.deleted(clip);
      await blobs.remove([clip]);
    }
    return deleted;
  }

  /** Those that ended before `beforeMs`, of one client or of all. Resolves to how many there were. */
  async deleteClips(beforeMs: number, reason: string, clientId?: string): Promise<number> {
    for (let deleted = 0; ;) {
      const clips = await clipsBefore(this.#parts.queries, beforeMs, deletedAtOnce, clientId);
      if (clips.length === 0) return deleted;
      deleted += await this.delete(clips, reason);
    }
  }

  async #take(
    clientId: string,
    body: AsyncIterable<Uint8Array>,
    times: ClipTimes,
  ): Promise<Result<TakenClip, ClipFault>> {
    const { blobs, maxUploadBytes, queries } = this.#parts;
    const day = new Date(times.startMs).toISOString().slice(0, 10);
    const taken = await takeFile(body, { blobs, owner: clientId, day, maxBytes: maxUploadBytes });
    if (!taken.ok) return taken;
    const kept = await this.#keep(clientId, taken.value, times);
    if (!kept.ok || !kept.value.isNew) await blobs.remove([taken.value.blob]);
    // Its client may have been deleted meanwhile.
    if (kept.ok && kept.value.isNew && !(await findClient(queries, clientId))) {
      await this.delete([kept.value.clip], 'client-deleted');
      return err({ kind: 'no-client', message: 'This client was deleted.' });
    }
    return kept;
  }

  async #keep(clientId: string, file: TakenFile, times: ClipTimes): Promise<Result<TakenClip, ClipFault>> {
    const { queries, clock, random, log } = this.#parts;
    const known = await findClipByContent(queries, clientId, file.contentHash);
    if (known) return ok({ clip: known, isNew: false });
    const facts = await this.#probe(file.blob);
    if (!facts.ok) return facts;
    const fault = timesFault(times, facts.value.durationMs);
    if (fault) return err(fault);
    const clip: StoredClip = {
      id: namedId('clip', random(16)),
      clientId,
      volumeId: file.blob.volumeId,
      path: file.blob.path,
      keyId: file.blob.keyId,
      contentHash: file.contentHash,
      container: file.container,
      startMs: times.startMs,
      endMs: times.startMs + Math.max(1, Math.round(facts.value.durationMs)),
      bytes: file.blob.bytes,
      records: file.records,
      state: 'ready',
      fault: null,
      receivedMs: clock.nowMs(),
    };
    if (!(await insertClip(queries, clip))) {
      const winner = await findClipByContent(queries, clientId, file.contentHash);
      if (winner) return ok({ clip: winner, isNew: false });
      return err({ kind: 'busy', message: 'The same clip was deleted at this moment. Send it again.' });
    }
    log.info('A clip was taken', { client: clientId, clip: clip.id, bytes: clip.bytes });
    for (const listener of this.#listeners) listener.stored(clip);
    return ok({ clip, isNew: true });
  }

  async #probe(blob: StoredBlob): Promise<Result<ClipFacts, ClipFault>> {
    const reader = await this.#parts.blobs.open(blob);
    if (!reader.ok) return err(storageFault(reader.error));
    const facts = await this.#parts.media.probe(clipBytes(reader.value, blob.bytes));
    reader.value.close();
    if (!facts.ok) return err(probeFault(facts.error));
    if (facts.value.hasVideo) return facts;
    return err({ kind: 'broken', message: 'The file has no picture that can be decoded.' });
  }
}

/** A file that lets its process end is as good as broken; one that could not be looked at may be sent again. */
function probeFault({ kind, message }: MediaFault): ClipFault {
  return { kind: kind === 'unavailable' ? 'busy' : 'broken', message };
}

function timesFault({ startMs, endMs }: ClipTimes, durationMs: number): ClipFault | undefined {
  if (endMs === undefined) return undefined;
  const saidMs = endMs - startMs;
  if (Math.abs(saidMs - durationMs) <= Math.max(toleratedMs, durationMs * toleratedShare)) return undefined;
  return {
    kind: 'times',
    message: `The file is ${seconds(durationMs)} s long, but its start and end lie ${seconds(saidMs)} s apart.`,
  };
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
