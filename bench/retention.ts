/**
 * What does keeping the rules cost when there is much footage? A minute in which nothing is due, the deletion of what became
 * too old, and the storage page; against adding up all recordings once, which is what a scan would cost every minute.
 *
 * `node bench/retention.ts [--cameras 20] [--days 30] [--times 10]`
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ManualClock } from '../src/base/clock.ts';
import { namedId } from '../src/base/ids.ts';
import { silentLog } from '../src/base/log.ts';
import { openDatabase } from '../src/database/database.ts';
import type { Database } from '../src/database/database.ts';
import { deleteRecordings } from '../src/database/recordings.ts';
import { systemRandom } from '../src/io/random.ts';
import { RetentionKeeper } from '../src/recording/retention.ts';
import { storageReport } from '../src/recording/storage-report.ts';
import { readOptions } from './support/options.ts';
import { figure, median, printTable, ratio } from './support/table.ts';

const { cameras, days, times } = readOptions({ cameras: 20, days: 30, times: 10 });
const minuteMs = 60_000;
const nowMs = Date.UTC(2026, 10, 21);
const recordingsEach = days * 1440;

const newId = (prefix: string): string => namedId(prefix, systemRandom(16));

async function mustOpen(file: string): Promise<Database> {
  const opened = await openDatabase(file);
  if (!opened.ok) throw new Error(opened.error.message);
  return opened.value;
}

/** Recordings of a minute of every camera until now, all in one run. */
function fill(file: string): void {
  const database = new DatabaseSync(file);
  database.exec('pragma synchronous = off; begin');
  const policy = JSON.stringify({ mode: 'continuous', retention: { maxAgeDays: days } });
  const camera = database.prepare(
    `insert into cameras (id, name, enabled, start_mode, close_after_ms, max_readers, source, latency, recording,
     created_ms, changed_ms) values (?, 'Camera', 1, 'always', 10000, 0, '{"kind":"demo"}', 'normal', ?, 1, 1)`,
  );
  const recording = database.prepare(
    `insert into recordings (id, camera_id, volume_id, path, codec_id, run_id, start_ms, end_ms, media_offset_ms, bytes,
     frames, lost_packets, trigger, end_reason, chain) values (?, ?, 'vol', ?, 'codec', ?, ?, ?, 0, 15000000, 1500, 0,
     'continuous', 'rotated', '')`,
  );
  const run = database.prepare('insert into runs (id, camera_id, start_ms, end_ms) values (?, ?, ?, ?)');
  const firstMs = nowMs - recordingsEach * minuteMs;
  for (let c = 0; c < cameras; c++) {
    camera.run(`cam_${c}`, policy);
    run.run(`run_${c}`, `cam_${c}`, firstMs, nowMs);
    for (let i = 0; i < recordingsEach; i++) {
      const startMs = firstMs + i * minuteMs;
      recording.run(`rec_${c}_${i}`, `cam_${c}`, `${c}/${i}.mp4`, `run_${c}`, startMs, startMs + minuteMs);
    }
  }
  database.exec('commit');
  database.close();
}

async function measure(name: string, work: () => Promise<unknown>) {
  const taken: number[] = [];
  for (let i = 0; i < times; i++) {
    const startMs = performance.now();
    await work();
    taken.push(performance.now() - startMs);
  }
  return { name, medianMs: median(taken), worstMs: Math.max(...taken) };
}

const folder = await mkdtemp(join(tmpdir(), 'sightline-bench-'));
try {
  const file = join(folder, 'footage.sqlite');
  await (await mustOpen(file)).close();
  fill(file);
  const database = await mustOpen(file);
  const { queries } = database;
  const clock = new ManualClock(nowMs);
  const volume = { id: 'vol', path: '/footage', freeBytes: 1e13, totalBytes: 1e14, floorBytes: 1e9 };
  const keeper = new RetentionKeeper({
    queries,
    clock,
    log: silentLog,
    archive: {
      delete: async (ids, reason, detail) => {
        await deleteRecordings(queries, ids, { reason, detail, nowMs: clock.nowMs(), newId });
      },
    },
    volumes: () => [volume],
    maxBytes: () => 1e15,
  });
  const scan = new DatabaseSync(file, { readOnly: true });
  const sum = scan.prepare('select camera_id, volume_id, sum(bytes) from recordings group by 1, 2');
  const scanned = await measure('adding up all recordings', async () => sum.all());
  const idle = await measure('a minute in which nothing is due', () => keeper.run());
  const due = await measure('a minute: one recording of each camera is too old', async () => {
    clock.advance(minuteMs);
    await keeper.run();
  });
  const report = await measure('the storage page', () =>
    storageReport({
      queries,
      clock,
      volumes: () => [{ ...volume, state: 'ready', fault: null, sealed: false }],
      maxBytes: undefined,
      liveBitsPerSecond: () => 0,
      shortages: () => [],
    }),
  );
  scan.close();
  await keeper.close();
  await database.close();
  console.log(
    `${cameras} cameras, ${days} days, ${cameras * recordingsEach} recordings; each was done ${times} times`,
  );
  printTable(
    ['', 'ms (median)', 'ms (worst)', 'to scan'],
    [scanned, idle, due, report].map(({ name, medianMs, worstMs }) => [
      name,
      figure(medianMs),
      figure(worstMs),
      ratio(medianMs, scanned.medianMs),
    ]),
  );
} finally {
  await rm(folder, { recursive: true });
}
