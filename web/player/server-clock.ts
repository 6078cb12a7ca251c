/**
 * One clock per server for all players of a page. Asks `GET /api/v1/system` thrice, then each minute
 * while anybody plays.
 */
import { ServerClock } from './clock.ts';

const path = '/api/v1/system';
const pauseMs = [0, 400, 1500] as const;
const steadyPauseMs = 60_000;
const answerLimitMs = 5000;

class KeptClock {
  readonly clock = new ServerClock();
  /** Where it asks; with the newest token. */
  url = '';
  #users = 0;
  #asked = 0;
  #timer: number | undefined;

  use(): () => void {
    this.#users++;
    if (this.#users === 1) this.#plan();
    let used = true;
    return () => {
      if (!used) return;
      used = false;
      this.#users--;
      if (this.#users > 0) return;
      window.clearTimeout(this.#timer);
      // The next user asks at once again.
      this.#asked = 0;
    };
  }

  /** Asks now. @returns whether the server answers. */
  async reachable(): Promise<boolean> {
    try {
      const sentMs = Date.now();
      const signal = AbortSignal.timeout(answerLimitMs);
      const answer = await fetch(this.url, { cache: 'no-store', signal });
      const receivedMs = Date.now();
      const { nowMs: serverMs } = (await answer.json()) as { nowMs?: unknown };
      if (typeof serverMs !== 'number') return false;
      this.clock.add({ sentMs, receivedMs, serverMs });
      return true;
    } catch {
      // No clock, no age: the next question may be answered.
      return false;
    }
  }

  #plan(): void {
    const delayMs = pauseMs[this.#asked] ?? steadyPauseMs;
    this.#asked++;
    this.#timer = window.setTimeout(() => {
      void this.reachable().then(() => {
        if (this.#users > 0) this.#plan();
      });
    }, delayMs);
  }
}

const clocks = new Map<string, KeptClock>();

/** @param origin for example `http://cameras.lan:8080`. @param query `?token=…`, where nobody signs in */
export function clockOf(origin: string, query = ''): KeptClock {
  let kept = clocks.get(origin);
  if (!kept) clocks.set(origin, (kept = new KeptClock()));
  kept.url = origin + path + query;
  return kept;
}
