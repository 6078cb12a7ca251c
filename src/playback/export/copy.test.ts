import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { BufferSource, Input, MP4 } from 'mediabunny';
import type { TestArchive } from '../../archive/archive.testing.ts';
import { testArchive } from '../../archive/archive.testing.ts';
import { cameraId } from '../../base/ids.ts';
import type { CameraId } from '../../base/ids.ts';
import { unixMs } from '../../base/units.ts';
import {
  decodedFrames,
  decodingErrors,
  encodeAudio,
  encodeVideo,
  ffmpegMissing,
} from '../../media/mp4/encoded.testing.ts';
import { readMovie } from '../../media/mp4/movie.testing.ts';
import type { FilmTracks } from '../films.testing.ts';
import { recordStory } from '../films.testing.ts';
import { storedTables } from '../stored-tables.ts';
import type { CopiedCamera } from './copy.ts';
import { copyCamera } from './copy.ts';
import { planCamera } from './plan.ts';

const startMs = 1_763_000_000_000;

const camera = (number: number): CameraId => cameraId(new Uint8Array(16).fill(number));
const h264 = (): FilmTracks => ({ video: encodeVideo('h264', 'bframes=2'), audio: encodeAudio('aac') });

/** What one picture of a file looks like: the hash of its decoded pixels. */
function pictures(path: string, count: number): string[] {
  const args = ['-v', 'error', '-i', path, '-map', 'v', '-frames:v', `${count}`, '-f', 'framemd5', '-'];
  const lines = execFileSync('ffmpeg', args, { encoding: 'utf8' }).split('\n');
  return lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(',').at(-1) ?? '');
}

/** As another reader of MP4 has it. */
async function secondsOf(bytes: Uint8Array): Promise<number> {
  const input = new Input({ source: new BufferSource(Uint8Array.from(bytes)), formats: [MP4] });
  return Math.round(await input.computeDuration());
}

describe('an exported film', { skip: ffmpegMissing }, () => {
  let rig: TestArchive;
  let folder: string;
  before(async () => {
    rig = await testArchive();
    folder = await mkdtemp(join(tmpdir(), 'export-test-'));
  });
  after(async () => {
    await rig.end();
    await rm(folder, { recursive: true });
  });

  async function exported(
    id: CameraId,
    fromMs: number,
    toMs: number,
    cut: 'keyframe' | 'exact' = 'keyframe',
  ): Promise<CopiedCamera> {
    const range = { startMs: unixMs(startMs + fromMs), endMs: unixMs(startMs + toMs), cut };
    const tables = storedTables(rig.database.queries);
    const plan = await planCamera({ archive: rig.archive, tables }, id, range);
    assert.ok(plan.ok);
    const signal = new AbortController().signal;
    const parts = { archive: rig.archive, folder, onWritten: () => undefined, signal };
    return copyCamera(parts, plan.value, range, `film-${id}-${fromMs}-${toMs}-${cut}`);
  }

  const bytesOf = (copied: CopiedCamera, index = 0): Promise<Buffer> =>
    readFile(join(folder, copied.files[index]?.name ?? 'none'));

  test('of H.264 with B-frames and AAC over two recordings decodes whole, moov first', async () => {
    const id = camera(1);
    const tracks = h264();
    await recordStory(rig.archive, { cameraId: id, tracks, startMs, seconds: 4 });
    await recordStory(rig.archive, {
      cameraId: id,
      tracks,
      startMs: startMs + 4000,
      seconds: 4,
      continues: true,
    });
    const copied = await exported(id, 0, 8000);
    assert.deepEqual(copied.missing, []);
    assert.equal(copied.files.length, 1);
    const bytes = await bytesOf(copied);
    assert.equal(decodingErrors(bytes), '');
    assert.equal(decodedFrames(bytes, 'v').length, 200);
    assert.equal(await secondsOf(bytes), 8);
    const movie = readMovie(bytes);
    assert.deepEqual(movie.order, ['ftyp', 'moov', 'free', 'mdat']);
    const [video, sound] = movie.tracks;
    assert.ok(video?.samples.every(({ durationTicks }) => durationTicks === 3600));
    assert.equal(sound?.samples.length, Math.ceil((8 * 48_000) / 1024));
    assert.deepEqual(
      [...copied.recordings.values()].map(({ first, last, count }) => [first, last, count]),
      [
        [0, 3, 4],
        [0, 3, 4],
      ],
    );
  });

  test('ends at the picture that was asked for, and begins at the keyframe before the start', async () => {
    const copied = await exported(camera(1), 2500, 4500);
    const bytes = await bytesOf(copied);
    assert.equal(decodingErrors(bytes), '');
    const frames = decodedFrames(bytes, 'v');
    assert.equal(frames[0]?.pts, 0);
    const first = copied.files[0]?.times[0];
    assert.equal(first?.movieMs, 0);
    assert.ok(first && first.utcMs <= startMs + 2500 && first.utcMs > startMs + 1500);
    const shownMs = (frames.at(-1)?.pts ?? 0) / 90 + 40;
    assert.ok(Math.abs(first.utcMs + shownMs - (startMs + 4500)) <= 40, `${first.utcMs + shownMs - startMs}`);
  });

  test('cut exactly shows the picture of the start first', async () => {
    const whole = await exported(camera(1), 0, 3000, 'keyframe');
    const cut = await exported(camera(1), 1300, 3000, 'exact');
    const wholeTimes = whole.files[0]?.times[0];
    assert.ok(wholeTimes);
    const index = Math.floor((startMs + 1300 - wholeTimes.utcMs) / 40);
    const expected = pictures(join(folder, whole.files[0]?.name ?? ''), 75);
    const shown = pictures(join(folder, cut.files[0]?.name ?? ''), 10);
    assert.deepEqual(shown, expected.slice(index, index + 10));
    assert.ok(new Set(expected.slice(index - 5, index + 5)).size === 10, 'the pictures differ');
    assert.equal(decodingErrors(await bytesOf(cut)), '');
    assert.ok(Math.abs((cut.files[0]?.startMs ?? 0) - (startMs + 1300)) <= 40);
  });

  test('of H.265 is cut exactly, too', async () => {
    const id = camera(2);
    const tracks = { video: encodeVideo('h265', 'bframes=2'), audio: undefined };
    await recordStory(rig.archive, { cameraId: id, tracks, startMs, seconds: 3 });
    const film = await exported(id, 0, 3000);
    const bytes = await bytesOf(film);
    assert.equal(decodingErrors(bytes), '');
    assert.equal(decodedFrames(bytes, 'v').length, 75);
    const whole = pictures(join(folder, film.files[0]?.name ?? ''), 75);
    const cut = await exported(id, 1500, 2500, 'exact');
    const shown = pictures(join(folder, cut.files[0]?.name ?? ''), 100);
    const index = Math.floor((startMs + 1500 - (film.files[0]?.times[0]?.utcMs ?? 0)) / 40);
    assert.deepEqual(shown, whole.slice(index, index + shown.length));
    assert.ok(shown.length >= 25 && shown.length <= 26);
  });

  test('goes on behind a hole at once, in step, and says what time it is there', async () => {
    const id = camera(3);
    const tracks = h264();
    await recordStory(rig.archive, { cameraId: id, tracks, startMs, seconds: 3 });
    await recordStory(rig.archive, { cameraId: id, tracks, startMs: startMs + 600_000, seconds: 3 });
    const copied = await exported(id, 0, 700_000);
    const bytes = await bytesOf(copied);
    assert.equal(decodingErrors(bytes), '');
    const [file] = copied.files;
    assert.ok(file && Math.abs(file.durationMs - 6000) < 100, `${file?.durationMs}`);
    assert.equal(file.times.length, 2);
    const [before, behind] = file.times;
    assert.ok(before && behind && Math.abs(behind.utcMs - before.utcMs - 600_000) < 2);
    assert.ok(Math.abs(behind.movieMs - before.movieMs - 3000) < 100);
    const [video, sound] = readMovie(bytes).tracks;
    const lastVideo = video?.samples.at(-1);
    const lastSound = sound?.samples.at(-1);
    assert.ok(lastVideo && lastSound);
    assert.ok(
      Math.abs(lastVideo.dts / 90_000 - lastSound.dts / 48_000) < 0.15,
      'sound stays with the pictures',
    );
  });

  test('of another codec is another file', async () => {
    const id = camera(4);
    const small = { video: encodeVideo('h264', 'bframes=0'), audio: undefined };
    const large = { video: encodeVideo('h264', 'bframes=0', '320x192'), audio: undefined };
    await recordStory(rig.archive, { cameraId: id, tracks: small, startMs, seconds: 2 });
    await recordStory(rig.archive, { cameraId: id, tracks: large, startMs: startMs + 2000, seconds: 2 });
    const copied = await exported(id, 0, 4000);
    assert.deepEqual(
      copied.files.map(({ name }) => name.slice(-6)),
      ['me.mp4', '-2.mp4'],
    );
    for (const index of [0, 1]) {
      const bytes = await bytesOf(copied, index);
      assert.equal(decodingErrors(bytes), '');
      assert.equal(decodedFrames(bytes, 'v').length, 50);
    }
  });

  test('names a recording that was deleted meanwhile, and has the rest', async () => {
    const id = camera(5);
    const tracks = { video: encodeVideo('h264', 'bframes=0'), audio: undefined };
    const first = await recordStory(rig.archive, { cameraId: id, tracks, startMs, seconds: 2 });
    await recordStory(rig.archive, { cameraId: id, tracks, startMs: startMs + 2000, seconds: 2 });
    const range = { startMs: unixMs(startMs), endMs: unixMs(startMs + 4000), cut: 'keyframe' } as const;
    const plan = await planCamera(
      { archive: rig.archive, tables: storedTables(rig.database.queries) },
      id,
      range,
    );
    assert.ok(plan.ok);
    await rig.archive.delete([first.id], 'request', '');
    const signal = new AbortController().signal;
    const parts = { archive: rig.archive, folder, onWritten: () => undefined, signal };
    const copied = await copyCamera(parts, plan.value, range, 'deleted');
    assert.deepEqual(
      copied.missing.map(({ recordingId }) => recordingId),
      [first.id],
    );
    assert.equal(decodedFrames(await bytesOf(copied), 'v').length, 50);
  });
});
