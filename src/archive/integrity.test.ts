import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { ManualClock } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import { ffmpegMissing } from '../media/mp4/encoded.testing.ts';
import type { TestArchive } from './archive.testing.ts';
import { recordFilm, testArchive } from './archive.testing.ts';
import { systemDisk } from './disk.ts';
import { IntegrityCheck, integrityReport } from './integrity.ts';
import { newMaster, testEnvelopes } from './seal/seal.testing.ts';

const startMs = 1_763_000_000_000;
const hourMs = 3_600_000;
const weekMs = 7 * 24 * hourMs;
/** Files and database are real: they take their time. */
const soon = () => new Promise((wake) => setTimeout(wake, 1));

describe('the background check', { skip: ffmpegMissing }, () => {
  const envelopes = testEnvelopes(newMaster());
  let rig: TestArchive;
  let clock: ManualClock;
  let check: IntegrityCheck | undefined;
  let found: string[] = [];

  beforeEach(async () => {
    rig = await testArchive({ envelopes });
    clock = new ManualClock(startMs);
    found = [];
  });
  afterEach(async () => {
    await check?.close();
    await rig.end();
  });

  function begin(bytesPerSecond = 1e9, keysHere = true): void {
    const volumePath = (id: string) => rig.archive.volumes().find((volume) => volume.id === id)?.path;
    check = new IntegrityCheck({
      parts: { disk: systemDisk, envelopes, volumePath },
      queries: rig.database.queries,
      clock,
      log: silentLog,
      bytesPerSecond,
      keysHere,
      volumeIds: () => rig.archive.volumes().map(({ id }) => id),
      onDamage: (row, damage) => found.push(`${row.id} ${damage}`),
    });
    check.start();
  }

  /** Lets time pass until so many recordings were checked. */
  async function checkedBecomes(count: number): Promise<void> {
    for (let tries = 0; tries < 2000; tries += 1) {
      const { checkedRecordings } = await integrityReport(rig.database.queries);
      if (checkedRecordings === count) return;
      clock.advance(5);
      await soon();
    }
    assert.fail(`never were ${count} recordings checked`);
  }

  async function record(minute: number): Promise<string> {
    return (await recordFilm(rig.archive, { startMs: startMs + minute * 60_000, seconds: 2 })).id;
  }

  async function spoil(id: string): Promise<() => Promise<void>> {
    const row = await rig.database.queries
      .selectFrom('recordings')
      .select('path')
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    const path = join(rig.folder, 'v0', row.path);
    const whole = await readFile(path);
    const spoilt = Buffer.from(whole);
    spoilt[2000] = (spoilt[2000] ?? 0) ^ 8;
    await writeFile(path, spoilt);
    return () => writeFile(path, whole);
  }

  test('reads everything, reports damage once with its place, and knows when it was through', async () => {
    const ids = [await record(0), await record(1), await record(2)];
    await spoil(ids[1] ?? '');
    clock.advance(2 * hourMs);
    begin();
    await checkedBecomes(3);
    const report = await integrityReport(rig.database.queries);
    assert.equal(report.uncheckedRecordings, 0);
    assert.ok((report.lastPassMs ?? 0) >= startMs + 2 * hourMs);
    assert.deepEqual(report.damaged, [
      {
        recordingId: ids[1],
        cameraId: report.damaged[0]?.cameraId,
        startMs: startMs + 60_000,
        endMs: startMs + 62_000,
        damage: report.damaged[0]?.damage,
      },
    ]);
    assert.match(report.damaged[0]?.damage ?? '', /^piece 1 at byte \d+: the piece does not match its seal$/);
    assert.deepEqual(found, [`${ids[1]} ${report.damaged[0]?.damage}`]);
  });

  test('raises no alarm about a recording that is deleted while it is read', async () => {
    const id = await record(0);
    await spoil(id);
    clock.advance(2 * hourMs);
    begin(1000);
    for (let turn = 0; turn < 50; turn += 1) await soon();
    await rig.archive.delete([id], 'request', '');
    await check?.close();
    assert.deepEqual(found, []);
  });

  test('looks again after a week: damage that was repaired is forgotten, new damage is found', async () => {
    const ids = [await record(0), await record(1)];
    const repair = await spoil(ids[0] ?? '');
    clock.advance(2 * hourMs);
    begin();
    await checkedBecomes(2);
    await repair();
    await spoil(ids[1] ?? '');
    clock.advance(weekMs);
    for (let tries = 0; tries < 2000 && found.length < 2; tries += 1) {
      clock.advance(1000);
      await soon();
    }
    const { damaged } = await integrityReport(rig.database.queries);
    assert.deepEqual(
      damaged.map(({ recordingId }) => recordingId),
      [ids[1]],
    );
  });

  test('leaves alone what was just written, and sealed files where there is no key', async () => {
    await record(0);
    begin();
    clock.advance(hourMs / 2);
    for (let turn = 0; turn < 50; turn += 1) await soon();
    assert.equal((await integrityReport(rig.database.queries)).checkedRecordings, 0);
    await check?.close();
    clock.advance(weekMs);
    begin(1e9, false);
    for (let turn = 0; turn < 50; turn += 1) await soon();
    assert.equal((await integrityReport(rig.database.queries)).checkedRecordings, 0);
  });

  test('is as slow as it was told, and still ends at once', async () => {
    await record(0);
    clock.advance(2 * hourMs);
    begin(1000);
    for (let turn = 0; turn < 50; turn += 1) await soon();
    clock.advance(1000);
    for (let turn = 0; turn < 50; turn += 1) await soon();
    assert.equal((await integrityReport(rig.database.queries)).checkedRecordings, 0);
    await check?.close();
    assert.equal(clock.timers, 0);
    assert.equal((await integrityReport(rig.database.queries)).checkedRecordings, 1);
  });
});
