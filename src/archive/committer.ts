/**
 * Writes to the database on behalf of many recordings: what comes while a transaction is under way goes into the next
 * one together. What the database refuses is tried again for a while, alone, so that one change cannot spoil others.
 */
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { ArchiveChange } from '../database/recordings.ts';
import { errorText } from './disk.ts';

/** Applies all changes or none; `applyChanges` of the database. */
export type Apply = (changes: readonly ArchiveChange[]) => Promise<ReadonlyMap<string, string>>;

interface Waiting {
  readonly change: ArchiveChange;
  readonly resolve: (result: Result<string, string>) => void;
}

/** A transaction blocks the others for as long as it takes; so many rows are a few milliseconds. */
const maxChangesAtOnce = 200;
const tryAgainMs = 1000;
const maxTries = 10;

export class Committer {
  readonly #apply: Apply;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #waiting: Waiting[] = [];
  #working = false;

  constructor(apply: Apply, clock: Clock, log: Log) {
    this.#apply = apply;
    this.#clock = clock;
    this.#log = log;
  }

  /**
   * Resolves when the change is durable: with the run of a committed recording, else empty.
   * The error says what the database said, after about ten seconds of trying.
   */
  commit(change: ArchiveChange): Promise<Result<string, string>> {
    return new Promise((resolve) => {
      this.#waiting.push({ change, resolve });
      if (!this.#working) void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#working = true;
    await Promise.resolve(); // all that is asked for in this turn goes together
    while (this.#waiting.length > 0) await this.#applyTogether(this.#waiting.splice(0, maxChangesAtOnce));
    this.#working = false;
  }

  async #applyTogether(batch: readonly Waiting[]): Promise<void> {
    try {
      const runs = await this.#apply(batch.map(({ change }) => change));
      for (const { change, resolve } of batch) {
        resolve(ok(change.kind === 'commit' ? (runs.get(change.row.id) ?? change.row.run_id) : ''));
      }
    } catch (error) {
      this.#log.error('The database refused what the archive wrote', { error: errorText(error) });
      for (const waiting of batch) void this.#applyAlone(waiting, 1);
    }
  }

  async #applyAlone(waiting: Waiting, tries: number): Promise<void> {
    const { change, resolve } = waiting;
    try {
      const runs = await this.#apply([change]);
      resolve(ok(change.kind === 'commit' ? (runs.get(change.row.id) ?? change.row.run_id) : ''));
    } catch (error) {
      if (tries >= maxTries) resolve(err(errorText(error)));
      else this.#clock.after(tryAgainMs, () => void this.#applyAlone(waiting, tries + 1));
    }
  }
}
