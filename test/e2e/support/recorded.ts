/**
 * What a server has recorded, looked at from outside: its files with FFmpeg's eyes, its index with SQLite's.
 */
import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface IndexedRecording {
  readonly id: string;
  readonly path: string;
  readonly start_ms: number;
  readonly end_ms: number;
  readonly frames: number;
  readonly end_reason: string;
  readonly run_id: string;
}

/** Plain recordings of a camera, by start; absolute paths. */
export async function recordedFiles(data: string, cameraId: string): Promise<readonly string[]> {
  const root = join(data, 'recordings', cameraId);
  const names = await readdir(root, { recursive: true }).catch(() => []);
  return names
    .filter((name) => name.endsWith('.mp4'))
    .toSorted()
    .map((name) => join(root, name));
}

/** Committed recordings of a camera, by start. */
export function indexedRecordings(data: string, cameraId: string): readonly IndexedRecording[] {
  const database = new DatabaseSync(join(data, 'sightline.sqlite'), { readOnly: true });
  try {
    const found = database
      .prepare('select * from recordings where camera_id = ? order by start_ms')
      .all(cameraId);
    return found as unknown as IndexedRecording[];
  } finally {
    database.close();
  }
}

/** Pictures in a file, counted by decoding it; rejects when FFmpeg complains. */
export async function decodedFrames(file: string): Promise<number> {
  const words = '-v error -threads 1 -count_frames -select_streams v:0 -show_entries stream=nb_read_frames';
  const { stdout, stderr } = await run('ffprobe', [...words.split(' '), '-of', 'csv=p=0', file]);
  if (stderr !== '') throw new Error(`${file}: ${stderr}`);
  return Number.parseInt(stdout, 10);
}
