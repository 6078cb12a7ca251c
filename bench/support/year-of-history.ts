/**
 * A year of one camera's history, as rows: what an archive of that age has in its index. In: an empty database file.
 * The same every time.
 */
import { DatabaseSync } from 'node:sqlite';
import { openDatabase } from '../../src/database/database.ts';
import type { Database } from '../../src/database/database.ts';

export interface YearSizes {
  readonly recordings: number;
  readonly runs: number;
  readonly gaps: number;
  readonly events: number;
}

const yearMs = 365 * 86_400_000;
const minuteMs = 60_000;

/** Recordings of a minute, back to back; runs, gaps and events spread over the year; the rest belongs to nobody. */
export async function openYear(
  file: string,
  cameraId: string,
  fromMs: number,
  sizes: YearSizes,
): Promise<Database> {
  const made = await openDatabase(file);
  if (!made.ok) throw new Error(made.error.message);
  await made.value.close();
  fill(file, cameraId, fromMs, sizes);
  const opened = await openDatabase(file);
  if (!opened.ok) throw new Error(opened.error.message);
  return opened.value;
}

/** Straight into the file: half a million rows take seconds this way. */
function fill(file: string, cameraId: string, fromMs: number, sizes: YearSizes): void {
  const database = new DatabaseSync(file);
  database.exec('pragma synchronous = off; begin');
  const recording = database.prepare(
    `insert into recordings (id, camera_id, volume_id, path, codec_id, run_id, start_ms, end_ms, media_offset_ms, bytes,
     frames, lost_packets, trigger, end_reason, chain) values (?, ?, 'vol', ?, 'codec', ?, ?, ?, 0, 15000000, 1500, 0,
     'continuous', 'rotated', '')`,
  );
  for (let i = 0; i < sizes.recordings; i++) {
    const startMs = fromMs + i * minuteMs;
    const run = Math.floor((i * sizes.runs) / sizes.recordings);
    recording.run(`rec_${i}`, cameraId, `${cameraId}/${i}.mp4`, `run_${run}`, startMs, startMs + minuteMs);
  }
  const run = database.prepare('insert into runs (id, camera_id, start_ms, end_ms) values (?, ?, ?, ?)');
  spread(fromMs, sizes.runs, (i, startMs, stepMs) =>
    run.run(`run_${i}`, cameraId, startMs, startMs + stepMs * 0.4),
  );
  const gap = database.prepare(
    'insert into gaps (id, camera_id, start_ms, end_ms, cause, detail) values (?, ?, ?, ?, ?, ?)',
  );
  const causes = ['packets-lost', 'camera-offline', 'packets-lost', 'server-stopped', 'disk-slow'];
  spread(fromMs, sizes.gaps, (i, startMs, stepMs) => {
    gap.run(`gap_${i}`, cameraId, startMs, startMs + stepMs * 0.05, causes[i % causes.length] ?? '', 'why');
  });
  const event = database.prepare(
    'insert into camera_events (id, camera_id, start_ms, end_ms, kind, label, detail) values (?, ?, ?, ?, ?, ?, ?)',
  );
  spread(fromMs, sizes.events, (i, startMs) =>
    event.run(
      `evt_${i}`,
      cameraId,
      startMs,
      startMs + 10_000,
      i % 3 === 0 ? 'trigger' : 'motion',
      'Gate',
      '',
    ),
  );
  database.exec('commit');
  database.close();
}

function spread(
  fromMs: number,
  count: number,
  row: (i: number, startMs: number, stepMs: number) => void,
): void {
  const stepMs = yearMs / count;
  for (let i = 0; i < count; i++) row(i, Math.round(fromMs + i * stepMs), Math.floor(stepMs));
}
