/**
 * Makes the files of one export.
 *
 * In:  what was asked for. Out: films, lists of fragments and the signed manifest in a folder of their own; or a fault.
 * Promises: the manifest is written last, when everything it names is durable; cameras come one after another.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import type { Clock } from '../../base/clock.ts';
import type { CameraId } from '../../base/ids.ts';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import { recordingChain } from '../../database/exports.ts';
import type { Schema } from '../../database/schema.ts';
import { writeFileAtomically } from '../../io/files.ts';
import type { CopiedCamera } from './copy.ts';
import { copyCamera } from './copy.ts';
import { listGaps } from './gaps.ts';
import { hashFile } from './hash-file.ts';
import { spareBytes } from './limits.ts';
import type { ManifestCamera, ManifestFilm } from './manifest.ts';
import { signedManifest } from './manifest.ts';
import { baseName, distinctNames, manifestName } from './names.ts';
import type { ExportFault, ExportOrder } from './order.ts';
import type { CameraPlan, IndexParts } from './plan.ts';
import { planCamera, rangeFault } from './plan.ts';
import { signingKey } from './signing-key.ts';

export interface RunParts extends IndexParts {
  readonly queries: Kysely<Schema>;
  readonly clock: Clock;
  /** Of this software. */
  readonly version: string;
  /** Of the key that signs; made when it is missing. */
  readonly keyFile: string;
  /** Of the disk that a folder lies on. */
  readonly freeBytes: (folder: string) => Promise<number>;
}

export interface ExportRun {
  readonly id: string;
  readonly order: ExportOrder;
  /** As they were called when the export was asked for. */
  readonly names: ReadonlyMap<CameraId, string>;
  /** Its own; emptied before. */
  readonly folder: string;
  /** 0 to 1. */
  readonly onProgress: (progress: number) => void;
  readonly signal: AbortSignal;
}

export interface ExportFile {
  readonly name: string;
  readonly bytes: number;
  /** Null: of the whole export. */
  readonly cameraId: string | null;
  /** Hex; for films and lists of fragments. */
  readonly sha256: string | null;
}

/** Rejects with the system's error, or with the reason of its signal. */
export async function runExport(
  parts: RunParts,
  run: ExportRun,
): Promise<Result<readonly ExportFile[], ExportFault>> {
  const key = await signingKey(parts.keyFile);
  if (!key.ok) return key;
  const plans = await planExport(parts, run.order);
  if (!plans.ok) return plans;
  await rm(run.folder, { recursive: true, force: true });
  await mkdir(run.folder, { recursive: true, mode: 0o700 });
  const bytes = expectedBytes(plans.value);
  const noRoom = await spaceFault(parts, run.folder, bytes);
  if (noRoom) return err(noRoom);
  const progress = new Progress(bytes, run.onProgress);
  const cameras: ManifestCamera[] = [];
  for (const [plan, base] of namedPlans(plans.value, run)) {
    cameras.push(await exportCamera(parts, run, { plan, base, progress }));
  }
  const { startMs, endMs, cut } = run.order;
  const text = signedManifest(
    {
      format: 'sightline-export-1',
      software: { name: 'Sightline', version: parts.version },
      exportId: run.id,
      createdMs: Math.round(parts.clock.nowMs()),
      requested: { startMs, endMs, cut },
      cameras,
    },
    key.value,
  );
  await writeFileAtomically(join(run.folder, manifestName), text);
  return ok(filesOf(cameras, Buffer.byteLength(text)));
}

/** Of every camera. There has to be footage of one. */
export async function planExport(
  parts: IndexParts,
  order: ExportOrder,
): Promise<Result<readonly CameraPlan[], ExportFault>> {
  const fault = rangeFault(order);
  if (fault) return err(fault);
  const plans: CameraPlan[] = [];
  for (const cameraId of order.cameraIds) {
    const plan = await planCamera(parts, cameraId, order);
    if (!plan.ok) return plan;
    plans.push(plan.value);
  }
  if (plans.every(({ recordings }) => recordings.length === 0))
    return err({ kind: 'no-footage', message: 'There is no footage of this time.' });
  return ok(plans);
}

export function expectedBytes(plans: readonly CameraPlan[]): number {
  return plans.reduce((bytes, plan) => bytes + plan.bytes, 0);
}

export async function spaceFault(
  { freeBytes }: Pick<RunParts, 'freeBytes'>,
  folder: string,
  bytes: number,
): Promise<ExportFault | undefined> {
  const free = await freeBytes(folder);
  if (free >= bytes + spareBytes) return undefined;
  const [wanted, there] = [bytes + spareBytes, free].map((count) => (count / 1024 ** 3).toFixed(1));
  return {
    kind: 'no-space',
    message: `The disk of the data folder has ${there} GiB free; this export needs ${wanted} GiB with what is kept free.`,
  };
}

/** With the name that each camera's files begin with. */
function namedPlans(plans: readonly CameraPlan[], { order, names }: ExportRun): [CameraPlan, string][] {
  const named = new Map<CameraId, string>();
  for (const { cameraId, recordings } of plans) {
    const beginsMs = recordings[0]?.startMs ?? order.startMs;
    const shownMs = order.cut === 'exact' ? Math.max(order.startMs, beginsMs) : beginsMs;
    named.set(cameraId, baseName(names.get(cameraId) ?? '', shownMs));
  }
  const distinct = distinctNames(named);
  return plans.map((plan) => [plan, distinct.get(plan.cameraId) ?? plan.cameraId]);
}

interface CameraWork {
  readonly plan: CameraPlan;
  readonly base: string;
  readonly progress: Progress;
}

async function exportCamera(parts: RunParts, run: ExportRun, work: CameraWork): Promise<ManifestCamera> {
  const { plan, base, progress } = work;
  const { folder, signal } = run;
  const onWritten = (bytes: number): void => progress.add(bytes);
  const copied = await copyCamera(
    { archive: parts.archive, folder, onWritten, signal },
    plan,
    run.order,
    base,
  );
  const files: ManifestFilm[] = [];
  for (const { times, ...file } of copied.files) {
    let bytes = 0;
    // Read again from the disk: what is signed is what lies there.
    const sha256 = await hashFile(join(folder, file.name), signal, (piece) => {
      bytes += piece.length;
      progress.add(piece.length);
    });
    const points = times.map(({ recordingId: recording, ...at }) => ({ ...at, recording }));
    files.push({ ...file, bytes, sha256, times: points });
  }
  const { gaps, more } = await listGaps(parts.queries, plan, run.order, parts.clock.nowMs());
  return {
    id: plan.cameraId,
    name: run.names.get(plan.cameraId) ?? '',
    files,
    fragments: copied.fragments,
    recordings: await listRecordings(parts, plan, copied),
    missing: copied.missing.map(({ recordingId: recording, ...rest }) => ({ recording, ...rest })),
    gaps: [...gaps],
    moreGaps: more,
  };
}

async function listRecordings(
  { queries }: RunParts,
  plan: CameraPlan,
  copied: CopiedCamera,
): Promise<ManifestCamera['recordings']> {
  const listed: ManifestCamera['recordings'] = [];
  for (const { info } of plan.recordings) {
    const chained = copied.recordings.get(info.id);
    if (!chained) continue;
    const archiveChain = (await recordingChain(queries, info.id)) ?? null;
    const [startMs, endMs] = [Math.round(info.startMs), Math.round(info.endMs)];
    const damage = info.damage ?? null;
    listed.push({ id: info.id, startMs, endMs, ...chained, archiveChain, damage });
  }
  return listed;
}

function filesOf(cameras: readonly ManifestCamera[], manifestBytes: number): readonly ExportFile[] {
  const files: ExportFile[] = [];
  for (const { id: cameraId, files: films, fragments } of cameras) {
    for (const { name, bytes, sha256 } of [...films, fragments])
      files.push({ name, bytes, cameraId, sha256 });
  }
  return [...files, { name: manifestName, bytes: manifestBytes, cameraId: null, sha256: null }];
}

/** Half of the work is writing, half is reading it again. */
class Progress {
  readonly #expected: number;
  readonly #tell: (progress: number) => void;
  #done = 0;

  constructor(bytes: number, tell: (progress: number) => void) {
    this.#expected = Math.max(1, 2 * bytes);
    this.#tell = tell;
  }

  /** @param bytes that were written, or read again */
  add(bytes: number): void {
    this.#done += bytes;
    this.#tell(Math.min(0.999, this.#done / this.#expected));
  }
}
