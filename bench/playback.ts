/**
 * How soon is recorded footage there? A camera with 30 days of history in the index; behind the sampled moments lie real
 * files. Times are the server's own: from the request to the last byte, over HTTP on this machine, nothing kept from
 * before (the files are in the system's cache, as they have just been written).
 *
 * The timeline has its own: `node bench/playback-timeline.ts`.
 *
 * `node bench/playback.ts [--days 30] [--samples 40] [--kbps 2000]`
 */
import { testCamera } from '../src/archive/archive.testing.ts';
import { packFragments, unpackFragments } from '../src/archive/fragment-table.ts';
import type { FragmentEntry } from '../src/archive/types.ts';
import type { PlaybackSession } from '../src/api/contract/playback.ts';
import { startTestApi } from '../src/api/testing.ts';
import { unixMs } from '../src/base/units.ts';
import type { Footage } from './support/footage.ts';
import { encodeMinute, openFootage, recordMinute } from './support/footage.ts';
import { readOptions } from './support/options.ts';
import { figure, median, printTable } from './support/table.ts';

const { days, samples, kbps } = readOptions({ days: 30, samples: 40, kbps: 2000 });
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const beginMs = Date.UTC(2026, 9, 1);
const minutes = days * 1440;

/** Minutes with a real file, spread over all days; the last hours stay free for ranges that begin there. */
const sampled = Array.from({ length: samples }, (_, at) =>
  Math.floor(((at + 0.37) * (minutes - 60)) / samples),
);

/** Rows for all other minutes, like those of the real ones. */
async function fillIndex({ database }: Footage): Promise<void> {
  const { queries } = database;
  const [model] = await queries.selectFrom('recordings').selectAll().limit(1).execute();
  if (!model) throw new Error('nothing was recorded');
  const stored = await queries
    .selectFrom('recording_fragments')
    .select('packed')
    .where('recording_id', '=', model.id)
    .executeTakeFirstOrThrow();
  const table = unpackFragments(stored.packed) ?? [];
  const real = new Set(sampled);
  const rows: (typeof model)[] = [];
  const tables: { recording_id: string; packed: Uint8Array }[] = [];
  const flush = async (): Promise<void> => {
    await queries.transaction().execute(async (transaction) => {
      await transaction.insertInto('recordings').values(rows.splice(0)).execute();
      await transaction.insertInto('recording_fragments').values(tables.splice(0)).execute();
    });
  };
  for (let minute = 0; minute < minutes; minute += 1) {
    if (real.has(minute)) continue;
    const startMs = beginMs + minute * minuteMs;
    const id = `rec_${minute}`;
    rows.push({
      ...model,
      id,
      path: `${id}.mp4`,
      run_id: 'run_all',
      start_ms: startMs,
      end_ms: startMs + minuteMs,
    });
    tables.push({ recording_id: id, packed: packFragments(moved(table, startMs - model.start_ms)) });
    if (rows.length === 1000) await flush();
  }
  if (rows.length > 0) await flush();
}

function moved(table: readonly FragmentEntry[], byMs: number): readonly FragmentEntry[] {
  return table.map((entry) => ({ ...entry, startMs: unixMs(entry.startMs + byMs) }));
}

interface Times {
  readonly name: string;
  readonly goalMs: number;
  readonly tookMs: number[];
  /** Of server and client together, which are one process; each. */
  readonly cpuMs: number;
}

const footage = await openFootage();
const api = await startTestApi({ playback: footage.sessions });
try {
  const clip = encodeMinute(kbps);
  for (const minute of sampled)
    await recordMinute(footage, testCamera, clip, beginMs + minute * minuteMs, false);
  await fillIndex(footage);
  console.log(`${minutes} recordings of a minute in the index, ${samples} of them real`);

  const base = `http://127.0.0.1:${api.port}`;
  const start = async (fromMs: number, toMs: number): Promise<PlaybackSession> => {
    const body = JSON.stringify({ camera_id: testCamera, start_time: fromMs, end_time: toMs });
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${base}/api/v1/playback/start`, { method: 'POST', headers, body });
    if (!answer.ok) throw new Error(await answer.text());
    return (await answer.json()) as PlaybackSession;
  };
  const get = async (path: string): Promise<number> => {
    const answer = await fetch(base + path);
    if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
    return (await answer.arrayBuffer()).byteLength;
  };
  const end = async ({ session_id: id }: PlaybackSession): Promise<void> => {
    await fetch(`${base}/api/v1/playback/sessions/${id}`, { method: 'DELETE' });
  };
  const timed = async (
    name: string,
    goalMs: number,
    ask: (fromMs: number) => Promise<PlaybackSession>,
  ): Promise<Times> => {
    const tookMs: number[] = [];
    const before = process.cpuUsage();
    for (const [at, minute] of sampled.entries()) {
      const beganMs = performance.now();
      const session = await ask(beginMs + minute * minuteMs + 12_345);
      if (at >= 3) tookMs.push(performance.now() - beganMs); // until then things are being compiled
      await end(session);
    }
    const { user, system } = process.cpuUsage(before);
    return { name, goalMs, tookMs, cpuMs: (user + system) / 1000 / sampled.length };
  };
  const playlist = (lengthMs: number) => async (fromMs: number) => {
    const session = await start(fromMs, fromMs + lengthMs);
    await get(session.url);
    return session;
  };
  const firstSegment = (lengthMs: number) => async (fromMs: number) => {
    const session = await playlist(lengthMs)(fromMs);
    await get(session.url.replace('playlist.m3u8', 'segment/0.ts'));
    return session;
  };
  const all = [
    await timed('session, playlist and first segment, of an hour', 200, firstSegment(hourMs)),
    await timed('session, playlist and first segment, of half a minute', 200, firstSegment(30_000)),
    await timed('session and playlist of an hour', 50, playlist(hourMs)),
    await timed('session and playlist of a day', Number.NaN, playlist(dayMs)),
  ];
  printTable(
    ['what', 'median ms', 'p95 ms', 'worst ms', 'goal ms', 'CPU ms'],
    all.map(({ name, goalMs, tookMs, cpuMs }) => {
      const sorted = tookMs.toSorted((a, b) => a - b);
      const p95 = sorted[Math.floor(sorted.length * 0.95)] ?? Number.NaN;
      return [name, ...[median(tookMs), p95, sorted.at(-1) ?? Number.NaN, goalMs, cpuMs].map(figure)];
    }),
  );
} finally {
  await api.close();
  footage.sessions.close();
  await footage.end();
}
