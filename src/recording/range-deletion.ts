/**
 * Deleting a stretch of footage because somebody asked for it. What is held is refused as a whole, before anything goes.
 */
import type { Kysely } from 'kysely';
import type { Archive } from '../archive/types.ts';
import type { CameraId } from '../base/ids.ts';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { Hold } from '../database/holds.ts';
import { holdsOn } from '../database/holds.ts';
import type { Schema } from '../database/schema.ts';
import { filesTouching } from '../database/storage.ts';
import type { Span } from '../database/timeline.ts';

export interface RangeDeletion {
  readonly recordings: number;
  readonly bytes: number;
  /** What was deleted begins and ends with whole recordings; null when there was nothing. */
  readonly startMs: number | null;
  readonly endMs: number | null;
  /** False: there is more in the range; ask again. */
  readonly complete: boolean;
}

interface DeletionParts {
  readonly queries: Kysely<Schema>;
  readonly archive: Pick<Archive, 'delete'>;
  readonly nowMs: number;
}

/** Of one request: some seconds of the database's time at most. */
const maxDeletedAtOnce = 5000;
/** Of one transaction: some tens of milliseconds. */
const batchSize = 100;

/** Every finished recording that the range touches. The error is a hold that is in the way. */
export async function deleteRange(
  { queries, archive, nowMs }: DeletionParts,
  cameraId: CameraId,
  range: Span,
): Promise<Result<RangeDeletion, Hold>> {
  const files = await filesTouching(queries, cameraId, range, maxDeletedAtOnce + 1);
  const chosen = files.slice(0, maxDeletedAtOnce);
  const startMs = Math.min(...chosen.map((file) => file.startMs));
  const endMs = chosen.reduce((latest, file) => Math.max(latest, file.endMs), 0);
  const holds = await holdsOn(queries, cameraId, nowMs);
  const whole = { startMs: Math.min(startMs, range.startMs), endMs: Math.max(endMs, range.endMs) };
  const hold = holds.find((held) => held.startMs < whole.endMs && held.endMs > whole.startMs);
  if (hold) return err(hold);
  for (let at = 0; at < chosen.length; at += batchSize) {
    const ids = chosen.slice(at, at + batchSize).map(({ id }) => id);
    await archive.delete(ids, 'request', 'Somebody asked for this stretch to be deleted.');
  }
  const isNothing = chosen.length === 0;
  return ok({
    recordings: chosen.length,
    bytes: chosen.reduce((sum, { bytes }) => sum + bytes, 0),
    startMs: isNothing ? null : startMs,
    endMs: isNothing ? null : endMs,
    complete: files.length <= maxDeletedAtOnce,
  });
}
