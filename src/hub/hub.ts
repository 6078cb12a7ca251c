/**
 * All streams of this process, by id.
 */
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { BackOff } from './back-off.ts';
import type { HealthRules } from './options.ts';
import { healthOption } from './options.ts';
import type { Source } from './source.ts';
import type { StreamPolicy } from './stream.ts';
import { Stream } from './stream.ts';
import type { SumsByOutput } from './viewers.ts';
import { addSums, noSums } from './viewers.ts';

export interface HubParts {
  readonly clock: Clock;
  readonly log: Log;
  /** A number in [0, 1): spreads retries. */
  readonly random: () => number;
  /** When streams are called unhealthy; absent: the defaults. */
  readonly health?: HealthRules;
}

export class Hub {
  readonly #parts: HubParts;
  readonly #backOff: BackOff;
  readonly #health: HealthRules;
  readonly #streams = new Map<string, Stream>();
  /** Of streams that were removed. */
  #gone = noSums;
  readonly #listeners = new Set<(id: string) => void>();

  constructor(parts: HubParts) {
    this.#parts = parts;
    this.#health = parts.health ?? healthOption.parse(undefined);
    this.#backOff = new BackOff(parts.clock, parts.random);
  }

  /** @throws when the id is taken: ids are ours. */
  add(id: string, source: Source, policy: StreamPolicy): Stream {
    if (this.#streams.has(id)) throw new Error(`stream ${id} exists`);
    const stream = new Stream(id, source, policy, {
      clock: this.#parts.clock,
      log: this.#parts.log,
      backOff: this.#backOff,
      health: this.#health,
      onState: (changed) => this.#tell(changed),
    });
    this.#streams.set(id, stream);
    return stream;
  }

  get(id: string): Stream | undefined {
    return this.#streams.get(id);
  }

  streams(): IterableIterator<Stream> {
    return this.#streams.values();
  }

  remove(id: string, reason: string): void {
    const stream = this.#streams.get(id);
    if (!stream) return;
    stream.close(reason);
    this.#streams.delete(id);
    this.#gone = addSums(this.#gone, stream.viewerSums());
  }

  /** What the viewers of all streams there are and were have counted; never falls. */
  viewerSums(): SumsByOutput {
    let sums = this.#gone;
    for (const stream of this.#streams.values()) sums = addSums(sums, stream.viewerSums());
    return sums;
  }

  /** Calls `listener` with the id of each stream whose state changed. Returns how to stop that. */
  onState(listener: (id: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  close(): void {
    for (const id of this.#streams.keys()) this.remove(id, 'The server is stopping.');
  }

  #tell(id: string): void {
    for (const listener of this.#listeners) {
      try {
        listener(id);
      } catch (error) {
        // A bug of ours, told from within a stream: that stream must go on.
        this.#parts.log.error('a listener to stream states failed', { stream: id, error });
      }
    }
  }
}
