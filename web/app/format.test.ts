import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bitrate, bytes, duration, frameRate, pictureSize, trackLine, whole } from './format.ts';

test('rates are short and carry their unit', () => {
  assert.deepEqual([900_000, 4_120_000, 25_400_000].map(bitrate), ['900 kbit/s', '4.1 Mbit/s', '25 Mbit/s']);
  assert.deepEqual([25, 29.97, 12.54].map(frameRate), ['25 fps', '30 fps', '12.5 fps']);
});

test('long counts are set in groups', () => {
  assert.equal(whole(1_234_567), '1 234 567');
  assert.deepEqual([400_000, 6_000_000, 12_300_000_000].map(bytes), ['400 kB', '6.0 MB', '12.3 GB']);
});

test('durations use the two largest units that matter', () => {
  const minute = 60_000;
  assert.deepEqual([900, 59_400, 5 * minute, 200 * minute, 120 * minute, 96 * 60 * minute].map(duration), [
    '1 s',
    '59 s',
    '5 min',
    '3 h 20 min',
    '2 h',
    '4 days',
  ]);
});

test('picture sizes have the names people use', () => {
  assert.equal(pictureSize(1920, 1080), '1080p');
  assert.equal(pictureSize(3840, 2160), '4K');
  assert.equal(pictureSize(704, 576), '704 × 576');
});

test('a track is described by what is known of it', () => {
  const audio = {
    kind: 'audio',
    codec: 'g711',
    codecString: null,
    width: null,
    height: null,
    framesPerSecond: null,
    sampleRateHz: 8000,
    channels: 1,
    playable: false,
    note: 'not yet',
  } as const;
  assert.equal(trackLine(audio, 'G.711'), 'G.711 · 8 kHz · mono');
});
