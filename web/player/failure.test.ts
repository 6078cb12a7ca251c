import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { codecAdvice, codecName } from './codecs.ts';
import { failureFrom } from './answers.ts';
import { blame, cameraFailure, isLasting, plain, retryDelayMs } from './failure.ts';
import { Slots } from './slots.ts';

test('a problem document is passed on: why, since when, next try', () => {
  const body = JSON.stringify({
    code: 'camera-offline',
    title: 'Camera offline',
    detail: 'The camera refused the password.',
    sinceMs: 1000,
    nextTryMs: 9000,
  });
  assert.deepEqual(failureFrom(503, body), {
    reason: 'The camera refused the password.',
    code: 'camera-offline',
    sinceServerMs: 1000,
    nextTryServerMs: 9000,
  });
});

test('no answer and foreign answers still give plain words', () => {
  assert.equal(failureFrom(0, '').code, 'unreachable');
  assert.equal(failureFrom(404, '<html>').reason, 'The server knows no such camera');
  assert.equal(failureFrom(502, 'Bad gateway').code, 'http-502');
});

test('any body: no throw, some words', () => {
  const bodies = fc.oneof(fc.string(), fc.json());
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 599 }), bodies, (status, body) => {
      const failure = failureFrom(status, body);
      assert.ok(failure.reason.length > 0 && failure.code.length > 0);
    }),
    { numRuns: 200 },
  );
});

test('waits longer after each failure, but never more than 18 s, for ever', () => {
  const away = plain('The server does not answer', 'unreachable');
  const delays = [1, 2, 3, 4, 5, 6, 50, 5000].map((attempt) => retryDelayMs(away, attempt, 0, 0.5));
  assert.deepEqual(delays, [500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
  assert.ok(retryDelayMs(away, 5000, 0, 1) <= 18_000);
});

test('asks just after the server itself has tried the camera', () => {
  const offline = failureFrom(
    503,
    JSON.stringify({ detail: 'x', code: 'camera-offline', nextTryMs: 104_000 }),
  );
  const delayMs = retryDelayMs(offline, 9, 100_000, 0.5);
  assert.ok(delayMs > 4000 && delayMs < 5000);
  assert.equal(retryDelayMs(offline, 9, 200_000, 0.5), 500);
});

test('a camera that does not exist is asked for slowly', () => {
  assert.equal(retryDelayMs(failureFrom(404, ''), 1, 0, 0.5), 15_000);
});

test('codecs have names people know, and H.265 comes with a way out', () => {
  assert.equal(codecName('hvc1.1.6.L120.90'), 'H.265');
  assert.equal(codecName('avc1.640028'), 'H.264');
  assert.equal(codecName('vp99.1'), 'vp99.1');
  assert.match(codecAdvice('hev1.1.6.L93.B0'), /H\.264/);
});

test('only so many play at one time; who leaves makes room for the longest waiting', () => {
  const slots = new Slots(2);
  const playing: string[] = [];
  const [first, , third] = ['a', 'b', 'c', 'd'].map((name) => slots.enter(() => playing.push(name)));
  assert.deepEqual(playing, ['a', 'b']);
  first?.leave();
  first?.leave();
  assert.deepEqual(playing, ['a', 'b', 'c']);
  third?.leave();
  assert.deepEqual(playing, ['a', 'b', 'c', 'd']);
});

const whose = (code: string) => blame(plain('x', code));

test('only trouble of the way leads to another way', () => {
  for (const code of [
    'camera-offline',
    'camera-not-found',
    'camera-disabled',
    'too-many-readers',
    'http-503',
  ]) {
    assert.equal(whose(code), 'camera', code);
  }
  for (const code of [
    'b-frames',
    'codec-not-offered',
    'unsupported-codec',
    'no-picture',
    'media',
    'not-playable',
  ]) {
    assert.equal(whose(code), 'way', code);
  }
  assert.equal(whose('unreachable'), 'server');
});

test('what the camera sends stays as it is for longer than what a network does', () => {
  const lasting = [
    'b-frames',
    'codec-not-offered',
    'unsupported-codec',
    'not-playable',
    'no-picture',
    'blocked',
  ];
  assert.deepEqual(
    lasting.map((code) => isLasting(plain('x', code))),
    [true, true, true, true, false, false],
  );
});

test('a camera that is away says so on the socket; one that connects may still bring pictures', () => {
  const said = { state: 'offline', reason: 'It does not answer', sinceMs: 5, nextTryMs: 9 };
  assert.deepEqual(cameraFailure(said), {
    reason: 'It does not answer',
    code: 'camera-offline',
    sinceServerMs: 5,
    nextTryServerMs: 9,
  });
  for (const state of ['idle', 'connecting', 'live'])
    assert.equal(cameraFailure({ ...said, state }), undefined);
});
