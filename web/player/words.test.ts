import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chipFor, clockTime, messageFor, minus } from './words.ts';

const nowMs = new Date(2026, 5, 1, 14, 10).getTime();
const at = (hours: number, minutes: number) => new Date(2026, 5, 1, hours, minutes).getTime();

test('the age of the picture is always on the chip', () => {
  const playing = { kind: 'playing', reason: 'Live', sinceMs: 0 } as const;
  assert.deepEqual(chipFor(playing, 640), { tone: 'live', text: 'LIVE −0.6 s' });
  assert.deepEqual(chipFor(playing, undefined), { tone: 'live', text: 'LIVE' });
});

test('a poorer way is named, and why it was taken can be asked for', () => {
  const playing = { kind: 'playing', reason: 'Live', sinceMs: 0 } as const;
  const reason = 'WebSocket: The connection does not come through';
  assert.deepEqual(chipFor(playing, 640, { wayName: 'HLS', reason }), {
    tone: 'live',
    text: 'LIVE −0.6 s · HLS',
    why: reason,
  });
});

test('a moving but old picture is not called live', () => {
  const chip = chipFor({ kind: 'playing', reason: 'Live', sinceMs: 0 }, 14_000);
  assert.deepEqual(chip, { tone: 'late', text: 'DELAYED −14 s' });
});

test('a stall says so, and when something will be done', () => {
  const stalled = { kind: 'stalled', reason: 'No new picture', sinceMs: 0, nextTryMs: nowMs + 2100 } as const;
  assert.equal(messageFor(stalled, nowMs)?.title, 'Stalled · reconnecting in 3 s');
  assert.equal(chipFor(stalled, 5200).text, 'STALLED −5.2 s');
  const trying = { ...stalled, nextTryMs: undefined };
  assert.equal(messageFor(trying, nowMs)?.title, 'Stalled · trying now');
});

test('offline says since when, why, and the next try', () => {
  const offline = { kind: 'offline', reason: 'Wrong password', sinceMs: at(14, 2), code: 'x' } as const;
  assert.deepEqual(messageFor({ ...offline, nextTryMs: nowMs + 8000 }, nowMs), {
    title: 'Offline since 14:02 · next try in 8 s',
    detail: 'Wrong password',
  });
});

test('a camera that waits to be sent to has no next try', () => {
  const waiting = {
    kind: 'offline',
    reason: 'Nobody is sending',
    sinceMs: at(14, 2),
    code: 'camera-waiting',
  } as const;
  assert.equal(messageFor({ ...waiting, nextTryMs: nowMs + 8000 }, nowMs)?.title, 'Offline since 14:02');
});

test('another day is written with its date', () => {
  assert.equal(clockTime(new Date(2026, 4, 30, 9, 5).getTime(), nowMs), '2026-05-30 09:05');
});

test('ages read well at every size and are never negative', () => {
  assert.deepEqual([-50, 0, 9940, 9960, 99_000, 180_000, 7_200_000].map(minus), [
    '−0.0 s',
    '−0.0 s',
    '−9.9 s',
    '−10 s',
    '−99 s',
    '−3 min',
    '−2 h',
  ]);
});
