/**
 * The archive as a whole: volumes, recordings being written, finished ones, and what a crash left.
 * It keeps what docs/design/archive.md promises. In: fragments and questions. Out: durable files with their rows,
 * readers of them, and faults in plain words.
 */
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import type { Clock } from '../base/clock.ts';
import type { CameraId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { UnixMs } from '../base/units.ts';
import { unixMs } from '../base/units.ts';
import type { OpeningRow, RecordingRow } from '../database/recordings.ts';
import {
  applyChanges,
  deleteRecordings,
  findRecording,
  listOpenings,
  listRecordings,
  maxRecordingMs,
  recordingAfter,
  recordingBefore,
} from '../database/recordings.ts';
import type { Schema } from '../database/schema.ts';
import type { Random } from '../io/random.ts';
import { writeInit } from '../media/mp4/init.ts';
import { isPlayableTrack } from '../media/mp4/playable.ts';
import { Blobs } from './blobs.ts';
import { Committer } from './committer.ts';
import type { Disk } from './disk.ts';
import { errorText } from './disk.ts';
import type { Envelopes } from './envelope.ts';
import { preambleBytes } from './envelope.ts';
import { infoOf, limitedOpening, readOpening } from './finished.ts';
import { Folders } from './folders.ts';
import { unpackFragments } from './fragment-table.ts';
import { sweep } from './garbage.ts';
import { readTracksJson } from './head-json.ts';
import { newId } from './ids.ts';
import { Lane } from './lane.ts';
import { OpenFiles } from './open-files.ts';
import { Reader } from './reader.ts';
import type { Unfinished } from './recovery.ts';
import { recover } from './recovery.ts';
import type {
  Archive,
  ArchiveFault,
  RecordingHead,
  RecordingId,
  RecordingInfo,
  RecordingReader,
  RecordingWriter,
  WriterOptions,
} from './types.ts';
import { heldOn, volumeMemory } from './volume-rows.ts';
import type { VolumePlace, VolumeStatus } from './volumes.ts';
import { Volumes } from './volumes.ts';
import { Writer } from './writer.ts';
import type { WriterParts } from './writer-parts.ts';

export interface ArchiveOptions {
  readonly queries: Kysely<Schema>;
  readonly places: readonly VolumePlace[];
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly envelopes: Envelopes;
  /** Asked when a volume is full: resolves when something was deleted there, or nothing can be. */
  readonly onNeedSpace?: (volumeId: string, bytes: number) => Promise<void>;
}

export interface RunningArchive extends Archive {
  /** Resolves when everything that a crash left was looked at once, and the rest is garbage that was swept. */
  readonly recovered: Promise<void>;
  /** Files on the same volumes that are no recordings. */
  readonly blobs: Blobs;
  volumes(): readonly VolumeStatus[];
  /** Looks at the volumes now instead of within 10 s. */
  lookAtVolumes(): Promise<void>;
  /** See `Volumes.changePlaces`. */
  changePlaces(places: readonly VolumePlace[]): ReturnType<Volumes['changePlaces']>;
  /** Gives up waiting; recordings that are still open are finished at the next start. Close them before. */
  close(): Promise<void>;
}

/** Writers at one time on a volume: one that writes, one that syncs. */
const writersPerVolume = 2;

/** A disk that hangs does not keep the server from stopping: the next start does what was left. */
const closePatienceMs = 5000;

/** Opens the volumes and begins to finish what a crash left; recordings can be written at once. */
export async function openArchive(options: ArchiveOptions): Promise<RunningArchive> {
  const archive = new DiskArchive(options);
  await archive.start();
  return archive;
}

class DiskArchive implements RunningArchive {
  readonly #options: ArchiveOptions;
  readonly #volumes: Volumes;
  readonly #folders: Folders;
  readonly #files: OpenFiles;
  readonly #lanes = new Map<string, Lane>();
  readonly #committer: Committer;
  readonly #writerParts: WriterParts;
  /** Recordings without a row. */
  readonly #writers = new Map<RecordingId, Writer>();
  /** The run that a camera's last recording belongs to. */
  readonly #runs = new Map<CameraId, string>();
  /** What is to be finished as soon as its volume can be used. */
  readonly #unfinished = new Map<RecordingId, Unfinished>();
  /** By volume. */
  readonly #tidying = new Map<string, Promise<void>>();
  #closed = false;
  readonly blobs: Blobs;
  recovered: Promise<void> = Promise.resolve();

  constructor(options: ArchiveOptions) {
    const { queries, disk, clock, log, random, envelopes } = options;
    this.#options = options;
    this.#folders = new Folders(disk);
    this.#files = new OpenFiles(disk, clock);
    this.#committer = new Committer((changes) => applyChanges(queries, changes), clock, log);
    this.#volumes = new Volumes({
      places: options.places,
      disk,
      clock,
      log,
      memory: volumeMemory(queries),
      newId: () => newId('vol', random),
      onLooked: () => void this.#tidy(),
    });
    this.blobs = new Blobs({
      queries,
      disk,
      clock,
      random,
      envelopes,
      volumes: this.#volumes,
      folders: this.#folders,
      files: this.#files,
      sweepSoon: () => void this.#tidy(),
    });
    this.#writerParts = {
      disk,
      clock,
      log,
      random,
      envelopes,
      volumes: this.#volumes,
      folders: this.#folders,
      committer: this.#committer,
      lane: (volumeId) => this.#lane(volumeId),
      newRunId: () => newId('run', random),
      onNeedSpace: options.onNeedSpace ?? (() => Promise.resolve()),
      onOver: (id) => this.#writers.delete(id),
      onAbandoned: (opening, durableBytes) => this.#abandoned(opening, durableBytes),
    };
  }

  async start(): Promise<void> {
    for (const opening of await listOpenings(this.#options.queries)) {
      const { durableBytes } = readOpening(opening);
      const reason = durableBytes === undefined ? 'crash' : 'disk';
      this.#unfinished.set(opening.id, { opening, reason, durableBytes, again: false });
    }
    await this.#volumes.start();
    this.recovered = this.#tidy();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#volumes.close();
    const enough = Promise.withResolvers<void>();
    const timer = this.#options.clock.after(closePatienceMs, enough.resolve);
    await Promise.race([Promise.all(this.#tidying.values()), enough.promise]);
    timer.cancel();
    this.#files.close();
  }

  volumes(): readonly VolumeStatus[] {
    return this.#volumes.list();
  }

  async lookAtVolumes(): Promise<void> {
    await this.#volumes.look();
    await this.#tidy();
  }

  changePlaces(places: readonly VolumePlace[]): ReturnType<Volumes['changePlaces']> {
    const { queries } = this.#options;
    return this.#volumes.changePlaces(places, ({ id }) => heldOn(id, queries, this.blobs));
  }

  write(options: WriterOptions): RecordingWriter {
    const { random } = this.#options;
    const head = recordable(options.head);
    const init = writeInit(head.tracks);
    const earlier = head.continues ? this.#runs.get(head.cameraId) : undefined;
    const runId = earlier ?? newId('run', random);
    const identity = { id: newId('rec', random), runId, init: init.ok ? init.value : new Uint8Array() };
    const writer = new Writer(this.#writerParts, { ...options, head }, identity);
    this.#runs.set(head.cameraId, runId);
    this.#writers.set(writer.id, writer);
    queueMicrotask(() => writer.start());
    return writer;
  }

  async list(
    cameraId: CameraId,
    fromMs: UnixMs,
    toMs: UnixMs,
    limit: number,
  ): Promise<readonly RecordingInfo[]> {
    const open = this.#openInfos(cameraId).filter((info) => info.startMs < toMs && info.endMs > fromMs);
    const rows = await listRecordings(this.#options.queries, { cameraId, fromMs, toMs }, limit);
    return together(rows, open).slice(0, limit);
  }

  async nearest(
    cameraId: CameraId,
    atMs: UnixMs,
  ): Promise<{ readonly before: RecordingInfo | undefined; readonly after: RecordingInfo | undefined }> {
    const open = this.#openInfos(cameraId);
    const { queries } = this.#options;
    const [before, after] = await Promise.all([
      recordingBefore(queries, cameraId, atMs),
      recordingAfter(queries, cameraId, atMs),
    ]);
    const all = together(
      [before, after].filter((row) => row !== undefined),
      open,
    );
    return {
      before: all.findLast((info) => info.startMs <= atMs),
      after: all.find((info) => info.endMs > atMs && info.startMs >= atMs - maxRecordingMs),
    };
  }

  async open(id: RecordingId): Promise<Result<RecordingReader, ArchiveFault>> {
    const writer = this.#writers.get(id);
    const stored = await findRecording(this.#options.queries, id);
    if (stored) return this.#openStored(stored);
    if (writer) return this.#openWriting(writer);
    return err({ kind: 'gone', message: `There is no recording ${id}.` });
  }

  async delete(ids: readonly RecordingId[], reason: string, detail: string): Promise<void> {
    const { queries, clock, random } = this.#options;
    const note = {
      reason,
      detail,
      nowMs: clock.nowMs(),
      newId: (prefix: 'del' | 'run') => newId(prefix, random),
    };
    const rows = await deleteRecordings(queries, ids, note);
    if (rows.length > 0) void this.#tidy();
  }

  #lane(volumeId: string): Lane {
    let lane = this.#lanes.get(volumeId);
    if (!lane) this.#lanes.set(volumeId, (lane = new Lane(writersPerVolume)));
    return lane;
  }

  /** Those of which something is durable, by start. */
  #openInfos(cameraId: CameraId): readonly RecordingInfo[] {
    const infos: RecordingInfo[] = [];
    for (const writer of this.#writers.values()) {
      if (writer.options.head.cameraId !== cameraId) continue;
      const info = writer.info();
      if (info.endMs > info.startMs) infos.push(info);
    }
    return infos.sort((a, b) => a.startMs - b.startMs);
  }

  async #openStored(
    stored: NonNullable<Awaited<ReturnType<typeof findRecording>>>,
  ): Promise<Result<RecordingReader, ArchiveFault>> {
    const { row, packed, codec } = stored;
    const info = infoOf(row);
    const volume = this.#volumes.find(row.volume_id);
    const table = unpackFragments(packed);
    const tracks = readTracksJson(codec.tracks);
    if (!table || !tracks) {
      return err({
        kind: 'damaged',
        message: `The index of ${row.id} is damaged: run \`sightline reindex\`.`,
      });
    }
    if (!volume || volume.state === 'missing') {
      return err({
        kind: 'no-volume',
        message: `The volume of ${row.id} is not there. ${volume?.reason ?? ''}`,
      });
    }
    const path = join(volume.path, row.path);
    const file = await this.#files.open(volume.id, path);
    if (!file.ok) return file;
    const start = await file.value.read(0, preambleBytes);
    const place = placeOf(volume.path, row.path);
    const envelope = start.ok ? await this.#options.envelopes.open(place, start.value) : start;
    if (!envelope.ok || envelope.value.keyId !== row.key_id) {
      file.value.release();
      if (!envelope.ok) return envelope;
      return err({ kind: 'damaged', message: `${path} is not sealed as the index says.` });
    }
    const source = { file: file.value, envelope: envelope.value, init: codec.init, tracks, path };
    return ok(new Reader({ ...source, info: () => info, fragments: () => table }));
  }

  async #openWriting(writer: Writer): Promise<Result<RecordingReader, ArchiveFault>> {
    const source = writer.source();
    if (!source || writer.durable().length === 0) {
      return err({ kind: 'gone', message: `Nothing of ${writer.id} is stored yet.` });
    }
    const { at: place, envelope } = source;
    const path = join(place.volumePath, place.path);
    const file = await this.#files.open(place.volumeId, path);
    if (!file.ok) return file;
    const { tracks } = writer.options.head;
    const reading = { file: file.value, envelope, init: writer.init, tracks, path };
    return ok(new Reader({ ...reading, info: () => writer.info(), fragments: () => writer.durable() }));
  }

  #abandoned(opening: OpeningRow, durableBytes: number): void {
    this.#unfinished.set(opening.id, { opening, reason: 'disk', durableBytes, again: false });
    void this.#committer.commit({ kind: 'limit', opening: limitedOpening(opening, durableBytes) });
    void this.#tidy();
  }

  /** Finishes what can be finished and sweeps garbage; what comes up meanwhile waits for the next time. */
  async #tidy(): Promise<void> {
    if (this.#closed) return;
    await Promise.resolve();
    const usable = this.#volumes.list().filter(({ state }) => state === 'ready' || state === 'full');
    await Promise.all(usable.map((volume) => this.#tidyOnce(volume)));
  }

  /** One at a time on a volume: one that hangs holds up no other. */
  #tidyOnce(volume: VolumeStatus): Promise<void> {
    const running = this.#tidying.get(volume.id);
    if (running) return running;
    const tidying = this.#tidyVolume(volume).finally(() => this.#tidying.delete(volume.id));
    this.#tidying.set(volume.id, tidying);
    return tidying;
  }

  async #tidyVolume(volume: VolumeStatus): Promise<void> {
    const isRight = (id: string): Promise<boolean> => this.#volumes.isRight(id);
    try {
      for (const [id, unfinished] of this.#unfinished) {
        if (unfinished.opening.volume_id !== volume.id || this.#closed) continue;
        const parts = { ...this.#writerParts, isRight, nowMs: () => this.#options.clock.nowMs() };
        const how = await recover(parts, volume.path, unfinished);
        if (how === 'later') {
          this.#unfinished.set(id, { ...unfinished, again: true });
          continue;
        }
        this.#unfinished.delete(id);
        this.#writers.delete(id);
      }
      await sweep(
        {
          ...this.#options,
          folders: this.#folders,
          files: this.#files,
          isRight,
          inUse: () => this.blobs.growing(),
        },
        { id: volume.id, path: volume.path },
      );
    } catch (error) {
      this.#options.log.error('Tidying a volume failed', { path: volume.path, reason: errorText(error) });
    }
  }
}

/** Tracks that MP4 cannot hold are left out; times are whole milliseconds. */
function recordable(head: RecordingHead): RecordingHead {
  const startMs = unixMs(Math.round(head.startMs));
  return { ...head, startMs, tracks: head.tracks.filter(isPlayableTrack) };
}

/** By start; a recording that became a row meanwhile counts once. */
function together(rows: readonly RecordingRow[], open: readonly RecordingInfo[]): readonly RecordingInfo[] {
  const all = new Map(rows.map((row) => [row.id, infoOf(row)]));
  for (const info of open) if (!all.has(info.id)) all.set(info.id, info);
  return [...all.values()].sort((a, b) => a.startMs - b.startMs || (a.id < b.id ? -1 : 1));
}

function placeOf(volumePath: string, path: string): { volumePath: string; owner: string; day: string } {
  const [owner = '', day = ''] = path.split('/');
  return { volumePath, owner, day };
}
