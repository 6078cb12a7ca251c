import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { sql } from 'kysely';
import type { Database } from './database.ts';
import { openDatabase } from './database.ts';
import type { HistoryKind, HistoryQuestion, HistoryRow } from './history.ts';
import { historyPage } from './history.ts';

const kinds: readonly HistoryKind[] = ['event', 'gap', 'clip', 'hold', 'damaged', 'deletion'];
const everything: HistoryQuestion = { kinds, cameraIds: undefined, fromMs: 0, toMs: 1e15, limit: 100 };
/** Enough that reading a table whole would show in the plan, and cheap to make. */
const rowsPerTable = 3000;

let folder: string;
let database: Database;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sightline-history-'));
  const opened = await openDatabase(join(folder, 'test.sqlite'));
  assert.ok(opened.ok);
  database = opened.value;
  await fill();
});
after(async () => {
  await database.close();
  await rm(folder, { recursive: true });
});

const run = (text: ReturnType<typeof sql>) => text.execute(database.queries);

/** Row `n` of each table stands at second `n`; cameras take turns, 40 of them. */
async function fill(): Promise<void> {
  const numbers = sql`with recursive n(i) as (select 0 union all select i + 1 from n where i < ${rowsPerTable - 1})`;
  const camera = sql`'cam_' || (i % 40)`;
  await run(sql`insert into gaps (id, camera_id, start_ms, end_ms, cause, detail)
    ${numbers} select 'gap_' || i, ${camera}, i * 1000, i * 1000 + 500, 'camera-offline', 'rtsp://x' from n`);
  await run(sql`insert into camera_events (id, camera_id, start_ms, end_ms, kind, label, detail)
    ${numbers} select 'evt_' || i, ${camera}, i * 1000, null, 'trigger', 'Bell', '' from n`);
  await run(sql`insert into deletions (id, camera_id, start_ms, end_ms, recordings, bytes, reason, detail, deleted_ms)
    ${numbers} select 'del_' || i, ${camera}, 0, 1, 2, 3, 'age', 'old', i * 1000 from n`);
  await run(sql`insert into clips (id, client_id, volume_id, path, key_id, content_hash, container, start_ms, end_ms,
      bytes, records, state, fault, received_ms)
    ${numbers} select 'clp_' || i, 'cli_1', 'vol', 'p' || i, null, 'h' || i, 'mp4', i * 1000, i * 1000 + 1, 1, 1, 'ready',
      null, 1 from n`);
  await run(sql`insert into recordings (id, camera_id, volume_id, path, codec_id, key_id, run_id, start_ms, end_ms,
      media_offset_ms, bytes, frames, lost_packets, "trigger", end_reason, chain, verified_ms, damage)
    ${numbers} select 'rec_' || i, ${camera}, 'vol', 'r' || i, 'c', null, 'run', i * 1000, i * 1000 + 1000, 0, 1, 1, 0,
      'continuous', 'rotated', '', null, case when i % 100 = 0 then 'bytes differ' end from n`);
  await run(sql`insert into holds (id, camera_id, start_ms, end_ms, until_ms, reason, created_ms) values
    ('hold_1', 'cam_1', 1, 2, null, 'theft', 5), ('hold_2', null, 1, 2, null, 'all of it', 6)`);
}

const page = (question: Partial<HistoryQuestion>) =>
  historyPage(database.queries, { ...everything, ...question });

function isOrdered(rows: readonly HistoryRow[]): boolean {
  return rows.every((row, i) => {
    const next = rows[i + 1];
    return !next || next.atMs < row.atMs || (next.atMs === row.atMs && next.id < row.id);
  });
}

describe('what happened', () => {
  test('comes newest first, all kinds together', async () => {
    const rows = await page({ limit: 50 });
    assert.equal(rows.length, 50);
    assert.ok(isOrdered(rows));
    assert.deepEqual(new Set(rows.map(({ kind }) => kind)), new Set(['gap', 'event', 'clip', 'deletion']));
  });

  test('is told once each, whatever the length of pages', async () => {
    const question = { kinds: ['gap', 'event', 'damaged'], fromMs: 2_000_000 } as const;
    const whole = await page({ ...question, limit: 5000 });
    assert.equal(whole.length, 1000 + 1000 + 10);
    const read: HistoryRow[] = [];
    for (;;) {
      const last = read.at(-1);
      const some = await page({ ...question, limit: 333, before: last });
      if (some.length === 0) break;
      read.push(...some);
    }
    assert.deepEqual(read, whole);
  });

  for (const count of [1, 24, 39]) {
    test(`is of the cameras asked for: ${count}`, async () => {
      const cameraIds = Array.from({ length: count }, (_, i) => `cam_${i}`);
      const rows = await page({ cameraIds, limit: 20_000 });
      assert.ok(isOrdered(rows));
      const expected = (rowsPerTable / 40) * count;
      for (const kind of ['gap', 'event', 'deletion'] as const)
        assert.equal(rows.filter((row) => row.kind === kind).length, expected, kind);
      for (const row of rows)
        assert.ok(!('cameraId' in row) || row.cameraId === null || cameraIds.includes(row.cameraId));
      assert.ok(!rows.some(({ kind }) => kind === 'clip'), 'clips are of no camera');
      assert.ok(
        rows.some(({ id }) => id === 'hold_2'),
        'a hold of all cameras is of these, too',
      );
    });
  }

  test('is nothing where one may see no camera, but for what holds everything', async () => {
    assert.deepEqual(
      (await page({ cameraIds: [] })).map(({ id }) => id),
      ['hold_2'],
    );
  });

  test('keeps to the time asked for', async () => {
    const rows = await page({ kinds: ['gap'], fromMs: 5000, toMs: 8000 });
    assert.deepEqual(
      rows.map(({ atMs }) => atMs),
      [7000, 6000, 5000],
    );
  });
});

describe('a page is read along an index', () => {
  const questions: readonly (readonly [string, Partial<HistoryQuestion>])[] = [
    ['of all cameras', {}],
    ['of one camera', { cameraIds: ['cam_3'] }],
    ['of many cameras', { cameraIds: Array.from({ length: 30 }, (_, i) => `cam_${i}`) }],
    ['further on', { before: { atMs: 1_000_000, id: 'x' } }],
  ];
  for (const [name, question] of questions) {
    test(name, async () => {
      const plans = await plansOf(() => page({ ...question, kinds }));
      assert.ok(plans.length > 0);
      for (const { statement, plan } of plans) {
        assert.match(plan, /USING (COVERING )?INDEX/, statement);
        // Rows of the same moment may be put in order, and the newest looked through; whole tables may not.
        assert.doesNotMatch(
          plan,
          /USE TEMP B-TREE FOR ORDER BY|SCAN (?!newest)\w+$/m,
          `${statement}\n${plan}`,
        );
      }
    });
  }
});

/** How the database would run each statement that `ask` sends. */
async function plansOf(ask: () => Promise<unknown>) {
  const sent: { readonly sql: string; readonly parameters: readonly unknown[] }[] = [];
  const executor = database.queries.getExecutor();
  const original = executor.executeQuery.bind(executor);
  executor.executeQuery = (compiled) => {
    sent.push(compiled);
    return original(compiled);
  };
  await ask();
  executor.executeQuery = original;
  return Promise.all(
    sent.map(async ({ sql: statement, parameters }) => {
      const texts = statement.split('?');
      const filled = sql.join(
        texts.flatMap((text, i) => (i === 0 ? [sql.raw(text)] : [sql`${parameters[i - 1]}`, sql.raw(text)])),
        sql``,
      );
      const { rows } = await sql<{ detail: string }>`explain query plan ${filled}`.execute(database.queries);
      return { statement, plan: rows.map(({ detail }) => detail).join('\n') };
    }),
  );
}
