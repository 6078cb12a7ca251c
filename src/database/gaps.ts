/**
 * Queries on what recordings lack and what happened: `gaps`, `recording_marks`, `camera_events`.
 */
import type { Insertable, Kysely, Selectable } from 'kysely';
import type { CameraId } from '../base/ids.ts';
import type { UnixMs } from '../base/units.ts';
import { unixMs } from '../base/units.ts';
import type { Schema } from './schema.ts';

export interface StoredGap {
  readonly id: string;
  readonly cameraId: CameraId;
  readonly startMs: UnixMs;
  /** Null while it lasts. */
  readonly endMs: UnixMs | null;
  readonly cause: string;
  readonly detail: string;
}

/** What was wanted of a camera when the server was last seen. */
export interface RecordingMark {
  readonly cameraId: CameraId;
  readonly wanted: boolean;
  readonly coveredUntilMs: UnixMs;
  readonly seenMs: UnixMs;
}

export interface CameraEvent {
  readonly id: string;
  readonly cameraId: CameraId;
  readonly startMs: UnixMs;
  /** Null while it lasts. */
  readonly endMs: UnixMs | null;
  readonly kind: string;
  readonly label: string;
  readonly detail: string;
}

/** What is written together, so that it costs one sync of the disk. */
export interface LedgerBatch {
  /** New, or changed: by id. */
  readonly gaps: readonly StoredGap[];
  /** Ids of gaps that proved to be none. */
  readonly noGaps: readonly string[];
  readonly events: readonly CameraEvent[];
  readonly marks: readonly RecordingMark[];
  /** Cameras that are deleted: nothing is wanted of them any more. */
  readonly noMarks: readonly CameraId[];
}

/** SQLite takes some thousand values in one statement. */
const rowsAtOnce = 500;

/** All of it or nothing. */
export async function writeLedger(queries: Kysely<Schema>, batch: LedgerBatch): Promise<void> {
  await queries.transaction().execute(async (inside) => {
    for (const gaps of chunks(batch.gaps)) {
      await inside
        .insertInto('gaps')
        .values(gaps.map(gapRow))
        .onConflict((conflict) =>
          conflict.column('id').doUpdateSet((row) => ({
            start_ms: row.ref('excluded.start_ms'),
            end_ms: row.ref('excluded.end_ms'),
            cause: row.ref('excluded.cause'),
            detail: row.ref('excluded.detail'),
          })),
        )
        .execute();
    }
    for (const ids of chunks(batch.noGaps)) await inside.deleteFrom('gaps').where('id', 'in', ids).execute();
    await writeEvents(inside, batch.events);
    await writeMarks(inside, batch);
  });
}

async function writeEvents(queries: Kysely<Schema>, events: readonly CameraEvent[]): Promise<void> {
  for (const some of chunks(events)) {
    await queries
      .insertInto('camera_events')
      .values(some.map(eventRow))
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet((row) => ({
          end_ms: row.ref('excluded.end_ms'),
          label: row.ref('excluded.label'),
          detail: row.ref('excluded.detail'),
        })),
      )
      .execute();
  }
}

async function writeMarks(queries: Kysely<Schema>, { marks, noMarks }: LedgerBatch): Promise<void> {
  for (const some of chunks(marks)) {
    await queries
      .insertInto('recording_marks')
      .values(some.map(markRow))
      .onConflict((conflict) =>
        conflict.column('camera_id').doUpdateSet((row) => ({
          wanted: row.ref('excluded.wanted'),
          covered_until_ms: row.ref('excluded.covered_until_ms'),
          seen_ms: row.ref('excluded.seen_ms'),
        })),
      )
      .execute();
  }
  for (const ids of chunks(noMarks)) {
    await queries.deleteFrom('recording_marks').where('camera_id', 'in', ids).execute();
  }
}

/** Gaps that had not ended when the server did. */
export async function openGaps(queries: Kysely<Schema>): Promise<readonly StoredGap[]> {
  const rows = await queries.selectFrom('gaps').selectAll().where('end_ms', 'is', null).execute();
  return rows.map(fromGapRow);
}

export async function listMarks(queries: Kysely<Schema>): Promise<readonly RecordingMark[]> {
  const rows = await queries.selectFrom('recording_marks').selectAll().execute();
  return rows.map((row) => ({
    cameraId: row.camera_id as CameraId,
    wanted: row.wanted !== 0,
    coveredUntilMs: unixMs(row.covered_until_ms),
    seenMs: unixMs(row.seen_ms),
  }));
}

/** Events that last, or ended at or after `sinceMs`. At most `limit`, the newest first. */
export async function recentEvents(
  queries: Kysely<Schema>,
  sinceMs: UnixMs,
  limit: number,
): Promise<readonly CameraEvent[]> {
  const rows = await queries
    .selectFrom('camera_events')
    .selectAll()
    .where((where) => where.or([where('end_ms', 'is', null), where('end_ms', '>=', sinceMs)]))
    .orderBy('start_ms', 'desc')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    cameraId: row.camera_id as CameraId,
    startMs: unixMs(row.start_ms),
    endMs: row.end_ms === null ? null : unixMs(row.end_ms),
    kind: row.kind,
    label: row.label,
    detail: row.detail,
  }));
}

function* chunks<T>(rows: readonly T[]): Iterable<readonly T[]> {
  for (let at = 0; at < rows.length; at += rowsAtOnce) yield rows.slice(at, at + rowsAtOnce);
}

function fromGapRow(row: Selectable<Schema['gaps']>): StoredGap {
  return {
    id: row.id,
    cameraId: row.camera_id as CameraId,
    startMs: unixMs(row.start_ms),
    endMs: row.end_ms === null ? null : unixMs(row.end_ms),
    cause: row.cause,
    detail: row.detail,
  };
}

function gapRow({ id, cameraId, startMs, endMs, cause, detail }: StoredGap): Insertable<Schema['gaps']> {
  return { id, camera_id: cameraId, start_ms: startMs, end_ms: endMs, cause, detail };
}

function eventRow(event: CameraEvent): Insertable<Schema['camera_events']> {
  const { id, cameraId, startMs, endMs, kind, label, detail } = event;
  return { id, camera_id: cameraId, start_ms: startMs, end_ms: endMs, kind, label, detail };
}

function markRow(mark: RecordingMark): Insertable<Schema['recording_marks']> {
  const { cameraId, wanted, coveredUntilMs, seenMs } = mark;
  return {
    camera_id: cameraId,
    wanted: wanted ? 1 : 0,
    covered_until_ms: coveredUntilMs,
    seen_ms: seenMs,
  };
}
