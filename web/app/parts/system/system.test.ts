import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Camera, CameraState } from '../../../../src/api/contract/cameras.ts';
import type { Finding } from '../../../../src/api/contract/system-health.ts';
import { sorted } from './sorting.ts';
import { togetherFindings } from './together.ts';

function camera(name: string, state: CameraState, bitrateBps = 0): Camera {
  const stats = { bitrateBps, framesPerSecond: 0, viewers: 0, packetsLost: 0 };
  return { id: name, name, status: { state, stats } } as Camera;
}

const names = (cameras: readonly Camera[]) => cameras.map(({ name }) => name);
const none = new Map<string, number>();

const away = (n: number): Finding => ({
  id: `away:${n}`,
  kind: 'away',
  level: 'bad',
  title: `Cam ${n} is offline`,
  detail: 'No answer.',
  advice: 'Look.',
  sinceMs: 1000 - n,
  cameraId: `cam_${n}`,
  link: `/cameras/cam_${n}`,
});

describe('the table of cameras', () => {
  it('has trouble first, and equal ones by name as people count', () => {
    const cameras = [camera('Cam 10', 'live'), camera('Cam 2', 'live'), camera('Yard', 'offline')];
    assert.deepEqual(names(sorted(cameras, none, { column: 'state', down: false })), [
      'Yard',
      'Cam 2',
      'Cam 10',
    ]);
  });

  it('has the largest first, or the smallest', () => {
    const cameras = [camera('a', 'live', 1), camera('b', 'live', 3), camera('c', 'live', 2)];
    assert.deepEqual(names(sorted(cameras, none, { column: 'bitrate', down: true })), ['b', 'c', 'a']);
    assert.deepEqual(names(sorted(cameras, none, { column: 'bitrate', down: false })), ['a', 'c', 'b']);
    const waiting = new Map([['c', 5]]);
    assert.equal(sorted(cameras, waiting, { column: 'backlog', down: true })[0]?.name, 'c');
  });
});

describe('findings', () => {
  const clock: Finding = {
    ...away(0),
    id: 'clock',
    kind: 'clock',
    title: 'The clock jumped',
    cameraId: null,
  };

  it('of a few cameras stay as they are', () => {
    const few = [away(1), away(2), away(3), away(4), clock];
    assert.deepEqual(togetherFindings(few), few);
  });

  it('of many cameras are one, with their names, since the first was away', () => {
    const many = [1, 2, 3, 4, 5, 6, 7, 8].map(away);
    const [all, rest, ...others] = togetherFindings([...many, clock]);
    assert.deepEqual([rest, others], [clock, []]);
    assert.equal(all?.title, '8 cameras are away');
    assert.equal(all?.detail, 'Cam 1, Cam 2, Cam 3, Cam 4, Cam 5, Cam 6 and 2 more.');
    assert.deepEqual([all?.sinceMs, all?.link], [992, '/']);
  });
});
