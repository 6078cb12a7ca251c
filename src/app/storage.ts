/**
 * Storage in this server: the rules that delete, and what the API tells about it.
 */
import type { CameraService } from '../api/camera-service.ts';
import type { StorageApi } from '../api/routes/storage.ts';
import type { RunningArchive } from '../archive/archive.ts';
import { openArchive } from '../archive/archive.ts';
import { systemDisk } from '../archive/disk.ts';
import type { Envelopes } from '../archive/envelope.ts';
import { integrityReport } from '../archive/integrity.ts';
import type { StorageOptions } from '../archive/options.ts';
import { freeFloorBytes } from '../archive/options.ts';
import type { ThumbPacks } from '../archive/thumb-packs.ts';
import type { Clock } from '../base/clock.ts';
import type { CameraId } from '../base/ids.ts';
import { namedId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import type { Database } from '../database/database.ts';
import { reachOf } from '../database/storage.ts';
import type { Hub } from '../hub/hub.ts';
import type { Stream } from '../hub/stream.ts';
import type { Random } from '../io/random.ts';
import type { PlaybackSessions } from '../playback/sessions.ts';
import { isPlayableTrack } from '../media/mp4/playable.ts';
import { RetentionKeeper } from '../recording/retention.ts';
import type { StorageParts } from '../recording/storage-report.ts';
import { forecastPolicy, storageReport } from '../recording/storage-report.ts';
import type { Settings } from '../settings/schema.ts';
import { placesOf } from './storage-folders.ts';

interface StorageBase {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  readonly database: Database;
}

/** The archive, and what keeps it within its rules: that is closed first. */
export async function openStorage(
  { clock, log, random, database: { queries } }: StorageBase,
  envelopes: Envelopes,
  settings: Settings,
): Promise<{ readonly archive: RunningArchive; readonly retention: RetentionKeeper }> {
  const { storage } = settings;
  let retention: RetentionKeeper | undefined;
  const archive = await openArchive({
    queries,
    places: placesOf(
      settings.data,
      storage.volumes.map(({ path }) => path),
    ),
    disk: systemDisk,
    clock,
    random,
    log,
    envelopes,
    onNeedSpace: async (volumeId, bytes) => retention?.makeRoom(volumeId, bytes),
  });
  const usable = () =>
    volumesOf(archive, storage).filter(({ state }) => state === 'ready' || state === 'full');
  retention = new RetentionKeeper({
    queries,
    clock,
    log,
    archive,
    volumes: usable,
    maxBytes: () => storage.maxBytes,
  });
  retention.start();
  return { archive, retention };
}

interface StorageCore {
  readonly clock: Clock;
  readonly random: Random;
  readonly database: Database;
  readonly hub: Hub;
  readonly cameras: Pick<CameraService, 'get'>;
  readonly archive: RunningArchive;
  readonly retention: RetentionKeeper;
  readonly packs: Pick<ThumbPacks, 'forget'>;
  readonly playback: Pick<PlaybackSessions, 'forget'>;
}

/** What the storage routes ask. */
export function storageOf(core: StorageCore, options: StorageOptions): StorageApi {
  const { clock, random, database, hub, cameras, archive, retention, packs, playback } = core;
  const { queries } = database;
  const parts: StorageParts = {
    queries,
    clock,
    volumes: () => volumesOf(archive, options),
    get maxBytes() {
      return options.maxBytes;
    },
    liveBitsPerSecond: (id) => liveBitsPerSecond(hub.get(id)),
    shortages: () => retention.shortages(),
  };
  return {
    queries,
    clock,
    archive,
    retention,
    report: () => storageReport(parts),
    forecast: (cameraId, policy) => forecastPolicy(parts, cameraId, policy),
    integrity: () => integrityReport(queries),
    exists: async (id) =>
      cameras.get(id) !== undefined || (await reachOf(queries, id as CameraId)) !== undefined,
    newHoldId: () => namedId('hold', random(16)),
    forgetMade: (id, fromMs, toMs) => {
      playback.forget(id);
      return packs.forget(id, fromMs, toMs);
    },
  };
}

function liveBitsPerSecond(stream: Stream | undefined): number | undefined {
  if (!stream) return 0;
  const { tracks } = stream;
  return tracks.length > 0 && !tracks.some(isPlayableTrack) ? undefined : stream.status().stats.bitrateBps;
}

function volumesOf(archive: RunningArchive, options: StorageOptions): ReturnType<StorageParts['volumes']> {
  return archive.volumes().map(({ id, path, state, reason, space }) => ({
    id,
    path,
    state,
    fault: reason === '' ? null : reason,
    totalBytes: space.totalBytes,
    freeBytes: space.freeBytes,
    floorBytes: freeFloorBytes(options, space.totalBytes),
    sealed: options.seal.enabled,
  }));
}
