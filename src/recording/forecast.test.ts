import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { cameraId } from '../base/ids.ts';
import type { ForecastCamera } from './forecast.ts';
import { forecastOf, lackWarning, ruleWarnings } from './forecast.ts';
import type { Retention } from './policy.ts';
import { bytesWords, daysWords, guaranteedDays } from './retention-rules.ts';

const gigabyte = 1e9;
const noRules: Retention = { maxAgeDays: null, maxBytes: null, minAgeDays: 0 };
const camera = (n: number, gigabytesPerDay: number, retention: Partial<Retention> = {}): ForecastCamera => ({
  id: cameraId(new Uint8Array(16).fill(n)),
  name: `Camera ${n}`,
  retention: { ...noRules, ...retention },
  when: { mode: 'continuous', schedule: [] },
  footage: 'keep',
  bytesPerDay: gigabytesPerDay * gigabyte,
});

function told(cameras: readonly ForecastCamera[], roomGigabytes: number) {
  const { cameras: forecasts } = forecastOf(cameras, roomGigabytes * gigabyte);
  return cameras.map(({ id }) => forecasts.get(id) ?? { days: null, reason: '' });
}

const days = (cameras: readonly ForecastCamera[], roomGigabytes: number) =>
  told(cameras, roomGigabytes).map(({ days: one }) => one && Math.round(one * 100) / 100);

const limit = (max: number) => fc.option(fc.integer({ min: 1, max }), { nil: null });

describe('a forecast', () => {
  test('is the room divided by what is written, when nothing else limits it', () => {
    const [only] = told([camera(1, 10)], 100);
    assert.equal(Math.round(only?.days ?? 0), 10);
    assert.match(only?.reason ?? '', /share holds about 10 days/);
  });

  test('is the greatest age when there is room for it', () => {
    const [only] = told([camera(1, 10, { maxAgeDays: 7 })], 100);
    assert.deepEqual(only, { days: 7, reason: 'Footage is deleted after 7 days.' });
  });

  test('is what the camera’s own limit holds', () => {
    const [only] = told([camera(1, 10, { maxBytes: 25 * gigabyte })], 100);
    assert.deepEqual(only, { days: 2.5, reason: 'Its limit of 25 GB holds about 2.5 days.' });
  });

  test('gives what one camera does not need to the others', () => {
    assert.deepEqual(days([camera(1, 10, { maxAgeDays: 2 }), camera(2, 10)], 100), [2, 8]);
  });

  test('takes the same part of its time from each camera', () => {
    assert.deepEqual(
      days([camera(1, 10, { maxAgeDays: 30 }), camera(2, 10, { maxAgeDays: 10 })], 200),
      [15, 5],
    );
  });

  test('keeps a guarantee at the cost of others', () => {
    assert.deepEqual(days([camera(1, 10, { minAgeDays: 9 }), camera(2, 10)], 100), [9, 1]);
    assert.match(told([camera(1, 10, { minAgeDays: 9 }), camera(2, 10)], 100)[0]?.reason ?? '', /guaranteed/);
  });

  test('says when guarantees cannot be kept, and by how much', () => {
    const { lackingBytes, cameras } = forecastOf([camera(1, 10, { minAgeDays: 12 })], 100 * gigabyte);
    assert.equal(lackingBytes, 20 * gigabyte);
    assert.match([...cameras.values()][0]?.reason ?? '', /not room enough/);
    assert.match(lackWarning(lackingBytes) ?? '', /20 GB more/);
    assert.equal(lackWarning(0), undefined);
  });

  test('has no days for a camera that writes nothing', () => {
    assert.deepEqual(told([camera(1, 0)], 100), [{ days: null, reason: 'Nothing of it is being recorded.' }]);
  });

  test('warns of rules that contradict each other', () => {
    assert.match(ruleWarnings(camera(1, 1, { maxAgeDays: 3, minAgeDays: 7 }))[0] ?? '', /reaches no further/);
    const [warning] = ruleWarnings(camera(1, 10, { maxBytes: 50 * gigabyte, minAgeDays: 7 }));
    assert.match(warning ?? '', /takes about 70 GB, more than the limit of 50 GB/);
    assert.deepEqual(ruleWarnings(camera(1, 1, { maxAgeDays: 7, minAgeDays: 3 })), []);
  });

  test('never promises more than there is room for, and breaks no rule', () => {
    const any = fc.record({
      gigabytesPerDay: fc.integer({ min: 0, max: 200 }),
      maxAgeDays: limit(100),
      gigabytes: limit(5000),
      minAgeDays: fc.nat({ max: 30 }),
    });
    fc.assert(
      fc.property(fc.array(any, { minLength: 1, maxLength: 8 }), fc.nat({ max: 20_000 }), (given, room) => {
        const cameras = given.map(({ gigabytesPerDay, maxAgeDays, gigabytes, minAgeDays }, i) =>
          camera(i, gigabytesPerDay, {
            maxAgeDays,
            maxBytes: gigabytes === null ? null : gigabytes * gigabyte,
            minAgeDays,
          }),
        );
        const { cameras: forecasts, lackingBytes } = forecastOf(cameras, room * gigabyte);
        let needed = 0;
        for (const { id, bytesPerDay, retention } of cameras) {
          const { days: one } = forecasts.get(id) ?? { days: null };
          if (one === null) continue;
          needed += one * bytesPerDay;
          assert.ok(one >= guaranteedDays(retention));
          assert.ok(one <= (retention.maxAgeDays ?? Infinity));
          const isWithinSize = one * bytesPerDay <= (retention.maxBytes ?? Infinity) * 1.0001;
          assert.ok(isWithinSize || one === guaranteedDays(retention));
        }
        assert.ok(needed <= room * gigabyte * 1.0001 + lackingBytes);
      }),
      { numRuns: 200 },
    );
  });
});

describe('words', () => {
  test('for sizes and times are what a person would say', () => {
    assert.deepEqual([0, 999, 1500, 999_600, 5e9, 2.5e12].map(bytesWords), [
      '0 bytes',
      '999 bytes',
      '1.5 kB',
      '1 MB',
      '5 GB',
      '2.5 TB',
    ]);
    assert.deepEqual([0.25, 1, 2.5, 30.4].map(daysWords), ['6 hours', '1 day', '2.5 days', '30 days']);
  });
});
