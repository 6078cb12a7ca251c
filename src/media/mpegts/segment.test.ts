/** Our segments, read by FFmpeg and GStreamer: every picture, every frame, no complaint. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { hertz } from '../../base/units.ts';
import { joinLengthPrefixed } from '../codec/nal-units.ts';
import type { EncodedTrack } from '../mp4/encoded.testing.ts';
import { encodeAudio, encodeVideo, ffmpegMissing, startSeconds } from '../mp4/encoded.testing.ts';
import type { Track } from '../track.ts';
import { readTs } from './reader.testing.ts';
import type { TsRun } from './segment.ts';
import { writeTsSegment } from './segment.ts';

const skip = ffmpegMissing;
const gstreamerMissing = spawnSync('gst-launch-1.0', ['--version']).error
  ? 'GStreamer is not installed'
  : false;

/** Units `from` to `to` of a track as samples. */
function run({ track, units }: EncodedTrack, from = 0, to = units.length): TsRun {
  const isVideo = track.codec.kind === 'h264' || track.codec.kind === 'h265';
  const samples = units.slice(from, to).map(({ pts, dts, key, nals }) => {
    const source = isVideo ? joinLengthPrefixed(nals) : nals[0]!;
    return { pts, dts, key, source, offset: 0, sizeBytes: source.length };
  });
  return { track, samples };
}

function segment(runs: readonly TsRun[], index = 0): Uint8Array {
  const written = writeTsSegment(runs, { originSeconds: startSeconds - 10, index });
  assert.ok(written.ok, written.ok ? '' : written.error);
  return written.value;
}

/** A program's complaints about a file; empty when there are none. */
function complaints(bytes: Uint8Array, program: string, args: (path: string) => readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'ts-test-'));
  try {
    const path = join(folder, 'ours.ts');
    writeFileSync(path, bytes);
    const ran = spawnSync(program, args(path), { encoding: 'utf8', timeout: 30_000 });
    return ran.status === 0 ? ran.stderr : `status ${ran.status}: ${ran.stderr}`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const decode = (path: string): readonly string[] => [
  '-v',
  'warning',
  '-i',
  path,
  '-map',
  '0',
  '-f',
  'null',
  '-',
  '-map',
  '0',
  '-c',
  'copy',
  '-f',
  'null',
  '-',
];

function packetsOf(bytes: Uint8Array, stream: 'v' | 'a'): readonly { pts: number; dts: number }[] {
  const ran = spawnSync(
    'ffprobe',
    ['-v', 'error', '-select_streams', stream, '-show_entries', 'packet=pts,dts', '-of', 'json', '-'],
    { input: bytes, encoding: 'utf8', timeout: 30_000 },
  );
  const { packets } = JSON.parse(ran.stdout) as { packets: { pts: number; dts: number }[] };
  return packets.map(({ pts, dts }) => ({ pts, dts }));
}

for (const [name, kind, parameters] of [
  ['H.264', 'h264', 'bframes=0'],
  ['H.264 with B-frames', 'h264', 'bframes=3:b-adapt=0'],
  ['H.265', 'h265', 'bframes=0'],
  ['H.265 with B-frames', 'h265', 'bframes=3:b-adapt=0'],
] as const) {
  test(`${name}: FFmpeg decodes three joined segments at their times`, { skip }, () => {
    const encoded = encodeVideo(kind, parameters);
    const joined = Buffer.concat([
      segment([run(encoded, 0, 10)], 0),
      segment([run(encoded, 10, 20)], 1),
      segment([run(encoded, 20)], 2),
    ]);
    assert.equal(complaints(joined, 'ffmpeg', decode), '');
    const expected = encoded.units.map(({ pts, dts }) => ({
      pts: pts - (startSeconds - 10) * 90000,
      dts: dts - (startSeconds - 10) * 90000,
    }));
    assert.deepEqual(packetsOf(joined, 'v'), expected);
  });
}

for (const kind of ['aac', 'opus'] as const) {
  test(`${kind} beside a picture: FFmpeg decodes every frame at its time`, { skip }, () => {
    const sound = encodeAudio(kind);
    const bytes = segment([run(encodeVideo('h264', 'bframes=0')), run(sound)]);
    assert.equal(complaints(bytes, 'ffmpeg', decode), '');
    const times = packetsOf(bytes, 'a').map(({ pts }) => pts);
    assert.equal(times.length, sound.units.length);
    for (const [index, unit] of sound.units.entries()) {
      const expected = ((unit.pts - (startSeconds - 10) * 48000) * 90000) / 48000;
      assert.ok(Math.abs(times[index]! - expected) <= 2, `frame ${index}`);
    }
  });
}

test('GStreamer decodes joined segments and misses nothing', { skip: skip || gstreamerMissing }, () => {
  const video = encodeVideo('h264', 'bframes=0');
  const sound = encodeAudio('aac');
  const half = sound.units.length >> 1;
  const joined = Buffer.concat([
    segment([run(video, 0, 10), run(sound, 0, half)], 0),
    segment([run(video, 10), run(sound, half)], 1),
  ]);
  const pipeline =
    'tsdemux name=d d. ! queue ! h264parse ! avdec_h264 ! fakesink d. ! queue ! aacparse ! avdec_aac ! fakesink';
  const said = complaints(joined, 'gst-launch-1.0', (path) => [
    '-q',
    '--gst-debug=mpegts*:2,tsdemux:2,h264parse:2,aacparse:2',
    ...`filesrc location=${path} ! tsparse ! ${pipeline}`.split(' '),
  ]);
  assert.doesNotMatch(said, /status|discont|corrupt|lost|missing|invalid|error/i);
});

test('times pass through the end of their 33 bits', () => {
  const wrapSeconds = 2 ** 33 / 90000;
  const { track } = encodedTrack();
  const samples = [-1, 0, 1].map((second) => {
    const source = joinLengthPrefixed([Uint8Array.of(0x65, 1)]);
    const dts = Math.round((wrapSeconds + second) * 90000);
    return { pts: dts, dts, key: true, source, offset: 0, sizeBytes: source.length };
  });
  const written = writeTsSegment([{ track, samples }], { originSeconds: 0, index: 0 });
  assert.ok(written.ok);
  assert.deepEqual(
    readTs(written.value).packets.map(({ pts }) => pts),
    [2 ** 33 - 90000, 0, 90000],
  );
});

test('a stream without a track that it can carry is refused in words', () => {
  const track: Track = {
    id: 0,
    clockHz: hertz(8000),
    codec: { kind: 'g711', law: 'a', sampleRateHz: 8000, channels: 1 },
  };
  const written = writeTsSegment([{ track, samples: [] }], { originSeconds: 0, index: 0 });
  assert.deepEqual(written, { ok: false, error: 'no track that a transport stream can carry' });
});

function encodedTrack(): { readonly track: Track } {
  const nal = Uint8Array.of(0x67, 1);
  return {
    track: {
      id: 0,
      clockHz: hertz(90000),
      codec: {
        kind: 'h264',
        sps: nal,
        pps: [],
        widthPixels: 16,
        heightPixels: 16,
        framesPerSecond: 25,
        codecString: 'avc1.42c01e',
        reorderFrames: 0,
      },
    },
  };
}
