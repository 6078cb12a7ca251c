import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { LaneUser } from './lane.ts';
import { Gate, Lane } from './lane.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Needs `steps` turns; tells when each began. */
function worker(lane: Lane, name: string, steps: number, log: string[]): LaneUser {
  let left = steps;
  const user: LaneUser = {
    step: async () => {
      log.push(name);
      await turn();
      left -= 1;
      if (left > 0) lane.ask(user);
    },
  };
  return user;
}

describe('turns at a volume', () => {
  test('are fair: who has much to do does not hold up who has little', async () => {
    const lane = new Lane(1);
    const log: string[] = [];
    lane.ask(worker(lane, 'much', 4, log));
    lane.ask(worker(lane, 'little', 1, log));
    for (let count = 0; count < 10; count += 1) await turn();
    assert.deepEqual(log, ['much', 'little', 'much', 'much', 'much']);
  });

  test('are taken by so many at one time; one that hangs keeps its place only', async () => {
    const lane = new Lane(2);
    const log: string[] = [];
    let atWork = 0;
    let most = 0;
    lane.ask({ step: () => new Promise(() => undefined) });
    for (const name of ['a', 'b', 'c']) {
      const inner = worker(lane, name, 1, log);
      lane.ask({
        step: async () => {
          atWork += 1;
          most = Math.max(most, atWork);
          await inner.step();
          atWork -= 1;
        },
      });
    }
    for (let count = 0; count < 10; count += 1) await turn();
    assert.deepEqual(log, ['a', 'b', 'c']);
    assert.equal(most, 1);
  });
});

describe('a gate', () => {
  test('lets so many in, the others wait in their order, too many are refused', async () => {
    const gate = new Gate(2, 2);
    const ends: (() => void)[] = [];
    const entered: number[] = [];
    const results = [0, 1, 2, 3, 4].map((number) =>
      gate.through(() => {
        entered.push(number);
        return new Promise<number>((resolve) => ends.push(() => resolve(number)));
      }),
    );
    assert.deepEqual(entered, [0, 1]);
    assert.equal(await results[4], undefined);
    ends[0]?.();
    await turn();
    assert.deepEqual(entered, [0, 1, 2]);
    ends[1]?.();
    await turn();
    for (const end of ends) end();
    assert.deepEqual(
      await Promise.all(results.slice(0, 4)),
      [0, 1, 2, 3].map((value) => ({ value })),
    );
  });

  test('is free again after work that failed', async () => {
    const gate = new Gate(1, 1);
    await assert.rejects(gate.through(() => Promise.reject(new Error('no'))));
    assert.deepEqual(await gate.through(async () => 7), { value: 7 });
  });
});
