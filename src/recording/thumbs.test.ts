/** When pictures are taken of what is recorded. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ManualClock } from '../base/clock.ts';
import type { CameraId } from '../base/ids.ts';
import type { UnixMs } from '../base/units.ts';
import { unixMs } from '../base/units.ts';
import { Thumbs } from './thumbs.ts';

const [front, yard, gate] = ['cam_front', 'cam_yard', 'cam_gate'] as unknown as CameraId[];

function setUp(recording: (CameraId | undefined)[], takesMs = 0) {
  const clock = new ManualClock();
  const kept: string[] = [];
  let pictureMs: UnixMs | undefined;
  const cameras = new Set(recording.filter((camera) => camera !== undefined));
  const thumbs = new Thumbs({
    clock,
    recording: () => cameras,
    picture: async () => {
      if (takesMs > 0) await new Promise<void>((done) => clock.after(takesMs, done));
      const captureMs = pictureMs ?? unixMs(clock.nowMs() - 40);
      return { bytes: Uint8Array.of(1), captureMs };
    },
    keep: async (camera, captureMs) => void kept.push(`${camera} ${captureMs}`),
  });
  const pass = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second += 1) {
      clock.advance(1000);
      for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    }
  };
  return { clock, kept, cameras, thumbs, pass, stand: (ms: UnixMs) => void (pictureMs = ms) };
}

it('one is kept every ten seconds of each camera that records', async () => {
  const { kept, pass } = setUp([front, yard]);
  await pass(31);
  assert.equal(kept.filter((line) => line.startsWith('cam_front')).length, 4);
  assert.equal(kept.length, 8);
});

it('a camera that stops recording is left alone, and asked at once when it records again', async () => {
  const { kept, pass, cameras } = setUp([front]);
  await pass(2);
  cameras.clear();
  await pass(60);
  assert.equal(kept.length, 1);
  cameras.add(front!);
  await pass(1);
  assert.equal(kept.length, 2);
});

it('the same picture is kept once', async () => {
  const { kept, pass, stand } = setUp([front]);
  stand(unixMs(5000));
  await pass(60);
  assert.deepEqual(kept, ['cam_front 5000']);
});

it('two are made at one time, and all get their turn', async () => {
  const { kept, pass } = setUp([front, yard, gate], 3500);
  await pass(11);
  assert.deepEqual(new Set(kept.map((line) => line.split(' ')[0])), new Set([front, yard, gate]));
});

it('nothing is left behind when it is closed', () => {
  const { clock, thumbs } = setUp([front]);
  thumbs.close();
  assert.equal(clock.timers, 0);
});
