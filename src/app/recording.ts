/**
 * Recording in this server: the archive on its volumes, and the recorders of all cameras.
 */
import type { RunningArchive } from '../archive/archive.ts';
import type { Envelopes } from '../archive/envelope.ts';
import { recordingStatus } from '../api/recording-status.ts';
import type { EventFeed } from '../api/event-feed.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { unixMs } from '../base/units.ts';
import type { Database } from '../database/database.ts';
import { listMarks, openGaps, recentEvents, writeLedger } from '../database/gaps.ts';
import type { Hub } from '../hub/hub.ts';
import type { Random } from '../io/random.ts';
import type { RetentionKeeper } from '../recording/retention.ts';
import { Recordings } from '../recording/recordings.ts';
import type { Settings } from '../settings/schema.ts';
import { startIntegrity } from './integrity.ts';
import { openStorage } from './storage.ts';
import { openSealing } from './seal.ts';

export interface RecordingCore {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  readonly database: Database;
  readonly hub: Hub;
  readonly feed: EventFeed;
}

export interface Recording {
  readonly archive: RunningArchive;
  /** What it writes and reads with, for other files on its volumes. */
  readonly envelopes: Envelopes;
  readonly recordings: Recordings;
  readonly retention: RetentionKeeper;
  /** Recordings are ended and committed before the archive is closed. */
  close(): Promise<void>;
}

/** Triggers older than this ask for nothing any more: an hour, and the longest time after it. */
const oldestTriggerMs = 2 * 3_600_000;
/** All cameras' together. */
const maxEvents = 10_000;

/** Before cameras are run; `close` before the database is closed. */
export async function startRecording(core: RecordingCore, settings: Settings): Promise<Recording> {
  const { clock, log, random, database, hub, feed } = core;
  const { queries } = database;
  const sealing = await openSealing(settings, core);
  const { envelopes } = sealing;
  const { archive, retention } = await openStorage(core, envelopes, settings);
  const recordings = new Recordings({
    clock,
    log,
    archive,
    random,
    stream: (camera) => hub.get(camera),
    write: (batch) => writeLedger(queries, batch),
    onStatus: (cameraId, report) =>
      feed.publish({ type: 'recording.changed', cameraId, recording: recordingStatus(report) }),
    onGap: (what, { cameraId, ...gap }) => feed.publish({ type: `gap.${what}`, cameraId, gap }),
  });
  const sinceMs = unixMs(clock.nowMs() - oldestTriggerMs);
  const past = {
    marks: await listMarks(queries),
    openGaps: await openGaps(queries),
    events: await recentEvents(queries, sinceMs, maxEvents),
  };
  recordings.start(past, archive.recovered);
  const integrity = startIntegrity(core, { archive, sealing, options: settings.storage });
  const close = async (): Promise<void> => {
    await integrity.close();
    await recordings.close();
    await retention.close();
    await archive.close();
  };
  return { archive, envelopes, recordings, retention, close };
}
