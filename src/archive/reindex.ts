/**
 * Makes the index anew from the files alone: recordings, fragment tables, codecs, runs. In: volumes. Out: rows for every
 * file that can be read, none for files that are gone, and a report. The server must not run.
 *
 * Rows that fit their file are kept without reading it. Gaps, events and holds are in no file and stay as they are.
 */
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import { isCameraId } from '../base/ids.ts';
import type { ArchiveChange, RecordingRow } from '../database/recordings.ts';
import { applyChanges, deleteRecordings, findRecording, putVolume } from '../database/recordings.ts';
import { forgetGarbage } from '../database/garbage.ts';
import type { IndexedFile } from '../database/reindex.ts';
import { indexedFiles, otherPaths, rebuildRuns, recordedCameras } from '../database/reindex.ts';
import type { Schema } from '../database/schema.ts';
import type { Random } from '../io/random.ts';
import type { Disk } from './disk.ts';
import { errorCode } from './disk.ts';
import type { Envelopes } from './envelope.ts';
import { openingHead } from './finished.ts';
import { unpackFragments } from './fragment-table.ts';
import { newId } from './ids.ts';
import type { ReadFile } from './reindex-file.ts';
import { readStored } from './reindex-file.ts';
import { isThere } from './verify.ts';
import type { Volume } from './volumes.ts';

export interface ReindexParts {
  readonly disk: Disk;
  readonly envelopes: Envelopes;
  readonly queries: Kysely<Schema>;
  readonly random: Random;
  readonly nowMs: () => number;
  /** After each camera. */
  readonly onCamera: (cameraId: string, report: ReindexReport) => void;
}

export interface ReindexReport {
  /** Rows that were right. */
  readonly kept: number;
  /** Rows that were made, anew or for the first time. */
  readonly added: number;
  /** Rows whose file is gone. */
  readonly removed: number;
  /** Files without an end: the next start of the server finishes them. */
  readonly unfinished: number;
  /** Files that say nothing, and why. */
  readonly unreadable: readonly { readonly path: string; readonly reason: string }[];
}

interface Counting {
  kept: number;
  added: number;
  removed: number;
  unfinished: number;
  readonly unreadable: { path: string; reason: string }[];
}

interface FoundFile {
  readonly volume: Volume;
  /** Relative to the volume. */
  readonly path: string;
}

interface CameraFiles {
  readonly camera: string;
  readonly files: readonly FoundFile[];
  readonly volumes: readonly Volume[];
}

const filePattern = /^\d{8}T\d{6}\.\d{3}Z-(rec_[0-9a-hjkmnp-tv-z]{16})(?:-\d+)?\.(?:mp4|sealed)$/;
const dayPattern = /^\d{4}-\d\d-\d\d$/;
/** Rows that are compared, and files that are committed, at one time. */
const rowsAtOnce = 500;
const filesAtOnce = 50;
/** Then the rest is only counted by its absence: such a volume has other troubles. */
const maxUnreadable = 1000;

export async function reindex(parts: ReindexParts, volumes: readonly Volume[]): Promise<ReindexReport> {
  const report: Counting = { kept: 0, added: 0, removed: 0, unfinished: 0, unreadable: [] };
  const skipped = new Map<string, ReadonlySet<string>>();
  for (const { id, path } of volumes) {
    await putVolume(parts.queries, { id, path, created_ms: parts.nowMs() });
    skipped.set(id, await otherPaths(parts.queries, id));
  }
  for (const camera of await camerasOf(parts, volumes)) {
    const found: FoundFile[] = [];
    for (const volume of volumes) found.push(...(await filesOf(parts.disk, volume, camera)));
    const files = found.filter(({ volume, path }) => !skipped.get(volume.id)?.has(path));
    await reindexCamera(parts, { camera, files, volumes }, report);
    parts.onCamera(camera, report);
  }
  return report;
}

async function reindexCamera(parts: ReindexParts, camera: CameraFiles, report: Counting): Promise<void> {
  const unread = new Map(camera.files.map((file) => [nameOf(file.volume.id, file.path), file]));
  const gone: IndexedFile[] = [];
  const volumeIds = new Set(camera.volumes.map(({ id }) => id));
  for (let afterId = ''; ;) {
    const rows = await indexedFiles(parts.queries, camera.camera, { afterId, limit: rowsAtOnce });
    for (const row of rows) {
      if (!volumeIds.has(row.volume_id)) continue; // not there now
      const name = nameOf(row.volume_id, row.path);
      const file = unread.get(name);
      const right = file && row.tracks !== null && row.packed && unpackFragments(row.packed) !== undefined;
      if (right && (await sizeOf(parts.disk, file)) === row.bytes) {
        unread.delete(name);
        report.kept += 1;
      } else {
        gone.push(row);
      }
    }
    afterId = rows.at(-1)?.id ?? '';
    if (afterId === '') break;
  }
  const removed = await removeRows(parts, gone, camera);
  const known = new Set(camera.files.map((file) => nameOf(file.volume.id, file.path)));
  report.removed += removed.filter((row) => !known.has(nameOf(row.volume_id, row.path))).length;
  await addRows(parts, [...unread.values()], report);
  await rebuildRuns(parts.queries, camera.camera, () => newId('run', parts.random));
}

/** Their files are gone or are read anew: nothing is left to unlink. A volume that vanished meanwhile keeps its rows. */
async function removeRows(
  parts: ReindexParts,
  gone: readonly IndexedFile[],
  { files, volumes }: CameraFiles,
): Promise<readonly RecordingRow[]> {
  const there = new Set<string>();
  for (const { id, path } of volumes) if (await isThere(parts.disk, path, id)) there.add(id);
  const ids = gone.filter((row) => there.has(row.volume_id)).map(({ id }) => id);
  const rows = await deleteRecordings(parts.queries, ids, {
    reason: 'missing',
    detail: `The index was made anew; the camera has ${files.length} files.`,
    nowMs: parts.nowMs(),
    newId: (prefix) => newId(prefix, parts.random),
  });
  await forgetGarbage(
    parts.queries,
    rows.map(({ path }) => path),
  );
  return rows;
}

async function addRows(parts: ReindexParts, files: readonly FoundFile[], report: Counting): Promise<void> {
  for (let at = 0; at < files.length; at += filesAtOnce) {
    const changes: ArchiveChange[] = [];
    const ids = new Set<string>();
    for (const file of files.slice(at, at + filesAtOnce)) {
      const id = filePattern.exec(file.path.split('/').at(-1) ?? '')?.[1] ?? '';
      const known = ids.has(id) || (await findRecording(parts.queries, id)) !== undefined;
      const read = known
        ? ({ kind: 'unreadable', reason: 'another file is the same recording' } as const)
        : await readStored(parts, file, { id, newRunId: newId('run', parts.random) });
      if (read.kind !== 'unreadable') ids.add(id);
      take(parts, file, read, { changes, report });
    }
    await applyChanges(parts.queries, changes);
  }
}

function take(
  parts: ReindexParts,
  file: FoundFile,
  read: ReadFile,
  { changes, report }: { readonly changes: ArchiveChange[]; readonly report: Counting },
): void {
  switch (read.kind) {
    case 'whole':
      changes.push(read.commit);
      report.added += 1;
      return;
    case 'unfinished': {
      const { id, head } = read;
      const place = { id, camera_id: head.cameraId, volume_id: file.volume.id, path: file.path };
      const text = openingHead(head, newId('run', parts.random));
      changes.push({ kind: 'open', opening: { ...place, head: text, opened_ms: parts.nowMs() } });
      report.unfinished += 1;
      return;
    }
    case 'unreadable':
      if (report.unreadable.length < maxUnreadable)
        report.unreadable.push({ path: join(file.volume.path, file.path), reason: read.reason });
  }
}

/** Cameras that have a folder on one of the volumes, or rows. */
async function camerasOf(parts: ReindexParts, volumes: readonly Volume[]): Promise<readonly string[]> {
  const cameras = new Set(await recordedCameras(parts.queries));
  for (const volume of volumes) {
    for (const { name, folder } of await parts.disk.readFolder(volume.path)) {
      if (folder && isCameraId(name)) cameras.add(name);
    }
  }
  return [...cameras].sort();
}

async function filesOf(disk: Disk, volume: Volume, camera: string): Promise<readonly FoundFile[]> {
  const found: FoundFile[] = [];
  for (const day of await list(disk, join(volume.path, camera))) {
    if (!day.folder || !dayPattern.test(day.name)) continue;
    for (const { name } of await list(disk, join(volume.path, camera, day.name))) {
      if (filePattern.test(name)) found.push({ volume, path: `${camera}/${day.name}/${name}` });
    }
  }
  return found;
}

async function list(disk: Disk, folder: string) {
  return disk.readFolder(folder).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  });
}

/** Undefined when it cannot be opened. */
async function sizeOf(disk: Disk, { volume, path }: FoundFile): Promise<number | undefined> {
  try {
    const file = await disk.open(join(volume.path, path), 'read');
    try {
      return await file.sizeBytes();
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}

function nameOf(volumeId: string, path: string): string {
  return `${volumeId}/${path}`;
}
