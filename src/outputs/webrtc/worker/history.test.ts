import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { monotonicMs } from '../../../base/units.ts';
import { History } from './history.ts';

const payload = { payload: Uint8Array.of(1, 2, 3), marker: false, timeOffset: 0 };

function filled(count: number, first = 0): History {
  const history = new History();
  for (let i = 0; i < count; i += 1) history.push((first + i) & 0xffff, i, payload);
  return history;
}

describe('packets that are asked for again', () => {
  it('are found among the last thousand, across the wrap of their numbers', () => {
    const history = filled(1500, 65_000);
    const newest = (65_000 + 1499) & 0xffff;
    assert.equal(history.take(newest, monotonicMs(0))?.time, 1499);
    assert.equal(history.take((newest - 999) & 0xffff, monotonicMs(0))?.time, 500);
    assert.equal(history.take((newest - 1000) & 0xffff, monotonicMs(0)), undefined);
    assert.equal(history.take((newest + 1) & 0xffff, monotonicMs(0)), undefined, 'not sent yet');
  });

  it('are sent again three times, each some time after the other', () => {
    const history = filled(1);
    const times = Array.from({ length: 40 }, (_, i) => history.take(0, monotonicMs(i * 10)) && i * 10);
    assert.deepEqual(
      times.filter((time) => time !== undefined),
      [0, 60, 120],
    );
  });

  it('are so few that a narrow way is not filled with them', () => {
    const history = filled(1000);
    let resent = 0;
    for (let ms = 0; ms < 10_000; ms += 10) {
      for (let i = 0; i < 100; i += 1) if (history.take((ms + i) % 1000, monotonicMs(ms))) resent += 1;
    }
    assert.ok(resent <= 120 + 10 * 60, `${resent}`);
  });

  it('any numbers ask for nothing that was not sent', () => {
    fc.assert(
      fc.property(fc.nat(1200), fc.array(fc.nat(0xffff), { maxLength: 50 }), (count, asked) => {
        const history = filled(count);
        for (const sequence of asked) {
          const sent = history.take(sequence, monotonicMs(0));
          if (sent) assert.equal(sent.time, sequence);
        }
      }),
    );
  });
});
