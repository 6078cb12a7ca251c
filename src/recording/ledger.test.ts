import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cameraId } from '../base/ids.ts';
import { silentLog } from '../base/log.ts';
import { unixMs } from '../base/units.ts';
import type { LedgerBatch, StoredGap } from '../database/gaps.ts';
import { Ledger } from './ledger.ts';

const camera = cameraId(new Uint8Array(16));
const gap = (id: string, endMs: number | null = null): StoredGap => ({
  id,
  cameraId: camera,
  startMs: unixMs(0),
  endMs: endMs === null ? null : unixMs(endMs),
  cause: 'camera-offline',
  detail: '',
});

/** A database that answers when the test says. */
function rig() {
  const batches: LedgerBatch[] = [];
  const answers: { take: () => void; refuse: () => void }[] = [];
  const write = (batch: LedgerBatch): Promise<void> => {
    batches.push(batch);
    return new Promise((resolve, reject) =>
      answers.push({ take: resolve, refuse: () => reject(new Error('locked')) }),
    );
  };
  return { ledger: new Ledger(write, silentLog), batches, answers };
}

describe('rows on their way to the database', () => {
  it('go together, of each only the newest state', () => {
    const { ledger, batches } = rig();
    ledger.gap(gap('a'));
    ledger.gap(gap('b'));
    ledger.gap(gap('a', 5));
    void ledger.flush();
    assert.deepEqual(batches[0]?.gaps, [gap('a', 5), gap('b')]);
  });

  it('go one batch at a time; nothing is written for nothing', async () => {
    const { ledger, batches, answers } = rig();
    await ledger.flush();
    ledger.gap(gap('a'));
    const first = ledger.flush();
    ledger.gap(gap('b'));
    void ledger.flush();
    assert.equal(batches.length, 1);
    answers[0]?.take();
    await first;
    void ledger.flush();
    assert.deepEqual(batches[1]?.gaps, [gap('b')]);
  });

  it('that were refused are kept, unless they changed meanwhile', async () => {
    const { ledger, batches, answers } = rig();
    for (const id of ['a', 'b', 'c']) ledger.gap(gap(id));
    const refused = ledger.flush();
    ledger.gap(gap('a', 7));
    ledger.noGap('b');
    answers[0]?.refuse();
    await refused;
    void ledger.flush();
    assert.deepEqual(batches[1]?.gaps, [gap('a', 7), gap('c')]);
    assert.deepEqual(batches[1]?.noGaps, ['b']);
  });

  it('are all written at the end', async () => {
    const { ledger, batches, answers } = rig();
    ledger.gap(gap('a'));
    void ledger.flush();
    ledger.gap(gap('b'));
    const drained = ledger.drain();
    answers[0]?.take();
    await Promise.resolve();
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    answers[1]?.take();
    await drained;
    assert.deepEqual(
      batches.flatMap(({ gaps }) => gaps.map(({ id }) => id)),
      ['a', 'b'],
    );
  });
});
