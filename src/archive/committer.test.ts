import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ManualClock } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import type { ArchiveChange } from '../database/recordings.ts';
import { Committer } from './committer.ts';

const forget = (id: string): ArchiveChange => ({ kind: 'forget', id });
const idOf = (change: ArchiveChange): string => (change.kind === 'forget' ? change.id : '');
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('changes of many recordings', () => {
  test('that come together go in one transaction, those that come meanwhile in the next', async () => {
    const batches: string[][] = [];
    const committer = new Committer(
      async (changes) => {
        batches.push(changes.map(idOf));
        await turn();
        return new Map();
      },
      new ManualClock(),
      silentLog,
    );
    const first = [committer.commit(forget('a')), committer.commit(forget('b'))];
    await Promise.resolve();
    await Promise.resolve();
    const later = [committer.commit(forget('c')), committer.commit(forget('d'))];
    await Promise.all([...first, ...later]);
    assert.deepEqual(batches, [
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });

  test('are not spoiled by one that the database refuses; that one is given up after a while', async () => {
    const done: string[] = [];
    const clock = new ManualClock();
    const committer = new Committer(
      async (changes) => {
        if (changes.some((change) => idOf(change) === 'bad')) throw new Error('constraint');
        done.push(...changes.map(idOf));
        return new Map();
      },
      clock,
      silentLog,
    );
    const good = committer.commit(forget('good'));
    const bad = committer.commit(forget('bad'));
    assert.deepEqual(await good, { ok: true, value: '' });
    assert.deepEqual(done, ['good']);
    for (let count = 0; count < 10; count += 1) {
      await turn();
      clock.advance(1000);
    }
    assert.deepEqual(await bad, { ok: false, error: 'constraint' });
    assert.equal(clock.timers, 0);
  });
});
