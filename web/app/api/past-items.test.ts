import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HistoryItem } from '../../../src/api/contract/history.ts';
import { mergedItems } from './past-items.ts';

function gap(at: number, endMs: number | null = at + 1): HistoryItem {
  const span = { atMs: at, startMs: at, endMs };
  return { kind: 'gap', id: `gap_${at}`, cameraId: 'cam_1', cause: 'disk-slow', detail: '', ...span };
}

/** The newest first. */
const gaps = (from: number, to: number) => Array.from({ length: from - to + 1 }, (_, i) => gap(from - i));

describe('the newest and the pages read before', () => {
  it('are one list, in which the newest know better', () => {
    const merged = mergedItems(
      [gap(201), gap(200, 250), ...gaps(199, 102)],
      [gap(200, null), ...gaps(199, 50)],
    );
    assert.deepEqual(
      merged?.map(({ atMs }) => atMs),
      gaps(201, 50).map(({ atMs }) => atMs),
    );
    assert.equal(merged?.[1]?.endMs, 250, 'it has ended since');
  });

  it('a gap that proved to be none goes', () => {
    assert.deepEqual(
      mergedItems([gap(3), gap(1)], [gap(2, null), gap(1)])?.map(({ atMs }) => atMs),
      [3, 1],
    );
  });

  it('until the newest are read, the pages stand; before any page, nothing is known', () => {
    assert.deepEqual(mergedItems(undefined, gaps(5, 1)), gaps(5, 1));
    assert.equal(mergedItems([gap(1)], undefined), undefined);
  });
});
