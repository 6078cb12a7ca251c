import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { TestArchive } from '../../archive/archive.testing.ts';
import { soundFragment, soundHead, testArchive, testCamera } from '../../archive/archive.testing.ts';
import type { RecordingInfo } from '../../archive/types.ts';
import { unixMs } from '../../base/units.ts';
import { writeLedger } from '../../database/gaps.ts';
import { storedTables } from '../stored-tables.ts';
import type { ListedGaps } from './gaps.ts';
import { listGaps } from './gaps.ts';
import { planCamera } from './plan.ts';

const startMs = 1_763_000_000_000;
const range = { startMs: unixMs(startMs), endMs: unixMs(startMs + 60_000) };

const told = ({ gaps: listed }: ListedGaps): unknown[] =>
  listed.map(({ startMs: from, endMs, cause }) => [from - startMs, endMs - startMs, cause]);

describe('what is missing in an export', () => {
  let rig: TestArchive;
  before(async () => {
    rig = await testArchive();
  });
  after(() => rig.end());

  async function recordSound(fromMs: number, seconds: number): Promise<RecordingInfo> {
    const writer = rig.archive.write({
      head: soundHead(testCamera, startMs + fromMs),
      onStored: () => undefined,
      onFailed: (fault) => assert.fail(fault.message),
    });
    for (let n = 0; n < seconds; n += 1) writer.append(soundFragment(startMs + fromMs + n * 1000, 10));
    const closed = await writer.close('stopped');
    assert.ok(closed.ok);
    return closed.value;
  }

  async function gaps(nowMs = startMs + 3_600_000): Promise<ListedGaps> {
    const parts = { archive: rig.archive, tables: storedTables(rig.database.queries) };
    const plan = await planCamera(parts, testCamera, range);
    assert.ok(plan.ok);
    return listGaps(rig.database.queries, plan.value, range, nowMs);
  }

  test('is a hole that nobody wanted filled, what the ledger has, and what was deleted', async () => {
    await recordSound(0, 10);
    const doomed = await recordSound(10_000, 10);
    await recordSound(40_000, 10);
    assert.deepEqual(told(await gaps()), [
      [20_000, 40_000, 'not-recorded'],
      [50_000, 60_000, 'not-recorded'],
    ]);
    const gap = { id: 'gap_1', cameraId: testCamera, startMs: unixMs(startMs + 20_000) };
    const offline = { ...gap, endMs: unixMs(startMs + 40_000), cause: 'camera-offline', detail: '' };
    await writeLedger(rig.database.queries, {
      gaps: [offline],
      noGaps: [],
      events: [],
      marks: [],
      noMarks: [],
    });
    await rig.archive.delete([doomed.id], 'age', '');
    const found = await gaps();
    assert.deepEqual(told(found), [
      [10_000, 20_000, 'deleted'],
      [20_000, 40_000, 'camera-offline'],
      [50_000, 60_000, 'not-recorded'],
    ]);
    assert.match(found.gaps[0]?.detail ?? '', /: age\.$/);
    assert.equal(found.more, 0);
  });

  test('is not what is still to come', async () => {
    assert.deepEqual(told(await gaps(startMs + 50_000)).at(-1), [20_000, 40_000, 'camera-offline']);
  });
});
