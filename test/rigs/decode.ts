/**
 * Independent eyes on what was received: FFmpeg decodes it and says what it thinks.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFragment } from '../../src/media/mp4/fragment.ts';
import { writeInit } from '../../src/media/mp4/init.ts';
import { isPlayableTrack } from '../../src/media/mp4/playable.ts';
import type { AccessUnit, Track } from '../../src/media/track.ts';

/** The playable tracks as a fragmented MP4, one fragment per unit. */
export function toMp4(tracks: readonly Track[], units: readonly AccessUnit[]): Buffer {
  const init = writeInit(tracks);
  assert.ok(init.ok);
  const parts: Uint8Array[] = [init.value];
  const waiting = new Map<number, AccessUnit>();
  for (const unit of units) {
    const track = tracks[unit.track];
    const before = waiting.get(unit.track);
    waiting.set(unit.track, unit);
    if (!track || !isPlayableTrack(track) || !before) continue;
    const sample = { unit: before, durationTicks: unit.dts - before.dts };
    parts.push(writeFragment(parts.length, track, sample));
  }
  return Buffer.concat(parts);
}

/** What FFmpeg complains about when it decodes all of it; empty when all is well. */
export function complaints(media: Buffer, format: 'mp4' | 'mjpeg'): string {
  const run = spawnSync(
    'ffmpeg',
    ['-v', 'warning', '-err_detect', 'explode', '-f', format, '-i', 'pipe:0', '-f', 'null', '-'],
    { input: media, maxBuffer: 16 * 1024 * 1024, timeout: 30_000 },
  );
  return run.status === 0 ? run.stderr.toString() : `status ${run.status}: ${run.stderr.toString()}`;
}

/** Codec name and decoded frames of each stream. */
export function decodedFrames(media: Buffer): Record<string, number> {
  const run = spawnSync(
    'ffprobe',
    ['-v', 'error', '-count_frames', '-show_entries', 'stream=codec_name,nb_read_frames', '-of', 'json', '-'],
    { input: media, maxBuffer: 16 * 1024 * 1024, timeout: 30_000 },
  );
  const { streams } = JSON.parse(run.stdout.toString()) as {
    streams: { codec_name: string; nb_read_frames: string }[];
  };
  return Object.fromEntries(streams.map((stream) => [stream.codec_name, Number(stream.nb_read_frames)]));
}
