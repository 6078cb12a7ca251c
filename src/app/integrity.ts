/**
 * The background check of stored recordings in this server: damage goes to the log and to everybody who listens.
 */
import type { EventFeed } from '../api/event-feed.ts';
import type { RunningArchive } from '../archive/archive.ts';
import { systemDisk } from '../archive/disk.ts';
import type { Envelopes } from '../archive/envelope.ts';
import { IntegrityCheck } from '../archive/integrity.ts';
import type { StorageOptions } from '../archive/options.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Database } from '../database/database.ts';

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
    readonly envelopes: Envelopes;
    readonly keysHere: boolean;
    readonly options: StorageOptions;
  },
): IntegrityCheck {
  const usable = () => stored.archive.volumes().filter(({ state }) => state === 'ready' || state === 'full');
  const check = new IntegrityCheck({
    parts: {
      disk: systemDisk,
      envelopes: stored.envelopes,
      volumePath: (id) => usable().find((volume) => volume.id === id)?.path,
    },
    queries: database.queries,
    clock,
    log,
    bytesPerSecond: stored.options.verifyBytesPerSecond,
    keysHere: stored.keysHere,
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
  return check;
}
