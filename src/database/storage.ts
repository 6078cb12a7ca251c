/**
 * Questions about what is stored, for retention and the storage page: how much, how old, what may go first.
 * Each is answered from an index; none reads all recordings.
 */
import type { Kysely, Selectable } from 'kysely';
import type { CameraId } from '../base/ids.ts';
import { maxRecordingMs } from './recordings.ts';
import type { Schema } from './schema.ts';
import type { Span } from './timeline.ts';

export interface StorageUse {
  readonly cameraId: CameraId;
  readonly volumeId: string;
  readonly bytes: number;
  readonly recordings: number;
}

export interface StoredFile extends Span {
  readonly id: string;
  readonly cameraId: CameraId;
  readonly volumeId: string;
  readonly bytes: number;
}

export interface DepartedCamera {
  readonly id: CameraId;
  readonly name: string;
  /** Recording policy as it was, JSON text. */
  readonly recordingJson: string;
  readonly footage: 'keep' | 'delete';
  readonly departedMs: number;
}

/** Of each camera on each volume where it has anything. */
export async function storageUse(queries: Kysely<Schema>): Promise<readonly StorageUse[]> {
  const rows = await queries.selectFrom('storage_use').selectAll().execute();
  return rows.map((row) => ({
    cameraId: row.camera_id as CameraId,
    volumeId: row.volume_id,
    bytes: row.bytes,
    recordings: row.recordings,
  }));
}

/** Recordings that lie whole within a span, oldest first. @param place on one volume only, when it is named */
export async function filesWithin(
  queries: Kysely<Schema>,
  place: { readonly cameraId: CameraId; readonly volumeId?: string | undefined },
  { startMs, endMs }: Span,
  limit: number,
): Promise<readonly StoredFile[]> {
  const { cameraId, volumeId } = place;
  const within = filesFrom(queries, cameraId, { startMs, endMs }, limit).where('end_ms', '<=', endMs);
  const rows = await (volumeId === undefined ? within : within.where('volume_id', '=', volumeId)).execute();
  return rows.map(fileFrom);
}

/** Recordings that a span touches, oldest first. */
export async function filesTouching(
  queries: Kysely<Schema>,
  cameraId: CameraId,
  { startMs, endMs }: Span,
  limit: number,
): Promise<readonly StoredFile[]> {
  const early = { startMs: startMs - maxRecordingMs, endMs };
  const rows = await filesFrom(queries, cameraId, early, limit).where('end_ms', '>', startMs).execute();
  return rows.map(fileFrom);
}

/** Of the recordings that a span touches. @param notBeforeMs those that begin before are left out */
export async function sizeWithin(
  queries: Kysely<Schema>,
  cameraId: CameraId,
  { startMs, endMs }: Span,
  notBeforeMs = 0,
): Promise<{ readonly bytes: number; readonly recordings: number; readonly recordedMs: number }> {
  const row = await queries
    .selectFrom('recordings')
    .select(({ fn, eb }) => [
      fn.coalesce(fn.sum<number>('bytes'), eb.val(0)).as('bytes'),
      fn.countAll<number>().as('recordings'),
      fn.coalesce(fn.sum<number>(eb('end_ms', '-', eb.ref('start_ms'))), eb.val(0)).as('recordedMs'),
    ])
    .where('camera_id', '=', cameraId)
    .where('start_ms', '>=', Math.max(notBeforeMs, startMs - maxRecordingMs))
    .where('start_ms', '<', endMs)
    .where('end_ms', '>', startMs)
    .executeTakeFirstOrThrow();
  return row;
}

/** From the oldest start to the newest end; undefined when there is nothing. */
export async function reachOf(queries: Kysely<Schema>, cameraId: CameraId): Promise<Span | undefined> {
  const own = queries.selectFrom('recordings').where('camera_id', '=', cameraId);
  const first = await own.select('start_ms').orderBy('start_ms').limit(1).executeTakeFirst();
  const last = await own
    .select(['start_ms', 'end_ms'])
    .orderBy('start_ms', 'desc')
    .limit(1)
    .executeTakeFirst();
  return first && last && { startMs: first.start_ms, endMs: last.end_ms };
}

export async function departedCameras(queries: Kysely<Schema>): Promise<readonly DepartedCamera[]> {
  const rows = await queries.selectFrom('departed_cameras').selectAll().orderBy('departed_ms').execute();
  return rows.map(departedFrom);
}

export async function insertDeparted(queries: Kysely<Schema>, camera: DepartedCamera): Promise<void> {
  await queries
    .insertInto('departed_cameras')
    .values({
      id: camera.id,
      name: camera.name,
      recording: camera.recordingJson,
      footage: camera.footage,
      departed_ms: camera.departedMs,
    })
    .execute();
}

/** Nothing of it is left. */
export async function forgetDeparted(queries: Kysely<Schema>, id: CameraId): Promise<void> {
  await queries.deleteFrom('departed_cameras').where('id', '=', id).execute();
}

function departedFrom(row: Selectable<Schema['departed_cameras']>): DepartedCamera {
  return {
    id: row.id as CameraId,
    name: row.name,
    recordingJson: row.recording,
    footage: row.footage === 'delete' ? 'delete' : 'keep',
    departedMs: row.departed_ms,
  };
}

/** Those that begin within a span, by start. */
function filesFrom(queries: Kysely<Schema>, cameraId: CameraId, { startMs, endMs }: Span, limit: number) {
  return queries
    .selectFrom('recordings')
    .select(['id', 'camera_id', 'volume_id', 'start_ms', 'end_ms', 'bytes'])
    .where('camera_id', '=', cameraId)
    .where('start_ms', '>=', startMs)
    .where('start_ms', '<', endMs)
    .orderBy('start_ms')
    .limit(limit);
}

type FileRow = Pick<
  Selectable<Schema['recordings']>,
  'id' | 'camera_id' | 'volume_id' | 'start_ms' | 'end_ms' | 'bytes'
>;

function fileFrom(row: FileRow): StoredFile {
  return {
    id: row.id,
    cameraId: row.camera_id as CameraId,
    volumeId: row.volume_id,
    startMs: row.start_ms,
    endMs: row.end_ms,
    bytes: row.bytes,
  };
}
