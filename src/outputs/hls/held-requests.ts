/**
 * Requests that wait for something that does not exist yet. Bounded in number and in time; a client that goes
 * away frees its place at once.
 */
import type { Clock, Timer } from '../../base/clock.ts';

/** `ready`: it exists. `late`: the time is over. `gone`: the client is. `full`: too many wait already. */
export type Waited = 'ready' | 'late' | 'gone' | 'full' | 'closed';

interface Held {
  readonly ready: () => boolean;
  readonly settle: (waited: Waited) => void;
}

export class HeldRequests {
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #held = new Set<Held>();

  constructor(clock: Clock, limit: number) {
    this.#clock = clock;
    this.#limit = limit;
  }

  get size(): number {
    return this.#held.size;
  }

  hold(ready: () => boolean, maxMs: number, signal: AbortSignal | undefined): Promise<Waited> {
    if (ready()) return Promise.resolve('ready');
    if (signal?.aborted) return Promise.resolve('gone');
    if (this.#held.size >= this.#limit) return Promise.resolve('full');
    return new Promise((resolve) => {
      let timer: Timer | undefined;
      const leave = (): void => held.settle('gone');
      const held: Held = {
        ready,
        settle: (waited) => {
          this.#held.delete(held);
          timer?.cancel();
          signal?.removeEventListener('abort', leave);
          resolve(waited);
        },
      };
      this.#held.add(held);
      timer = this.#clock.after(maxMs, () => held.settle('late'));
      signal?.addEventListener('abort', leave, { once: true });
    });
  }

  /** Something changed: whoever waited for it goes on. */
  release(): void {
    for (const held of this.#held) {
      if (held.ready()) held.settle('ready');
    }
  }

  close(): void {
    for (const held of this.#held) held.settle('closed');
  }
}
