/** Which picture belongs to a moment, and what comes with it. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { TestArchive } from '../archive/archive.testing.ts';
import { recordFilm, testArchive, testCamera } from '../archive/archive.testing.ts';
import { unixMs } from '../base/units.ts';
import { findMoment } from './moments.ts';

const startMs = Date.parse('2026-11-21T12:00:00Z');
const frameMs = 40;

let rig: TestArchive;
before(async () => {
  rig = await testArchive();
  await recordFilm(rig.archive, { startMs, seconds: 3 });
  await recordFilm(rig.archive, { startMs: startMs + 60_000, seconds: 2 });
});
after(() => rig.end());

async function moment(afterMs: number, exact = true) {
  const found = await findMoment(rig.archive, testCamera, unixMs(startMs + afterMs), exact);
  assert.ok(found.ok, JSON.stringify(found));
  const { units, wanted } = found.value;
  return { wantedMs: wanted.wallMs - startMs, units: units.length, firstIsKey: units[0]?.key };
}

async function fault(afterMs: number) {
  const found = await findMoment(rig.archive, testCamera, unixMs(startMs + afterMs), true);
  assert.ok(!found.ok);
  return found.error;
}

describe('the picture of a moment', () => {
  it('is the one that was shown then, with all from its keyframe on', async () => {
    assert.deepEqual(await moment(0), { wantedMs: 0, units: 1, firstIsKey: true });
    assert.deepEqual(await moment(frameMs - 1), { wantedMs: 0, units: 1, firstIsKey: true });
    assert.deepEqual(await moment(frameMs), { wantedMs: frameMs, units: 2, firstIsKey: true });
    assert.deepEqual(await moment(1999), { wantedMs: 1960, units: 5, firstIsKey: true });
    assert.deepEqual(await moment(2000), { wantedMs: 2000, units: 1, firstIsKey: true });
  });

  it('is the last one just after the end, where another recording may begin late', async () => {
    assert.equal((await moment(3500)).wantedMs, 2960);
  });

  it('may be the keyframe before it alone', async () => {
    assert.deepEqual(await moment(1999, false), { wantedMs: 1800, units: 1, firstIsKey: true });
  });

  it('that was not recorded is nowhere: the nearest footage is named', async () => {
    assert.deepEqual(await fault(30_000), {
      kind: 'no-footage',
      beforeMs: startMs + 3000,
      afterMs: startMs + 60_000,
    });
    assert.deepEqual(await fault(-1), { kind: 'no-footage', beforeMs: undefined, afterMs: startMs });
  });
});
