import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Ladder, everyWay } from './ladder.ts';
import type { Way } from './ladder.ts';

test('WebRTC and the WebSocket race at first', () => {
  assert.deepEqual(new Ladder().best(everyWay, 0), ['webrtc', 'socket']);
});

test('a camera with B-frames is not asked for over WebRTC again for minutes; the reason is told', () => {
  const ladder = new Ladder();
  ladder.failed('webrtc', 'the camera sends B-frames', 0, true);
  assert.deepEqual(ladder.best(everyWay, 200_000), ['socket']);
  assert.equal(ladder.reason('socket', everyWay), 'WebRTC: the camera sends B-frames');
  assert.deepEqual(ladder.best(everyWay, 300_000), ['webrtc', 'socket']);
});

test('it goes down rung by rung, to nothing in the end', () => {
  const ladder = new Ladder();
  const seen: string[] = [];
  for (let ways = ladder.best(everyWay, 0); ways.length > 0; ways = ladder.best(everyWay, 0)) {
    seen.push(ways.join('+'));
    for (const way of ways) ladder.failed(way, 'no picture', 0);
  }
  assert.deepEqual(seen, ['webrtc+socket', 'hls', 'jpeg', 'snapshots']);
});

test('it looks upward after 30 s, then after twice as long, and never to an equal or lower rung', () => {
  const ladder = new Ladder();
  for (const way of ['webrtc', 'socket'] as const) ladder.failed(way, 'blocked', 0);
  assert.deepEqual(ladder.better('hls', everyWay, 29_999), []);
  assert.deepEqual(ladder.better('hls', everyWay, 30_000), ['webrtc', 'socket']);
  for (const way of ['webrtc', 'socket'] as const) ladder.failed(way, 'blocked', 30_000);
  assert.deepEqual(ladder.better('hls', everyWay, 89_999), []);
  assert.deepEqual(ladder.better('hls', everyWay, 90_000), ['webrtc', 'socket']);
  assert.deepEqual(ladder.better('socket', everyWay, 999_999), []);
});

test('one freeze is forgiven, a second one within a minute is not', () => {
  const ladder = new Ladder();
  ladder.froze('socket', 'it froze', 0);
  assert.ok(ladder.isOpen('socket', 1));
  ladder.froze('socket', 'it froze', 70_000);
  assert.ok(ladder.isOpen('socket', 70_001));
  ladder.froze('socket', 'it froze', 100_000);
  assert.ok(!ladder.isOpen('socket', 100_001));
});

test('after playing for long, the next pause is a short one again', () => {
  const ladder = new Ladder();
  for (let times = 0; times < 4; times++) ladder.failed('hls', 'x', 0);
  ladder.steady('hls');
  ladder.failed('hls', 'x', 0);
  assert.ok(ladder.isOpen('hls', 30_000));
});

test('when it was the server or the camera, only what lies in the way itself stays', () => {
  const ladder = new Ladder();
  ladder.failed('webrtc', 'the camera sends B-frames', 0, true);
  ladder.failed('socket', 'blocked', 0);
  ladder.forgive();
  assert.deepEqual(ladder.best(everyWay, 1), ['socket']);
});

test('a pinned way has no other', () => {
  const ladder = new Ladder();
  assert.deepEqual(ladder.best(['jpeg'], 0), ['jpeg']);
  ladder.failed('jpeg', 'x', 0);
  assert.deepEqual(ladder.best(['jpeg'], 0), []);
});

test('a way that is not wanted any more is left even for a lower one', () => {
  assert.deepEqual(new Ladder().better('webrtc', ['socket', 'hls'], 0), ['socket']);
});

test('whatever happens, every way is open again after 16 minutes of peace', () => {
  const failure = fc.record({
    way: fc.constantFrom<Way>(...everyWay),
    waitMs: fc.nat(1_000_000),
    lasting: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(failure, { maxLength: 40 }), (failures) => {
      const ladder = new Ladder();
      let nowMs = 0;
      for (const { way, waitMs, lasting } of failures) {
        nowMs += waitMs;
        ladder.failed(way, 'x', nowMs, lasting);
        assert.ok(!ladder.isOpen(way, nowMs));
      }
      for (const way of everyWay) assert.ok(ladder.isOpen(way, nowMs + 16 * 60_000));
    }),
    { numRuns: 100 },
  );
});
