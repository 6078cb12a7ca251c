/**
 * For tests: films with sound, of any size and codec, recorded into an archive as a camera's would be.
 */
import assert from 'node:assert/strict';
import { testCamera } from '../archive/archive.testing.ts';
import type { Archive, EndReason, Fragment, RecordingInfo, RecordingWriter } from '../archive/types.ts';
import type { CameraId } from '../base/ids.ts';
import { ticks, unixMs } from '../base/units.ts';
import type { EncodedTrack } from '../media/mp4/encoded.testing.ts';
import { encodeAudio, encodeVideo, startSeconds } from '../media/mp4/encoded.testing.ts';
import type { Sample, TrackRun } from '../media/mp4/fragment.ts';
import { writeFragments } from '../media/mp4/fragment.ts';

export interface FilmTracks {
  readonly video: EncodedTrack;
  readonly audio: EncodedTrack | undefined;
}

const made = new Map<string, EncodedTrack>();

/** A second of pictures, and of sound; each encoded once for all tests of a process. */
export function filmTracks(kind: 'h264' | 'h265', size = '160x96', sound?: 'aac' | 'opus'): FilmTracks {
  const video = once(`${kind} ${size}`, () => encodeVideo(kind, 'bframes=0', size));
  return { video, audio: sound && once(sound, () => encodeAudio(sound)) };
}

function once(name: string, make: () => EncodedTrack): EncodedTrack {
  const known = made.get(name) ?? make();
  made.set(name, known);
  return known;
}

export interface Story {
  readonly cameraId?: CameraId;
  readonly tracks: FilmTracks;
  /** Capture time of its first picture; whole seconds, as ms. */
  readonly startMs: number;
  readonly seconds: number;
  readonly continues?: boolean;
  readonly reason?: EndReason;
  /** Capture time minus media time. */
  readonly mediaOffsetMs?: number;
  /** Every so many seconds a fragment begins with a keyframe; default 1. */
  readonly keySeconds?: number;
}

/** Begins a recording; fragments are added with `storyFragment`. */
export function beginStory(archive: Archive, story: Story): RecordingWriter {
  const { video, audio } = story.tracks;
  return archive.write({
    head: {
      cameraId: story.cameraId ?? testCamera,
      startMs: unixMs(story.startMs),
      mediaOffsetMs: story.mediaOffsetMs ?? 0,
      tracks: audio ? [video.track, audio.track] : [video.track],
      trigger: 'continuous',
      continues: story.continues ?? false,
    },
    onStored: () => undefined,
    onFailed: (fault) => assert.fail(fault.message),
  });
}

/** Records it and closes it. */
export async function recordStory(archive: Archive, story: Story): Promise<RecordingInfo> {
  const writer = beginStory(archive, story);
  for (let second = 0; second < story.seconds; second += 1) writer.append(storyFragment(story, second));
  const closed = await writer.close(story.reason ?? 'rotated');
  assert.ok(closed.ok, closed.ok ? '' : closed.error.message);
  return closed.value;
}

/** One second of it. */
export function storyFragment(story: Story, second: number): Fragment {
  const { video, audio } = story.tracks;
  const startMs = story.startMs + second * 1000;
  const mediaMs = startMs - (story.mediaOffsetMs ?? 0);
  const key = second % (story.keySeconds ?? 1) === 0;
  const runs: TrackRun[] = [{ track: video.track, samples: pictures(video, mediaMs, key) }];
  if (audio) runs.push({ track: audio.track, samples: sounds(audio, mediaMs) });
  return {
    bytes: writeFragments(second + 1, runs),
    startMs: unixMs(startMs),
    durationMs: 1000,
    key,
    frames: video.units.length,
    lostPackets: 0,
  };
}

function pictures({ units, durationTicks }: EncodedTrack, mediaMs: number, key: boolean): Sample[] {
  const shift = mediaMs * 90 - startSeconds * 90_000;
  // A second that begins in the middle of a group of pictures: what a camera with rare keyframes sends.
  const begin = key ? units : units.map((unit) => ({ ...unit, key: false }));
  return begin.map((unit) => ({
    unit: { ...unit, pts: ticks(unit.pts + shift), dts: ticks(unit.dts + shift) },
    durationTicks,
  }));
}

/** Those frames of an endless row that begin within the second. */
function sounds({ units, durationTicks, track }: EncodedTrack, mediaMs: number): Sample[] {
  const from = Math.ceil((mediaMs * track.clockHz) / 1000 / durationTicks);
  const to = Math.ceil(((mediaMs + 1000) * track.clockHz) / 1000 / durationTicks);
  const samples: Sample[] = [];
  for (let at = from; at < to; at += 1) {
    const unit = units[at % units.length];
    assert.ok(unit);
    const time = ticks(at * durationTicks);
    samples.push({ unit: { ...unit, pts: time, dts: time }, durationTicks });
  }
  return samples;
}
