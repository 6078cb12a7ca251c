/**
 * The past of cameras in this server, for the timeline.
 */
import type { Clock } from '../base/clock.ts';
import type { Database } from '../database/database.ts';
import type { TimelineParts } from '../playback/timeline.ts';

export function historyOf({
  clock,
  database,
}: {
  readonly clock: Clock;
  readonly database: Database;
}): TimelineParts {
  return { queries: database.queries, clock, written: async () => undefined };
}
