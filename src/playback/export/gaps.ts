/**
 * What is missing in the range of an export, and why: the ledger's gaps, what was deleted, and holes that nobody wanted
 * filled.
 */
import type { Kysely } from 'kysely';
import type { DeletedSpan } from '../../database/exports.ts';
import { deletedWithin } from '../../database/exports.ts';
import type { Schema } from '../../database/schema.ts';
import { gapsIn } from '../../database/timeline.ts';
import { maxListedGaps } from './limits.ts';
import type { ManifestCamera } from './manifest.ts';
import type { ExportOrder } from './order.ts';
import type { CameraPlan } from './plan.ts';

type ListedGap = ManifestCamera['gaps'][number];

export interface ListedGaps {
  /** By start. */
  readonly gaps: readonly ListedGap[];
  /** Beyond those that are listed. */
  readonly more: number;
}

/** Recordings that meet better than this have no hole between them. */
const holeMs = 1000;

/** @param nowMs gaps that last still, end now */
export async function listGaps(
  queries: Kysely<Schema>,
  plan: CameraPlan,
  { startMs, endMs }: Pick<ExportOrder, 'startMs' | 'endMs'>,
  nowMs: number,
): Promise<ListedGaps> {
  const range = { cameraId: plan.cameraId, fromMs: startMs, toMs: endMs, nowMs };
  const gaps: ListedGap[] = [];
  let more = 0;
  for await (const page of gapsIn(queries, range, undefined)) {
    for (const gap of page) {
      const { cause, detail, recorded: partial } = gap;
      if (gaps.length >= maxListedGaps) more += 1;
      else gaps.push({ ...whole(gap.startMs, gap.endMs), cause, detail, partial });
    }
  }
  const deleted = await deletedWithin(queries, range, maxListedGaps);
  for (const hole of holesOf(plan, startMs, Math.min(endMs, nowMs))) {
    const isKnown = gaps.some((gap) => gap.startMs < hole.endMs && gap.endMs > hole.startMs);
    for (const gap of reasonsOf(hole, deleted, isKnown)) {
      if (gaps.length >= maxListedGaps) more += 1;
      else gaps.push(gap);
    }
  }
  return { gaps: gaps.sort((a, b) => a.startMs - b.startMs), more };
}

/** @param isKnown the ledger says something of it */
function reasonsOf(hole: Hole, deleted: readonly DeletedSpan[], isKnown: boolean): readonly ListedGap[] {
  const gone: ListedGap[] = [];
  for (const { reason, deletedMs, ...span } of deleted) {
    const both = whole(Math.max(span.startMs, hole.startMs), Math.min(span.endMs, hole.endMs));
    const detail = `Deleted at ${new Date(deletedMs).toISOString()}: ${reason}.`;
    if (both.endMs > both.startMs) gone.push({ ...both, cause: 'deleted', detail, partial: false });
  }
  if (gone.length > 0 || isKnown) return gone;
  return [{ ...hole, cause: 'not-recorded', detail: 'The ledger has no gap here.', partial: false }];
}

interface Hole {
  readonly startMs: number;
  readonly endMs: number;
}

function* holesOf({ recordings }: CameraPlan, startMs: number, endMs: number): Generator<Hole, void> {
  let coveredMs = startMs;
  for (const recording of recordings) {
    if (recording.startMs - coveredMs > holeMs) yield whole(coveredMs, recording.startMs);
    coveredMs = Math.max(coveredMs, recording.endMs);
  }
  if (endMs - coveredMs > holeMs) yield whole(coveredMs, endMs);
}

function whole(startMs: number, endMs: number): Hole {
  return { startMs: Math.round(startMs), endMs: Math.round(endMs) };
}
