/**
 * The upkeep of stored recordings in this server: they are checked in the background, and damage goes to the log and to
 * everybody who listens; keys of days without recordings are removed.
 */
import type { EventFeed } from '../api/event-feed.ts';
import type { RunningArchive } from '../archive/archive.ts';
import { systemDisk } from '../archive/disk.ts';
import { IntegrityCheck } from '../archive/integrity.ts';
import type { StorageOptions } from '../archive/options.ts';
import { UnusedKeys } from '../archive/seal/unused-keys.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Database } from '../database/database.ts';
import type { Sealing } from './seal.ts';

export interface IntegrityCore {
  readonly clock: Clock;
  readonly log: Log;
  readonly database: Database;
  readonly feed: EventFeed;
}

/** Runs until closed; nothing waits for it. */
export function startIntegrity(
  { clock, log, database, feed }: IntegrityCore,
  stored: {
    readonly archive: RunningArchive;
    readonly sealing: Sealing;
    readonly options: StorageOptions;
  },
): { close(): Promise<void> } {
  const { sealing } = stored;
  const usable = () => stored.archive.volumes().filter(({ state }) => state === 'ready' || state === 'full');
  const check = new IntegrityCheck({
    parts: {
      disk: systemDisk,
      envelopes: sealing.envelopes,
      volumePath: (id) => usable().find((volume) => volume.id === id)?.path,
    },
    queries: database.queries,
    clock,
    log,
    get bytesPerSecond() {
      return stored.options.verifyBytesPerSecond;
    },
    keysHere: sealing.keysHere,
    volumeIds: () => usable().map(({ id }) => id),
    onDamage: (row, damage) =>
      feed.publish({
        type: 'recording.damaged',
        cameraId: row.camera_id,
        recordingId: row.id,
        startMs: row.start_ms,
        endMs: row.end_ms,
        damage,
      }),
  });
  check.start();
  const { ring } = sealing;
  const { queries } = database;
  const unused = new UnusedKeys({ ring, disk: systemDisk, queries, clock, log, volumes: usable });
  unused.start();
  return {
    close: async () => {
      await check.close();
      await unused.close();
    },
  };
}
