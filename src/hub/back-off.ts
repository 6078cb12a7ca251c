/**
 * How long to wait before the next attempt to connect, shared by all streams of one host:
 * a recorder with sixteen channels that is switched off is asked once a round, not sixteen times.
 *
 * Delays double from 0.5 s to 30 s; a lasting fault (wrong password) waits 60 s, so that no
 * camera locks the account. Each delay is spread over its upper half, so that sites do not ask in step.
 */
import type { Clock } from '../base/clock.ts';

/** The first retry: quick, most interruptions are a restarted process. */
const firstDelayMs = 500;
/** Long enough to spare a dead network, short enough that nobody reaches for the reload button. */
const maxDelayMs = 30_000;
/** Cameras lock an account after some five wrong passwords in a few minutes. */
const lastingDelayMs = 60_000;

interface Host {
  failures: number;
  roundEndsAtMs: number;
}

export class BackOff {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #hosts = new Map<string, Host>();

  /** @param random a number in [0, 1) */
  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /** An attempt failed or a connection broke. Returns the delay in ms until the next attempt. */
  failed(host: string, lasting: boolean): number {
    const nowMs = this.#clock.monotonicMs();
    const known = this.#hosts.get(host) ?? { failures: 0, roundEndsAtMs: 0 };
    // Another stream of this host failed in this round: wait for its end, then a little apart.
    if (nowMs < known.roundEndsAtMs) return known.roundEndsAtMs - nowMs + this.#spread(firstDelayMs);
    const delayMs = lasting ? lastingDelayMs : Math.min(maxDelayMs, firstDelayMs * 2 ** known.failures);
    const spreadMs = this.#spread(delayMs);
    this.#hosts.set(host, { failures: Math.min(known.failures + 1, 16), roundEndsAtMs: nowMs + spreadMs });
    return spreadMs;
  }

  /** Media has flowed long enough to call the host well. */
  succeeded(host: string): void {
    this.#hosts.delete(host);
  }

  #spread(delayMs: number): number {
    return Math.round(delayMs * (0.5 + this.#random() / 2));
  }
}
