/**
 * Queries for making the index anew from the files: what it holds now, and runs out of recordings.
 */
import type { Kysely } from 'kysely';
import { runToleranceMs } from './recordings.ts';
import type { Schema } from './schema.ts';

type Queries = Kysely<Schema>;

/** A row, and whether everything that belongs to it is there. */
export interface IndexedFile {
  readonly id: string;
  readonly volume_id: string;
  readonly path: string;
  readonly bytes: number;
  /** Null when it is missing. */
  readonly packed: Uint8Array | null;
  /** Null when its codec is missing. */
  readonly tracks: string | null;
}

/** A page of a camera's recordings by id, those after `afterId`. */
export function indexedFiles(
  queries: Queries,
  cameraId: string,
  page: { readonly afterId: string; readonly limit: number },
): Promise<readonly IndexedFile[]> {
  return queries
    .selectFrom('recordings')
    .leftJoin('recording_fragments', 'recording_fragments.recording_id', 'recordings.id')
    .leftJoin('recording_codecs', 'recording_codecs.id', 'recordings.codec_id')
    .select(['recordings.id', 'recordings.volume_id', 'recordings.path', 'recordings.bytes'])
    .select(['recording_fragments.packed', 'recording_codecs.tracks'])
    .where('recordings.camera_id', '=', cameraId)
    .where('recordings.id', '>', page.afterId)
    .orderBy('recordings.id')
    .limit(page.limit)
    .execute();
}

/** Ids of cameras that have recordings. */
export async function recordedCameras(queries: Queries): Promise<readonly string[]> {
  const rows = await queries.selectFrom('recordings').select('camera_id').distinct().execute();
  return rows.map((row) => row.camera_id);
}

/** Paths on a volume that are no recordings: being written when the server died, or to be unlinked. */
export async function otherPaths(queries: Queries, volumeId: string): Promise<ReadonlySet<string>> {
  const [openings, garbage] = await Promise.all([
    queries.selectFrom('recording_openings').select('path').where('volume_id', '=', volumeId).execute(),
    queries.selectFrom('garbage').select('path').where('volume_id', '=', volumeId).execute(),
  ]);
  return new Set([...openings, ...garbage].map(({ path }) => path));
}

/** Rows at one time while runs are made. */
const rowsAtOnce = 1000;

/** A recording that was rotated goes on in the next one, when that begins where it ends. */
export function rebuildRuns(queries: Queries, cameraId: string, newRunId: () => string): Promise<void> {
  return queries.transaction().execute(async (transaction) => {
    await transaction.deleteFrom('runs').where('camera_id', '=', cameraId).execute();
    let run: Run | undefined;
    let after = { startMs: -1, id: '' };
    for (;;) {
      const rows = await pageOf(transaction, cameraId, after);
      const last = rows.at(-1);
      if (!last) break;
      for (const row of rows) {
        if (run && !goesOn(run, row.start_ms)) await putRun(transaction, cameraId, run);
        if (!run || !goesOn(run, row.start_ms))
          run = { id: newRunId(), startMs: row.start_ms, endMs: row.end_ms, rotated: false };
        run.endMs = Math.max(run.endMs, row.end_ms);
        run.rotated = row.end_reason === 'rotated';
        await transaction
          .updateTable('recordings')
          .set({ run_id: run.id })
          .where('id', '=', row.id)
          .execute();
      }
      after = { startMs: last.start_ms, id: last.id };
    }
    if (run) await putRun(transaction, cameraId, run);
  });
}

interface Run {
  readonly id: string;
  readonly startMs: number;
  endMs: number;
  rotated: boolean;
}

function goesOn(run: Run, startMs: number): boolean {
  return run.rotated && Math.abs(startMs - run.endMs) <= runToleranceMs;
}

function pageOf(
  queries: Queries,
  cameraId: string,
  after: { readonly startMs: number; readonly id: string },
) {
  return queries
    .selectFrom('recordings')
    .select(['id', 'start_ms', 'end_ms', 'end_reason'])
    .where('camera_id', '=', cameraId)
    .where((row) =>
      row.or([
        row('start_ms', '>', after.startMs),
        row.and([row('start_ms', '=', after.startMs), row('id', '>', after.id)]),
      ]),
    )
    .orderBy('start_ms')
    .orderBy('id')
    .limit(rowsAtOnce)
    .execute();
}

async function putRun(queries: Queries, cameraId: string, run: Run): Promise<void> {
  const row = { id: run.id, camera_id: cameraId, start_ms: run.startMs, end_ms: run.endMs };
  await queries.insertInto('runs').values(row).execute();
}
