import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { AwayWatch } from './away-watch.ts';
import { DiskTrends } from './disk-trends.ts';
import type { HealthSample } from './ring.ts';
import { HealthRings, sampleEveryMs } from './ring.ts';

const hourMs = 3_600_000;

function sample(at: number, changes: Partial<HealthSample> = {}): HealthSample {
  const none = { processCores: 0, machineShare: 0, rssBytes: 0, machineUsedBytes: 0, eventLoopP99Ms: 0 };
  return { ...none, inBps: 0, outBps: 0, live: 0, viewers: 0, atMs: at * sampleEveryMs, ...changes };
}

describe('the last hour and day', () => {
  test('hold what came last, in order, and never more', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3000 }), (count) => {
        const rings = new HealthRings();
        for (let i = 0; i < count; i++) rings.add(sample(i, { viewers: i }));
        const { hour, day } = rings.history();
        const kept = Math.min(count, 720);
        assert.deepEqual(
          hour.viewers,
          Array.from({ length: kept }, (_, i) => count - kept + i),
        );
        assert.equal(hour.atMs.length, kept);
        assert.equal(day.atMs.length, Math.min(1440, Math.floor(count / 12)));
      }),
      { numRuns: 20 },
    );
  });

  test('a minute is the mean of its samples, and the worst of its delays', () => {
    const rings = new HealthRings();
    for (let i = 0; i < 12; i++) rings.add(sample(i, { inBps: i, eventLoopP99Ms: i === 3 ? 80 : 1 }));
    const { day } = rings.history();
    assert.deepEqual([day.inBps, day.eventLoopP99Ms, day.atMs], [[5.5], [80], [11 * sampleEveryMs]]);
  });
});

const camera = (state: 'live' | 'offline' | 'connecting' | 'idle', sinceMs: number) => {
  return { id: 'cam_1', state, sinceMs, reason: state === 'offline' ? 'No answer.' : null };
};

describe('a camera that is away', () => {
  test('is away since it first was, however often it is tried again', () => {
    const watch = new AwayWatch();
    assert.deepEqual(watch.look([camera('live', 1)]), [camera('live', 1)]);
    watch.look([camera('offline', 10)]);
    assert.deepEqual(watch.look([camera('connecting', 20)]), [camera('offline', 10)]);
    assert.deepEqual(watch.look([camera('offline', 30)]), [camera('offline', 10)]);
  });

  test('is back when it is live, or nobody wants it; then it is away anew', () => {
    for (const back of ['live', 'idle'] as const) {
      const watch = new AwayWatch();
      watch.look([camera('offline', 10)]);
      assert.deepEqual(watch.look([camera(back, 40)]), [camera(back, 40)]);
      assert.deepEqual(watch.look([camera('connecting', 50)]), [camera('connecting', 50)]);
      assert.equal(watch.look([camera('offline', 60)])[0]?.sinceMs, 60);
    }
  });

  test('that is connected to for the first time is not away', () => {
    assert.deepEqual(new AwayWatch().look([camera('connecting', 1)]), [camera('connecting', 1)]);
  });
});

describe('the free space of a disk', () => {
  const gigabyte = 1e9;

  /** A look each minute; a gigabyte an hour goes, and comes and goes by `swing` besides. */
  function paceAfter(minutes: number, swing: number): number | undefined {
    const trends = new DiskTrends();
    let pace: number | undefined;
    for (let i = 0; i <= minutes; i++) {
      const freeBytes = 500 * gigabyte - (i / 60) * gigabyte + (i % 2) * swing;
      pace = trends.look([{ path: '/data', freeBytes, floorBytes: 0 }], i * 60_000)[0]?.bytesPerDay;
    }
    return pace;
  }

  test('has a pace once it was watched for half an hour', () => {
    assert.equal(paceAfter(29, 0), undefined);
    assert.equal(Math.round((paceAfter(30, 0) ?? 0) / gigabyte), -24);
  });

  test('has a pace although it comes and goes', () => {
    assert.ok(Math.abs((paceAfter(240, 0.2 * gigabyte) ?? 0) / gigabyte + 24) < 1);
  });

  test('of a disk that was away begins anew', () => {
    const trends = new DiskTrends();
    const volume = { path: '/data', freeBytes: 9, floorBytes: 0 };
    trends.look([volume], 0);
    trends.look([], hourMs);
    assert.equal(trends.look([volume], 2 * hourMs)[0]?.bytesPerDay, undefined);
  });
});
