import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { describe, it } from 'node:test';

const testdata = resolve(import.meta.dirname, '../../media/codec/testdata');
const kindsOfVideo = readdirSync(testdata).filter((name) => /\.h26[45]$/.test(name));

const native = await nativeCode();
const skip = native ? false : 'node-av is not installed on this machine';

describe('JPEG files of decoded pictures', { skip }, () => {
  it('have the quality that other programs call so: never worse for more, 1 to 31 in steps of FFmpeg', () => {
    const { quantiserScale } = native!.encoder;
    const scales = Array.from({ length: 100 }, (_, at) => quantiserScale(at + 1));
    assert.deepEqual(
      scales,
      scales.toSorted((a, b) => b - a),
    );
    assert.deepEqual([scales[0], scales[49], scales[74], scales[99]], [31, 17, 9, 1]);
  });

  for (const [name, flags] of [
    [
      'HDTV, limited range',
      '-vf scale=out_color_matrix=bt709:out_range=tv -colorspace bt709 -color_range tv',
    ],
    ['HDTV, full range', '-vf scale=out_color_matrix=bt709:out_range=pc -colorspace bt709 -color_range pc'],
    [
      'SDTV, limited range',
      '-vf scale=out_color_matrix=bt601:out_range=tv -colorspace smpte170m -color_range tv',
    ],
    ['HDTV that does not say so', '-vf scale=out_color_matrix=bt709:out_range=tv'],
  ] as const) {
    it(`have the colours of the stream: ${name}`, () => {
      const colours = ['red', 'lime', 'blue', 'gray'];
      for (const colour of colours) {
        const shown = middlePixel(jpegOf(colour, '1280x720', flags, { widthPixels: 320, quality: 90 }));
        const wanted = { red: [255, 0, 0], lime: [0, 255, 0], blue: [0, 0, 255], gray: [128, 128, 128] }[
          colour
        ]!;
        const worst = Math.max(...wanted.map((value, at) => Math.abs(value - shown[at]!)));
        assert.ok(worst <= 6, `${colour} became ${shown.join(' ')}`);
      }
    });
  }

  it('have square pixels: a stream with wide ones is shown in its own shape', () => {
    const anamorphic = jpegOf('red', '720x576', '-vf setsar=64/45', { widthPixels: undefined, quality: 75 });
    assert.deepEqual(sizeOf(anamorphic), [720, 404]);
    const absurd = jpegOf('red', '720x576', '-vf setsar=1/200', { widthPixels: 360, quality: 75 });
    assert.deepEqual(sizeOf(absurd), [360, 288]);
  });

  it('are made of pictures whose capture times repeat or go back, as when a clock is set', () => {
    const decoder = new native!.decoder.PictureDecoder('h264');
    const encoder = new native!.encoder.JpegEncoder({ widthPixels: 160, quality: 75 });
    const input = inputOf('gray', '320x180', '');
    for (const wallMs of [5000, 5000, 4000, 6000]) {
      const frame = decoder.decode({ ...input, wallMs });
      assert.ok(frame);
      assert.equal(frame.pts, BigInt(wallMs));
      assert.deepEqual(sizeOf(encoder.encode(frame)), [160, 90]);
    }
    encoder.free();
    decoder.free();
  });

  for (const name of kindsOfVideo) {
    it(`are made of what cameras send: ${name}`, () => {
      const decoder = new native!.decoder.PictureDecoder(name.endsWith('h264') ? 'h264' : 'h265');
      const encoder = new native!.encoder.JpegEncoder({ widthPixels: undefined, quality: 75 });
      const bytes = readFileSync(join(testdata, name));
      const frame = decoder.decode({ key: true, alone: true, wallMs: 1000, bytes });
      assert.ok(frame);
      const even = [frame.width, frame.height].map((pixels) => pixels - (pixels % 2));
      assert.deepEqual(sizeOf(encoder.encode(frame)), even);
      encoder.free();
      decoder.free();
    });
  }

  it('follow a stream that changes its size', () => {
    const encoder = new native!.encoder.JpegEncoder({ widthPixels: 1000, quality: 75 });
    const sizes = ['320x180', '1920x1080', '321x181'].map((size) => {
      const decoder = new native!.decoder.PictureDecoder('h264');
      const jpeg = encoder.encode(decoder.decode(inputOf('gray', size, ''))!);
      decoder.free();
      return sizeOf(jpeg);
    });
    encoder.free();
    assert.deepEqual(sizes, [
      [320, 180],
      [1000, 562],
      [320, 180],
    ]);
  });
});

async function nativeCode() {
  try {
    createRequire(import.meta.url).resolve('node-av/lib');
  } catch {
    return undefined;
  }
  const { Log } = await import('node-av/lib');
  const { AV_LOG_FATAL } = await import('node-av/constants');
  Log.setLevel(AV_LOG_FATAL);
  return { encoder: await import('./jpeg-encoder.ts'), decoder: await import('./picture-decoder.ts') };
}

function inputOf(colour: string, size: string, flags: string) {
  const args = `-v error -f lavfi -i color=${colour}:size=${size} -frames:v 1 ${flags} -c:v libx264 -pix_fmt ${size.includes('1x') ? 'yuv444p' : 'yuv420p'} -f h264 pipe:1`;
  const run = spawnSync('ffmpeg', args.split(' ').filter(Boolean), { maxBuffer: 2 ** 24, timeout: 20_000 });
  assert.equal(run.status, 0, run.stderr.toString());
  return { key: true, alone: true, wallMs: 1000, bytes: run.stdout };
}

function jpegOf(
  colour: string,
  size: string,
  flags: string,
  options: { widthPixels: number | undefined; quality: number },
): Uint8Array {
  const decoder = new native!.decoder.PictureDecoder('h264');
  const encoder = new native!.encoder.JpegEncoder(options);
  const frame = decoder.decode(inputOf(colour, size, flags));
  assert.ok(frame);
  const jpeg = encoder.encode(frame);
  encoder.free();
  decoder.free();
  return jpeg;
}

/** Red, green, blue, as FFmpeg reads the file. */
function middlePixel(jpeg: Uint8Array): number[] {
  const args =
    '-v error -f mjpeg -i - -vf scale=in_color_matrix=bt601:in_range=pc -pix_fmt rgb24 -f rawvideo -';
  const run = spawnSync('ffmpeg', args.split(' '), { input: jpeg, maxBuffer: 2 ** 24 });
  assert.equal(run.stderr.toString(), '');
  const [width, height] = sizeOf(jpeg);
  const at = 3 * (Math.floor(height! / 2) * width! + Math.floor(width! / 2));
  return [...run.stdout.subarray(at, at + 3)];
}

function sizeOf(jpeg: Uint8Array): number[] {
  const run = spawnSync(
    'ffprobe',
    ['-v', 'error', '-show_entries', 'stream=width,height', '-of', 'csv=p=0', '-'],
    {
      input: jpeg,
    },
  );
  return run.stdout.toString().trim().split(',').map(Number);
}
