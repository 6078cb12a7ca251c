/**
 * For tests of pictures: what real encoders make of a test pattern, and what a real decoder sees in a JPEG file.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { hertz, ticks, unixMs } from '../base/units.ts';
import { clockRowBlocks, clockRowHeightDivisor, decodeClockRow } from '../media/clock-row.ts';
import { h264Config } from '../media/codec/h264/config.ts';
import { nalType, typeOf } from '../media/codec/h264/nal.ts';
import { h265Config } from '../media/codec/h265/config.ts';
import { splitAnnexB } from '../media/codec/nal-units.ts';
import type { AccessUnit, Track } from '../media/track.ts';

const nothing = new Uint8Array();

export type EncodedCodec = 'h264' | 'h264-bframes' | 'h265' | 'mjpeg';

export interface EncodedVideo {
  readonly track: Track;
  readonly units: readonly AccessUnit[];
}

/** 48 pictures of 320x180 at 25 a second, two keyframes a second, encoded by FFmpeg; times begin in 2023. */
export function encoded(codec: EncodedCodec): EncodedVideo {
  const x264 = `-c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 12 -x264-params aud=1:repeat-headers=1:scenecut=0`;
  const how = {
    h264: `${x264} -bf 0 -f h264`,
    'h264-bframes': `${x264}:b-adapt=0 -bf 2 -f h264`,
    h265: '-c:v libx265 -preset ultrafast -pix_fmt yuv420p -x265-params keyint=12:min-keyint=12:bframes=0:open-gop=0:aud=1:repeat-headers=1:log-level=none -f hevc',
    mjpeg: '-c:v mjpeg -q:v 5 -pix_fmt yuvj420p -f mjpeg',
  }[codec];
  const args = `-v error -f lavfi -i testsrc2=size=320x180:rate=25 -frames:v 48 -threads 1 ${how} pipe:1`;
  const run = spawnSync('ffmpeg', args.split(' '), { maxBuffer: 2 ** 26, timeout: 30_000 });
  assert.equal(run.status, 0, run.stderr.toString());
  if (codec === 'mjpeg') return jpegVideo(run.stdout);
  return codec === 'h265' ? h265Video(run.stdout) : h264Video(run.stdout, codec === 'h264-bframes');
}

function jpegVideo(bytes: Buffer): EncodedVideo {
  const units: AccessUnit[] = [];
  const start = Buffer.of(0xff, 0xd8, 0xff);
  for (let at = 0; at >= 0 && at < bytes.length;) {
    const next = bytes.indexOf(start, at + 3);
    units.push(unitAt(units.length, units.length, true, [bytes.subarray(at, next < 0 ? undefined : next)]));
    at = next;
  }
  return {
    track: { id: 0, clockHz: hertz(90_000), codec: { kind: 'mjpeg', widthPixels: 320, heightPixels: 180 } },
    units,
  };
}

function h264Video(bytes: Buffer, bFrames: boolean): EncodedVideo {
  const pictures = splitPictures(bytes, (nal) => typeOf(nal) === 9);
  const sets = (pictures[0] ?? []).filter(isH264Set);
  const config = h264Config(sets[0] ?? nothing, sets.slice(1));
  assert.ok(config.ok);
  const units = pictures.map((nals, at) => {
    const coded = nals.filter((nal) => !isH264Set(nal));
    return unitAt(
      at,
      shownAt(at, bFrames),
      coded.some((nal) => typeOf(nal) === nalType.idr),
      coded,
    );
  });
  return { track: { id: 0, clockHz: hertz(90_000), codec: config.value }, units };
}

const isH264Set = (nal: Uint8Array): boolean => typeOf(nal) === nalType.sps || typeOf(nal) === nalType.pps;

function h265Video(bytes: Buffer): EncodedVideo {
  const pictures = splitPictures(bytes, (nal) => h265Type(nal) === 35);
  const set = (type: number): Uint8Array => pictures[0]?.find((nal) => h265Type(nal) === type) ?? nothing;
  const config = h265Config({ vps: set(32), sps: set(33), pps: [set(34)] });
  assert.ok(config.ok);
  const units = pictures.map((nals, at) => {
    const coded = nals.filter((nal) => h265Type(nal) < 32 || h265Type(nal) > 34);
    const isKey = coded.some((nal) => h265Type(nal) === 19 || h265Type(nal) === 20);
    return unitAt(at, at, isKey, coded);
  });
  return { track: { id: 0, clockHz: hertz(90_000), codec: config.value }, units };
}

const h265Type = (nal: Uint8Array): number => ((nal[0] ?? 0) >> 1) & 63;

/** Between access unit delimiters, without them. */
function splitPictures(bytes: Buffer, isDelimiter: (nal: Uint8Array) => boolean): Uint8Array[][] {
  const pictures: Uint8Array[][] = [];
  for (const nal of splitAnnexB(bytes, 10_000)) {
    if (isDelimiter(nal)) pictures.push([]);
    else pictures.at(-1)?.push(nal);
  }
  return pictures;
}

/** Of a GOP of 12, coded as I P b b P b b P b b P b: the place in the order of showing. */
const placesShown = [0, 3, 1, 2, 6, 4, 5, 9, 7, 8, 11, 10];

function shownAt(at: number, bFrames: boolean): number {
  return !bFrames ? at : Math.floor(at / 12) * 12 + (placesShown[at % 12] ?? 0);
}

function unitAt(decoded: number, shown: number, key: boolean, nals: Uint8Array[]): AccessUnit {
  const frame = 3600;
  const base = 1_700_000_000 * 90_000;
  const pts = ticks(base + shown * frame);
  return {
    track: 0,
    pts,
    dts: ticks(base + decoded * frame - 2 * frame),
    wallMs: unixMs(pts / 90),
    key,
    nals,
  };
}

export interface Grey {
  readonly width: number;
  readonly height: number;
  readonly luma: Buffer;
}

/** As FFmpeg sees it. */
export function decode(jpeg: Uint8Array): Grey {
  const probe = spawnSync(
    'ffprobe',
    ['-v', 'error', '-show_entries', 'stream=width,height,pix_fmt', '-of', 'json', '-'],
    { input: jpeg },
  );
  const { streams } = JSON.parse(probe.stdout.toString()) as {
    streams: { width: number; height: number; pix_fmt: string }[];
  };
  const { width, height, pix_fmt } = streams[0] ?? { width: 0, height: 0, pix_fmt: 'no picture' };
  assert.equal(pix_fmt, 'yuvj420p');
  const run = spawnSync(
    'ffmpeg',
    ['-v', 'error', '-f', 'mjpeg', '-i', '-', '-pix_fmt', 'gray', '-f', 'rawvideo', '-'],
    { input: jpeg, maxBuffer: 2 ** 26 },
  );
  assert.equal(run.stderr.toString(), '');
  return { width, height, luma: run.stdout };
}

/** The capture time that is drawn into the demo camera's pictures; Unix ms. */
export function timeShown({ width, height, luma }: Grey): number | undefined {
  const y = Math.floor(height - height / clockRowHeightDivisor / 2);
  const bits = Array.from({ length: clockRowBlocks }, (_, block) =>
    (luma[y * width + Math.floor(((block + 0.5) * width) / clockRowBlocks)] ?? 0) > 125 ? 1 : 0,
  );
  return decodeClockRow(bits)?.timeMs;
}
