/**
 * What an export of one camera will copy, from the index alone.
 *
 * In:  a camera and a range. Out: recordings with the fragments of each, their bytes and times; what cannot be found.
 * Promises: no media is read; work and memory are bounded by `maxRecordings`.
 */
import type { Archive, FragmentEntry, RecordingId, RecordingInfo } from '../../archive/types.ts';
import type { CameraId } from '../../base/ids.ts';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import type { FootageParts } from '../session.ts';
import { maxFootageMs, maxRangeMs, maxRecordings } from './limits.ts';
import type { ExportFault, ExportOrder } from './order.ts';

export interface IndexParts {
  readonly archive: Pick<Archive, 'list' | 'open'>;
  readonly tables: FootageParts['tables'];
}

export interface PlannedRecording {
  readonly info: RecordingInfo;
  /** Its fragments, both included. */
  readonly first: number;
  readonly last: number;
  readonly bytes: number;
  /** Pictures. */
  readonly frames: number;
  readonly startMs: number;
  readonly endMs: number;
}

/** Footage that the index names and nobody can read. */
export interface MissingFootage {
  readonly recordingId: RecordingId;
  readonly startMs: number;
  readonly endMs: number;
  readonly reason: string;
}

export interface CameraPlan {
  readonly cameraId: CameraId;
  readonly recordings: readonly PlannedRecording[];
  readonly missing: readonly MissingFootage[];
  readonly bytes: number;
  /** Of the footage within the range. */
  readonly recordedMs: number;
}

type Range = Pick<ExportOrder, 'startMs' | 'endMs'>;

/** Tables that are in memory at one time. */
const recordingsAtOnce = 200;

/** The end of the times that `Date` knows. */
const latestMs = 8.64e15;

export function rangeFault({ startMs, endMs }: Range): ExportFault | undefined {
  if (!(startMs >= 0 && endMs <= latestMs))
    return { kind: 'bad-range', message: 'Start and end have to be Unix milliseconds.' };
  if (!(endMs > startMs)) return { kind: 'bad-range', message: 'The end has to be after the start.' };
  if (endMs - startMs > maxRangeMs)
    return { kind: 'too-much', message: 'An export covers 31 days at most: choose a shorter range.' };
  return undefined;
}

export async function planCamera(
  parts: IndexParts,
  cameraId: CameraId,
  range: Range,
): Promise<Result<CameraPlan, ExportFault>> {
  const infos = await parts.archive.list(cameraId, range.startMs, range.endMs, maxRecordings + 1);
  if (infos.length > maxRecordings) return err(tooMuch(cameraId));
  const recordings: PlannedRecording[] = [];
  const missing: MissingFootage[] = [];
  let [bytes, recordedMs] = [0, 0];
  for (let at = 0; at < infos.length; at += recordingsAtOnce) {
    const some = infos.slice(at, at + recordingsAtOnce);
    const tables = await parts.tables(some.map(({ id }) => id));
    for (const info of some) {
      const fragments = tables.get(info.id) ?? (await openTable(parts, info.id));
      if (typeof fragments === 'string') {
        missing.push({ recordingId: info.id, startMs: info.startMs, endMs: info.endMs, reason: fragments });
        continue;
      }
      const planned = planRecording(info, fragments, range, recordings.length === 0);
      if (!planned) continue;
      recordings.push(planned);
      bytes += planned.bytes;
      recordedMs += withinMs(planned, range);
    }
    if (recordedMs > maxFootageMs) return err(tooMuch(cameraId));
  }
  return ok({ cameraId, recordings, missing, bytes, recordedMs });
}

/** Of a recording that is being written; or why it cannot be read. */
async function openTable(
  { archive }: IndexParts,
  id: RecordingId,
): Promise<readonly FragmentEntry[] | string> {
  const opened = await archive.open(id);
  if (!opened.ok) return opened.error.message;
  const fragments = opened.value.fragments();
  opened.value.close();
  return fragments;
}

/** @param isFirst it begins at the keyframe at or before the start; those that follow are taken from theirs */
function planRecording(
  info: RecordingInfo,
  fragments: readonly FragmentEntry[],
  { startMs, endMs }: Range,
  isFirst: boolean,
): PlannedRecording | undefined {
  let first = 0;
  let last = -1;
  for (const [index, fragment] of fragments.entries()) {
    if (fragment.startMs >= endMs) break;
    if (isFirst && fragment.key && fragment.startMs <= startMs) first = index;
    last = index;
  }
  const taken = fragments.slice(first, last + 1);
  const [begin, end] = [taken[0], taken.at(-1)];
  if (!begin || !end || end.startMs + end.durationMs <= startMs) return undefined;
  let [bytes, frames] = [0, 0];
  for (const fragment of taken) {
    bytes += fragment.sizeBytes;
    frames += fragment.frames;
  }
  return { info, first, last, bytes, frames, startMs: begin.startMs, endMs: end.startMs + end.durationMs };
}

function withinMs(planned: PlannedRecording, { startMs, endMs }: Range): number {
  return Math.max(0, Math.min(planned.endMs, endMs) - Math.max(planned.startMs, startMs));
}

function tooMuch(cameraId: CameraId): ExportFault {
  return {
    kind: 'too-much',
    message: `There are more than 24 hours of footage of ${cameraId} in this range: export it in parts.`,
  };
}
