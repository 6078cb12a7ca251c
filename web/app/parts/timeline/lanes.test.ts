import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Timeline } from '../../../../src/api/contract/recording.ts';
import { lanesOf, momentOn, neighbour, targetAt } from './lanes.ts';

const minute = 60_000;
const gap = {
  startMs: 20 * minute,
  endMs: 24 * minute,
  cause: 'camera-offline',
  detail: 'Connection refused',
  open: false,
} as const;
const timeline: Timeline = {
  fromMs: 0,
  toMs: 100 * minute,
  nowMs: 90 * minute,
  resolutionMs: 1,
  recorded: [
    { startMs: 10 * minute, endMs: 20 * minute, live: false },
    { startMs: 24 * minute, endMs: 60 * minute, live: false },
    { startMs: 80 * minute, endMs: 90 * minute, live: true },
  ],
  gaps: [gap],
  degraded: [{ startMs: 30 * minute, endMs: 31 * minute, cause: 'packets-lost', detail: '12 packets' }],
  events: [
    { id: 'a', startMs: 40 * minute, endMs: 40 * minute, kind: 'motion', label: '', count: 1 },
    { id: 'b', startMs: 40.1 * minute, endMs: 40.2 * minute, kind: 'motion', label: '', count: 3 },
    { id: 'c', startMs: 50 * minute, endMs: 51 * minute, kind: 'bell', label: 'Door', count: 1 },
  ],
  held: [{ id: 'h', startMs: 45 * minute, endMs: 48 * minute, reason: 'Theft' }],
};
const all = { fromMs: 0, toMs: 100 * minute };

describe('boxes', () => {
  it('lie where their times are', () => {
    const { recorded, gaps } = lanesOf(timeline, all, 1000);
    assert.deepEqual(
      recorded.map(({ x, width }) => [x, width]),
      [
        [100, 100],
        [240, 360],
        [800, 100],
      ],
    );
    assert.deepEqual(gaps[0], { x: 200, width: 40, of: [gap] });
  });

  it('of gaps can be seen in a whole year', () => {
    const year = { fromMs: -180 * 86_400_000, toMs: 180 * 86_400_000 };
    assert.ok((lanesOf(timeline, year, 1000).gaps[0]?.width ?? 0) >= 3);
  });

  it('that would touch become one that knows both', () => {
    const { events } = lanesOf(timeline, all, 1000);
    assert.deepEqual(
      events.map(({ of }) => of.map(({ id }) => id)),
      [['a', 'b'], ['c']],
    );
  });

  it('are cut where the view ends, and left out beyond', () => {
    const second = { fromMs: 30 * minute, toMs: 30 * minute + 1000 };
    const { recorded, gaps, degraded } = lanesOf(timeline, second, 1000);
    assert.equal(gaps.length, 0);
    assert.equal(recorded.length, 1);
    assert.ok((degraded[0]?.width ?? Infinity) <= 1010);
  });
});

describe('a pointer', () => {
  const lanes = lanesOf(timeline, all, 1000);
  it('on a gap means the gap, and a finger need not hit it', () => {
    assert.equal(targetAt(lanes, 'footage', 220, 4)?.kind, 'gap');
    assert.equal(targetAt(lanes, 'footage', 250, 4), undefined);
    assert.equal(targetAt(lanes, 'footage', 250, 16)?.kind, 'gap');
  });

  it('in the row of events means an event, below a hold, on footage what disturbed it', () => {
    assert.equal(targetAt(lanes, 'events', 505, 4)?.kind, 'event');
    assert.equal(targetAt(lanes, 'held', 470, 4)?.kind, 'held');
    assert.equal(targetAt(lanes, 'footage', 305, 4)?.kind, 'degraded');
    assert.equal(targetAt(lanes, 'footage', 500, 4), undefined);
  });
});

describe('a moment', () => {
  it('is recorded, missing with the reason and what comes next, not meant to be recorded, or to come', () => {
    assert.equal(momentOn(timeline, 15 * minute).kind, 'recorded');
    assert.deepEqual(momentOn(timeline, 21 * minute), { kind: 'gap', gap, nextMs: 24 * minute });
    assert.deepEqual(momentOn(timeline, 70 * minute), { kind: 'none', nextMs: 80 * minute });
    assert.equal(momentOn(timeline, 95 * minute).kind, 'future');
  });

  it('within a gap is missing even when the footage around it was drawn as one', () => {
    const joined = { ...timeline, recorded: [{ startMs: 10 * minute, endMs: 60 * minute, live: false }] };
    assert.deepEqual(momentOn(joined, 21 * minute), { kind: 'gap', gap, nextMs: 24 * minute });
  });

  it('has footage that begins before and after it', () => {
    assert.equal(neighbour(timeline, 15 * minute, 1), 24 * minute);
    assert.equal(neighbour(timeline, 24 * minute + 500, -1), 10 * minute);
    assert.equal(neighbour(timeline, 40 * minute, -1), 24 * minute);
    assert.equal(neighbour(timeline, 85 * minute, 1), undefined);
  });
});
