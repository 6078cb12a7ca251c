import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { unixMs } from '../base/units.ts';
import { testAudioTrack, testSound, testUnit, testVideoTrack } from '../hub/testing.ts';
import { writeInit } from '../media/mp4/init.ts';
import { isPlayableTrack } from '../media/mp4/playable.ts';
import { readFragments, readInit } from '../media/mp4/read.ts';
import type { AccessUnit, Track } from '../media/track.ts';
import { Fragmenter } from './fragmenter.ts';

const start = 1_700_000_000;

/** Pictures at 25 a second from `fromSeconds` on, a keyframe every `gop`. */
function pictures(count: number, gop: number, fromSeconds = 0): AccessUnit[] {
  return Array.from({ length: count }, (_, at) => testUnit(start + fromSeconds + at * 0.04, at % gop === 0));
}

function fragmenterOf(tracks: readonly Track[]): Fragmenter {
  return new Fragmenter(tracks.filter(isPlayableTrack));
}

function pushAll(fragmenter: Fragmenter, units: readonly AccessUnit[]) {
  return units.flatMap((unit) => fragmenter.push(unit));
}

function late(unit: AccessUnit, byMs: number): AccessUnit {
  return { ...unit, wallMs: unixMs(unit.wallMs + byMs) };
}

/** Samples of one track of a fragment. */
function samplesOf(bytes: Uint8Array, tracks: readonly Track[], track: number) {
  const init = writeInit(tracks);
  const known = init.ok ? readInit(init.value) : init;
  assert.ok(known.ok);
  const { fragments } = readFragments(bytes, known.value);
  return fragments.flatMap(({ samples }) => samples).filter(({ trackId }) => trackId === track + 1);
}

describe('a fragment', () => {
  it('is one GOP when that is shorter than a second', () => {
    const made = pushAll(fragmenterOf([testVideoTrack()]), pictures(61, 20));
    assert.deepEqual(
      made.map(({ frames, key, durationMs }) => [frames, key, durationMs]),
      [
        [20, true, 800],
        [20, true, 800],
        [20, true, 800],
      ],
    );
  });

  it('is one second of a longer GOP', () => {
    const made = pushAll(fragmenterOf([testVideoTrack()]), pictures(76, 50));
    assert.deepEqual(
      made.map(({ frames, key, startMs }) => [frames, key, startMs - start * 1000]),
      [
        [25, true, 0],
        [25, false, 1000],
        [25, true, 2000],
      ],
    );
  });

  it('ends at each keyframe, however the ones before were cut', () => {
    const times = [0, 0.04, 0.08, ...Array.from({ length: 100 }, (_, at) => 1.08 + at * 0.04)];
    const units = times.map((at, index) => testUnit(start + at, index === 0 || index % 25 === 5));
    const made = pushAll(fragmenterOf([testVideoTrack()]), units);
    assert.deepEqual(
      made.map(({ frames, key }) => [frames, key]),
      [
        [3, true],
        [2, false],
        [25, true],
        [25, true],
        [25, true],
      ],
    );
  });

  it('holds several keyframes of a camera that sends nothing else', () => {
    const made = pushAll(fragmenterOf([testVideoTrack()]), pictures(40, 1));
    assert.deepEqual(
      made.map(({ frames }) => frames),
      [13, 13, 13],
    );
  });

  it('has the sound of its own time, also when that comes later', () => {
    const tracks = [testVideoTrack(), testAudioTrack()];
    const fragmenter = fragmenterOf(tracks);
    const sounds = Array.from({ length: 60 }, (_, at) => testSound(start + at * 0.02));
    const early = pushAll(fragmenter, pictures(30, 25));
    assert.equal(early.length, 0, 'waits for its sound');
    const [made] = pushAll(fragmenter, sounds);
    assert.ok(made);
    assert.equal(samplesOf(made.bytes, tracks, 0).length, 25);
    assert.equal(samplesOf(made.bytes, tracks, 1).length, 50);
  });

  it('does not wait for sound that has fallen silent', () => {
    const tracks = [testVideoTrack(), testAudioTrack()];
    const fragmenter = fragmenterOf(tracks);
    fragmenter.push(testSound(start));
    const made = pushAll(fragmenter, pictures(40, 25));
    assert.deepEqual(
      made.map(({ frames }) => frames),
      [25],
    );
  });

  it('says how long each picture was shown, by the one after it', () => {
    const tracks = [testVideoTrack()];
    const fragmenter = fragmenterOf(tracks);
    const times = [0, 0.04, 0.1, 0.9, 1.5, 1.6];
    const [made] = pushAll(
      fragmenter,
      times.map((at) => testUnit(start + at, at === 0 || at === 1.5)),
    );
    assert.ok(made);
    const durations = samplesOf(made.bytes, tracks, 0).map(({ durationTicks }) => durationTicks / 90_000);
    assert.deepEqual(durations, [0.04, 0.06, 0.8, 0.6]);
  });

  it('supposes the length of the last picture when nothing follows', () => {
    const tracks = [testVideoTrack()];
    const fragmenter = fragmenterOf(tracks);
    const made = [...pushAll(fragmenter, pictures(30, 25)), ...fragmenter.flush()];
    assert.deepEqual(
      made.map(({ frames, durationMs }) => [frames, durationMs]),
      [
        [25, 1000],
        [5, 200],
      ],
    );
    assert.deepEqual(fragmenter.flush(), [], 'nothing is given twice');
  });

  it('of sound alone is a second long, and can be started with', () => {
    const made = pushAll(
      fragmenterOf([testAudioTrack(0)]),
      Array.from({ length: 101 }, (_, at) => testSound(start + at * 0.02, 0)),
    );
    assert.deepEqual(
      made.map(({ key, frames, durationMs }) => [key, frames, durationMs]),
      [
        [true, 0, 1000],
        [true, 0, 1000],
      ],
    );
  });

  it('is made early when a camera sends more than memory is planned for', () => {
    const fragmenter = fragmenterOf([testVideoTrack()]);
    const made = Array.from({ length: 20 }, (_, at) => testUnit(start + at * 0.001, at === 0, 1024 * 1024));
    assert.ok(pushAll(fragmenter, made).length > 0);
    assert.ok(fragmenter.heldBytes < 17 * 1024 * 1024);
  });
});

describe('the time of a fragment', () => {
  it('follows capture time slowly, without a hole between fragments', () => {
    const units = pictures(751, 25).map((unit, at) => late(unit, at < 25 ? 0 : 100));
    const made = pushAll(fragmenterOf([testVideoTrack()]), units);
    const starts = made.map(({ startMs }) => startMs);
    const ends = made.map(({ startMs, durationMs }) => startMs + durationMs);
    assert.deepEqual(starts.slice(1), ends.slice(0, -1));
    const last = made.at(-1);
    assert.ok(last);
    assert.ok(Math.abs(last.startMs - last.mediaMs - 100) < 10, 'has caught up after half a minute');
  });

  it('jumps with a clock that was set, but only at a keyframe', () => {
    const units = pictures(151, 50).map((unit, at) => late(unit, at < 60 ? 0 : 3_600_000));
    const made = pushAll(fragmenterOf([testVideoTrack()]), units);
    assert.deepEqual(
      made.map(({ line, steppedMs, key, startMs }) => [line, steppedMs, key, startMs - start * 1000]),
      [
        [0, 0, true, 0],
        [0, 0, false, 1000],
        [0, 0, true, 2000],
        [0, 0, false, 3000],
        [1, 3_600_000, true, 3_604_000],
        [1, 0, false, 3_605_000],
      ],
    );
  });
});
