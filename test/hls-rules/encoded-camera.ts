/**
 * For tests with real decoders: pictures encoded once by FFmpeg, sent again and again as a camera would.
 */
import { execFileSync } from 'node:child_process';
import { hertz, ticks, unixMs } from '../../src/base/units.ts';
import { splitAnnexB } from '../../src/media/codec/nal-units.ts';
import { h264Config } from '../../src/media/codec/h264/config.ts';
import type { AccessUnit, Track } from '../../src/media/track.ts';

export interface EncodedCamera {
  readonly track: Track;
  /** One GOP at 25 fps. */
  readonly pictures: readonly (readonly Uint8Array[])[];
}

const framesPerSecond = 25;
const clockHz = 90_000;
const delimiter = 9;

export function encodeCamera(size: '320x180' | '640x360', gopSeconds = 2): EncodedCamera {
  const gopFrames = gopSeconds * framesPerSecond;
  const input = ['-v', 'error', '-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=${framesPerSecond}`];
  const codec = '-c:v libx264 -preset ultrafast -tune zerolatency -pix_fmt yuv420p -threads 1';
  const rest = `${codec} -g ${gopFrames} -frames:v ${gopFrames} -x264-params aud=1:repeat-headers=1 -f h264 pipe:1`;
  const bytes = execFileSync('ffmpeg', [...input, ...rest.split(' ')], {
    timeout: 30_000,
    maxBuffer: 1 << 26,
  });
  const pictures: Uint8Array[][] = [];
  for (const nal of splitAnnexB(bytes, 10_000)) {
    if (typeOf(nal) === delimiter) pictures.push([]);
    else pictures.at(-1)?.push(nal);
  }
  const first = pictures[0] ?? [];
  const sps = first.find((nal) => typeOf(nal) === 7);
  const config =
    sps &&
    h264Config(
      sps,
      first.filter((nal) => typeOf(nal) === 8),
    );
  if (!config?.ok || pictures.length !== gopFrames) throw new Error('FFmpeg encoded something else');
  return { track: { id: 0, clockHz: hertz(clockHz), codec: config.value }, pictures };
}

export function cameraUnits(
  { pictures }: EncodedCamera,
  startSeconds: number,
  seconds: number,
): AccessUnit[] {
  return Array.from({ length: seconds * framesPerSecond }, (_, frame) => {
    const atSeconds = startSeconds + frame / framesPerSecond;
    const time = ticks(Math.round(atSeconds * clockHz));
    return {
      track: 0,
      pts: time,
      dts: time,
      wallMs: unixMs(Math.round(atSeconds * 1000)),
      key: frame % pictures.length === 0,
      nals: pictures[frame % pictures.length] ?? [],
    };
  });
}

function typeOf(nal: Uint8Array): number {
  return (nal[0] ?? 0) & 31;
}
