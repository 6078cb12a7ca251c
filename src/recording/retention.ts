/**
 * Keeps what is stored within its rules: every minute, and at once when a volume is full.
 *
 * In:  rules (with the cameras in the database), holds, how full the volumes are. Out: recordings deleted through the
 * archive, oldest first and in small batches, each with its reason. Promises: nothing that is held is deleted; nothing
 * that is guaranteed is deleted for want of space; what therefore cannot be kept is told (`shortages`).
 * Why it is as it is: docs/design/retention.md.
 */
import type { Kysely } from 'kysely';
import type { Archive } from '../archive/types.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { condenseDeletions } from '../database/deletions.ts';
import { deleteEndedHolds } from '../database/holds.ts';
import type { Schema } from '../database/schema.ts';
import type { StoredFile } from '../database/storage.ts';
import { forgetDeparted } from '../database/storage.ts';
import { Candidates, takeNext } from './candidates.ts';
import { FreedSpace } from './freed-space.ts';
import type { KeptCamera } from './retention-rules.ts';
import { bytesWords, daysWords, freeSpans, guaranteedFromMs, wantedDays } from './retention-rules.ts';
import type { Stored } from './stored.ts';
import { lookAtStored } from './stored.ts';

/** A volume that can be written to, as it was looked at last. */
export interface RetentionVolume {
  readonly id: string;
  readonly path: string;
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** What shall stay free. */
  readonly floorBytes: number;
}

export interface RetentionParts {
  readonly queries: Kysely<Schema>;
  readonly clock: Clock;
  readonly log: Log;
  readonly archive: Pick<Archive, 'delete'>;
  readonly volumes: () => readonly RetentionVolume[];
  /** Of all recordings together; undefined: no limit. */
  readonly maxBytes: () => number | undefined;
}

type DeletionReason = 'age' | 'camera-size' | 'total-size' | 'free-space' | 'camera-deleted';

/** A rule that cannot be kept, because everything that might go is guaranteed or held. */
export interface Shortage {
  readonly rule: 'camera-size' | 'total-size' | 'free-space';
  /** The camera or volume; empty: all together. */
  readonly about: string;
  /** For people. */
  readonly message: string;
}

interface Why {
  readonly reason: DeletionReason;
  readonly detail: string;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** Soon again when there is more to do than one turn does: the database has others to serve. */
const againAfterMs = 1000;
/** Of one turn: less than a second of the database's time. */
const maxDeletedPerTurn = 2000;
/** Of one transaction: some tens of milliseconds. */
const maxDeletedPerBatch = 100;
/** What is deleted beyond need when a volume is full, so that it is not full again at once: a share of the volume, at most so much. */
const roomShare = 0.005;
const mostRoomBytes = 256 * 1024 * 1024;
/** Rows of `deletions` older than this go. */
const deletionsKeptMs = 400 * 24 * hourMs;
/** A recording of a deleted camera may be closed so much later. */
const departureMs = 2 * hourMs;

export class RetentionKeeper {
  readonly #parts: RetentionParts;
  readonly #freed: FreedSpace;
  #timer: Timer | undefined;
  #last: Promise<void> = Promise.resolve();
  #closed = false;
  #shortages: readonly Shortage[] = [];
  #condensedToMs = 0;
  /** By volume: who asks while room is being made, waits for it. */
  readonly #making = new Map<string, Promise<void>>();

  constructor(parts: RetentionParts) {
    this.#parts = parts;
    this.#freed = new FreedSpace(parts.clock);
  }

  /** Looks now and then every minute. */
  start(): void {
    this.#again(0);
  }

  /** Resolves when nothing is being deleted any more. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    await this.#last;
  }

  /** Rules that cannot be kept, as of the last look. */
  shortages(): readonly Shortage[] {
    return this.#shortages;
  }

  /** Deletes what the rules do not keep, as much as one turn may. True: there is more to delete. Never rejects. */
  async run(): Promise<boolean> {
    let more = false;
    await this.#inTurn(async () => {
      more = await this.#runOnce();
    });
    return more;
  }

  /** For a full volume: deletes at least `bytes` there, if that is allowed. Resolves when it did. Never rejects. */
  makeRoom(volumeId: string, bytes: number): Promise<void> {
    const making =
      this.#making.get(volumeId) ??
      this.#inTurn(() => this.#makeRoomNow(volumeId, bytes)).finally(() => this.#making.delete(volumeId));
    this.#making.set(volumeId, making);
    return making;
  }

  /** Does `work` while nothing is being deleted by the rules: a new hold holds from its first moment. */
  async exclusive<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#last;
    const done = Promise.withResolvers<void>();
    this.#last = before.then(() => done.promise);
    await before;
    try {
      return await work();
    } finally {
      done.resolve();
    }
  }

  #again(delayMs: number): void {
    if (this.#closed) return;
    this.#timer = this.#parts.clock.after(delayMs, () => {
      void this.run().then((more) => this.#again(more ? againAfterMs : minuteMs));
    });
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#last = this.#last.then(async () => {
      if (this.#closed) return;
      try {
        await work();
      } catch (error) {
        this.#parts.log.error('Old recordings could not be deleted', { error });
      }
    });
    return this.#last;
  }

  async #runOnce(): Promise<boolean> {
    const turn = await this.#beginTurn();
    await turn.unwanted();
    await turn.tooOld();
    await turn.tooLarge();
    await turn.tooLargeTogether(this.#parts.maxBytes());
    for (const volume of this.#parts.volumes()) await turn.tooFull(volume);
    if (!turn.hasMore) this.#note(turn.shortages);
    await this.#tidy(turn.stored);
    return turn.hasMore;
  }

  async #makeRoomNow(volumeId: string, bytes: number): Promise<void> {
    const volume = this.#parts.volumes().find(({ id }) => id === volumeId);
    if (!volume) return;
    const turn = await this.#beginTurn();
    const spare = Math.min(mostRoomBytes, volume.totalBytes * roomShare);
    await turn.makeRoom(volume, bytes + spare);
  }

  async #beginTurn(): Promise<Turn> {
    const { queries, clock } = this.#parts;
    return new Turn(this.#parts, this.#freed, await lookAtStored(queries, clock.nowMs()));
  }

  #note(shortages: readonly Shortage[]): void {
    for (const { message, rule, about } of shortages) {
      const isKnown = this.#shortages.some((known) => known.rule === rule && known.about === about);
      if (!isKnown) this.#parts.log.warn(message, { rule });
    }
    this.#shortages = shortages;
  }

  /** What ended is forgotten; the list of deletions stays readable. */
  async #tidy({ cameras, departed, nowMs, use }: Stored): Promise<void> {
    const { queries } = this.#parts;
    for (const { id } of cameras) {
      const departedMs = departed.get(id);
      const isGone = departedMs !== undefined && nowMs - departedMs > departureMs;
      if (isGone && use.ofCamera(id) === 0) await forgetDeparted(queries, id);
    }
    const toMs = nowMs - (nowMs % hourMs);
    if (toMs === this.#condensedToMs) return;
    await deleteEndedHolds(queries, nowMs);
    const fromMs = this.#condensedToMs === 0 ? toMs - 24 * hourMs : this.#condensedToMs;
    for (let at = fromMs; at < toMs; at += hourMs) {
      const range = { fromMs: at, toMs: at + hourMs, forgetBeforeMs: nowMs - deletionsKeptMs };
      await condenseDeletions(queries, range);
    }
    this.#condensedToMs = toMs;
  }
}

/** One look at everything, and what is deleted because of it. */
class Turn {
  readonly stored: Stored;
  readonly shortages: Shortage[] = [];
  /** It stopped because it had done its share. */
  hasMore = false;
  readonly #parts: RetentionParts;
  readonly #freed: FreedSpace;
  readonly #wantedDays: (camera: KeptCamera) => number;
  #left = maxDeletedPerTurn;

  constructor(parts: RetentionParts, freed: FreedSpace, stored: Stored) {
    this.#parts = parts;
    this.#freed = freed;
    this.stored = stored;
    const wanted = wantedDays(stored.cameras);
    this.#wantedDays = ({ retention }) => wanted(retention);
  }

  /** Of cameras that were deleted together with their footage. */
  async unwanted(): Promise<void> {
    const why: Why = {
      reason: 'camera-deleted',
      detail: 'The camera was deleted, and its footage with it.',
    };
    for (const camera of this.stored.cameras) {
      if (camera.footage !== 'delete') continue;
      await this.#delete([this.#candidates(camera, Number.MAX_SAFE_INTEGER)], Infinity, why);
    }
  }

  /** Cameras of the same rule together: one transaction for all. */
  async tooOld(): Promise<void> {
    const groups = Map.groupBy(this.stored.cameras, ({ retention }) => retention.maxAgeDays);
    for (const [maxAgeDays, cameras] of groups) {
      if (maxAgeDays === null) continue;
      const detail = `Older than ${daysWords(maxAgeDays)}, the longest that footage of this camera is kept.`;
      const untilMs = this.stored.nowMs - maxAgeDays * 24 * hourMs;
      const candidates = cameras.map((camera) => this.#candidates(camera, untilMs));
      await this.#delete(candidates, Infinity, { reason: 'age', detail });
    }
  }

  async tooLarge(): Promise<void> {
    for (const camera of this.stored.cameras) {
      const { maxBytes } = camera.retention;
      if (maxBytes === null) continue;
      const tooMuch = this.stored.use.ofCamera(camera.id) - maxBytes;
      const limit = bytesWords(maxBytes);
      const detail = `Footage of this camera took more than ${limit}, the most that it may.`;
      const missing = await this.#delete([this.#unguarded(camera)], tooMuch, {
        reason: 'camera-size',
        detail,
      });
      if (missing <= 0) continue;
      const message = `Footage of ${camera.name} takes more than ${limit}, but all of it is guaranteed or held.`;
      this.shortages.push({ rule: 'camera-size', about: camera.id, message });
    }
  }

  async tooLargeTogether(maxBytes: number | undefined): Promise<void> {
    if (maxBytes === undefined) return;
    const limit = bytesWords(maxBytes);
    const detail = `All footage together took more than ${limit} (\`storage.maxBytes\`), and this was the oldest that might go.`;
    const missing = await this.#delete(this.#allUnguarded(), this.stored.use.total() - maxBytes, {
      reason: 'total-size',
      detail,
    });
    if (missing <= 0) return;
    const message = `All footage together takes more than ${limit} (\`storage.maxBytes\`), but all of it is guaranteed or held.`;
    this.shortages.push({ rule: 'total-size', about: '', message });
  }

  async tooFull(volume: RetentionVolume): Promise<void> {
    const floor = bytesWords(volume.floorBytes);
    const detail = `Less than ${floor} were free on ${volume.path} (\`storage.minFreeBytes\`), and this was the oldest there that might go.`;
    const lacking = volume.floorBytes - volume.freeBytes - this.#freed.on(volume.id);
    const why: Why = { reason: 'free-space', detail };
    const missing = await this.#delete(this.#allUnguarded(volume.id), lacking, why);
    if (missing <= 0) return;
    const message =
      `Less than ${floor} are free on ${volume.path}, but all footage there is guaranteed or held. ` +
      'When it is full, nothing is recorded there: add a volume, shorten a guarantee or end a hold.';
    this.shortages.push({ rule: 'free-space', about: volume.id, message });
  }

  async makeRoom(volume: RetentionVolume, bytes: number): Promise<void> {
    const detail = `${volume.path} was full, and this was the oldest there that might go.`;
    await this.#delete(this.#allUnguarded(volume.id), bytes, { reason: 'free-space', detail });
  }

  #allUnguarded(volumeId?: string): readonly Candidates[] {
    const there = this.stored.cameras.filter(({ id }) => this.stored.use.ofCamera(id, volumeId) > 0);
    return there.map((camera) => this.#unguarded(camera, volumeId));
  }

  /** What may go for want of space. */
  #unguarded(camera: KeptCamera, volumeId?: string): Candidates {
    return this.#candidates(camera, guaranteedFromMs(camera.retention, this.stored.nowMs), volumeId);
  }

  #candidates(camera: KeptCamera, untilMs: number, volumeId?: string): Candidates {
    return new Candidates({
      queries: this.#parts.queries,
      cameraId: camera.id,
      volumeId,
      spans: freeSpans(this.stored.heldOf(camera.id), untilMs),
      wantedDays: this.#wantedDays(camera),
    });
  }

  /** Returns how much was not found; nothing when the turn is over before. */
  async #delete(from: readonly Candidates[], bytes: number, why: Why): Promise<number> {
    let missing = bytes;
    let batch: StoredFile[] = [];
    while (missing > 0) {
      if (this.#left <= 0) {
        this.hasMore = true;
        break;
      }
      const file = await takeNext(from, this.stored.nowMs);
      if (!file) break;
      this.#left -= 1;
      missing -= file.bytes;
      batch.push(file);
      if (batch.length < maxDeletedPerBatch) continue;
      await this.#deleteBatch(batch, why);
      batch = [];
    }
    await this.#deleteBatch(batch, why);
    return this.hasMore || bytes === Infinity ? 0 : missing;
  }

  async #deleteBatch(files: readonly StoredFile[], { reason, detail }: Why): Promise<void> {
    if (files.length === 0) return;
    const ids = files.map(({ id }) => id);
    await this.#parts.archive.delete(ids, reason, detail);
    for (const file of files) {
      this.stored.use.forget(file);
      this.#freed.add(file.volumeId, file.bytes);
    }
  }
}
