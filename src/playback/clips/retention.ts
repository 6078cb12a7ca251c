/**
 * How long clips are kept: deletes those that are too old, and the oldest when all together are too large.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { ClipStore } from './store.ts';
import type { ClipUploads } from './uploads.ts';

export interface ClipRetentionParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly store: ClipStore;
  readonly uploads: ClipUploads;
  /** Null: no limit. Read each time. */
  readonly limits: { readonly maxAgeDays: number | null; readonly maxBytes: number | null };
}

const everyMs = 60_000;
const dayMs = 24 * 60 * 60 * 1000;

export class ClipRetention {
  readonly #parts: ClipRetentionParts;
  #timer: Timer | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #closed = false;

  constructor(parts: ClipRetentionParts) {
    this.#parts = parts;
    parts.store.listen({ stored: () => void this.enforce(), deleted: () => undefined });
  }

  /** Now and then once a minute. */
  start(): void {
    void this.enforce();
    this.#timer = this.#parts.clock.after(everyMs, () => this.#closed || this.start());
  }

  /** Resolves when the rules hold; never rejects. */
  enforce(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#again = true;
    this.#running ??= this.#enforce().finally(() => (this.#running = undefined));
    return this.#running;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    await this.#running;
  }

  async #enforce(): Promise<void> {
    try {
      while (this.#again && !this.#closed) {
        this.#again = false;
        await this.#parts.uploads.expire();
        await this.#tooOld();
        await this.#tooMuch();
      }
    } catch (error) {
      this.#parts.log.error('Old clips cannot be deleted', { error });
    }
  }

  async #tooOld(): Promise<void> {
    const { limits, clock, store } = this.#parts;
    const { maxAgeDays } = limits;
    if (maxAgeDays !== null)
      await store.deleteClips(clock.nowMs() - maxAgeDays * dayMs, 'age: clips.maxAgeDays');
  }

  async #tooMuch(): Promise<void> {
    const { limits, store } = this.#parts;
    const { maxBytes } = limits;
    if (maxBytes === null) return;
    for (;;) {
      const { bytes } = await store.totals();
      const [oldest] = bytes > maxBytes && !this.#closed ? await store.oldest(1) : [];
      if (!oldest) return;
      if ((await store.delete([oldest], 'size: clips.maxBytes')) === 0) return;
    }
  }
}
