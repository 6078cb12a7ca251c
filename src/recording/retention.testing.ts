/**
 * Retention for tests: rows in a real database, disks of a known size, a clock that is moved by hand.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import { ManualClock } from '../base/clock.ts';
import type { CameraId } from '../base/ids.ts';
import { cameraId, namedId } from '../base/ids.ts';
import { silentLog } from '../base/log.ts';
import type { Log } from '../base/log.ts';
import { unixMs } from '../base/units.ts';
import { insertCamera } from '../database/cameras.ts';
import type { Database } from '../database/database.ts';
import { openDatabase } from '../database/database.ts';
import type { DeletionRecord } from '../database/deletions.ts';
import { listDeletions } from '../database/deletions.ts';
import { insertHold } from '../database/holds.ts';
import { deleteRecordings } from '../database/recordings.ts';
import type { Schema } from '../database/schema.ts';
import type { StoredFile } from '../database/storage.ts';
import { storageUse } from '../database/storage.ts';
import { recordingOff } from './policy.ts';
import type { RecordingPolicy, Retention } from './policy.ts';
import type { RetentionVolume } from './retention.ts';
import { RetentionKeeper } from './retention.ts';

export const camera = (n: number): CameraId => cameraId(new Uint8Array(16).fill(n));

interface TestVolume {
  readonly id: string;
  readonly totalBytes: number;
  readonly floorBytes: number;
}

export interface TestRecording {
  readonly camera: CameraId;
  readonly volume?: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly bytes: number;
}

export class RetentionRig {
  readonly clock: ManualClock;
  readonly database: Database;
  readonly warnings: string[] = [];
  volumes: readonly TestVolume[] = [{ id: 'vol_1', totalBytes: 1e12, floorBytes: 0 }];
  maxBytes: number | undefined;
  keeper: RetentionKeeper;
  /** The next deletion fails. */
  deletionFault: Error | undefined;
  readonly #folder: string;
  #number = 0;
  /** By volume, as it was looked at last. */
  readonly #free = new Map<string, number>();

  private constructor(folder: string, database: Database, nowMs: number) {
    this.#folder = folder;
    this.database = database;
    this.clock = new ManualClock(nowMs);
    this.keeper = this.#newKeeper();
  }

  static async open(nowMs: number): Promise<RetentionRig> {
    const folder = await mkdtemp(join(tmpdir(), 'sightline-retention-'));
    const opened = await openDatabase(join(folder, 'test.sqlite'));
    if (!opened.ok) throw new Error(opened.error.message);
    return new RetentionRig(folder, opened.value, nowMs);
  }

  get queries(): Kysely<Schema> {
    return this.database.queries;
  }

  async addCamera(
    id: CameraId,
    retention: Partial<Retention>,
    policy: Partial<RecordingPolicy> = {},
  ): Promise<void> {
    const recording = {
      ...recordingOff,
      ...policy,
      retention: { ...recordingOff.retention, ...retention },
    };
    await insertCamera(this.queries, {
      id,
      name: `Camera ${id.slice(-1)}`,
      enabled: true,
      start: 'on-demand',
      closeAfterMs: 10_000,
      maxReaders: 0,
      sourceJson: '{"kind":"demo"}',
      latency: 'normal',
      subJson: null,
      recordingJson: JSON.stringify(recording),
      declaredAs: null,
      externalId: null,
      location: '',
      createdMs: unixMs(1),
      changedMs: unixMs(1),
    });
  }

  /** Each is a run of its own. */
  async addRecordings(recordings: readonly TestRecording[]): Promise<void> {
    const rows = recordings.map((recording) => {
      this.#number += 1;
      const id = `rec_${String(this.#number).padStart(8, '0')}`;
      return {
        id,
        camera_id: recording.camera,
        volume_id: recording.volume ?? 'vol_1',
        path: id,
        codec_id: 'codec',
        key_id: null,
        run_id: `run_${id}`,
        start_ms: recording.startMs,
        end_ms: recording.endMs,
        media_offset_ms: 0,
        bytes: recording.bytes,
        frames: 1,
        lost_packets: 0,
        trigger: 'continuous',
        end_reason: 'rotated',
        chain: '',
        verified_ms: null,
        damage: null,
      };
    });
    for (let at = 0; at < rows.length; at += 500) {
      await this.queries
        .insertInto('recordings')
        .values(rows.slice(at, at + 500))
        .execute();
    }
  }

  async hold(cameraIdOrAll: CameraId | null, startMs: number, endMs: number, untilMs: number | null = null) {
    this.#number += 1;
    const id = `hold_${this.#number}`;
    const hold = { id, cameraId: cameraIdOrAll, startMs, endMs, untilMs, reason: 'Evidence', createdMs: 0 };
    await insertHold(this.queries, hold, 1000);
    return id;
  }

  /** Volumes are looked at, then everything that the rules want is deleted. */
  async run(): Promise<void> {
    this.clock.advance(60_000);
    await this.lookAtVolumes();
    while (await this.keeper.run());
  }

  /** As long as it is not called, free space is what it was. */
  async lookAtVolumes(): Promise<void> {
    const use = await storageUse(this.queries);
    for (const { id, totalBytes } of this.volumes) {
      const used = use.filter(({ volumeId }) => volumeId === id).reduce((sum, { bytes }) => sum + bytes, 0);
      this.#free.set(id, totalBytes - used);
    }
  }

  async left(): Promise<readonly StoredFile[]> {
    const rows = await this.queries
      .selectFrom('recordings')
      .selectAll()
      .orderBy('start_ms')
      .orderBy('id')
      .execute();
    return rows.map((row) => ({
      id: row.id,
      cameraId: row.camera_id as CameraId,
      volumeId: row.volume_id,
      startMs: row.start_ms,
      endMs: row.end_ms,
      bytes: row.bytes,
    }));
  }

  /** The newest first. */
  deletions(): Promise<readonly DeletionRecord[]> {
    return listDeletions(this.queries, { cameraIds: undefined, beforeMs: undefined, limit: 10_000 });
  }

  async clear(): Promise<void> {
    await this.keeper.close();
    for (const table of [
      'cameras',
      'departed_cameras',
      'recordings',
      'runs',
      'holds',
      'deletions',
      'garbage',
    ] as const) {
      await this.queries.deleteFrom(table).execute();
    }
    this.warnings.length = 0;
    this.maxBytes = undefined;
    this.volumes = [{ id: 'vol_1', totalBytes: 1e12, floorBytes: 0 }];
    this.keeper = this.#newKeeper();
  }

  async close(): Promise<void> {
    await this.keeper.close();
    await this.database.close();
    await rm(this.#folder, { recursive: true });
  }

  #newKeeper(): RetentionKeeper {
    return new RetentionKeeper({
      queries: this.queries,
      clock: this.clock,
      log: this.#log(),
      archive: { delete: (ids, reason, detail) => this.#delete(ids, reason, detail) },
      volumes: () => this.#volumesNow(),
      maxBytes: () => this.maxBytes,
    });
  }

  #volumesNow(): readonly RetentionVolume[] {
    return this.volumes.map((volume) => ({
      ...volume,
      path: `/${volume.id}`,
      freeBytes: this.#free.get(volume.id) ?? volume.totalBytes,
    }));
  }

  async #delete(ids: readonly string[], reason: string, detail: string): Promise<void> {
    const fault = this.deletionFault;
    this.deletionFault = undefined;
    if (fault) throw fault;
    const newId = (prefix: string): string => {
      this.#number += 1;
      return namedId(prefix, new Uint8Array(16)).slice(0, 4) + String(this.#number);
    };
    await deleteRecordings(this.queries, ids, { reason, detail, nowMs: this.clock.nowMs(), newId });
  }

  #log(): Log {
    return { ...silentLog, warn: (message) => void this.warnings.push(message) };
  }
}
