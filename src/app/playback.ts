/**
 * Playback sessions of this server: the archive behind them, and ids that nobody guesses.
 */
import type { Archive } from '../archive/types.ts';
import type { Clock } from '../base/clock.ts';
import { namedId } from '../base/ids.ts';
import type { Database } from '../database/database.ts';
import type { Random } from '../io/random.ts';
import { PlaybackSessions } from '../playback/sessions.ts';
import { storedTables } from '../playback/stored-tables.ts';

interface PlaybackParts {
  readonly archive: Pick<Archive, 'list' | 'nearest' | 'open'>;
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
}

/** Close it before the archive. */
export function makePlayback({ archive, database, clock, random }: PlaybackParts): PlaybackSessions {
  const tables = storedTables(database.queries);
  return new PlaybackSessions({ archive, tables, clock, newId: () => namedId('play', random(16)) });
}
