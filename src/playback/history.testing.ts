/**
 * A camera's history for tests: rows in a database of their own.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import { ManualClock } from '../base/clock.ts';
import type { CameraId } from '../base/ids.ts';
import { openDatabase } from '../database/database.ts';
import type { Database } from '../database/database.ts';
import type { Schema } from '../database/schema.ts';
import type { Span } from '../database/timeline.ts';
import type { TimelineParts } from './timeline.ts';

export interface GapRow {
  readonly startMs: number;
  readonly endMs: number | null;
  readonly cause: string;
  readonly detail?: string;
}

export interface EventRow {
  readonly startMs: number;
  readonly endMs: number | null;
  readonly kind: string;
  readonly label?: string;
}

export class TestHistory {
  readonly clock: ManualClock;
  readonly database: Database;
  /** What is being recorded now. */
  writtenNow: Span | undefined;
  readonly #folder: string;
  #number = 0;

  private constructor(folder: string, database: Database, nowMs: number) {
    this.#folder = folder;
    this.database = database;
    this.clock = new ManualClock(nowMs);
  }

  static async open(nowMs: number): Promise<TestHistory> {
    const folder = await mkdtemp(join(tmpdir(), 'sightline-history-'));
    const opened = await openDatabase(join(folder, 'test.sqlite'));
    if (!opened.ok) throw new Error(opened.error.message);
    return new TestHistory(folder, opened.value, nowMs);
  }

  get queries(): Kysely<Schema> {
    return this.database.queries;
  }

  get parts(): TimelineParts {
    return { queries: this.queries, clock: this.clock, written: async () => this.writtenNow };
  }

  async addRuns(cameraId: CameraId, runs: readonly Span[]): Promise<void> {
    const rows = runs.map(({ startMs, endMs }) => ({
      id: this.#id('run'),
      camera_id: cameraId,
      start_ms: startMs,
      end_ms: endMs,
    }));
    if (rows.length > 0) await this.queries.insertInto('runs').values(rows).execute();
  }

  async addGaps(cameraId: CameraId, gaps: readonly GapRow[]): Promise<void> {
    const rows = gaps.map(({ startMs, endMs, cause, detail = '' }) => ({
      id: this.#id('gap'),
      camera_id: cameraId,
      start_ms: startMs,
      end_ms: endMs,
      cause,
      detail,
    }));
    if (rows.length > 0) await this.queries.insertInto('gaps').values(rows).execute();
  }

  async addEvents(cameraId: CameraId, events: readonly EventRow[]): Promise<void> {
    const rows = events.map(({ startMs, endMs, kind, label = '' }) => ({
      id: this.#id('evt'),
      camera_id: cameraId,
      start_ms: startMs,
      end_ms: endMs,
      kind,
      label,
      detail: '{}',
    }));
    if (rows.length > 0) await this.queries.insertInto('camera_events').values(rows).execute();
  }

  async clear(): Promise<void> {
    this.writtenNow = undefined;
    for (const table of ['runs', 'gaps', 'camera_events', 'holds'] as const) {
      await this.queries.deleteFrom(table).execute();
    }
  }

  async close(): Promise<void> {
    await this.database.close();
    await rm(this.#folder, { recursive: true });
  }

  #id(prefix: string): string {
    this.#number += 1;
    return `${prefix}_${String(this.#number).padStart(8, '0')}`;
  }
}
