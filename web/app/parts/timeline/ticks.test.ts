import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { longestViewMs, shortestViewMs, xOf } from './scale.ts';
import { ticks } from './ticks.ts';

const from = Date.parse('2026-11-21T11:00:00Z');
const labels = (lengthMs: number, zone = 'UTC', fromMs = from) =>
  ticks({ fromMs, toMs: fromMs + lengthMs }, 1000, zone)
    .map(({ label }) => label)
    .filter(Boolean);

describe('the ruler', () => {
  it('tells parts of a second when a second is shown, and months when a year is', () => {
    assert.equal(labels(1000)[0], '11:00:00.000');
    assert.equal(labels(60_000)[1], '11:00:10');
    assert.equal(labels(3_600_000)[1], '11:10');
    assert.deepEqual(labels(4 * 86_400_000).slice(0, 3), ['12:00', 'Sun 22 Nov', '12:00']);
    assert.ok(labels(366 * 86_400_000).includes('Mar 2027'));
  });

  it('stands on the hours of its zone, also in the night when clocks are put back', () => {
    const night = Date.parse('2026-10-24T21:00:00Z');
    const found = labels(10 * 3_600_000, 'Europe/Berlin', night);
    assert.deepEqual(found.slice(0, 3), ['23:00', 'Sun 25 Oct', '01:00']);
    assert.ok(found.includes('06:00'));
    assert.ok(
      labels(10 * 3_600_000, 'Asia/Kolkata').every((label) => label.includes('Nov') || label.endsWith(':00')),
    );
  });

  it('never writes labels into one another, and is in order', () => {
    const zones = fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Kathmandu');
    const length = fc
      .integer({ min: 0, max: 1000 })
      .map((at) => shortestViewMs * (longestViewMs / shortestViewMs) ** (at / 1000));
    fc.assert(
      fc.property(length, fc.integer({ min: 1e12, max: 2e12 }), zones, (lengthMs, fromMs, zone) => {
        const view = { fromMs, toMs: fromMs + lengthMs };
        const found = ticks(view, 1000, zone);
        const xs = found.filter(({ label }) => label !== '').map(({ ms }) => xOf(view, 1000, ms));
        assert.ok(xs.length >= 1 || lengthMs > 86_400_000, 'something is written');
        // A month is not always 31 days, and one hour is 60 minutes shorter twice a year.
        for (const [at, x] of xs.entries()) assert.ok(at === 0 || x - (xs[at - 1] ?? 0) > 20);
        assert.deepEqual(
          found,
          found.toSorted((a, b) => a.ms - b.ms),
        );
        assert.ok(found.length < 300);
      }),
      { numRuns: 60 },
    );
  });
});
