/**
 * An export as a job, and as a row of the database.
 */
import { z } from 'zod';
import type { CameraId } from '../../base/ids.ts';
import { isCameraId } from '../../base/ids.ts';
import { unixMs } from '../../base/units.ts';
import type { ExportRow } from '../../database/exports.ts';
import { isFileName } from './names.ts';
import type { ExportOrder } from './order.ts';
import type { ExportFile } from './run.ts';

export interface ExportJob {
  readonly id: string;
  /** Who asked for it; empty: before there were accounts. */
  readonly owner: string;
  readonly order: ExportOrder;
  /** As the cameras were called when it was asked for. */
  readonly names: ReadonlyMap<CameraId, string>;
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  /** 0 to 1. */
  readonly progress: number;
  /** Expected; of the files when done. */
  readonly bytes: number;
  /** For people; null while nothing is wrong. */
  readonly fault: string | null;
  /** Once it is done. */
  readonly files: readonly ExportFile[];
  readonly createdMs: number;
  readonly changedMs: number;
}

const requestSchema = z.object({
  owner: z.string().default(''),
  cameras: z.array(z.object({ id: z.string(), name: z.string() })),
  startMs: z.number(),
  endMs: z.number(),
  cut: z.enum(['keyframe', 'exact']),
});

const filesSchema = z.array(
  z.object({
    name: z.string().refine(isFileName),
    bytes: z.number(),
    cameraId: z.string().nullable(),
    sha256: z.string().nullable(),
  }),
);

export function newJob(
  id: string,
  order: ExportOrder,
  known: Pick<ExportJob, 'owner' | 'names' | 'bytes'> & { readonly nowMs: number },
): ExportJob {
  const { owner, names, bytes, nowMs } = known;
  const times = { createdMs: nowMs, changedMs: nowMs };
  return { id, owner, order, names, state: 'waiting', progress: 0, bytes, fault: null, files: [], ...times };
}

export function rowOf(job: ExportJob, changedMs: number): ExportRow {
  const { id, owner, order, names, state, progress, bytes, fault, files, createdMs } = job;
  const { cameraIds, startMs, endMs, cut } = order;
  const cameras = cameraIds.map((camera) => ({ id: camera, name: names.get(camera) ?? '' }));
  return {
    id,
    request: JSON.stringify({ owner, cameras, startMs, endMs, cut }),
    state,
    progress,
    bytes,
    fault,
    file: state === 'done' ? JSON.stringify(files) : null,
    created_ms: createdMs,
    changed_ms: changedMs,
  };
}

/** One that ran waits again: it begins anew. Undefined when the row makes no sense. */
export function jobOf(row: ExportRow): ExportJob | undefined {
  const request = requestSchema.safeParse(parsed(row.request));
  const files = filesSchema.safeParse(parsed(row.file ?? '[]'));
  const state = stateOf(row.state);
  if (!request.success || !files.success || !state) return undefined;
  const { owner, cameras, startMs, endMs, cut } = request.data;
  const names = new Map<CameraId, string>();
  for (const { id, name } of cameras) if (isCameraId(id)) names.set(id, name);
  const order = { cameraIds: [...names.keys()], startMs: unixMs(startMs), endMs: unixMs(endMs), cut };
  const { id, bytes, fault, created_ms: createdMs, changed_ms: changedMs } = row;
  const progress = state === 'done' ? 1 : 0;
  return { id, owner, order, names, state, progress, bytes, fault, files: files.data, createdMs, changedMs };
}

function stateOf(text: string): ExportJob['state'] | undefined {
  if (text === 'running') return 'waiting';
  return (['waiting', 'done', 'failed'] as const).find((state) => state === text);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
