import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { cameraId } from '../base/ids.ts';
import { daysOf } from './days.ts';
import { TestHistory } from './history.testing.ts';

const camera = cameraId(new Uint8Array(16).fill(1));
const hourMs = 3_600_000;
const nowMs = Date.UTC(2026, 10, 21, 12);

let history: TestHistory;
before(async () => {
  history = await TestHistory.open(nowMs);
});
afterEach(() => history.clear());
after(() => history.close());

const ask = (fromDate: string, toDate: string, timeZone = 'UTC') =>
  daysOf(history.parts, { cameraId: camera, fromDate, toDate, timeZone });

async function daysIn(fromDate: string, toDate: string, timeZone = 'UTC') {
  const answer = await ask(fromDate, toDate, timeZone);
  assert.ok(answer.ok, answer.ok ? '' : answer.error.message);
  return answer.value.days;
}

async function hoursIn(fromDate: string, toDate: string, timeZone: string) {
  const days = await daysIn(fromDate, toDate, timeZone);
  return days.map(({ date, startMs, endMs }) => [
    date,
    new Date(startMs).toISOString().slice(0, 16),
    (endMs - startMs) / hourMs,
  ]);
}

describe('days', () => {
  test('have 23 and 25 hours where the clocks change', async () => {
    assert.deepEqual(await hoursIn('2026-03-28', '2026-03-31', 'Europe/Berlin'), [
      ['2026-03-28', '2026-03-27T23:00', 24],
      ['2026-03-29', '2026-03-28T23:00', 23],
      ['2026-03-30', '2026-03-29T22:00', 24],
    ]);
    assert.deepEqual(await hoursIn('2026-10-25', '2026-10-26', 'Europe/Berlin'), [
      ['2026-10-25', '2026-10-24T22:00', 25],
    ]);
  });

  test('begin at one o’clock where the clocks change at midnight', async () => {
    // In Cairo 00:00 became 01:00 on the last Friday of April 2024.
    assert.deepEqual(await hoursIn('2024-04-26', '2024-04-27', 'Africa/Cairo'), [
      ['2024-04-26', '2024-04-25T22:00', 23],
    ]);
  });

  test('begin at a quarter past in Kathmandu, and half of the change is an hour on Lord Howe', async () => {
    assert.deepEqual(await hoursIn('2026-05-01', '2026-05-02', 'Asia/Kathmandu'), [
      ['2026-05-01', '2026-04-30T18:15', 24],
    ]);
    assert.deepEqual(await hoursIn('2026-04-05', '2026-04-06', 'Australia/Lord_Howe'), [
      ['2026-04-05', '2026-04-04T13:00', 24.5],
    ]);
  });

  test('share a recording that goes on over midnight, what is being written included', async () => {
    const midnightMs = Date.UTC(2026, 10, 21);
    await history.addRuns(camera, [{ startMs: midnightMs - 2 * hourMs, endMs: midnightMs + 11 * hourMs }]);
    history.writtenNow = { startMs: midnightMs + 11 * hourMs, endMs: nowMs };
    const days = await daysIn('2026-11-20', '2026-11-23');
    assert.deepEqual(
      days.map(({ recordedMs }) => recordedMs / hourMs),
      [2, 12, 0],
    );
  });

  test('count once what was recorded twice because the clock was set back', async () => {
    const startMs = Date.UTC(2026, 10, 20, 6);
    await history.addRuns(camera, [
      { startMs, endMs: startMs + 2 * hourMs },
      { startMs: startMs + hourMs, endMs: startMs + 3 * hourMs },
      { startMs: startMs + 1.5 * hourMs, endMs: startMs + 2 * hourMs },
    ]);
    const [day] = await daysIn('2026-11-20', '2026-11-21');
    assert.equal(day?.recordedMs, 3 * hourMs);
  });

  test('tell what is missing, until now where it lasts, and count events where they begin', async () => {
    const midnightMs = Date.UTC(2026, 10, 21);
    await history.addGaps(camera, [{ startMs: midnightMs - hourMs, endMs: null, cause: 'camera-offline' }]);
    await history.addEvents(camera, [
      { startMs: midnightMs - 1, endMs: midnightMs + 5000, kind: 'motion' },
      { startMs: midnightMs, endMs: midnightMs + 5000, kind: 'motion' },
      { startMs: midnightMs + 1, endMs: midnightMs + 5000, kind: 'motion' },
    ]);
    const days = await daysIn('2026-11-20', '2026-11-23');
    assert.deepEqual(
      days.map(({ gapMs, events }) => [gapMs / hourMs, events]),
      [
        [1, 1],
        [12, 2],
        [0, 0],
      ],
    );
  });

  test('do not call footage that lacks packets missing', async () => {
    const startMs = Date.UTC(2026, 10, 20, 6);
    await history.addRuns(camera, [{ startMs, endMs: startMs + hourMs }]);
    await history.addGaps(camera, [
      { startMs: startMs + 1000, endMs: startMs + 2000, cause: 'packets-lost' },
    ]);
    const [day] = await daysIn('2026-11-20', '2026-11-21');
    assert.equal(day?.gapMs, 0);
  });

  for (const [name, from, to, zone, field] of [
    ['a date that does not exist', '2026-02-30', '2026-03-02', 'UTC', 'from'],
    ['words', '2026-02-01', 'tomorrow', 'UTC', 'to'],
    ['a range that goes back', '2026-02-02', '2026-02-01', 'UTC', 'to'],
    ['more than two years', '2020-01-01', '2026-01-01', 'UTC', 'to'],
    ['a zone that nobody lives in', '2026-02-01', '2026-02-02', 'Mars/Olympus', 'tz'],
  ] as const) {
    test(`are not told for ${name}`, async () => {
      const answer = await ask(from, to, zone);
      assert.equal(answer.ok ? '' : answer.error.field, field);
    });
  }
});
