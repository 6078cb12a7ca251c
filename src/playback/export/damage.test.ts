/**
 * Exports of footage that is sealed, damaged or unusual.
 */
import assert from 'node:assert/strict';
import { mkdtemp, open, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { TestArchive } from '../../archive/archive.testing.ts';
import { soundFragment, soundHead, testArchive } from '../../archive/archive.testing.ts';
import { newMaster, testEnvelopes } from '../../archive/seal/seal.testing.ts';
import type { CameraId } from '../../base/ids.ts';
import { cameraId } from '../../base/ids.ts';
import { unixMs } from '../../base/units.ts';
import { decodedFrames, decodingErrors, ffmpegMissing } from '../../media/mp4/encoded.testing.ts';
import { readMovie } from '../../media/mp4/movie.testing.ts';
import { filmTracks, recordStory } from '../films.testing.ts';
import { storedTables } from '../stored-tables.ts';
import type { CopiedCamera } from './copy.ts';
import { copyCamera } from './copy.ts';
import { MovieFile } from './movie-file.ts';
import { planCamera } from './plan.ts';

const startMs = 1_763_000_000_000;
const camera = (number: number): CameraId => cameraId(new Uint8Array(16).fill(number));

describe('an export', { skip: ffmpegMissing }, () => {
  let rig: TestArchive;
  let folder: string;
  before(async () => {
    rig = await testArchive({ envelopes: testEnvelopes(newMaster()) });
    folder = await mkdtemp(join(tmpdir(), 'export-test-'));
  });
  after(async () => {
    await rig.end();
    await rm(folder, { recursive: true });
  });

  async function exported(id: CameraId): Promise<CopiedCamera> {
    const range = { startMs: unixMs(startMs), endMs: unixMs(startMs + 60_000), cut: 'keyframe' } as const;
    const tables = storedTables(rig.database.queries);
    const plan = await planCamera({ archive: rig.archive, tables }, id, range);
    assert.ok(plan.ok);
    const signal = new AbortController().signal;
    return copyCamera(
      { archive: rig.archive, folder, onWritten: () => undefined, signal },
      plan.value,
      range,
      id,
    );
  }

  const filmOf = ({ files }: CopiedCamera): Promise<Buffer> =>
    readFile(join(folder, files[0]?.name ?? 'none'));

  /** Another bit in the middle of a fragment of a recording's file. */
  async function damage(recordingId: string, fragment: number): Promise<void> {
    const opened = await rig.archive.open(recordingId);
    assert.ok(opened.ok);
    const entry = opened.value.fragments()[fragment];
    opened.value.close();
    assert.ok(entry);
    const row = await rig.database.queries
      .selectFrom('recordings')
      .select('path')
      .where('id', '=', recordingId)
      .executeTakeFirstOrThrow();
    const file = await open(join(rig.folder, 'v0', row.path), 'r+');
    await file.write(
      Uint8Array.of(0x5a, 0xa5, 0x5a),
      0,
      3,
      entry.offsetBytes + Math.floor(entry.sizeBytes / 2),
    );
    await file.close();
  }

  test('of sealed recordings is a plain film', async () => {
    const tracks = filmTracks('h264', '160x96', 'opus');
    await recordStory(rig.archive, { cameraId: camera(1), tracks, startMs, seconds: 3 });
    const bytes = await filmOf(await exported(camera(1)));
    assert.equal(decodingErrors(bytes), '');
    assert.equal(decodedFrames(bytes, 'v').length, 75);
    assert.ok(decodedFrames(bytes, 'a').length >= 149);
  });

  test('leaves a damaged fragment out, with what needs it, and names both', async () => {
    const tracks = filmTracks('h264');
    const story = { cameraId: camera(2), tracks, startMs, seconds: 6, keySeconds: 2 };
    const info = await recordStory(rig.archive, story);
    await damage(info.id, 2);
    const copied = await exported(camera(2));
    assert.deepEqual(
      copied.missing.map((one) => [one.startMs - startMs, one.endMs - startMs]),
      [
        [2000, 3000],
        [3000, 4000],
      ],
    );
    assert.match(copied.missing[0]?.reason ?? '', /damaged at piece 3/);
    assert.match(copied.missing[1]?.reason ?? '', /needs pictures that are missing/);
    const bytes = await filmOf(copied);
    assert.equal(decodingErrors(bytes), '');
    assert.equal(decodedFrames(bytes, 'v').length, 100);
    assert.equal(copied.files[0]?.times.length, 2, 'the film says where time jumps');
  });

  test('of footage that is damaged throughout has no film, and says so', async () => {
    const info = await recordStory(rig.archive, {
      cameraId: camera(3),
      tracks: filmTracks('h264'),
      startMs,
      seconds: 2,
    });
    await damage(info.id, 0);
    await damage(info.id, 1);
    const copied = await exported(camera(3));
    assert.deepEqual(copied.files, []);
    assert.equal(copied.missing.length, 2);
  });

  test('of sound alone is a film, too', async () => {
    const writer = rig.archive.write({
      head: soundHead(camera(4), startMs),
      onStored: () => undefined,
      onFailed: (fault) => assert.fail(fault.message),
    });
    for (let second = 0; second < 3; second += 1) writer.append(soundFragment(startMs + second * 1000, 200));
    assert.ok((await writer.close('stopped')).ok);
    const [track] = readMovie(await filmOf(await exported(camera(4)))).tracks;
    assert.deepEqual(
      track?.samples.map(({ dts, sizeBytes }) => [dts, sizeBytes]),
      [
        [0, 200],
        [48_000, 200],
        [96_000, 200],
      ],
    );
  });

  test('has its index at the end when there is too little room for it at the front', async () => {
    const path = join(folder, 'tight.mp4');
    const film = await readFile(join(folder, `${camera(1)}.mp4`));
    const moov = film.subarray(32, 32 + film.readUInt32BE(32));
    for (const [room, order] of [
      [moov.length - 1, ['ftyp', 'free', 'mdat', 'moov']],
      [moov.length - 8, ['ftyp', 'moov', 'mdat']],
      [moov.length - 7, ['ftyp', 'free', 'mdat', 'moov']],
      [moov.length, ['ftyp', 'moov', 'free', 'mdat']],
    ] as const) {
      const file = await MovieFile.create(path, room);
      await file.append([film.subarray(0, 5000), film.subarray(5000, 9000)]);
      await file.finish([moov.subarray(0, 100), moov.subarray(100)]);
      const bytes = await readFile(path);
      assert.deepEqual(readMovie(bytes).order, order, `${room - moov.length}`);
      const mediaAt = bytes.indexOf('mdat') + 4 + 8;
      assert.deepEqual(bytes.subarray(mediaAt, mediaAt + 9000), film.subarray(0, 9000));
      await rm(path);
    }
  });

  test('is for nobody else on the machine', async () => {
    const copied = await exported(camera(5));
    assert.equal((await stat(join(folder, copied.fragments.name))).mode & 0o777, 0o600);
  });
});
