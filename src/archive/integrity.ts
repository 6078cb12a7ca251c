/**
 * Checks stored recordings in the background, the longest unchecked first, one at a time and slowly. In: the index and
 * a rate. Out: verdicts in the index, a call for each new damage, numbers for the storage page.
 */
import type { Kysely } from 'kysely';
import type { Clock, Timer } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { damagedRecordings, integrityCounts, noteVerdict, recordingsToCheck } from '../database/integrity.ts';
import type { RecordingRow } from '../database/recordings.ts';
import type { Schema } from '../database/schema.ts';
import { errorText } from './disk.ts';
import type { Verdict, VerifyParts } from './verify.ts';
import { verifyRecording } from './verify.ts';

export interface IntegrityOptions {
  readonly parts: VerifyParts;
  readonly queries: Kysely<Schema>;
  readonly clock: Clock;
  readonly log: Log;
  /** 0: nothing is checked. Looked at again and again. */
  readonly bytesPerSecond: number;
  /** Volumes that can be read now. */
  readonly volumeIds: () => readonly string[];
  /** Whether there is a master key: without one sealed recordings are left alone. */
  readonly keysHere: boolean;
  /** A recording that was sound, or never checked, is damaged. */
  readonly onDamage: (row: RecordingRow, damage: string) => void;
}

/** As `integrity` in `GET /api/v1/storage`. */
export interface IntegrityReport {
  readonly checkedRecordings: number;
  readonly uncheckedRecordings: number;
  readonly lastPassMs: number | null;
  readonly damaged: readonly {
    readonly recordingId: string;
    readonly cameraId: string;
    readonly startMs: number;
    readonly endMs: number;
    readonly damage: string;
  }[];
}

/** What was just written is read from memory: that says nothing about the disk. */
const settleMs = 3_600_000;
/** A disk that loses bits loses them over weeks; small archives are not read day and night. */
const againAfterMs = 7 * 24 * 3_600_000;
/** Rows at one time; the next look sees what was deleted meanwhile. */
const rowsAtOnce = 20;
/** How often it is looked whether it was switched on. */
const offMs = 1000;
/** How long it rests when nothing is due, or a volume or the database does not answer. */
const restMs = 60_000;
/** More are not listed: the disk is to be replaced then. */
const maxListedDamaged = 100;

export class IntegrityCheck {
  readonly #options: IntegrityOptions;
  #closed = false;
  #timer: Timer | undefined;
  #wake: (() => void) | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(options: IntegrityOptions) {
    this.#options = options;
  }

  /** Goes on until closed. */
  start(): void {
    this.#running = this.#run();
  }

  /** Resolves when nothing is read any more. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    this.#wake?.();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      await this.#whileOff();
      const checked = await this.#someRows().catch((error: unknown) => {
        this.#options.log.warn('Stored recordings cannot be checked now', { reason: errorText(error) });
        return 0;
      });
      if (checked === 0) await this.#wait(restMs);
    }
  }

  /** How many were checked. */
  async #someRows(): Promise<number> {
    const { queries, clock, parts, volumeIds, keysHere } = this.#options;
    const nowMs = clock.nowMs();
    const rows = await recordingsToCheck(queries, {
      volumeIds: volumeIds(),
      sealed: keysHere,
      endedBeforeMs: nowMs - settleMs,
      checkedBeforeMs: nowMs - againAfterMs,
      limit: rowsAtOnce,
    });
    let checked = 0;
    for (const row of rows) {
      if (this.#closed) break;
      const verdict = await verifyRecording(parts, row, (bytes) => this.#pace(bytes));
      if (await this.#note(row, verdict)) checked += 1;
    }
    return checked;
  }

  /** False when nothing is known about it now. */
  async #note(row: RecordingRow, verdict: Verdict): Promise<boolean> {
    const { queries, clock, log, onDamage } = this.#options;
    if (verdict.kind === 'unchecked' && verdict.cause !== 'key') return false;
    const damage = damageOf(verdict);
    const there = await noteVerdict(queries, row.id, { verifiedMs: clock.nowMs(), damage });
    if (!there || damage === null || damage === row.damage) return true;
    const { id: recording, camera_id: camera, path: file } = row;
    log.error('A stored recording is damaged', { recording, camera, file, damage });
    onDamage(row, damage);
    return true;
  }

  /** At once when it is closing: the file at hand is read to its end. */
  async #pace(bytes: number): Promise<void> {
    await this.#whileOff();
    if (!this.#closed) await this.#wait((bytes / this.#options.bytesPerSecond) * 1000);
  }

  async #whileOff(): Promise<void> {
    while (this.#options.bytesPerSecond === 0 && !this.#closed) await this.#wait(offMs);
  }

  #wait(ms: number): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = resolve;
      this.#timer = this.#options.clock.after(ms, resolve);
    });
  }
}

/** What is known of the soundness of all recordings. */
export async function integrityReport(queries: Kysely<Schema>): Promise<IntegrityReport> {
  const [counts, damaged] = await Promise.all([
    integrityCounts(queries),
    damagedRecordings(queries, maxListedDamaged),
  ]);
  return {
    checkedRecordings: counts.checked,
    uncheckedRecordings: counts.unchecked,
    lastPassMs: counts.lastPassMs,
    damaged: damaged.map((row) => ({
      recordingId: row.id,
      cameraId: row.camera_id,
      startMs: row.start_ms,
      endMs: row.end_ms,
      damage: row.damage ?? '',
    })),
  };
}

/** Without a key nobody can watch it either: for who owns it that is as bad. */
function damageOf(verdict: Verdict): string | null {
  switch (verdict.kind) {
    case 'sound':
      return null;
    case 'damaged':
      return verdict.damage;
    case 'unchecked':
      return verdict.reason;
  }
}
