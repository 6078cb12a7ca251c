/** What plain tools make of the archive's files: an end, a cut, sound and pictures, seeking by the index. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { unixMs } from '../base/units.ts';
import type { EncodedTrack } from '../media/mp4/encoded.testing.ts';
import {
  decodedFrames,
  decodingErrors,
  encodeAudio,
  encodeVideo,
  ffmpegMissing,
  startSeconds,
} from '../media/mp4/encoded.testing.ts';
import type { TrackRun } from '../media/mp4/fragment.ts';
import { writeFragments } from '../media/mp4/fragment.ts';
import { writeInit } from '../media/mp4/init.ts';
import { MemoryDisk } from './disk.testing.ts';
import { plainEnvelope } from './envelope.ts';
import { RecordingFile } from './recording-file.ts';
import { headPiece, indexedTrack } from './recording-format.ts';
import type { Fragment, RecordingHead } from './types.ts';
import { filmFragment, filmHead, testCamera } from './archive.testing.ts';

const startMs = unixMs(startSeconds * 1000);
let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'sightline-plain-'));
});
after(() => rmSync(folder, { recursive: true }));

/** Fragments of ten pictures, each with the sound of its time. */
function fragmentsOf([video, ...sounds]: readonly EncodedTrack[]): readonly Fragment[] {
  const fragments: Fragment[] = [];
  const units = video?.units ?? [];
  for (let first = 0; first < units.length; first += 10) {
    const share = (track: EncodedTrack, picture: number): number =>
      Math.round((Math.min(picture, units.length) * track.units.length) / units.length);
    const runs = video ? [part(video, first, first + 10)] : [];
    for (const sound of sounds) runs.push(part(sound, share(sound, first), share(sound, first + 10)));
    const frames = Math.min(10, units.length - first);
    fragments.push({
      bytes: writeFragments(first + 1, runs),
      startMs: unixMs(startMs + first * 40),
      durationMs: frames * 40,
      key: true,
      frames,
      lostPackets: 0,
    });
  }
  return fragments;
}

function part({ track, units, durationTicks }: EncodedTrack, from: number, to: number): TrackRun {
  return { track, samples: units.slice(from, to).map((unit) => ({ unit, durationTicks })) };
}

/** The file of one recording, ended or as a crash leaves it. */
async function file(tracks: readonly EncodedTrack[], ended: boolean): Promise<Uint8Array> {
  const head: RecordingHead = {
    cameraId: testCamera,
    startMs,
    mediaOffsetMs: 0,
    tracks: tracks.map(({ track }) => track),
    trigger: 'continuous',
    continues: false,
  };
  return fileOf(head, fragmentsOf(tracks), ended);
}

async function fileOf(
  head: RecordingHead,
  fragments: readonly Fragment[],
  ended: boolean,
): Promise<Uint8Array> {
  const init = writeInit(head.tracks);
  assert.ok(init.ok);
  const disk = new MemoryDisk(['/v']);
  const made = await RecordingFile.create({
    disk,
    path: '/v/file',
    envelope: plainEnvelope,
    headPiece: headPiece('rec_0000000000000000', head, init.value),
    startMs,
    trackId: indexedTrack(head.tracks),
  });
  for (const fragment of fragments) await made.write([made.prepare(fragment)]);
  if (ended) await made.writeEnd('rotated');
  return disk.content('/v/file') ?? new Uint8Array();
}

/** Where FFmpeg lands, in seconds, when it seeks by the index at the end; and at how many places it looked for that. */
function seekByIndex(bytes: Uint8Array, seconds: number): { readonly at: number; readonly moofs: number } {
  const path = join(folder, 'seek.mp4');
  writeFileSync(path, bytes);
  const input = ['-v', 'trace', '-use_mfra_for', 'pts', '-ss', String(seconds), '-i', path];
  const output = ['-map', '0:v', '-c', 'copy', '-copyts', '-frames:v', '1', '-f', 'framecrc', '-'];
  const run = spawnSync('ffmpeg', [...input, ...output], { encoding: 'utf8', timeout: 30_000 });
  assert.equal(run.status, 0, run.stderr);
  const packet = run.stdout.split('\n').find((line) => line.startsWith('0,')) ?? '';
  const places = run.stderr.matchAll(/type:'moof' parent:'root' sz: \d+ (\d+)/g);
  return {
    at: Number(packet.split(',')[2]) / 90_000,
    moofs: new Set([...places].map(([, place]) => place)).size,
  };
}

describe('a plain file', { skip: ffmpegMissing }, () => {
  for (const [name, kind, parameters] of [
    ['H.264', 'h264', 'bframes=0'],
    ['H.264 with B-frames', 'h264', 'bframes=2'],
    ['H.265', 'h265', 'bframes=0'],
  ] as const) {
    test(`of ${name} and AAC decodes without a complaint, every frame of it`, async () => {
      const bytes = await file([encodeVideo(kind, parameters), encodeAudio('aac')], true);
      assert.equal(decodingErrors(bytes), '');
      assert.equal(decodedFrames(bytes, 'v').length, 25);
    });
  }

  test('without its end plays as well', async () => {
    const bytes = await file([encodeVideo('h264', 'bframes=0')], false);
    assert.equal(decodingErrors(bytes), '');
    assert.equal(decodedFrames(bytes, 'v').length, 25);
  });

  test('is sought in by its index, without reading what lies between', async () => {
    const film = { startMs, seconds: 60 };
    const fragments = Array.from({ length: film.seconds }, (_, second) => filmFragment(film, second));
    const { at, moofs } = seekByIndex(await fileOf(filmHead(film), fragments, true), 40.5);
    assert.equal(
      at,
      startSeconds + 40.4,
      'the keyframe before: there is one every 0.4 s, and at each second',
    );
    assert.ok(moofs < 10, `${moofs} of 60 fragments were looked at`);
  });

  test('names its duration and its codecs to ffprobe without a warning', async () => {
    const path = join(folder, 'probe.mp4');
    writeFileSync(path, await file([encodeVideo('h264', 'bframes=0'), encodeAudio('opus')], true));
    const run = spawnSync(
      'ffprobe',
      ['-v', 'warning', '-show_entries', 'stream=codec_name', '-of', 'csv=p=0', path],
      {
        encoding: 'utf8',
      },
    );
    assert.equal(run.stderr, '');
    assert.deepEqual(run.stdout.trim().split('\n'), ['h264', 'opus']);
  });
});
