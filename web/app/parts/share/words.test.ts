import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rangeWords } from './words.ts';

/** In whatever time zone the test runs. */
const at = (day: number, hour: number, minute = 0, second = 0): number =>
  new Date(2026, 2, day, hour, minute, second).getTime();

test('a short stretch of one day has its seconds, and the day once', () => {
  assert.equal(rangeWords(at(4, 9, 30, 5), at(4, 9, 40, 5)), '4 Mar 2026, 09:30:05 – 09:40:05');
});

test('a long one needs none', () => {
  assert.equal(rangeWords(at(4, 9), at(4, 12)), '4 Mar 2026, 09:00 – 12:00');
});

test('over midnight both ends have their day', () => {
  assert.equal(rangeWords(at(4, 23), at(5, 1)), '4 Mar 2026, 23:00 – 5 Mar 2026, 01:00');
});
