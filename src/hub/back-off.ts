/**
 * How long to wait before the next attempt to connect. Kept by name: a host, whose streams share their
 * rounds (a recorder with sixteen channels that is switched off), or one stream.
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

/** Nobody asked for so long after a round: its failures are history. */
const forgetAfterMs = 5 * 60_000;
/** More cameras than one process serves; beyond it, the one that failed longest ago is forgotten. */
export const maxNames = 4_096;

interface Round {
  readonly failures: number;
  readonly endsAtMs: number;
}

export class BackOff {
  readonly #clock: Clock;
  readonly #random: () => number;
  /** Latest failure last. */
  readonly #rounds = new Map<string, Round>();

  /** @param random a number in [0, 1) */
  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /** An attempt failed or a connection broke. Returns the delay in ms until the next attempt. */
  failed(name: string, lasting: boolean): number {
    const nowMs = this.#clock.monotonicMs();
    const round = this.#rounds.get(name);
    // Another stream of this host failed in this round: wait for its end, then a little apart.
    if (round && nowMs < round.endsAtMs) return round.endsAtMs - nowMs + this.#spread(firstDelayMs);
    const failures = round && nowMs < round.endsAtMs + forgetAfterMs ? round.failures : 0;
    const delayMs = lasting ? lastingDelayMs : Math.min(maxDelayMs, firstDelayMs * 2 ** failures);
    const spreadMs = this.#spread(delayMs);
    this.#remember(name, { failures: Math.min(failures + 1, 16), endsAtMs: nowMs + spreadMs });
    return spreadMs;
  }

  /** Media has flowed long enough to call the host well. */
  succeeded(name: string): void {
    this.#rounds.delete(name);
  }

  #remember(name: string, round: Round): void {
    this.#rounds.delete(name);
    this.#rounds.set(name, round);
    if (this.#rounds.size <= maxNames) return;
    for (const oldest of this.#rounds.keys()) {
      this.#rounds.delete(oldest);
      return;
    }
  }

  #spread(delayMs: number): number {
    return Math.round(delayMs * (0.5 + this.#random() / 2));
  }
}
