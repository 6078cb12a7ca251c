/**
 * `verify`, `reindex` and `unseal` over many recordings. In: a toolbox. Out: what was found, one by one.
 */
import { mkdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { systemDisk } from '../../archive/disk.ts';
import type { ReindexReport } from '../../archive/reindex.ts';
import { reindex } from '../../archive/reindex.ts';
import { unsealRecording } from '../../archive/unseal.ts';
import type { Verdict } from '../../archive/verify.ts';
import { verifyRecording } from '../../archive/verify.ts';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import type { RecordingSpan } from '../../database/integrity.ts';
import { noteVerdict, recordingsAfter } from '../../database/integrity.ts';
import type { RecordingRow } from '../../database/recordings.ts';
import { findRecording } from '../../database/recordings.ts';
import { systemClock } from '../../io/clock.ts';
import { systemRandom } from '../../io/random.ts';
import type { Toolbox, ToolKeys } from './toolbox.ts';

export type { RecordingSpan };

export interface VerifiedRecording {
  readonly id: string;
  readonly cameraId: string;
  readonly startMs: number;
  /** Of the file; absolute when its volume is there. */
  readonly file: string;
  readonly bytes: number;
  readonly verdict: Verdict;
}

/** Rows at one time; the database is left alone while files are read. */
const rowsAtOnce = 100;

/** Reads every recording of a span, oldest first, and writes what it finds into the index. */
export async function* verifySpan(toolbox: Toolbox, span: RecordingSpan): AsyncGenerator<VerifiedRecording> {
  for await (const row of rowsOf(toolbox, span)) {
    const verdict = await verifyRecording(toolbox, row);
    if (verdict.kind !== 'unchecked') {
      const damage = verdict.kind === 'damaged' ? verdict.damage : null;
      // Deleted while it was read: nothing is wrong.
      if (!(await noteVerdict(toolbox.queries, row.id, { verifiedMs: nowMs(), damage }))) continue;
    }
    const { id, camera_id: cameraId, start_ms: startMs, bytes } = row;
    yield { id, cameraId, startMs, file: fileOf(toolbox, row), bytes, verdict };
  }
}

const nowMs = (): number => systemClock.nowMs();

/** All volumes that are there. */
export function reindexAll(
  toolbox: Toolbox,
  onCamera: (cameraId: string, report: ReindexReport) => void,
): Promise<ReindexReport> {
  const { disk, envelopes, queries, volumes } = toolbox;
  return reindex({ disk, envelopes, queries, random: systemRandom, nowMs, onCamera }, volumes);
}

export interface UnsealedFile {
  readonly from: string;
  /** The new file. */
  readonly to: string;
  readonly result: Awaited<ReturnType<typeof unsealRecording>>;
}

/** Recordings of a span, oldest first. */
export async function* unsealSpan(
  toolbox: Toolbox,
  span: RecordingSpan,
  folder: string,
): AsyncGenerator<UnsealedFile> {
  for await (const row of rowsOf(toolbox, span)) yield await unsealRow(toolbox, row, folder);
}

/** One recording of the index. */
export async function unsealOne(
  toolbox: Toolbox,
  id: string,
  folder: string,
): Promise<Result<UnsealedFile, string>> {
  const found = await findRecording(toolbox.queries, id);
  return found ? ok(await unsealRow(toolbox, found.row, folder)) : err(`There is no recording ${id}.`);
}

/** One file of a volume, or of a copy of one; no index is needed. */
export async function unsealFile(keys: ToolKeys, file: string, folder: string): Promise<UnsealedFile> {
  const absolute = resolve(file);
  const day = dirname(absolute);
  const owner = dirname(day);
  const stored = {
    volumePath: dirname(owner),
    path: [basename(owner), basename(day), basename(absolute)].join('/'),
  };
  const to = join(folder, `${basename(owner)}-${basename(absolute).replace(/\.(sealed|mp4)$/, '')}.mp4`);
  await mkdir(folder, { recursive: true });
  const parts = { disk: systemDisk, envelopes: keys.envelopes };
  return { from: absolute, to, result: await unsealRecording(parts, stored, to) };
}

async function unsealRow(toolbox: Toolbox, row: RecordingRow, folder: string): Promise<UnsealedFile> {
  const volumePath = toolbox.volumePath(row.volume_id);
  const to = join(folder, `${row.camera_id}-${basename(row.path).replace(/\.(sealed|mp4)$/, '')}.mp4`);
  const from = fileOf(toolbox, row);
  if (volumePath === undefined) return { from, to, result: err(`Its volume ${row.volume_id} is not there.`) };
  await mkdir(folder, { recursive: true });
  return { from, to, result: await unsealRecording(toolbox, { volumePath, path: row.path }, to) };
}

async function* rowsOf(toolbox: Toolbox, span: RecordingSpan): AsyncGenerator<RecordingRow> {
  let after: RecordingRow | undefined;
  for (;;) {
    const rows = await recordingsAfter(toolbox.queries, span, { after, limit: rowsAtOnce });
    yield* rows;
    after = rows.at(-1);
    if (!after || rows.length < rowsAtOnce) return;
  }
}

function fileOf(toolbox: Toolbox, row: RecordingRow): string {
  return join(toolbox.volumePath(row.volume_id) ?? row.volume_id, row.path);
}
