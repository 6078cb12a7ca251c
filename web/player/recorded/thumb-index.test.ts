import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { entriesOf, nearestEntry } from './thumb-index.ts';

const pack = (url: string, timesMs: number[]) => ({
  url,
  fromMs: timesMs[0] ?? 0,
  bytes: timesMs.length * 100,
  growing: false,
  timesMs,
  offsets: timesMs.map((_, at) => at * 100),
  sizes: timesMs.map(() => 100),
});

describe('an index of small pictures', () => {
  const entries = entriesOf([pack('/later', [40_000, 50_000]), pack('/first', [10_000, 20_000])]);

  it('is in the order of time, whatever the order of packs', () => {
    assert.deepEqual(
      entries.map(({ atMs, url, offsetBytes }) => [atMs, url, offsetBytes]),
      [
        [10_000, '/first', 0],
        [20_000, '/first', 100],
        [40_000, '/later', 0],
        [50_000, '/later', 100],
      ],
    );
  });

  it('finds the nearest one, before or after, and none that is too far', () => {
    assert.equal(nearestEntry(entries, 14_000, 15_000)?.atMs, 10_000);
    assert.equal(nearestEntry(entries, 17_000, 15_000)?.atMs, 20_000);
    assert.equal(nearestEntry(entries, 31_000, 15_000)?.atMs, 40_000);
    assert.equal(nearestEntry(entries, 90_000, 15_000), undefined);
    assert.equal(nearestEntry([], 0, 15_000), undefined);
  });
});
