import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTimes } from './start-times.ts';

const urls = ['rtsp://camera/live/trackID=1', 'rtsp://camera/live/trackID=2'];

test('a track is found by its address, absolute or relative', () => {
  const infos = [
    { url: 'trackID=2', sequence: 1, rtpTime: 20 },
    { url: 'rtsp://camera/live/trackID=1', sequence: 1, rtpTime: 10 },
  ];
  assert.deepEqual(startTimes(infos, urls), [10, 20]);
});

test('addresses that fit no track: the order counts, if there are as many', () => {
  const [first, second] = [
    { url: 'rtsp://10.0.0.1/a', sequence: 1, rtpTime: 10 },
    { url: 'rtsp://10.0.0.1/b', sequence: 1, rtpTime: 20 },
  ];
  assert.deepEqual(startTimes([first, second], urls), [10, 20]);
  assert.deepEqual(startTimes([first], urls), [undefined, undefined]);
});

test('a camera that tells nothing', () => {
  assert.deepEqual(startTimes([], urls), [undefined, undefined]);
});
