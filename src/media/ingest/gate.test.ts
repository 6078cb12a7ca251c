import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hertz, monotonicMs, ticks, unixMs } from '../../base/units.ts';
import type { CodecConfig, Track } from '../track.ts';
import { Gate } from './gate.ts';
import { defaultIngestLimits as defaultLimits } from './limits.ts';

const picture: CodecConfig = { kind: 'mjpeg', widthPixels: 320, heightPixels: 240 };
const largePicture: CodecConfig = { kind: 'mjpeg', widthPixels: 640, heightPixels: 480 };
const sound: CodecConfig = { kind: 'g711', law: 'a', sampleRateHz: 8000, channels: 1 };
const video = 0;
const audio = 1;

/** A gate with these tracks, and what came through it: kinds of codecs when announced, `track@time` for units. */
function gate(...kinds: ('video' | 'audio')[]) {
  const seen: string[] = [];
  const tested = new Gate(
    {
      tracks: (tracks: readonly Track[]) =>
        seen.push(tracks.map(({ id, codec }) => `${id}:${codec.kind}`).join(' ')),
      unit: (unit) => seen.push(`${unit.track}@${unit.pts}`),
    },
    defaultLimits,
  );
  for (const kind of kinds) tested.add({ kind, clockHz: hertz(90_000) });
  const unit = (lane: number, time: number, nowMs = 0) =>
    tested.unit(
      lane,
      { pts: ticks(time), dts: ticks(time), wallMs: unixMs(0), key: true, nals: [new Uint8Array(1)] },
      monotonicMs(nowMs),
    );
  return { tested, seen, unit };
}

test('a camera with pictures only is announced with its first picture', () => {
  const { tested, seen, unit } = gate('video');
  tested.config(video, picture);
  assert.deepEqual(seen, []);
  unit(video, 1);
  assert.deepEqual(seen, ['0:mjpeg', '0@1']);
});

test('the first picture waits for sound, and nothing is lost meanwhile', () => {
  const { tested, seen, unit } = gate('video', 'audio');
  tested.config(video, picture);
  unit(video, 1, 0);
  unit(video, 2, 40);
  assert.deepEqual(seen, []);
  tested.config(audio, sound);
  unit(audio, 3, 60);
  assert.deepEqual(seen, ['0:mjpeg 1:g711', '0@1', '0@2', '1@3']);
});

test('sound before the first picture is left out', () => {
  const { tested, seen, unit } = gate('video', 'audio');
  tested.config(audio, sound);
  unit(audio, 1);
  unit(audio, 2);
  tested.config(video, picture);
  unit(video, 3);
  assert.deepEqual(seen, ['0:mjpeg 1:g711', '0@3']);
});

test('sound that was offered and never comes is not announced', () => {
  const { tested, seen, unit } = gate('video', 'audio');
  tested.config(video, picture);
  unit(video, 1, 0);
  tested.tick(monotonicMs(defaultLimits.otherTracksMs - 1));
  assert.deepEqual(seen, []);
  tested.tick(monotonicMs(defaultLimits.otherTracksMs));
  assert.deepEqual(seen, ['0:mjpeg', '0@1']);
});

test('sound that comes late is announced late, and the picture keeps its number', () => {
  const { tested, seen, unit } = gate('video', 'audio');
  tested.config(video, picture);
  unit(video, 1, 0);
  tested.tick(monotonicMs(1000));
  tested.config(audio, sound);
  unit(audio, 2, 2000);
  assert.deepEqual(seen.slice(2), ['0:mjpeg 1:g711', '1@2']);
});

test('a changed configuration is announced before the unit it is for', () => {
  const { tested, seen, unit } = gate('video');
  tested.config(video, picture);
  unit(video, 1);
  tested.config(video, largePicture);
  unit(video, 2);
  assert.deepEqual(seen, ['0:mjpeg', '0@1', '0:mjpeg', '0@2']);
});

test('what waits for sound is limited', () => {
  const { tested, seen, unit } = gate('video', 'audio');
  tested.config(video, picture);
  for (let time = 0; time < defaultLimits.waitingUnits; time += 1) unit(video, time, 0);
  assert.equal(seen.length, 1 + defaultLimits.waitingUnits);
});

test('a camera with sound only is heard', () => {
  const { tested, seen, unit } = gate('audio');
  tested.config(0, sound);
  unit(0, 1);
  assert.deepEqual(seen, ['0:g711', '0@1']);
});
