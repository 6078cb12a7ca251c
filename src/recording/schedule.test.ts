import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { unixMs } from '../base/units.ts';
import type { DayWindow } from './policy.ts';
import { isWithin, spansWithin } from './schedule.ts';

const zone = process.env['TZ'];
// Summer time began on 2026-03-29 at 2:00, and ended on 2026-10-25 at 3:00.
before(() => (process.env['TZ'] = 'Europe/Berlin'));
after(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

const at = (text: string) => unixMs(Date.parse(text));
const minuteOf = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
const everyDay = [0, 1, 2, 3, 4, 5, 6];
const window = (days: readonly number[], from: string, to: string): DayWindow => {
  return { days, fromMinute: minuteOf(from), toMinute: minuteOf(to) };
};
const hours = ({ startMs, endMs }: { startMs: number; endMs: number }): number =>
  (endMs - startMs) / 3_600_000;

describe('a window of the week', () => {
  const office = [window([0, 1, 2, 3, 4], '08:00', '18:00')];

  it('has its beginning and not its end, in local time', () => {
    assert.equal(isWithin(office, at('2026-11-23T07:59:59+01:00')), false);
    assert.equal(isWithin(office, at('2026-11-23T08:00:00+01:00')), true);
    assert.equal(isWithin(office, at('2026-11-23T17:59:59+01:00')), true);
    assert.equal(isWithin(office, at('2026-11-23T18:00:00+01:00')), false);
    assert.equal(isWithin(office, at('2026-11-22T12:00:00+01:00')), false, 'a Sunday');
  });

  it('moves with summer time', () => {
    assert.equal(isWithin(office, at('2026-07-01T06:00:00Z')), true);
    assert.equal(isWithin(office, at('2026-12-01T06:00:00Z')), false);
  });

  it('that the clock skips is empty, and one that it repeats is an hour longer', () => {
    const night = [window(everyDay, '02:00', '03:00')];
    const spring = spansWithin(night, at('2026-03-29T00:00:00+01:00'), at('2026-03-30T00:00:00+02:00'));
    assert.deepEqual(spring, []);
    const early = [window(everyDay, '01:00', '04:00')];
    const [short] = spansWithin(early, at('2026-03-29T00:00:00+01:00'), at('2026-03-30T00:00:00+02:00'));
    const [long] = spansWithin(early, at('2026-10-25T00:00:00+02:00'), at('2026-10-26T00:00:00+01:00'));
    assert.ok(short && long);
    assert.deepEqual([hours(short), hours(long)], [2, 4]);
  });

  it('joins the one of the next day at midnight', () => {
    const night = [window(everyDay, '22:00', '24:00'), window(everyDay, '00:00', '06:00')];
    const spans = spansWithin(night, at('2026-11-20T12:00:00+01:00'), at('2026-11-22T12:00:00+01:00'));
    assert.deepEqual(spans.map(hours), [8, 8]);
  });

  it('is the whole of a day of 25 hours', () => {
    const spans = spansWithin(
      [window(everyDay, '00:00', '24:00')],
      at('2026-10-25T00:00:00+02:00'),
      at('2026-10-26T00:00:00+01:00'),
    );
    assert.deepEqual(spans.map(hours), [25]);
  });
});

describe('what lies of windows in a range', () => {
  it('is cut to the range, and overlapping windows count once', () => {
    const both = [window(everyDay, '08:00', '12:00'), window(everyDay, '10:00', '14:00')];
    const spans = spansWithin(both, at('2026-11-21T09:00:00+01:00'), at('2026-11-21T13:00:00+01:00'));
    assert.deepEqual(spans.map(hours), [4]);
  });

  it('agrees with what is asked for a moment', () => {
    const windows = [window([5, 6], '01:30', '02:45'), window(everyDay, '02:30', '23:59')];
    const from = at('2026-10-24T00:00:00+02:00');
    const to = at('2026-10-27T00:00:00+01:00');
    const spans = spansWithin(windows, from, to);
    for (let moment: number = from; moment < to; moment += 7 * 60_000) {
      const listed = spans.some(({ startMs, endMs }) => startMs <= moment && moment < endMs);
      assert.equal(isWithin(windows, unixMs(moment)), listed, new Date(moment).toISOString());
    }
  });
});
