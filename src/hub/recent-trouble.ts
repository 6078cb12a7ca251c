/**
 * What went wrong of late, out of counters that only rise: a network that was bad yesterday is no news today.
 *
 * In:  the counters, at least every few seconds while units flow. Out: by how much they rose in the last minute or so.
 */
import type { MonotonicMs } from '../base/units.ts';

/** All monotonic. */
export interface TroubleCounters {
  readonly packetsReceived: number;
  readonly packetsLost: number;
  /** Frames or packets thrown away because they were damaged. */
  readonly damaged: number;
  /** Kept from readers that were too slow. */
  readonly unitsDropped: number;
  /** Connections to the camera that failed or were lost. */
  readonly reconnects: number;
  /** Answers to viewers that failed. */
  readonly viewerErrors: number;
}

const noteEveryMs = 10_000;
/** One more than fits a minute: the oldest lies 50 to 60 s back. */
const maxNotes = 6;

export class RecentTrouble {
  /** Oldest first. */
  readonly #notes: TroubleCounters[] = [];
  #nextNoteMs = 0;

  /** Cheap to ask for every unit. */
  isDue(now: MonotonicMs): boolean {
    return now >= this.#nextNoteMs;
  }

  note(now: MonotonicMs, counters: TroubleCounters): void {
    this.#nextNoteMs = now + noteEveryMs;
    this.#notes.push(counters);
    if (this.#notes.length > maxNotes) this.#notes.shift();
  }

  /** @param counters as they are now. */
  since(counters: TroubleCounters): TroubleCounters {
    const [oldest = counters] = this.#notes;
    return {
      packetsReceived: counters.packetsReceived - oldest.packetsReceived,
      packetsLost: counters.packetsLost - oldest.packetsLost,
      damaged: counters.damaged - oldest.damaged,
      unitsDropped: counters.unitsDropped - oldest.unitsDropped,
      reconnects: counters.reconnects - oldest.reconnects,
      viewerErrors: counters.viewerErrors - oldest.viewerErrors,
    };
  }
}
