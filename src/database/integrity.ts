/**
 * Queries about the soundness of recordings: which are to be checked next, what was found, how far it has come.
 */
import type { Kysely } from 'kysely';
import type { RecordingRow } from './recordings.ts';
import type { Schema } from './schema.ts';

type Queries = Kysely<Schema>;

export interface DueRecordings {
  /** Those on other volumes are left out. */
  readonly volumeIds: readonly string[];
  /** False: only plain ones. */
  readonly sealed: boolean;
  /** Never checked, and ended before this. */
  readonly endedBeforeMs: number;
  /** Checked, and that before this. */
  readonly checkedBeforeMs: number;
  readonly limit: number;
}

/** The longest unchecked first: those never checked, by start; then the others, by when they were. */
export async function recordingsToCheck(
  queries: Queries,
  due: DueRecordings,
): Promise<readonly RecordingRow[]> {
  if (due.volumeIds.length === 0) return [];
  let onVolumes = queries.selectFrom('recordings').selectAll().where('volume_id', 'in', due.volumeIds);
  if (!due.sealed) onVolumes = onVolumes.where('key_id', 'is', null);
  const never = await onVolumes
    .where('verified_ms', 'is', null)
    .where('end_ms', '<', due.endedBeforeMs)
    .orderBy('start_ms')
    .limit(due.limit)
    .execute();
  if (never.length > 0) return never;
  return onVolumes
    .where('verified_ms', '<', due.checkedBeforeMs)
    .orderBy('verified_ms')
    .limit(due.limit)
    .execute();
}

/** False when it was deleted meanwhile. @param damage plain words; null when the file is sound */
export async function noteVerdict(
  queries: Queries,
  id: string,
  verdict: { readonly verifiedMs: number; readonly damage: string | null },
): Promise<boolean> {
  const { verifiedMs: verified_ms, damage } = verdict;
  const result = await queries
    .updateTable('recordings')
    .set({ verified_ms, damage })
    .where('id', '=', id)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

export interface IntegrityCounts {
  readonly checked: number;
  readonly unchecked: number;
  /** Everything that existed then was checked since; null when something older never was. */
  readonly lastPassMs: number | null;
}

export async function integrityCounts(queries: Queries): Promise<IntegrityCounts> {
  const [never, checked] = await Promise.all([
    queries
      .selectFrom('recordings')
      .where('verified_ms', 'is', null)
      .select((all) => [all.fn.countAll<number>().as('count'), all.fn.min('start_ms').as('oldestMs')])
      .executeTakeFirst(),
    queries
      .selectFrom('recordings')
      .where('verified_ms', 'is not', null)
      .select((all) => [all.fn.countAll<number>().as('count'), all.fn.min('verified_ms').as('oldestMs')])
      .executeTakeFirst(),
  ]);
  const passMs = checked?.oldestMs ?? null;
  const older = passMs !== null && typeof never?.oldestMs === 'number' && never.oldestMs < passMs;
  return {
    checked: checked?.count ?? 0,
    unchecked: never?.count ?? 0,
    lastPassMs: older ? null : passMs,
  };
}

/** The latest first. */
export function damagedRecordings(queries: Queries, limit: number): Promise<readonly RecordingRow[]> {
  return queries
    .selectFrom('recordings')
    .selectAll()
    .where('damage', 'is not', null)
    .orderBy('start_ms', 'desc')
    .limit(limit)
    .execute();
}

export interface RecordingSpan {
  /** All cameras when absent. */
  readonly cameraId?: string | undefined;
  readonly fromMs: number;
  readonly toMs: number;
}

/** A page of those that overlap [fromMs, toMs), by start; begin after `after`. */
export function recordingsAfter(
  queries: Queries,
  { cameraId, fromMs, toMs }: RecordingSpan,
  page: { readonly after: RecordingRow | undefined; readonly limit: number },
): Promise<readonly RecordingRow[]> {
  let found = queries
    .selectFrom('recordings')
    .selectAll()
    .where('start_ms', '<', toMs)
    .where('end_ms', '>', fromMs)
    .orderBy('start_ms')
    .orderBy('id')
    .limit(page.limit);
  if (cameraId !== undefined) found = found.where('camera_id', '=', cameraId);
  const { after } = page;
  if (!after) return found.execute();
  return found
    .where((row) =>
      row.or([
        row('start_ms', '>', after.start_ms),
        row.and([row('start_ms', '=', after.start_ms), row('id', '>', after.id)]),
      ]),
    )
    .execute();
}
