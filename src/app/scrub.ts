/**
 * Pictures of the past in this server: small ones taken while recording, and any other made when it is asked for.
 */
import type { PictureParts } from '../api/pictures.ts';
import type { RunningArchive } from '../archive/archive.ts';
import { ThumbPacks } from '../archive/thumb-packs.ts';
import type { Clock } from '../base/clock.ts';
import type { CameraId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import { ok } from '../base/result.ts';
import type { Database } from '../database/database.ts';
import type { Hub } from '../hub/hub.ts';
import { Frames } from '../playback/frames.ts';
import type { MediaWorker } from '../processing/media-worker.ts';
import { makeStoredFrame } from '../processing/stored-frame.ts';
import type { Recordings } from '../recording/recordings.ts';
import { Thumbs } from '../recording/thumbs.ts';

export interface Scrub {
  readonly frames: Frames;
  readonly packs: ThumbPacks;
  /** Before the archive is closed. */
  close(): Promise<void>;
}

/** As wide as a preview under a pointer. */
const thumb = { widthPixels: 320, quality: 60 } as const;

export function startScrub(parts: {
  readonly clock: Clock;
  readonly log: Log;
  readonly database: Database;
  readonly hub: Hub;
  readonly worker: MediaWorker;
  readonly archive: RunningArchive;
  readonly recordings: Pick<Recordings, 'reports'>;
  readonly pictures: PictureParts['pictures'];
}): Scrub {
  const { clock, log, database, hub, worker, archive, recordings, pictures } = parts;
  const frames = new Frames(archive, async (group, options) => {
    const made = await makeStoredFrame({ clock, worker }, group, options);
    if (made.ok) return ok(made.value);
    const { kind, message } = made.error;
    return { ok: false, error: { kind: kind === 'no-picture' ? 'failed' : kind, message } };
  });
  const packs = new ThumbPacks({ queries: database.queries, blobs: archive.blobs, clock, log });
  const picture = async (camera: CameraId) => {
    const sub = hub.get(`${camera}.sub`);
    // The smaller one is quicker to decode, but is not connected for this.
    const stream = sub?.publicState.state === 'live' ? sub : hub.get(camera);
    const still = stream && (await pictures.still(stream, thumb));
    return still?.ok ? still.value : undefined;
  };
  const keep = packs.keep.bind(packs);
  const thumbs = new Thumbs({ clock, recording: () => recordingNow(recordings), picture, keep });
  const close = (): Promise<void> => {
    thumbs.close();
    return packs.close();
  };
  return { frames, packs, close };
}

function* recordingNow(recordings: Pick<Recordings, 'reports'>): Iterable<CameraId> {
  for (const [camera, { state }] of recordings.reports()) if (state === 'recording') yield camera;
}
