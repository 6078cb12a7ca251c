import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { hertz, unixMs } from '../../base/units.ts';
import { movieFtyp, moviePieces } from '../../media/mp4/movie.ts';
import type { ReadMovieTrack } from '../../media/mp4/movie.testing.ts';
import { readMovie } from '../../media/mp4/movie.testing.ts';
import type { PlayableTrack } from '../../media/mp4/playable.ts';
import type { Mp4Sample } from '../../media/mp4/read.ts';
import type { FinishedLine } from './movie-line.ts';
import { MovieLine } from './movie-line.ts';

const startMs = 1_763_000_000_000;
const frameTicks = 3600;
const soundTicks = 960;

const video: PlayableTrack = {
  id: 0,
  clockHz: hertz(90_000),
  codec: {
    kind: 'h264',
    sps: Uint8Array.of(0x67, 0x42, 0xc0, 0x1e),
    pps: [Uint8Array.of(0x68)],
    widthPixels: 160,
    heightPixels: 96,
    framesPerSecond: 25,
    codecString: 'avc1.42c01e',
    reorderFrames: 0,
  },
};
const sound: PlayableTrack = {
  id: 1,
  clockHz: hertz(48_000),
  codec: { kind: 'opus', channels: 2, codecString: 'opus' },
};

/** A second of pictures and sound that begins at `atMs` after the start; `lag` ms lie between them. */
function second(atMs: number, lagMs: number): Mp4Sample[] {
  const samples: Mp4Sample[] = [];
  let offset = 100;
  const add = (trackId: number, dts: number, durationTicks: number, key: boolean): void => {
    samples.push({ trackId, dts, pts: dts, durationTicks, key, offset, sizeBytes: 10 });
    offset += 10;
  };
  for (let n = 0; n < 25; n += 1) add(1, (startMs + atMs) * 90 + n * frameTicks, frameTicks, n === 0);
  const from = Math.round((startMs + atMs + lagMs) * 48);
  for (let n = 0; n < 50; n += 1) add(2, from + n * soundTicks, soundTicks, true);
  return samples;
}

function lined(
  seconds: readonly number[],
  range: { from: number; to: number; cut: 'keyframe' | 'exact' },
  lagMs = 0,
): FinishedLine | undefined {
  const [fromMs, toMs] = [unixMs(startMs + range.from), unixMs(startMs + range.to)];
  const line = new MovieLine([video, sound], { startMs: fromMs, endMs: toMs, cut: range.cut });
  for (const [index, atMs] of seconds.entries()) {
    const samples = line.wanted(second(atMs, lagMs), 0);
    if (samples.length > 0)
      line.place({ samples, offsetBytes: index * 2000, recordingId: 'rec', mediaOffsetMs: 0 });
  }
  return line.finish();
}

function read(line: FinishedLine): readonly ReadMovieTrack[] {
  return readMovie(Buffer.concat([movieFtyp(), ...moviePieces(line.tracks, unixMs(startMs))])).tracks;
}

/** When a sample is shown, in seconds of the film. */
function shownAt(track: ReadMovieTrack | undefined, index: number): number {
  assert.ok(track);
  const sample = track.samples.at(index);
  const shown = track.edits.find(({ mediaTicks }) => mediaTicks >= 0);
  assert.ok(sample && shown);
  let waited = 0;
  for (const { mediaTicks, shownTicks } of track.edits) if (mediaTicks < 0) waited += shownTicks;
  return waited / 90_000 + (sample.pts - shown.mediaTicks) / track.timescaleHz;
}

/** Seconds of footage, each so many ms behind the end of the one before: whole holes, or none. */
const story = fc
  .array(fc.oneof(fc.constant(0), fc.integer({ min: 1100, max: 4_000_000 })), { minLength: 1, maxLength: 20 })
  .map((pauses) => {
    let atMs = 0;
    return pauses.map((pauseMs, index) => {
      if (index > 0) atMs += 1000 + pauseMs;
      return atMs;
    });
  });

test('holes take no time, tracks stay in step behind them, and every picture is there once', () => {
  fc.assert(
    fc.property(story, fc.integer({ min: -400, max: 400 }), (seconds, lagMs) => {
      const line = lined(seconds, { from: 0, to: 2 ** 40, cut: 'keyframe' }, lagMs);
      assert.ok(line);
      const [pictures, sounds] = read(line);
      assert.equal(pictures?.samples.length, seconds.length * 25);
      assert.equal(sounds?.samples.length, seconds.length * 50);
      // Where the sound is late, what is left of it is waited for at each hole.
      const holes = seconds.filter(
        (atMs, index) => index > 0 && atMs - (seconds[index - 1] ?? 0) > 1000,
      ).length;
      const longest = seconds.length + (holes * Math.abs(lagMs)) / 1000;
      assert.ok(line.durationMs >= seconds.length * 1000 - 1 && line.durationMs <= longest * 1000 + 1);
      for (const index of seconds.keys()) {
        const apart: number = shownAt(sounds, index * 50) - shownAt(pictures, index * 25);
        assert.ok(Math.abs(apart - lagMs / 1000) < 0.001, `${apart} s apart at ${index}`);
      }
    }),
    { numRuns: 60 },
  );
});

test('the map of times leads from every picture back to when it was captured', () => {
  fc.assert(
    fc.property(story, (seconds) => {
      const line = lined(seconds, { from: 0, to: 2 ** 40, cut: 'keyframe' });
      assert.ok(line);
      const [pictures] = read(line);
      for (const [index, atMs] of seconds.entries()) {
        const filmMs = shownAt(pictures, index * 25) * 1000;
        const point: FinishedLine['times'][number] | undefined = line.times.findLast(
          ({ movieMs }) => movieMs <= filmMs + 1,
        );
        assert.ok(point);
        assert.ok(Math.abs(point.utcMs + filmMs - point.movieMs - (startMs + atMs)) <= 2);
      }
    }),
    { numRuns: 60 },
  );
});

test('an exact cut shows what was on the screen at the start first, and nothing from the end on', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 999 }), fc.integer({ min: 1, max: 3000 }), (from, length) => {
      const to = from + length;
      const line = lined([0, 1000, 2000, 3000], { from, to, cut: 'exact' });
      assert.ok(line);
      assert.ok(line.startMs <= startMs + from && line.startMs > startMs + from - 40);
      assert.ok(line.endMs >= startMs + to && line.endMs < startMs + to + 41);
      const [pictures] = read(line);
      const shown = pictures?.samples.filter((_, index) => shownAt(pictures, index) >= 0).length ?? 0;
      assert.equal(shown, Math.ceil(to / 40) - Math.floor(from / 40));
      assert.equal(pictures?.edits.at(-1)?.shownTicks, shown * frameTicks);
    }),
    { numRuns: 100 },
  );
});

test('whatever times samples have, film time never goes back', () => {
  const anySample = fc.record({
    trackId: fc.integer({ min: 0, max: 3 }),
    dts: fc.oneof(
      fc.integer({ min: 0, max: 2 ** 48 }),
      fc.integer({ min: startMs * 90, max: startMs * 90 + 900_000 }),
    ),
    shift: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    durationTicks: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    key: fc.boolean(),
  });
  const fragments = fc.array(fc.array(anySample, { minLength: 1, maxLength: 8 }), { maxLength: 8 });
  fc.assert(
    fc.property(fragments, (given) => {
      const range = { startMs: unixMs(0), endMs: unixMs(8e15), cut: 'exact' } as const;
      const line = new MovieLine([video, sound], range);
      for (const fragment of given) {
        const samples = fragment.map(({ shift, ...rest }, index) => ({
          ...rest,
          pts: rest.dts + shift,
          offset: index * 10,
          sizeBytes: 10,
        }));
        const wanted = line.wanted(samples, 0);
        if (wanted.length > 0)
          line.place({ samples: wanted, offsetBytes: 0, recordingId: 'rec', mediaOffsetMs: 0 });
      }
      const finished = line.finish();
      if (!finished) return;
      for (const [index, { samples }] of read(finished).entries()) {
        // A time that went back would be a length of nearly 2^32 ticks.
        const ticks = samples.reduce((sum, { durationTicks }) => sum + durationTicks, 0);
        assert.ok(ticks <= (finished.tracks[index]?.mediaTicks ?? -1));
      }
    }),
    { numRuns: 200 },
  );
});
