/**
 * How long a page of what happened takes with a million gaps and a million events of a hundred cameras.
 *
 * Run: `node bench/history.ts`. Prints the median and the longest of nine for each question.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { openDatabase } from '../src/database/database.ts';
import type { HistoryQuestion } from '../src/database/history.ts';
import { historyPage } from '../src/database/history.ts';

const rows = 1_000_000;
const times = 9;

const folder = await mkdtemp(join(tmpdir(), 'sightline-bench-'));
const opened = await openDatabase(join(folder, 'bench.sqlite'));
if (!opened.ok) throw new Error(opened.error.message);
const { queries } = opened.value;

const numbers = sql`with recursive n(i) as (select 0 union all select i + 1 from n where i < ${rows - 1})`;
await sql`insert into gaps (id, camera_id, start_ms, end_ms, cause, detail)
  ${numbers} select 'gap_' || i, 'cam_' || (i % 100), i * 1000, i * 1000 + 500, 'camera-offline', '' from n`.execute(
  queries,
);
await sql`insert into camera_events (id, camera_id, start_ms, end_ms, kind, label, detail)
  ${numbers} select 'evt_' || i, 'cam_' || (i % 100), i * 1000, null, 'trigger', 'Bell', '' from n`.execute(
  queries,
);

const cameras = (count: number, prefix = 'cam_') => Array.from({ length: count }, (_, i) => `${prefix}${i}`);
const questions: readonly (readonly [string, Partial<HistoryQuestion>])[] = [
  ['the newest of all cameras', {}],
  ['in the middle of the past', { before: { atMs: (rows / 2) * 1000, id: 'x' } }],
  ['of one day', { fromMs: 300e6, toMs: 386.4e6 }],
  ['of one camera', { cameraIds: ['cam_7'] }],
  ['of 24 cameras', { cameraIds: cameras(24) }],
  ['of 60 cameras', { cameraIds: cameras(60) }],
  ['of 60 cameras that have nothing', { cameraIds: cameras(60, 'cam_new_') }],
];
const everything: HistoryQuestion = {
  kinds: ['event', 'gap', 'clip', 'hold', 'damaged', 'deletion'],
  cameraIds: undefined,
  fromMs: 0,
  toMs: 1e15,
  limit: 100,
};

for (const [name, question] of questions) {
  const took: number[] = [];
  for (let i = 0; i < times; i++) {
    const beganMs = performance.now();
    await historyPage(queries, { ...everything, ...question });
    took.push(performance.now() - beganMs);
  }
  took.sort((a, b) => a - b);
  console.log(`${name}: ${took[(times - 1) / 2]?.toFixed(1)} ms, at most ${took.at(-1)?.toFixed(1)} ms`);
}
await opened.value.close();
await rm(folder, { recursive: true });
