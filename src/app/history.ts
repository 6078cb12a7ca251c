/**
 * The past of cameras in this server, for the timeline.
 */
import type { Archive } from '../archive/types.ts';
import type { Clock } from '../base/clock.ts';
import type { CameraId } from '../base/ids.ts';
import { unixMs } from '../base/units.ts';
import type { Database } from '../database/database.ts';
import type { TimelineParts } from '../playback/timeline.ts';

interface HistorySources {
  readonly clock: Clock;
  readonly database: Database;
  readonly archive: Pick<Archive, 'list'>;
}

/** A recording is a minute long; one that is older and still open waits for a slow disk. */
const longestOpenMs = 10 * 60_000;
/** More are not open at one time. */
const mostOpen = 32;

export function historyOf({ clock, database, archive }: HistorySources): TimelineParts {
  const written = async (cameraId: CameraId) => {
    const nowMs = clock.nowMs();
    const listed = await archive.list(
      cameraId,
      unixMs(nowMs - longestOpenMs),
      unixMs(nowMs + longestOpenMs),
      mostOpen,
    );
    const open = listed.filter((recording) => recording.endReason === undefined);
    const [first] = open;
    const endMs = Math.max(...open.map((recording) => recording.endMs));
    return first && { startMs: first.startMs, endMs };
  };
  return { queries: database.queries, clock, written };
}
