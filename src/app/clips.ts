/**
 * Clips of remote clients in this server: kept on the archive's volumes, taken apart and made anew by clip workers.
 */
import type { ClipsApi } from '../api/clips.ts';
import type { StreamPagesParts } from '../api/routes/stream-pages.ts';
import type { RunningArchive } from '../archive/archive.ts';
import { systemDisk } from '../archive/disk.ts';
import type { Envelopes } from '../archive/envelope.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Database } from '../database/database.ts';
import type { Random } from '../io/random.ts';
import { ArchiveBlobs } from '../playback/clips/archive-blobs.ts';
import { ClipClients } from '../playback/clips/clients.ts';
import { ReadySegments } from '../playback/clips/ready-segments.ts';
import { ClipRetention } from '../playback/clips/retention.ts';
import { ClipStore } from '../playback/clips/store.ts';
import { ClipUploads } from '../playback/clips/uploads.ts';
import { ClipViewings } from '../playback/clips/viewings.ts';
import { bitsPerSecond } from '../playback/options.ts';
import type { StreamSettings } from '../playback/options.ts';
import { ClipWorkers } from '../processing/clips/clip-workers.ts';
import type { Settings } from '../settings/schema.ts';

export interface ClipsCore {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  readonly database: Database;
  readonly archive: Pick<RunningArchive, 'volumes'>;
  readonly envelopes: Envelopes;
}

export interface Clips {
  readonly api: ClipsApi & StreamPagesParts;
  close(): Promise<void>;
}

const hourMs = 3_600_000;

/** Before the API listens; `close` before the archive is closed. */
export async function startClips(
  core: ClipsCore,
  { clips, stream }: Pick<Settings, 'clips' | 'stream'>,
): Promise<Clips> {
  const { clock, log, random, archive, envelopes } = core;
  const { queries } = core.database;
  const workers = new ClipWorkers({ clock, log });
  const volumes = () => archive.volumes();
  const blobs = new ArchiveBlobs({ queries, disk: systemDisk, envelopes, random, log, volumes });
  const shared = { queries, clock, random, log, blobs };
  // They read their limits when they need them: these change while the server runs.
  const store = new ClipStore({
    ...shared,
    media: workers,
    get maxUploadBytes() {
      return clips.maxUploadBytes;
    },
  });
  const uploads = new ClipUploads({
    ...shared,
    store,
    get maxUploadBytes() {
      return clips.maxUploadBytes;
    },
    get unfinishedMs() {
      return clips.unfinishedHours * hourMs;
    },
  });
  const clients = new ClipClients({ queries, clock, random });
  const segments = new ReadySegments({ media: workers, store, log, ...showing(stream) });
  const viewings = new ClipViewings({ queries, clock, segments, lookAhead: stream.look_ahead });
  const retention = new ClipRetention({ clock, log, store, uploads, limits: clips });
  await blobs.start();
  retention.start();
  const resumed = uploads
    .resume()
    .catch((error: unknown) => log.error('Uploads cannot be finished', { error }));
  const close = async (): Promise<void> => {
    viewings.close();
    segments.close();
    await workers.close();
    await Promise.all([retention.close(), resumed]);
  };
  const status = () => statusOf(store, segments, stream);
  const nowMs = () => clock.nowMs();
  return { api: { clients, store, uploads, limits: clips, status, viewings, segments, nowMs }, close };
}

function showing({ width, height, video_bitrate, video_codec, frame_rate, cache }: StreamSettings) {
  return {
    format: {
      widthPixels: width,
      heightPixels: height,
      bitsPerSecond: bitsPerSecond(video_bitrate) ?? 1_000_000,
      framesPerSecond: frame_rate,
      encoder: video_codec,
    },
    maxCacheBytes: cache.enabled ? cache.max_size_bytes : 0,
  };
}

async function statusOf(store: ClipStore, segments: ReadySegments, { cache, video_codec }: StreamSettings) {
  const { usedCodec, warning, bytes, segments: count, evicted, running, waiting } = segments.status();
  const { bytes: clipBytes, clips } = await store.totals();
  return {
    clips,
    bytes: clipBytes,
    wishedCodec: video_codec,
    usedCodec,
    warning,
    cache: { enabled: cache.enabled, bytes, maxBytes: cache.max_size_bytes, segments: count, evicted },
    jobs: { running, waiting },
  };
}
