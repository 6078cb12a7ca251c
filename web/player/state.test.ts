import assert from 'node:assert/strict';
import { test } from 'node:test';
import { initialState, mendMs, next, retryDue, stallAfterMs } from './state.ts';
import type { Occurrence, PlayerState } from './state.ts';

const failed = (nowMs: number, sinceMs?: number): Occurrence => ({
  kind: 'failed',
  nowMs,
  reason: 'The camera does not answer',
  code: 'camera-offline',
  sinceMs,
  nextTryMs: nowMs + 2000,
});

const after = (...occurrences: Occurrence[]): PlayerState =>
  occurrences.reduce((state, occurrence) => next(state, occurrence), initialState);

const playing = after({ kind: 'attempt', nowMs: 0 }, { kind: 'frame', nowMs: 100 });

test('asked to play it connects, and with the first picture it plays', () => {
  assert.equal(after({ kind: 'attempt', nowMs: 0 }).kind, 'connecting');
  assert.equal(playing.kind, 'playing');
});

test('further pictures change nothing, so nobody is told anything', () => {
  assert.equal(next(playing, { kind: 'frame', nowMs: 140 }), playing);
  assert.equal(next(playing, { kind: 'tick', nowMs: 1000, lastFrameMs: 960 }), playing);
});

test('three seconds without a new picture are a stall, counted from the last picture', () => {
  const lastFrameMs = 5000;
  const before = next(playing, { kind: 'tick', nowMs: lastFrameMs + stallAfterMs - 1, lastFrameMs });
  assert.equal(before.kind, 'playing');
  const stalled = next(playing, { kind: 'tick', nowMs: lastFrameMs + stallAfterMs, lastFrameMs });
  assert.ok(stalled.kind === 'stalled' && stalled.sinceMs === lastFrameMs);
});

test('a stall is given time to mend, then the transport is built anew', () => {
  const stalled = next(playing, { kind: 'tick', nowMs: 10_000, lastFrameMs: 5000 });
  assert.equal(retryDue(stalled, 10_000 + mendMs - 1), false);
  assert.equal(retryDue(stalled, 10_000 + mendMs), true);
  const trying = next(stalled, { kind: 'attempt', nowMs: 13_000 });
  assert.equal(trying.kind, 'stalled');
  assert.equal(retryDue(trying, 99_000), false);
  assert.equal(next(trying, { kind: 'frame', nowMs: 13_200 }).kind, 'playing');
});

test('offline keeps its word and its beginning over all attempts', () => {
  let state = next(playing, failed(20_000));
  for (let nowMs = 22_000; nowMs < 60_000; nowMs += 4000) {
    state = next(next(state, { kind: 'attempt', nowMs }), failed(nowMs + 1000));
    assert.ok(state.kind === 'offline' && state.sinceMs === 20_000);
  }
  assert.equal(next(state, { kind: 'frame', nowMs: 61_000 }).kind, 'playing');
});

test('when the server knows since when, its word counts', () => {
  const state = next(playing, failed(20_000, 4000));
  assert.ok(state.kind === 'offline' && state.sinceMs === 4000);
});

test('after a rest it connects afresh: old trouble is not shown as new', () => {
  const rested = next(next(playing, failed(20_000)), { kind: 'rest', why: 'asleep' });
  assert.ok(rested.kind === 'idle' && rested.why === 'asleep');
  assert.equal(next(rested, { kind: 'frame', nowMs: 1 }), rested);
  assert.equal(next(rested, failed(30_000)), rested);
  assert.equal(next(rested, { kind: 'attempt', nowMs: 40_000 }).kind, 'connecting');
});

test('a codec that cannot be played is not tried again', () => {
  const state = next(playing, { kind: 'unsupported', reason: 'no decoder', codec: 'H.265' });
  assert.equal(state.kind, 'unsupported');
  assert.equal(retryDue(state, Number.MAX_SAFE_INTEGER), false);
});
