/**
 * The audit log: everything once, in its order, without secrets, and never in anybody's way.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { describe, test } from 'node:test';
import { ManualClock } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import type { Database } from '../database/database.ts';
import { insertAudit, listAudit, pruneAudit } from '../database/audit.ts';
import { openDatabase } from '../database/database.ts';
import { systemRandom } from '../io/random.ts';
import { somebody } from './access.testing.ts';
import { AuditLog, timeOfAuditId } from './audit.ts';

interface Opened {
  readonly audit: AuditLog;
  readonly clock: ManualClock;
  readonly queries: Database['queries'];
}

async function open(t: TestContext): Promise<Opened> {
  const folder = await mkdtemp(join(tmpdir(), 'sightline-audit-'));
  const opened = await openDatabase(join(folder, 'test.sqlite'));
  assert.ok(opened.ok);
  const { queries } = opened.value;
  const clock = new ManualClock();
  const audit = new AuditLog({ queries, clock, random: systemRandom, log: silentLog });
  t.after(async () => {
    await audit.close();
    await opened.value.close();
    await rm(folder, { recursive: true });
  });
  return { audit, clock, queries };
}

const who = somebody('operator');
const entry = { who, address: '192.0.2.1', action: 'camera.change' };

describe('the audit log', () => {
  test('lists what was recorded, the newest first, page by page', async (t) => {
    const { audit, clock } = await open(t);
    for (let at = 0; at < 25; at++) {
      // Several within one millisecond, too.
      if (at % 3 === 0) clock.advance(1);
      audit.record({ ...entry, target: String(at) });
    }
    const seen: string[] = [];
    let before: { id: string; atMs: number } | undefined;
    for (;;) {
      const page = await audit.list({ before }, 10);
      seen.push(...page.map(({ target }) => target));
      const last = page.at(-1);
      if (!last) break;
      assert.equal(timeOfAuditId(last.id), last.atMs);
      before = { id: last.id, atMs: last.atMs };
    }
    assert.deepEqual(
      seen,
      Array.from({ length: 25 }, (_, at) => String(24 - at)),
    );
  });

  test('finds by person, action, camera and time', async (t) => {
    const { audit, clock } = await open(t);
    const fromMs = clock.nowMs();
    audit.record({ ...entry, cameraId: 'cam_a' });
    clock.advance(1000);
    audit.record({ ...entry, who: somebody('viewer'), action: 'camera.watch', cameraId: 'cam_b' });
    const actions = async (filter: Parameters<AuditLog['list']>[0]) =>
      (await audit.list(filter, 10)).map(({ action }) => action);
    assert.deepEqual(await actions({}), ['camera.watch', 'camera.change']);
    assert.deepEqual(await actions({ actor: 'usr_viewer' }), ['camera.watch']);
    assert.deepEqual(await actions({ camera: 'cam_a' }), ['camera.change']);
    assert.deepEqual(await actions({ action: 'camera.watch' }), ['camera.watch']);
    assert.deepEqual(await actions({ fromMs: fromMs + 1 }), ['camera.watch']);
    assert.deepEqual(await actions({ toMs: fromMs + 1 }), ['camera.change']);
  });

  test('is written behind whoever records', async (t) => {
    const { audit, clock, queries } = await open(t);
    audit.record(entry);
    assert.deepEqual(await listAudit(queries, {}, 10), []);
    clock.advance(1000);
    await audit.close();
    assert.equal((await listAudit(queries, {}, 10)).length, 1);
  });

  test('has one entry for who goes on watching, another for who comes back', async (t) => {
    const { audit, clock } = await open(t);
    const view = { ...entry, action: 'camera.watch', cameraId: 'cam_a' };
    for (let minute = 0; minute < 30; minute++) {
      audit.recordView(view);
      clock.advance(60_000);
    }
    audit.recordView({ ...view, cameraId: 'cam_b' });
    clock.advance(11 * 60_000);
    audit.recordView(view);
    const entries = await audit.list({}, 10);
    assert.deepEqual(
      entries.map(({ cameraId }) => cameraId),
      ['cam_a', 'cam_b', 'cam_a'],
    );
  });

  test('has one refusal a minute for the same', async (t) => {
    const { audit, clock } = await open(t);
    for (let second = 0; second < 90; second++) {
      audit.recordRefusal(entry);
      clock.advance(1000);
    }
    const entries = await audit.list({}, 10);
    assert.deepEqual(
      entries.map(({ outcome }) => outcome),
      ['refused', 'refused'],
    );
  });

  test('keeps passwords of URLs out, and everything on one line', async (t) => {
    const { audit } = await open(t);
    const long = `rtsp://admin:${'x'.repeat(400)}@cam/1`;
    audit.record({ ...entry, detail: 'from rtsp://admin:geheim@cam/1\nto\u2028there' });
    audit.record({ ...entry, detail: long, target: 'a\u0000\u202eb' });
    const [second, first] = await audit.list({}, 10);
    assert.equal(first?.detail, 'from rtsp://***@cam/1 to there');
    assert.equal(second?.detail, 'rtsp://***@cam/1');
    assert.equal(second.target, 'a b');
  });

  test('drops what comes too fast to be written, and tells how much', async (t) => {
    const { audit } = await open(t);
    for (let at = 0; at < 2500; at++) audit.record(entry);
    const [told] = await audit.list({ action: 'audit.lost' }, 1);
    assert.match(told?.detail ?? '', /^500 entries were lost/);
    assert.equal((await audit.list({}, 5000)).length, 2001);
  });

  test('goes on after the database failed, and tells what that cost', async (t) => {
    const { audit, queries } = await open(t);
    await queries.schema.alterTable('audit').renameTo('elsewhere').execute();
    audit.record(entry);
    await assert.rejects(audit.list({}, 1));
    await queries.schema.alterTable('elsewhere').renameTo('audit').execute();
    audit.record({ ...entry, target: 'after' });
    const told = await audit.list({}, 10);
    assert.deepEqual(
      told.map(({ action, target }) => [action, target]),
      [
        ['audit.lost', ''],
        [entry.action, 'after'],
      ],
    );
    assert.match(told[0]?.detail ?? '', /^One entry was lost/);
  });

  test('keeps the newest, by age and by number', async (t) => {
    const { audit, clock, queries } = await open(t);
    for (let at = 0; at < 10; at++) {
      audit.record({ ...entry, target: String(at) });
      clock.advance(1000);
    }
    const targets = async () => (await audit.list({}, 20)).map(({ target }) => target);
    assert.equal((await targets()).length, 10);
    await pruneAudit(queries, clock.nowMs() - 5000, 1000);
    assert.deepEqual(await targets(), ['9', '8', '7', '6', '5']);
    await pruneAudit(queries, 0, 2);
    assert.deepEqual(await targets(), ['9', '8']);
    await insertAudit(queries, []);
  });
});
