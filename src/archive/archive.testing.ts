/**
 * For tests: an archive in a temporary folder with a real database, and films to put into it.
 */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { CameraId } from '../base/ids.ts';
import { cameraId } from '../base/ids.ts';
import { silentLog } from '../base/log.ts';
import { hertz, ticks, unixMs } from '../base/units.ts';
import type { Database } from '../database/database.ts';
import { openDatabase } from '../database/database.ts';
import { systemClock } from '../io/clock.ts';
import { systemRandom } from '../io/random.ts';
import type { EncodedTrack } from '../media/mp4/encoded.testing.ts';
import { encodeVideo, startSeconds } from '../media/mp4/encoded.testing.ts';
import { writeFragments } from '../media/mp4/fragment.ts';
import type { AccessUnit, Track } from '../media/track.ts';
import type { RunningArchive } from './archive.ts';
import { openArchive } from './archive.ts';
import type { Disk } from './disk.ts';
import { systemDisk } from './disk.ts';
import type { Envelopes } from './envelope.ts';
import { plainEnvelopes } from './envelope.ts';
import type { EndReason, Fragment, RecordingHead, RecordingInfo } from './types.ts';

export const testCamera: CameraId = cameraId(new Uint8Array(16).fill(7));

export interface TestArchiveOptions {
  readonly disk?: Disk;
  readonly clock?: Clock;
  readonly envelopes?: Envelopes;
  /** Volumes, named `v0`, `v1` … in the folder. Default 1. */
  readonly volumes?: number;
  /** Volumes by their paths instead; they exist on `disk`. */
  readonly paths?: readonly string[];
  /** Of an earlier one, to open it again; it is not removed then. */
  readonly folder?: string;
  readonly onNeedSpace?: (volumeId: string, bytes: number) => Promise<void>;
}

export interface TestArchive {
  readonly archive: RunningArchive;
  readonly database: Database;
  readonly folder: string;
  /** Closes everything and, when it made the folder, removes it. */
  end(): Promise<void>;
}

/** A real archive in a temporary folder: plain files, the system's disk and clock unless asked otherwise. */
export async function testArchive(options: TestArchiveOptions = {}): Promise<TestArchive> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'sightline-archive-')));
  const own = Array.from({ length: options.volumes ?? 1 }, (_, index) => join(folder, `v${index}`));
  if (!options.paths) for (const path of own) await mkdir(path, { recursive: true });
  const opened = await openDatabase(join(folder, 'database.sqlite'));
  assert.ok(opened.ok, opened.ok ? '' : opened.error.message);
  const database = opened.value;
  const archive = await openArchive({
    queries: database.queries,
    places: (options.paths ?? own).map((path) => ({ path })),
    disk: options.disk ?? systemDisk,
    clock: options.clock ?? systemClock,
    random: systemRandom,
    log: silentLog,
    envelopes: options.envelopes ?? plainEnvelopes,
    ...(options.onNeedSpace && { onNeedSpace: options.onNeedSpace }),
  });
  await archive.recovered;
  const end = async (): Promise<void> => {
    await archive.close();
    await database.close();
    if (options.folder === undefined) await rm(folder, { recursive: true, force: true });
  };
  return { archive, database, folder, end };
}

export interface Film {
  readonly cameraId?: CameraId;
  /** Capture time of its first picture; whole milliseconds. */
  readonly startMs: number;
  /** One fragment each: 25 pictures, the first a keyframe. */
  readonly seconds: number;
  readonly continues?: boolean;
  readonly trigger?: RecordingHead['trigger'];
  readonly reason?: EndReason;
}

/** Records a film of moving pictures (H.264, 160x96, 25 per second); resolves when its row is committed. */
export async function recordFilm(archive: RunningArchive, film: Film): Promise<RecordingInfo> {
  const writer = archive.write({
    head: filmHead(film),
    onStored: () => undefined,
    onFailed: (fault) => assert.fail(fault.message),
  });
  for (let second = 0; second < film.seconds; second += 1) writer.append(filmFragment(film, second));
  const closed = await writer.close(film.reason ?? 'rotated');
  assert.ok(closed.ok, closed.ok ? '' : closed.error.message);
  return closed.value;
}

/** Head of a recording of `film`. */
export function filmHead(film: Film): RecordingHead {
  return {
    cameraId: film.cameraId ?? testCamera,
    startMs: unixMs(film.startMs),
    mediaOffsetMs: 0,
    tracks: [encoded().track],
    trigger: film.trigger ?? 'continuous',
    continues: film.continues ?? false,
  };
}

/** One second of a film: real pictures, at their time. */
export function filmFragment(film: Film, second: number): Fragment {
  const { track, units, durationTicks } = encoded();
  const startMs = film.startMs + second * 1000;
  const shift = startMs * 90 - startSeconds * 90_000;
  const samples = units.map((unit) => ({ unit: moved(unit, shift), durationTicks }));
  return {
    bytes: writeFragments(second + 1, [{ track, samples }]),
    startMs: unixMs(startMs),
    durationMs: 1000,
    key: true,
    frames: units.length,
    lostPackets: 0,
  };
}

/** Head of a recording of sound alone: needs no encoder. */
export function soundHead(camera: CameraId, startMs: number, continues = false): RecordingHead {
  const tracks = [soundTrack];
  return {
    cameraId: camera,
    startMs: unixMs(startMs),
    mediaOffsetMs: 0,
    tracks,
    trigger: 'manual',
    continues,
  };
}

/** A second of sound: one unit of so many bytes, all `fill`. */
export function soundFragment(startMs: number, sizeBytes: number, fill = 0x21): Fragment {
  const at = ticks(startMs * 48);
  const nals = [new Uint8Array(sizeBytes).fill(fill)];
  const unit = { track: 0, pts: at, dts: at, wallMs: unixMs(startMs), key: true, nals };
  const bytes = writeFragments(1, [{ track: soundTrack, samples: [{ unit, durationTicks: 48_000 }] }]);
  return { bytes, startMs: unixMs(startMs), durationMs: 1000, key: true, frames: 1, lostPackets: 0 };
}

const soundTrack: Track = {
  id: 0,
  clockHz: hertz(48_000),
  codec: {
    kind: 'aac',
    audioSpecificConfig: Uint8Array.of(0x11, 0x90),
    sampleRateHz: 48_000,
    channels: 2,
    codecString: 'mp4a.40.2',
  },
};

function moved(unit: AccessUnit, shift: number): AccessUnit {
  return { ...unit, pts: ticks(unit.pts + shift), dts: ticks(unit.dts + shift) };
}

let film: EncodedTrack | undefined;

/** Encoded once for all tests of a process. */
function encoded(): EncodedTrack {
  film ??= encodeVideo('h264', 'bframes=0');
  return film;
}
