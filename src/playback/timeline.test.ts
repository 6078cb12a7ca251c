import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { cameraId } from '../base/ids.ts';
import { insertHold } from '../database/holds.ts';
import { TestHistory } from './history.testing.ts';
import { timelineOf } from './timeline.ts';

const camera = cameraId(new Uint8Array(16).fill(1));
const other = cameraId(new Uint8Array(16).fill(2));
const minuteMs = 60_000;
const noonMs = Date.UTC(2026, 10, 21, 12);
const at = (minutes: number): number => noonMs + minutes * minuteMs;
const span = (from: number, to: number) => ({ startMs: at(from), endMs: at(to) });

let history: TestHistory;
before(async () => {
  history = await TestHistory.open(at(60));
});
afterEach(() => history.clear());
after(() => history.close());

const ask = (from: number, to: number, resolutionMs?: number) =>
  timelineOf(history.parts, { cameraId: camera, fromMs: at(from), toMs: at(to), resolutionMs });

describe('a timeline', () => {
  test('tells the recorded spans within its range, cut at its edges', async () => {
    await history.addRuns(camera, [span(-30, 5), span(10, 20), span(40, 50)]);
    const { recorded } = await ask(0, 45, 0);
    assert.deepEqual(recorded, [
      { ...span(0, 5), live: false },
      { ...span(10, 20), live: false },
      { ...span(40, 45), live: false },
    ]);
  });

  test('joins what is closer than the resolution', async () => {
    await history.addRuns(camera, [span(0, 5), span(6, 10), span(12, 20)]);
    assert.deepEqual((await ask(0, 60, 2 * minuteMs)).recorded, [
      { ...span(0, 10), live: false },
      { ...span(12, 20), live: false },
    ]);
    assert.equal((await ask(0, 60, 1 * minuteMs)).recorded.length, 3);
  });

  test('shows what is being written as the live end of its run', async () => {
    await history.addRuns(camera, [span(0, 59)]);
    history.writtenNow = span(59, 60);
    assert.deepEqual((await ask(0, 120)).recorded, [{ ...span(0, 60), live: true }]);
  });

  test('says how fine it is, and is not finer than can be looked at', async () => {
    assert.equal((await ask(0, 60)).resolutionMs, 1800);
    assert.equal((await ask(0, 60, 10_000)).resolutionMs, 10_000);
    assert.equal((await ask(0, 60, 0)).resolutionMs, 900);
  });

  test('stays short however much there is', async () => {
    const runs = Array.from({ length: 12_000 }, (_, i) => ({
      startMs: at(0) + i * 300,
      endMs: at(0) + i * 300 + 1,
    }));
    for (let i = 0; i < runs.length; i += 3000) await history.addRuns(camera, runs.slice(i, i + 3000));
    const { recorded } = await ask(0, 60, 0);
    assert.ok(recorded.length <= 4001, `${recorded.length} spans`);
  });

  test('reads a long history in pages, and leaves nothing out where many rows begin together', async () => {
    // Ten thousand rows are a page: its last row has neighbours that begin at the same moment.
    const events = Array.from({ length: 10_020 }, (_, i) => ({
      startMs: at(0) + (i < 9990 ? i : 9990),
      endMs: at(1),
      kind: 'motion',
    }));
    for (let i = 0; i < events.length; i += 2004) await history.addEvents(camera, events.slice(i, i + 2004));
    await history.addEvents(camera, [{ ...span(5, 6), kind: 'trigger' }]);
    const { events: told } = await ask(0, 60);
    assert.deepEqual(
      told.map(({ kind, count }) => [kind, count]),
      [
        ['motion', 10_020],
        ['trigger', 1],
      ],
    );
  });

  test('shows a gap with its cause, and one that lasts until now as open', async () => {
    await history.addGaps(camera, [
      { ...span(5, 10), cause: 'camera-offline', detail: 'No route to host' },
      { startMs: at(50), endMs: null, cause: 'disk-full', detail: 'No space left' },
    ]);
    const { gaps } = await ask(0, 120);
    assert.deepEqual(gaps, [
      { ...span(5, 10), cause: 'camera-offline', detail: 'No route to host', open: false },
      { ...span(50, 60), cause: 'disk-full', detail: 'No space left', open: true },
    ]);
  });

  test('calls footage that lacks packets poor; where nothing is left of it, a gap', async () => {
    await history.addRuns(camera, [span(0, 20), span(30, 40)]);
    await history.addGaps(camera, [
      { ...span(5, 6), cause: 'packets-lost', detail: '12 packets' },
      { ...span(20, 30), cause: 'packets-lost', detail: 'nothing could be used' },
      { ...span(35, 36), cause: 'disk-slow' },
      { ...span(15, 16), cause: 'camera-offline' },
    ]);
    const { gaps, degraded } = await ask(0, 60);
    assert.deepEqual(degraded, [
      { ...span(5, 6), cause: 'packets-lost', detail: '12 packets' },
      { ...span(35, 36), cause: 'disk-slow', detail: '' },
    ]);
    assert.deepEqual(
      gaps.map(({ startMs, cause }) => [startMs, cause]),
      [
        [at(15), 'camera-offline'],
        [at(20), 'packets-lost'],
      ],
    );
  });

  test('knows that what is being written is recorded', async () => {
    history.writtenNow = span(50, 60);
    await history.addGaps(camera, [{ ...span(55, 56), cause: 'packets-lost' }]);
    const { gaps, degraded } = await ask(0, 60);
    assert.deepEqual([gaps.length, degraded.length], [0, 1]);
  });

  test('says of joined gaps how many they are and how long', async () => {
    await history.addGaps(camera, [
      { startMs: at(0), endMs: at(0) + 4000, cause: 'packets-lost' },
      { startMs: at(1), endMs: at(1) + 26_000, cause: 'packets-lost' },
      { ...span(2, 3), cause: 'camera-offline', detail: 'Refused' },
    ]);
    const { gaps } = await ask(0, 60, 10 * minuteMs);
    assert.deepEqual(
      gaps.map(({ cause, detail }) => [cause, detail]),
      [
        ['packets-lost', '2 times, 30 s in all'],
        ['camera-offline', 'Refused'],
      ],
    );
  });

  test('counts joined events, each kind for itself', async () => {
    await history.addEvents(camera, [
      { ...span(0, 1), kind: 'motion', label: 'Gate' },
      { ...span(1, 2), kind: 'trigger', label: 'Door' },
      { ...span(2, 3), kind: 'motion', label: 'Gate' },
      { ...span(30, 31), kind: 'motion', label: 'Yard' },
      { startMs: at(55), endMs: null, kind: 'manual' },
    ]);
    const { events } = await ask(0, 90, 5 * minuteMs);
    assert.deepEqual(
      events.map(({ kind, label, count, startMs, endMs }) => [kind, label, count, startMs, endMs]),
      [
        ['motion', 'Gate', 2, at(0), at(3)],
        ['trigger', 'Door', 1, at(1), at(2)],
        ['motion', 'Yard', 1, at(30), at(31)],
        ['manual', '', 1, at(55), at(60)],
      ],
    );
  });

  test('shows an event without length where it stands', async () => {
    await history.addEvents(camera, [{ startMs: at(0), endMs: at(0), kind: 'trigger' }]);
    assert.equal((await ask(0, 10)).events.length, 1);
    assert.equal((await ask(-10, 0)).events.length, 0);
  });

  test('shows what is held: by this camera or all, and not any more once the hold ended', async () => {
    const hold = { reason: 'Break-in', untilMs: null, createdMs: at(0) };
    await insertHold(history.queries, { ...hold, id: 'a', cameraId: camera, ...span(0, 5) }, 10);
    await insertHold(history.queries, { ...hold, id: 'b', cameraId: null, ...span(2, 90) }, 10);
    await insertHold(history.queries, { ...hold, id: 'c', cameraId: other, ...span(0, 5) }, 10);
    await insertHold(
      history.queries,
      { ...hold, id: 'd', cameraId: camera, ...span(0, 5), untilMs: at(59) },
      10,
    );
    const { held } = await ask(1, 60);
    assert.deepEqual(held, [
      { id: 'a', ...span(1, 5), reason: 'Break-in' },
      { id: 'b', ...span(2, 60), reason: 'Break-in' },
    ]);
  });
});
