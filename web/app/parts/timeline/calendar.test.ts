import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { monthsLater, timeOfDayMs, weeksOf } from './calendar.ts';

describe('a calendar', () => {
  it('begins its weeks on Monday and has every day once', () => {
    const weeks = weeksOf({ year: 2026, month: 11 });
    assert.deepEqual(weeks[0], [undefined, undefined, undefined, undefined, undefined, undefined, 1]);
    assert.deepEqual(
      weeks.flat().filter(Boolean),
      Array.from({ length: 30 }, (_, at) => at + 1),
    );
    assert.equal(weeksOf({ year: 2028, month: 2 }).flat().filter(Boolean).length, 29);
  });

  it('goes over the turn of the year', () => {
    assert.deepEqual(monthsLater({ year: 2026, month: 12 }, 1), { year: 2027, month: 1 });
    assert.deepEqual(monthsLater({ year: 2026, month: 1 }, -1), { year: 2025, month: 12 });
  });
});

describe('a time of day', () => {
  it('is read with and without seconds', () => {
    assert.equal(timeOfDayMs('14:03'), (14 * 60 + 3) * 60_000);
    assert.equal(timeOfDayMs(' 7:03:05 '), (7 * 60 + 3) * 60_000 + 5000);
    assert.equal(timeOfDayMs('00:00:00.25'), 250);
  });

  it('is none when no clock shows it', () => {
    for (const text of ['', '24:00', '12:60', '12', 'noon', '12:00:61'])
      assert.equal(timeOfDayMs(text), undefined);
  });
});
