/**
 * Killed at random moments while four cameras record: what the index says is there is whole, and what is missing is
 * known. `KILLS=500` for the long form.
 */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestContext } from 'node:test';
import { describe, it } from 'node:test';
import type { RunningServer } from '../support/server.ts';
import { startServer } from '../support/server.ts';
import { sightline } from './support/command.ts';
import { makeFilm, run } from './support/foreign.ts';
import { until } from './support/until.ts';

const kills = Number(process.env['KILLS'] ?? 50);
/** A fragment of up to a second is in memory; on a busy machine its frames arrive late. */
const missingAtMostMs = 2000;

interface Row {
  readonly id: string;
  readonly camera_id: string;
  readonly path: string;
  readonly start_ms: number;
  readonly end_ms: number;
  readonly bytes: number;
  readonly frames: number;
  readonly end_reason: string;
  readonly key_id: string | null;
}

interface Opening {
  readonly camera_id: string;
  readonly opened_ms: number;
}

interface Gap {
  readonly camera_id: string;
  readonly start_ms: number;
  readonly end_ms: number | null;
  readonly cause: string;
}

class Site {
  readonly data: string;
  readonly config: string;
  server: RunningServer | undefined;
  /** Of each camera and kill. */
  readonly missingMs: number[] = [];
  #random = 12_345;
  readonly #checked = new Set<string>();

  constructor(data: string, config: string) {
    this.data = data;
    this.config = config;
  }

  async start(): Promise<void> {
    this.server = await startServer({ data: this.data, config: this.config });
  }

  query<Found>(sql: string): Found[] {
    const database = new DatabaseSync(join(this.data, 'sightline.sqlite'), { readOnly: true });
    try {
      return database.prepare(sql).all() as Found[];
    } finally {
      database.close();
    }
  }

  /** 0 to 1; the same in every run. */
  random(): number {
    this.#random = (this.#random * 1_103_515_245 + 12_345) % 2 ** 31;
    return this.#random / 2 ** 31;
  }

  recordings(): Row[] {
    return this.query<Row>('select * from recordings order by start_ms');
  }

  get folder(): string {
    return join(this.data, 'recordings');
  }

  /** Those that no earlier check has seen. */
  freshRecordings(): Row[] {
    const fresh = this.recordings().filter(({ id }) => !this.#checked.has(id));
    for (const { id } of fresh) this.#checked.add(id);
    return fresh;
  }
}

async function makeSite(t: TestContext, config: string): Promise<Site> {
  const data = await mkdtemp(join(tmpdir(), 'sightline-kill-'));
  const site = new Site(data, config);
  t.after(async () => {
    await site.server?.kill();
    await rm(data, { recursive: true, force: true });
  });
  await mkdir(join(data, 'media'));
  await makeFilm(join(data, 'media', 'film.mp4'), 20);
  await site.start();
  for (const number of [1, 2, 3, 4]) {
    await site.server?.addCamera({
      name: `Camera ${number}`,
      source: { kind: 'file', path: 'film.mp4' },
      recording: { mode: 'continuous' },
    });
  }
  return site;
}

/** The file of a row: there, as long as it says, with as many pictures, and FFmpeg decodes them. */
async function checkFile(site: Site, row: Row, decode: boolean): Promise<void> {
  const file = join(site.folder, row.path);
  const name = `${row.path} (${row.end_reason})`;
  assert.equal((await stat(file)).size, row.bytes, name);
  if (row.key_id !== null) return;
  const words = ['-v', 'error', '-select_streams', 'v', '-count_packets'];
  const probed = await run('ffprobe', [
    ...words,
    '-show_entries',
    'stream=nb_read_packets',
    '-of',
    'csv=p=0',
    file,
  ]);
  assert.equal(probed.complaints, '', name);
  assert.equal(Number.parseInt(probed.output, 10), row.frames, name);
  if (!decode) return;
  const played = await run('ffmpeg', ['-v', 'error', '-i', file, '-f', 'null', '-']);
  assert.equal(played.complaints, '', name);
}

/** Every file of the volume is a recording, one being written, or garbage. */
async function checkNothingElse(site: Site): Promise<void> {
  const files = await readdir(site.folder, { recursive: true });
  const known = site.query<{ path: string }>(
    'select path from recordings union select path from recording_openings union select path from garbage',
  );
  const paths = new Set(known.map(({ path }) => path));
  const strays = files.filter((file) => /\.(mp4|sealed)$/.test(file) && !paths.has(file));
  assert.deepEqual(strays, []);
}

async function killOnce(site: Site): Promise<void> {
  await until(
    'something is being recorded',
    () => site.query('select id from recording_openings').length > 0,
  );
  await sleep(site.random() * 1500);
  const killedMs = Date.now();
  await site.server?.kill();
  const openings = site.query<Opening>('select camera_id, opened_ms from recording_openings');
  await site.start();
  const recovered = await until('what was open is recovered', async () => {
    const open = site.query<{ opened_ms: number }>('select opened_ms from recording_openings');
    return open.every(({ opened_ms }) => opened_ms > killedMs) || undefined;
  });
  assert.ok(recovered);
  const fresh = site.freshRecordings();
  const all = site.recordings();
  await Promise.all(fresh.map((row, index) => checkFile(site, row, index === 0)));
  await checkNothingElse(site);
  for (const opening of openings) await checkMissing(site, opening, all, killedMs);
}

/** At most the last second is missing, and the ledger has it. */
async function checkMissing(
  site: Site,
  { camera_id: camera, opened_ms }: Opening,
  rows: readonly Row[],
  killedMs: number,
): Promise<void> {
  const before = rows.filter((row) => row.camera_id === camera && row.start_ms < killedMs);
  const endMs = Math.max(0, ...before.map(({ end_ms }) => end_ms));
  // Killed before anything of it was durable: what came before is missing for another reason.
  const missingMs = killedMs - Math.max(endMs, opened_ms);
  assert.ok(missingMs <= missingAtMostMs, `${missingMs} ms are missing of ${camera}`);
  site.missingMs.push(missingMs);
  const gaps = (): Gap[] =>
    site.query<Gap>(`select * from gaps where camera_id = '${camera}' order by start_ms`);
  await until(
    'the gap stands in the ledger',
    () =>
      gaps().some(
        ({ cause, start_ms, end_ms }) =>
          cause === 'server-stopped' && start_ms <= killedMs && (end_ms ?? Infinity) >= killedMs,
      ),
    20_000,
    () => ({
      killedMs,
      opened_ms,
      endMs,
      gaps: gaps().slice(-4),
      marks: site.query('select * from recording_marks'),
    }),
  );
}

const timeout = 60_000 + kills * 15_000;

describe('a server that is killed at random moments', { timeout, concurrency: 2 }, () => {
  for (const [name, config, share] of [
    ['plain', '', 0.5],
    ['sealed', 'storage:\n  seal:\n    enabled: true\n', 0.5],
  ] as const) {
    const times = Math.max(1, Math.round(kills * share));
    it(`${times} times, ${name}: committed recordings are whole, what is missing is known`, async (t) => {
      const site = await makeSite(t, config);
      for (let count = 0; count < times; count += 1) await killOnce(site);
      await sleep(1500);
      await site.server?.stop();
      site.server = undefined;
      assert.ok(site.recordings().length >= times, 'most kills hit all four cameras in the middle of a file');
      const command = sightline('verify', '--data', site.data);
      assert.equal(await command.exit, 0, command.output() + command.complaints());
      const missingMs = site.missingMs.toSorted((one, other) => one - other);
      const [median, most] = [missingMs[Math.floor(missingMs.length / 2)] ?? 0, missingMs.at(-1) ?? 0];
      assert.ok(median <= 1000, `half of the times more than ${median} ms were missing`);
      t.diagnostic(
        `${site.recordings().length} recordings, all whole; missing: median ${median} ms, at most ${most} ms`,
      );
    });
  }
});
