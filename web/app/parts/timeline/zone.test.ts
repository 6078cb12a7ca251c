import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { clockText, dayStart, dayText, midnight, momentOf, offsetText, wallOf } from './zone.ts';

const berlin = 'Europe/Berlin';
const hourMs = 3_600_000;

describe('times of a zone', () => {
  it('are what its clocks show', () => {
    const ms = Date.parse('2026-07-01T22:05:09.120Z');
    assert.equal(clockText(ms, berlin, 'minute'), '00:05');
    assert.equal(clockText(ms, berlin, 'second'), '00:05:09');
    assert.equal(clockText(ms, 'UTC', 'millisecond'), '22:05:09.120');
    assert.equal(dayText(ms, berlin), 'Thu 2 Jul');
    assert.equal(dayText(ms, berlin, Date.parse('2027-01-05T00:00:00Z')), 'Thu 2 Jul 2026');
  });

  it('come with their distance to UTC', () => {
    assert.equal(offsetText(Date.parse('2026-07-01T00:00:00Z'), berlin), 'UTC+2');
    assert.equal(offsetText(Date.parse('2026-01-01T00:00:00Z'), berlin), 'UTC+1');
    assert.equal(offsetText(0, 'America/St_Johns'), 'UTC−3:30');
    assert.equal(offsetText(0, 'UTC'), 'UTC');
  });

  it('are found again from what the clocks showed', () => {
    const zones = fc.constantFrom(berlin, 'UTC', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe');
    const moment = fc.integer({ min: 0, max: 4e12 });
    fc.assert(
      fc.property(moment, zones, (ms, zone) => {
        const wall = wallOf(ms, zone);
        const found = momentOf(wall, zone);
        // An hour that clocks showed twice: the first of the two.
        assert.ok(found === ms || (found < ms && ms - found <= hourMs), `${ms} became ${found}`);
        assert.deepEqual(wallOf(found, zone), wall);
      }),
      { numRuns: 200 },
    );
  });

  it('that no clock showed lie as much later as clocks were put forward', () => {
    const never = { ...midnight(2026, 3, 29), hour: 2, minute: 30 };
    assert.equal(clockText(momentOf(never, berlin), berlin, 'minute'), '03:30');
  });
});

describe('days', () => {
  it('have 23, 24 or 25 hours', () => {
    assert.equal(hoursOf('2026-03-29'), 23);
    assert.equal(hoursOf('2026-06-01'), 24);
    assert.equal(hoursOf('2026-10-25'), 25);
  });
});

function hoursOf(day: string): number {
  const start = dayStart(Date.parse(`${day}T12:00:00Z`), berlin);
  return (dayStart(start, berlin, 1) - start) / hourMs;
}
