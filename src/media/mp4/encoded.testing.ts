/**
 * For tests: small real streams, encoded by FFmpeg on the spot, as our tracks and access units;
 * and what FFmpeg has to say about files of ours.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hertz, ticks, unixMs } from '../../base/units.ts';
import { h264Config } from '../codec/h264/config.ts';
import { h265Config } from '../codec/h265/config.ts';
import type { AccessUnit, CodecConfig, Track } from '../track.ts';

export const ffmpegMissing = spawnSync('ffmpeg', ['-version']).error ? 'FFmpeg is not installed' : false;

/** Seconds since 1970 at which the streams of these tests begin: the autumn of 2025. */
export const startSeconds = 1_760_000_000;

export interface EncodedTrack {
  readonly track: Track;
  readonly units: readonly AccessUnit[];
  readonly durationTicks: number;
}

interface ProbedPacket {
  readonly pts: number;
  readonly dts: number;
  readonly duration: number;
  readonly pos: string;
  readonly size: string;
  readonly flags: string;
}

/** Runs `use` with a directory that is gone afterwards. */
function inTemporaryDirectory<T>(use: (directory: string) => T): T {
  const directory = mkdtempSync(join(tmpdir(), 'mp4-test-'));
  try {
    return use(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** 25 pictures at 25 per second, a keyframe every 10. `parameters` are x264's or x265's own. */
export function encodeVideo(kind: 'h264' | 'h265', parameters: string, size = '160x96'): EncodedTrack {
  const option = kind === 'h264' ? '-x264-params' : '-x265-params';
  const library = kind === 'h264' ? 'libx264' : 'libx265';
  const { packets, file } = encode(`testsrc=size=${size}:rate=25`, [
    `-c:v ${library} -g 10 -pix_fmt yuv420p -video_track_timescale 90000`,
    `${option} repeat-headers=1:log-level=0:${parameters}`,
  ]);
  const units = packets.map((packet) => unitOf(packet, 0, 90000, nalsOf(bytesOf(file, packet))));
  const codec = videoConfig(kind, units[0]?.nals ?? []);
  return { track: { id: 0, clockHz: hertz(90000), codec }, units, durationTicks: 3600 };
}

/** One second of a stereo tone. */
export function encodeAudio(kind: 'aac' | 'opus'): EncodedTrack {
  const { packets, file } = encode('sine=frequency=440:sample_rate=48000', [
    `-ac 2 -t 1 -c:a ${kind === 'aac' ? 'aac' : 'libopus'}`,
  ]);
  const codec: CodecConfig =
    kind === 'opus'
      ? { kind, channels: 2, codecString: 'opus' }
      : {
          kind,
          audioSpecificConfig: Uint8Array.of(0x11, 0x90), // AAC LC, 48 kHz, stereo
          sampleRateHz: 48000,
          channels: 2,
          codecString: 'mp4a.40.2',
        };
  const units = packets.map((packet) => unitOf(packet, 1, 48000, [bytesOf(file, packet)]));
  return {
    track: { id: 1, clockHz: hertz(48000), codec },
    units,
    durationTicks: kind === 'aac' ? 1024 : 960,
  };
}

/** What `ffmpeg -v error` prints while decoding everything in a file; empty when all is well. */
export function decodingErrors(bytes: Uint8Array): string {
  return withFile(bytes, (path) => {
    const run = spawnSync('ffmpeg', ['-v', 'error', '-i', path, '-map', '0', '-f', 'null', '-'], {
      encoding: 'utf8',
      timeout: 30_000,
    });
    return run.status === 0 ? run.stderr : `status ${run.status}: ${run.stderr}`;
  });
}

/** Time and kind of every decoded frame of one track, as FFmpeg sees them. */
export function decodedFrames(
  bytes: Uint8Array,
  stream: 'v' | 'a',
): readonly { readonly pts: number; readonly key_frame: number }[] {
  return withFile(bytes, (path) => {
    const args = ['-v', 'error', '-select_streams', stream, '-show_entries', 'frame=pts,key_frame'];
    return probe([...args, path]).frames ?? [];
  });
}

function encode(
  source: string,
  options: readonly string[],
): { readonly packets: readonly ProbedPacket[]; readonly file: Uint8Array } {
  return inTemporaryDirectory((directory) => {
    const path = join(directory, 'encoded.mp4');
    const input = ['-v', 'error', '-f', 'lavfi', '-i', source];
    const frames = source.startsWith('testsrc') ? ['-frames:v', '25'] : [];
    const output = ['-threads', '1', ...options.join(' ').split(' '), path];
    execFileSync('ffmpeg', [...input, ...frames, ...output], { timeout: 30_000 });
    return { packets: probe(['-show_packets', path]).packets ?? [], file: readFileSync(path) };
  });
}

function probe(args: readonly string[]): {
  readonly packets?: readonly ProbedPacket[];
  readonly frames?: readonly { readonly pts: number; readonly key_frame: number }[];
} {
  return JSON.parse(execFileSync('ffprobe', ['-v', 'error', '-of', 'json', ...args], { encoding: 'utf8' }));
}

function withFile<T>(bytes: Uint8Array, use: (path: string) => T): T {
  return inTemporaryDirectory((directory) => {
    const path = join(directory, 'ours.mp4');
    writeFileSync(path, bytes);
    return use(path);
  });
}

function bytesOf(file: Uint8Array, packet: ProbedPacket): Uint8Array {
  return file.subarray(Number(packet.pos), Number(packet.pos) + Number(packet.size));
}

function unitOf(
  packet: ProbedPacket,
  track: number,
  clockHz: number,
  nals: readonly Uint8Array[],
): AccessUnit {
  const start = startSeconds * clockHz;
  return {
    track,
    pts: ticks(start + packet.pts),
    dts: ticks(start + packet.dts),
    wallMs: unixMs(startSeconds * 1000),
    key: packet.flags.startsWith('K'),
    nals,
  };
}

/** Splits a sample at its 32-bit lengths. */
function nalsOf(sample: Uint8Array): Uint8Array[] {
  const view = new DataView(sample.buffer, sample.byteOffset, sample.byteLength);
  const nals: Uint8Array[] = [];
  for (let offset = 0; offset < sample.length;) {
    const end = offset + 4 + view.getUint32(offset);
    nals.push(sample.subarray(offset + 4, end));
    offset = end;
  }
  return nals;
}

function videoConfig(kind: 'h264' | 'h265', nals: readonly Uint8Array[]): CodecConfig {
  const ofType = (wanted: number): Uint8Array[] =>
    nals.filter(([head = 0]) => (kind === 'h264' ? head & 0x1f : (head >> 1) & 0x3f) === wanted);
  const [sps, vps] = kind === 'h264' ? ofType(7) : [...ofType(33), ...ofType(32)];
  assert.ok(sps, 'the encoder sends its parameter sets');
  const config =
    kind === 'h264'
      ? h264Config(sps, ofType(8))
      : h265Config({ vps: vps ?? new Uint8Array(), sps, pps: ofType(34) });
  assert.ok(config.ok, config.ok ? '' : config.error);
  return config.value;
}
