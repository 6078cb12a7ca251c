/**
 * An archive in a temporary folder with footage as cameras send it: 1280x720, 25 pictures a second, a keyframe every
 * two, AAC beside it. One minute is encoded, then recorded as often as wanted, each time at its own time.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testArchive } from '../../src/archive/archive.testing.ts';
import type { TestArchive } from '../../src/archive/archive.testing.ts';
import type { RecordingInfo } from '../../src/archive/types.ts';
import type { CameraId } from '../../src/base/ids.ts';
import { hertz, ticks, unixMs } from '../../src/base/units.ts';
import { systemClock } from '../../src/io/clock.ts';
import { h264Config } from '../../src/media/codec/h264/config.ts';
import { splitLengthPrefixed } from '../../src/media/codec/nal-units.ts';
import type { Sample, TrackRun } from '../../src/media/mp4/fragment.ts';
import { writeFragments } from '../../src/media/mp4/fragment.ts';
import { readFragments, readInit } from '../../src/media/mp4/read.ts';
import type { AccessUnit, CodecConfig, Track } from '../../src/media/track.ts';
import { PlaybackSessions } from '../../src/playback/sessions.ts';
import { storedTables } from '../../src/playback/stored-tables.ts';

const minuteSeconds = 60;
const videoHz = hertz(90_000);
const audioHz = hertz(48_000);

/** A minute of media; times count from its beginning. */
export interface Clip {
  readonly tracks: readonly [Track, Track];
  readonly video: readonly AccessUnit[];
  readonly audio: readonly AccessUnit[];
}

export function encodeMinute(kbps: number): Clip {
  const folder = mkdtempSync(join(tmpdir(), 'sightline-clip-'));
  try {
    const path = join(folder, 'clip.mp4');
    const picture = 'testsrc2=size=1280x720:rate=25,noise=alls=12:allf=t';
    const words =
      `-v error -f lavfi -i ${picture} -f lavfi -i sine=440:sample_rate=48000 -t ${minuteSeconds} ` +
      `-c:v libx264 -preset ultrafast -g 50 -bf 0 -sc_threshold 0 -pix_fmt yuv420p -b:v ${kbps}k -maxrate ${kbps}k ` +
      `-bufsize ${kbps}k -x264-params repeat-headers=1 -video_track_timescale 90000 -c:a aac -b:a 64k -ac 1 ` +
      `-movflags +frag_keyframe+empty_moov+default_base_moof ${path}`;
    execFileSync('ffmpeg', words.split(' '), { timeout: 300_000 });
    return clipOf(readFileSync(path));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function clipOf(file: Uint8Array): Clip {
  const described = readInit(file);
  if (!described.ok) throw new Error(described.error.reason);
  const samples = readFragments(file, described.value).fragments.flatMap((fragment) => fragment.samples);
  const units = (track: number): AccessUnit[] =>
    samples
      .filter(({ trackId }) => trackId === track + 1)
      .map(({ pts, dts, key, offset, sizeBytes }) => {
        const data = file.subarray(offset, offset + sizeBytes);
        const nals = track === 0 ? splitLengthPrefixed(data, 4) : undefined;
        const pieces = nals?.ok ? nals.value : [data];
        return { track, pts: ticks(pts), dts: ticks(dts), wallMs: unixMs(0), key, nals: pieces };
      });
  const video = units(0);
  const codec = codecOf(video[0]?.nals ?? []);
  const sound: CodecConfig = {
    kind: 'aac',
    audioSpecificConfig: Uint8Array.of(0x11, 0x88), // AAC LC, 48 kHz, one channel
    sampleRateHz: 48_000,
    channels: 1,
    codecString: 'mp4a.40.2',
  };
  const tracks = [
    { id: 0, clockHz: videoHz, codec },
    { id: 1, clockHz: audioHz, codec: sound },
  ] as const;
  return { tracks, video, audio: units(1) };
}

function codecOf(nals: readonly Uint8Array[]): CodecConfig {
  const ofType = (type: number): Uint8Array[] => nals.filter(([head = 0]) => (head & 0x1f) === type);
  const config = h264Config(ofType(7)[0] ?? new Uint8Array(), ofType(8));
  if (!config.ok) throw new Error(config.error);
  return config.value;
}

/** Footage, and playback of it as the server would do it. */
export interface Footage extends TestArchive {
  readonly sessions: PlaybackSessions;
}

export async function openFootage(): Promise<Footage> {
  const stored = await testArchive();
  let ids = 0;
  const sessions = new PlaybackSessions({
    archive: stored.archive,
    tables: storedTables(stored.database.queries),
    clock: systemClock,
    newId: () => `play_${(ids += 1)}`,
  });
  return { ...stored, sessions };
}

/** Records the minute at this time; a fragment for each second. */
export async function recordMinute(
  { archive }: TestArchive,
  cameraId: CameraId,
  clip: Clip,
  startMs: number,
  continues: boolean,
): Promise<RecordingInfo> {
  let fault: string | undefined;
  const writer = archive.write({
    head: {
      cameraId,
      startMs: unixMs(startMs),
      mediaOffsetMs: 0,
      tracks: clip.tracks,
      trigger: 'continuous',
      continues,
    },
    onStored: () => undefined,
    onFailed: ({ message }) => (fault = message),
  });
  for (let second = 0; second < minuteSeconds; second += 1) {
    const video = secondOf(clip.video, videoHz, startMs, second);
    const audio = secondOf(clip.audio, audioHz, startMs, second);
    const runs: TrackRun[] = [{ track: clip.tracks[0], samples: video }];
    if (audio.length > 0) runs.push({ track: clip.tracks[1], samples: audio });
    writer.append({
      bytes: writeFragments(second + 1, runs),
      startMs: unixMs(startMs + second * 1000),
      durationMs: 1000,
      key: video[0]?.unit.key ?? false,
      frames: video.length,
      lostPackets: 0,
    });
  }
  const closed = await writer.close('rotated');
  if (!closed.ok || fault !== undefined) throw new Error(fault ?? 'the recording failed');
  return closed.value;
}

function secondOf(units: readonly AccessUnit[], clockHz: number, startMs: number, second: number): Sample[] {
  const base = (startMs / 1000) * clockHz;
  const samples: Sample[] = [];
  for (const [index, unit] of units.entries()) {
    if (unit.dts < second * clockHz || unit.dts >= (second + 1) * clockHz) continue;
    const next = units[index + 1]?.dts ?? minuteSeconds * clockHz;
    const moved = { ...unit, pts: ticks(unit.pts + base), dts: ticks(unit.dts + base) };
    samples.push({ unit: moved, durationTicks: Math.max(1, next - unit.dts) });
  }
  return samples;
}
