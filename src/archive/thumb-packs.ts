/**
 * Packs of small pictures, one for each camera and hour: written as they come, read by ranges, also while they grow.
 *
 * In:  JPEG files with their capture times. Out: an index, and bytes. Promises: a restart loses half a minute of them at
 * most; a picture that cannot be kept is only missing here; packs whose footage is gone go, too.
 */
import type { Kysely } from 'kysely';
import type { Clock, Timer } from '../base/clock.ts';
import type { CameraId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { UnixMs } from '../base/units.ts';
import type { Schema } from '../database/schema.ts';
import type { ThumbPackRow } from '../database/thumbs.ts';
import {
  dropThumbPacks,
  findThumbPack,
  listThumbPacks,
  putThumbPacks,
  uncoveredThumbPacks,
} from '../database/thumbs.ts';
import type { BlobWriter, Blobs } from './blobs.ts';
import type { ThumbEntry } from './thumb-table.ts';
import { packThumbs, unpackThumbs } from './thumb-table.ts';
import type { ArchiveFault } from './types.ts';

export interface ThumbPack {
  /** Names it among the camera's packs. */
  readonly name: string;
  /** Of all pictures. */
  readonly bytes: number;
  readonly growing: boolean;
  /** By capture time. */
  readonly entries: readonly ThumbEntry[];
}

export interface ThumbPackParts {
  readonly queries: Kysely<Schema>;
  readonly blobs: Blobs;
  readonly clock: Clock;
  readonly log: Log;
}

interface Growing {
  readonly cameraId: CameraId;
  readonly hour: number;
  readonly writer: BlobWriter;
  readonly entries: ThumbEntry[];
  bytes: number;
  /** The row is behind the file. */
  isDirty: boolean;
  hasRow: boolean;
}

const hourMs = 3_600_000;
const saveEveryMs = 30_000;
const tidyEveryMs = 600_000;
/** Where the footage of so short ago is, its row may not be yet. */
const settledAfterMs = 2 * hourMs;
/** Pictures of a camera that is recorded come every ten seconds. */
const idleMs = 300_000;
const tidiedAtOnce = 500;
/** A month of hours, and some restarts. */
const maxListed = 1000;

export class ThumbPacks {
  readonly #parts: ThumbPackParts;
  readonly #growing = new Map<CameraId, Growing>();
  /** Pictures of one camera are kept one after another. */
  readonly #turns = new Map<CameraId, Promise<void>>();
  #saving: Promise<void> = Promise.resolve();
  #timer: Timer;
  #tidiedMs: number;

  constructor(parts: ThumbPackParts) {
    this.#parts = parts;
    this.#tidiedMs = parts.clock.monotonicMs();
    this.#timer = this.#later();
  }

  /** Never rejects. */
  keep(cameraId: CameraId, captureMs: UnixMs, jpeg: Uint8Array): Promise<void> {
    return this.#inTurn(cameraId, () => this.#append(cameraId, captureMs, jpeg)).catch((error: unknown) => {
      this.#parts.log.warn('A small picture could not be kept', { camera: cameraId, error });
    });
  }

  async list(cameraId: CameraId, fromMs: UnixMs, toMs: UnixMs): Promise<readonly ThumbPack[]> {
    const rows = await listThumbPacks(this.#parts.queries, cameraId, fromMs, toMs, maxListed);
    const growing = this.#growing.get(cameraId);
    const packs = rows.filter(({ path }) => path !== growing?.writer.place.path).map(stored);
    return growing && isWithin(growing.entries, fromMs, toMs) ? [...packs, shown(growing)] : packs;
  }

  /** Bytes `from` to `to` (excluded) of the JPEG files, one after another as `entries` has them. */
  async read(
    cameraId: CameraId,
    name: string,
    from: number,
    to: number,
  ): Promise<Result<readonly Uint8Array[], ArchiveFault>> {
    const found = await this.#find(cameraId, name);
    if (!found) return err({ kind: 'gone', message: 'These pictures are not there any more.' });
    const reader = await this.#parts.blobs.open(found.place);
    if (!reader.ok) return reader;
    try {
      const pieces: Uint8Array[] = [];
      let at = 0;
      for (const [index, { offsetBytes, sizeBytes }] of found.entries.entries()) {
        const start = at;
        at += sizeBytes;
        if (at <= from || start >= to) continue;
        const piece = await reader.value.read({ index, offsetBytes, sizeBytes });
        if (!piece.ok) return piece;
        pieces.push(piece.value.subarray(Math.max(0, from - start), Math.min(sizeBytes, to - start)));
      }
      return ok(pieces);
    } finally {
      reader.value.close();
    }
  }

  /** Removes every pack with a picture in the range: its footage was deleted on purpose. */
  forget(cameraId: CameraId, fromMs: UnixMs, toMs: UnixMs): Promise<void> {
    return this.#inTurn(cameraId, async () => {
      const growing = this.#growing.get(cameraId);
      if (growing && isWithin(growing.entries, fromMs, toMs)) await this.#finish(growing);
      for (;;) {
        const rows = await listThumbPacks(this.#parts.queries, cameraId, fromMs, toMs, tidiedAtOnce);
        if (rows.length === 0) return;
        await this.#remove(rows);
      }
    });
  }

  /** Saves what there is. */
  async close(): Promise<void> {
    this.#timer.cancel();
    await Promise.all(this.#turns.values());
    await this.#save();
    await Promise.all(Array.from(this.#growing.values(), ({ writer }) => writer.close()));
    this.#growing.clear();
  }

  /** Rejects when `work` does; the next turn comes all the same. */
  #inTurn(cameraId: CameraId, work: () => Promise<void>): Promise<void> {
    const turn = (this.#turns.get(cameraId) ?? Promise.resolve()).then(work);
    this.#turns.set(
      cameraId,
      turn.catch(() => undefined),
    );
    return turn;
  }

  async #append(cameraId: CameraId, captureMs: UnixMs, jpeg: Uint8Array): Promise<void> {
    const pack = await this.#packFor(cameraId, captureMs);
    if (!pack) return;
    const piece = await pack.writer.append(jpeg);
    if (!piece.ok) {
      this.#parts.log.warn(piece.error.message, { camera: cameraId });
      return this.#finish(pack);
    }
    pack.entries.push({ captureMs, offsetBytes: piece.value.offsetBytes, sizeBytes: jpeg.length });
    pack.bytes += jpeg.length;
    pack.isDirty = true;
  }

  /** The camera's pack of this hour; a clock that was set back gets a new one. */
  async #packFor(cameraId: CameraId, captureMs: UnixMs): Promise<Growing | undefined> {
    const hour = Math.floor(captureMs / hourMs);
    const known = this.#growing.get(cameraId);
    if (known?.hour === hour && (known.entries.at(-1)?.captureMs ?? 0) < captureMs) return known;
    if (known) await this.#finish(known);
    const time = new Date(captureMs).toISOString();
    const name = `thumbs-${time.slice(11, 19).replaceAll(':', '-')}-${captureMs.toString(36)}.thumbs`;
    const made = await this.#parts.blobs.create(cameraId, time.slice(0, 10), name);
    if (!made.ok) return undefined; // recording tells of the volume's trouble
    const state = { bytes: 0, isDirty: false, hasRow: false };
    const pack: Growing = { cameraId, hour, writer: made.value, entries: [], ...state };
    this.#growing.set(cameraId, pack);
    return pack;
  }

  async #finish(pack: Growing): Promise<void> {
    await this.#save();
    if (this.#growing.get(pack.cameraId) === pack) this.#growing.delete(pack.cameraId);
    await pack.writer.close();
  }

  #later(): Timer {
    return this.#parts.clock.after(saveEveryMs, () => {
      this.#timer = this.#later();
      void this.#save().then(() => this.#tidy());
    });
  }

  /** Rows of all packs that grew, in one transaction, after their files. Never rejects. */
  #save(): Promise<void> {
    this.#saving = this.#saving
      .then(() => this.#saveNow())
      .catch((error: unknown) => {
        this.#parts.log.warn('The index of small pictures could not be saved', { error });
      });
    return this.#saving;
  }

  async #saveNow(): Promise<void> {
    const dirty: Growing[] = [];
    for (const pack of this.#growing.values()) {
      if (pack.isDirty && (await pack.writer.sync()).ok) dirty.push(pack);
    }
    if (dirty.length === 0) return;
    const fresh = new Set(dirty.filter(({ hasRow }) => !hasRow).map(({ writer }) => writer.place.path));
    for (const pack of dirty) pack.isDirty = false;
    await putThumbPacks(this.#parts.queries, dirty.map(rowOf), fresh);
    for (const pack of dirty) pack.hasRow = true;
  }

  async #tidy(): Promise<void> {
    const { clock, queries, log } = this.#parts;
    if (clock.monotonicMs() - this.#tidiedMs < tidyEveryMs) return;
    this.#tidiedMs = clock.monotonicMs();
    try {
      await this.#finishPast();
      const beforeMs = clock.nowMs() - settledAfterMs;
      const rows = await uncoveredThumbPacks(queries, beforeMs, tidiedAtOnce);
      if (rows.length > 0) await this.#remove(rows);
    } catch (error) {
      log.warn('Small pictures of deleted footage could not be removed', { error });
    }
  }

  /** Of cameras that are recorded no more, or are no more: nothing else would close their files. */
  async #finishPast(): Promise<void> {
    const endedMs = this.#parts.clock.nowMs() - idleMs;
    for (const pack of this.#growing.values()) {
      const { cameraId, entries } = pack;
      if ((entries.at(-1)?.captureMs ?? 0) > endedMs) continue;
      await this.#inTurn(cameraId, async () => {
        if (this.#growing.get(cameraId) === pack) await this.#finish(pack);
      });
    }
  }

  async #remove(rows: readonly Pick<ThumbPackRow, 'path' | 'volume_id'>[]): Promise<void> {
    await dropThumbPacks(
      this.#parts.queries,
      rows.map(({ path }) => path),
    );
    await this.#parts.blobs.remove(rows.map(({ path, volume_id }) => ({ path, volumeId: volume_id })));
  }

  async #find(cameraId: CameraId, name: string) {
    const growing = this.#growing.get(cameraId);
    if (growing && nameOf(growing.writer.place.path) === name) {
      return { place: growing.writer.place, entries: growing.entries };
    }
    const row = await findThumbPack(this.#parts.queries, cameraId, pathOf(cameraId, name));
    if (!row) return undefined;
    const place = { volumeId: row.volume_id, path: row.path };
    return { place, entries: unpackThumbs(row.packed, row.from_ms) };
  }
}

function rowOf({ cameraId, writer, entries, bytes }: Growing): ThumbPackRow {
  return {
    path: writer.place.path,
    camera_id: cameraId,
    volume_id: writer.place.volumeId,
    from_ms: entries[0]?.captureMs ?? 0,
    to_ms: entries.at(-1)?.captureMs ?? 0,
    bytes,
    packed: packThumbs(entries),
  };
}

function stored({ path, bytes, packed, from_ms }: ThumbPackRow): ThumbPack {
  return { name: nameOf(path), bytes, growing: false, entries: unpackThumbs(packed, from_ms) };
}

function shown({ writer, bytes, entries }: Growing): ThumbPack {
  return { name: nameOf(writer.place.path), bytes, growing: true, entries: [...entries] };
}

function isWithin(entries: readonly ThumbEntry[], fromMs: number, toMs: number): boolean {
  return (entries[0]?.captureMs ?? Infinity) <= toMs && (entries.at(-1)?.captureMs ?? -Infinity) >= fromMs;
}

/** `<day>~<file>`: one segment of an address. */
function nameOf(path: string): string {
  return path.split('/').slice(1).join('~');
}

function pathOf(cameraId: string, name: string): string {
  return `${cameraId}/${name.replace('~', '/')}`;
}
