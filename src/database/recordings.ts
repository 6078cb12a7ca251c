/**
 * Queries on the tables of the archive: volumes, openings, recordings with their fragment tables, codecs, runs.
 * What must hold together is done in one transaction here, so that no caller can forget half of it.
 */
import type { Kysely, Selectable, Transaction } from 'kysely';
import { insertGarbage } from './garbage.ts';
import type { Schema } from './schema.ts';

export type RecordingRow = Selectable<Schema['recordings']>;
export type OpeningRow = Selectable<Schema['recording_openings']>;
type CodecRow = Selectable<Schema['recording_codecs']>;
type RunRow = Selectable<Schema['runs']>;
export type VolumeRow = Selectable<Schema['volumes']>;

type Queries = Kysely<Schema>;

/** A recording is never longer, so that those at a moment are found from their starts. */
export const maxRecordingMs = 3_600_000;

/** Recordings of a run may be so far apart: capture times jitter. */
export const runToleranceMs = 1000;

/** SQLite takes 32766 values in one statement; ours have few columns. */
const maxIdsAtOnce = 500;

export function listVolumes(queries: Queries): Promise<readonly VolumeRow[]> {
  return queries.selectFrom('volumes').selectAll().orderBy('created_ms').orderBy('id').execute();
}

/** Inserts it, or notes where it is now. */
export async function putVolume(queries: Queries, row: VolumeRow): Promise<void> {
  await queries
    .insertInto('volumes')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ path: row.path }))
    .execute();
}

export function listOpenings(queries: Queries): Promise<readonly OpeningRow[]> {
  return queries.selectFrom('recording_openings').selectAll().orderBy('opened_ms').orderBy('id').execute();
}

/** One thing the archive writes; many are written in one transaction. */
export type ArchiveChange =
  | { readonly kind: 'open'; readonly opening: OpeningRow }
  | {
      readonly kind: 'commit';
      readonly row: RecordingRow;
      readonly codec: CodecRow;
      readonly packed: Uint8Array;
      readonly newRunId: string;
    }
  /** Its disk failed it: the opening now says how much of the file counts. */
  | { readonly kind: 'limit'; readonly opening: OpeningRow }
  /** The opening's file is not there. */
  | { readonly kind: 'forget'; readonly id: string }
  /** The opening's file holds nothing worth keeping. */
  | { readonly kind: 'discard'; readonly opening: OpeningRow; readonly nowMs: number };

/**
 * All of them, or none. Returns the id of the run that each committed recording belongs to, by recording: another
 * than the row says when the run meanwhile has a hole before it.
 */
export function applyChanges(
  queries: Queries,
  changes: readonly ArchiveChange[],
): Promise<ReadonlyMap<string, string>> {
  return queries.transaction().execute(async (transaction) => {
    const runs = new Map<string, string>();
    for (const change of changes) {
      if (change.kind === 'commit') runs.set(change.row.id, await commit(transaction, change));
      else await applyOther(transaction, change);
    }
    return runs;
  });
}

async function applyOther(
  transaction: Transaction<Schema>,
  change: Exclude<ArchiveChange, { kind: 'commit' }>,
): Promise<void> {
  if (change.kind === 'open') {
    await transaction.insertInto('recording_openings').values(change.opening).execute();
    return;
  }
  if (change.kind === 'limit') {
    const { id, head } = change.opening;
    await transaction.updateTable('recording_openings').set({ head }).where('id', '=', id).execute();
    return;
  }
  if (change.kind === 'discard') {
    const { path, volume_id } = change.opening;
    await insertGarbage(transaction, [{ path, volume_id, since_ms: change.nowMs }]);
  }
  const id = change.kind === 'forget' ? change.id : change.opening.id;
  await transaction.deleteFrom('recording_openings').where('id', '=', id).execute();
}

async function commit(
  transaction: Transaction<Schema>,
  { row, codec, packed, newRunId }: Extract<ArchiveChange, { kind: 'commit' }>,
): Promise<string> {
  const runId = await joinRun(transaction, row, newRunId);
  await transaction
    .insertInto('recording_codecs')
    .values(codec)
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
  await transaction
    .insertInto('recordings')
    .values({ ...row, run_id: runId })
    .execute();
  await transaction.insertInto('recording_fragments').values({ recording_id: row.id, packed }).execute();
  await transaction.deleteFrom('recording_openings').where('id', '=', row.id).execute();
  return runId;
}

/** Lengthens the run that the recording says it belongs to, or begins one. */
async function joinRun(
  transaction: Transaction<Schema>,
  row: RecordingRow,
  newRunId: string,
): Promise<string> {
  const named = await transaction
    .selectFrom('runs')
    .selectAll()
    .where('id', '=', row.run_id)
    .executeTakeFirst();
  const run = !named || touches(named, row) ? named : await runBefore(transaction, row);
  if (run) {
    await transaction
      .updateTable('runs')
      .set({ start_ms: Math.min(run.start_ms, row.start_ms), end_ms: Math.max(run.end_ms, row.end_ms) })
      .where('id', '=', run.id)
      .execute();
    return run.id;
  }
  const id = named ? newRunId : row.run_id;
  const { camera_id, start_ms, end_ms } = row;
  await transaction.insertInto('runs').values({ id, camera_id, start_ms, end_ms }).execute();
  return id;
}

/** The one that ends where the recording begins: what it continues lies behind a hole of its run. */
function runBefore(transaction: Transaction<Schema>, row: RecordingRow): Promise<RunRow | undefined> {
  return transaction
    .selectFrom('runs')
    .selectAll()
    .where('camera_id', '=', row.camera_id)
    .where('start_ms', '<=', row.start_ms)
    .where('end_ms', '>=', row.start_ms - runToleranceMs)
    .where('end_ms', '<=', row.start_ms + runToleranceMs)
    .orderBy('end_ms', 'desc')
    .limit(1)
    .executeTakeFirst();
}

function touches(run: RunRow, row: RecordingRow): boolean {
  return row.start_ms <= run.end_ms + runToleranceMs && row.end_ms >= run.start_ms - runToleranceMs;
}

/** Those that overlap [fromMs, toMs), by start. */
export function listRecordings(
  queries: Queries,
  span: { readonly cameraId: string; readonly fromMs: number; readonly toMs: number },
  limit: number,
): Promise<readonly RecordingRow[]> {
  return queries
    .selectFrom('recordings')
    .selectAll()
    .where('camera_id', '=', span.cameraId)
    .where('start_ms', '>=', span.fromMs - maxRecordingMs)
    .where('start_ms', '<', span.toMs)
    .where('end_ms', '>', span.fromMs)
    .orderBy('start_ms')
    .orderBy('id')
    .limit(limit)
    .execute();
}

/** The last that begins at or before `atMs`. */
export function recordingBefore(
  queries: Queries,
  cameraId: string,
  atMs: number,
): Promise<RecordingRow | undefined> {
  return queries
    .selectFrom('recordings')
    .selectAll()
    .where('camera_id', '=', cameraId)
    .where('start_ms', '<=', atMs)
    .orderBy('start_ms', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** The first that ends after `atMs`. */
export function recordingAfter(
  queries: Queries,
  cameraId: string,
  atMs: number,
): Promise<RecordingRow | undefined> {
  return queries
    .selectFrom('recordings')
    .selectAll()
    .where('camera_id', '=', cameraId)
    .where('start_ms', '>=', atMs - maxRecordingMs)
    .where('end_ms', '>', atMs)
    .orderBy('start_ms')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
}

export interface StoredRecording {
  readonly row: RecordingRow;
  readonly packed: Uint8Array;
  readonly codec: CodecRow;
}

/** With what serving its bytes needs. */
export async function findRecording(queries: Queries, id: string): Promise<StoredRecording | undefined> {
  const row = await queries.selectFrom('recordings').selectAll().where('id', '=', id).executeTakeFirst();
  if (!row) return undefined;
  const [table, codec] = await Promise.all([
    queries
      .selectFrom('recording_fragments')
      .select('packed')
      .where('recording_id', '=', id)
      .executeTakeFirst(),
    queries.selectFrom('recording_codecs').selectAll().where('id', '=', row.codec_id).executeTakeFirst(),
  ]);
  return table && codec && { row, packed: table.packed, codec };
}

export interface DeletionNote {
  readonly reason: string;
  readonly detail: string;
  readonly nowMs: number;
  /** Makes ids: for rows of `deletions` and for runs that are split. */
  readonly newId: (prefix: 'del' | 'run') => string;
}

/**
 * Turns rows into garbage, keeps runs and the list of deletions right; what is not there is passed over.
 * Returns what was deleted.
 */
export function deleteRecordings(
  queries: Queries,
  ids: readonly string[],
  note: DeletionNote,
): Promise<readonly RecordingRow[]> {
  return queries.transaction().execute(async (transaction) => {
    const rows: RecordingRow[] = [];
    for (let at = 0; at < ids.length; at += maxIdsAtOnce) {
      rows.push(...(await takeRows(transaction, ids.slice(at, at + maxIdsAtOnce))));
    }
    rows.sort((a, b) => a.start_ms - b.start_ms);
    const garbage = rows.map(({ path, volume_id }) => ({ path, volume_id, since_ms: note.nowMs }));
    await insertGarbage(transaction, garbage);
    for (const row of rows) await leaveRun(transaction, row, note.newId('run'));
    await noteDeletions(transaction, rows, note);
    return rows;
  });
}

async function takeRows(
  transaction: Transaction<Schema>,
  ids: readonly string[],
): Promise<readonly RecordingRow[]> {
  const rows = await transaction.selectFrom('recordings').selectAll().where('id', 'in', ids).execute();
  await transaction.deleteFrom('recordings').where('id', 'in', ids).execute();
  await transaction.deleteFrom('recording_fragments').where('recording_id', 'in', ids).execute();
  return rows;
}

/** The row is gone already: its run gets shorter, falls in two, or vanishes. */
async function leaveRun(transaction: Transaction<Schema>, row: RecordingRow, newId: string): Promise<void> {
  const run = await transaction
    .selectFrom('runs')
    .selectAll()
    .where('id', '=', row.run_id)
    .executeTakeFirst();
  if (!run) return;
  const inRun = transaction
    .selectFrom('recordings')
    .selectAll()
    .where('camera_id', '=', row.camera_id)
    .where('run_id', '=', run.id);
  const last = await inRun
    .where('start_ms', '<', row.start_ms)
    .where('start_ms', '>=', run.start_ms)
    .orderBy('start_ms', 'desc')
    .limit(1)
    .executeTakeFirst();
  const first = await inRun
    .where('start_ms', '>=', row.start_ms)
    .where('start_ms', '<=', run.end_ms)
    .orderBy('start_ms')
    .limit(1)
    .executeTakeFirst();
  if (last && first) await splitRun(transaction, run, { last, first, newId });
  else await shortenRun(transaction, run.id, { startMs: first?.start_ms, endMs: last?.end_ms });
}

async function shortenRun(
  transaction: Transaction<Schema>,
  id: string,
  to: { readonly startMs: number | undefined; readonly endMs: number | undefined },
): Promise<void> {
  if (to.startMs !== undefined) {
    await transaction.updateTable('runs').set({ start_ms: to.startMs }).where('id', '=', id).execute();
  } else if (to.endMs !== undefined) {
    await transaction.updateTable('runs').set({ end_ms: to.endMs }).where('id', '=', id).execute();
  } else {
    await transaction.deleteFrom('runs').where('id', '=', id).execute();
  }
}

/** The later part keeps the id: a recording that is being written may continue it. */
async function splitRun(
  transaction: Transaction<Schema>,
  run: RunRow,
  parts: { readonly last: RecordingRow; readonly first: RecordingRow; readonly newId: string },
): Promise<void> {
  const { last, first, newId } = parts;
  await transaction.updateTable('runs').set({ start_ms: first.start_ms }).where('id', '=', run.id).execute();
  await transaction
    .insertInto('runs')
    .values({ id: newId, camera_id: run.camera_id, start_ms: run.start_ms, end_ms: last.end_ms })
    .execute();
  await transaction
    .updateTable('recordings')
    .set({ run_id: newId })
    .where('camera_id', '=', run.camera_id)
    .where('start_ms', '>=', run.start_ms)
    .where('start_ms', '<=', last.start_ms)
    .where('run_id', '=', run.id)
    .execute();
}

/** One row for each camera. */
async function noteDeletions(
  transaction: Transaction<Schema>,
  rows: readonly RecordingRow[],
  note: DeletionNote,
): Promise<void> {
  for (const [cameraId, own] of Map.groupBy(rows, (row) => row.camera_id)) {
    let [startMs, endMs, bytes] = [Infinity, 0, 0];
    for (const row of own) {
      startMs = Math.min(startMs, row.start_ms);
      endMs = Math.max(endMs, row.end_ms);
      bytes += row.bytes;
    }
    await transaction
      .insertInto('deletions')
      .values({
        id: note.newId('del'),
        camera_id: cameraId,
        start_ms: startMs,
        end_ms: endMs,
        recordings: own.length,
        bytes,
        reason: note.reason,
        detail: note.detail,
        deleted_ms: note.nowMs,
      })
      .execute();
  }
}
