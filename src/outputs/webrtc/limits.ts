/**
 * How often offers are taken, and how many connections one address may have.
 *
 * Promise: bounded memory; a flood from one address does not keep out the others.
 */
import type { Clock } from '../../base/clock.ts';
import {
  allOffersPerSecond,
  maxAddresses,
  mostSavedOffers,
  mostSavedOffersOfAll,
  offersPerSecond,
} from './options.ts';
import type { WebRtcRefusal } from './stream.ts';

class Bucket {
  readonly #perSecond: number;
  readonly #most: number;
  #tokens: number;
  #filledMs: number;

  constructor(perSecond: number, most: number, nowMs: number) {
    this.#perSecond = perSecond;
    this.#most = most;
    this.#tokens = most;
    this.#filledMs = nowMs;
  }

  take(nowMs: number): boolean {
    this.#tokens = Math.min(this.#most, this.#tokens + ((nowMs - this.#filledMs) * this.#perSecond) / 1000);
    this.#filledMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

export class OfferLimits {
  readonly #clock: Clock;
  readonly #maxConnections: () => number;
  readonly #all: Bucket;
  /** The one that was asked for longest ago first. */
  readonly #offers = new Map<string, Bucket>();
  readonly #connections = new Map<string, number>();

  /** @param maxConnections of one address, as it is set now */
  constructor(clock: Clock, maxConnections: () => number) {
    this.#clock = clock;
    this.#maxConnections = maxConnections;
    this.#all = new Bucket(allOffersPerSecond, mostSavedOffersOfAll, clock.monotonicMs());
  }

  /** Why an offer of that address is not looked at now; undefined: it may be. */
  offer(address: string): WebRtcRefusal | undefined {
    if ((this.#connections.get(address) ?? 0) >= this.#maxConnections()) {
      return {
        status: 429,
        code: 'webrtc-busy',
        detail: `One address may have ${this.#maxConnections()} WebRTC connections at one time, and has them.`,
        retryAfterSeconds: 10,
      };
    }
    const nowMs = this.#clock.monotonicMs();
    // In this order: a flood from one address uses up nothing that others need.
    if (this.#bucket(address, nowMs).take(nowMs) && this.#all.take(nowMs)) return undefined;
    return {
      status: 429,
      code: 'webrtc-busy',
      detail: 'Too many WebRTC offers in a short time; try again in a few seconds.',
      retryAfterSeconds: 2,
    };
  }

  /** A connection of that address exists until `left`. */
  came(address: string): void {
    this.#connections.set(address, (this.#connections.get(address) ?? 0) + 1);
  }

  left(address: string): void {
    const count = (this.#connections.get(address) ?? 0) - 1;
    if (count > 0) this.#connections.set(address, count);
    else this.#connections.delete(address);
  }

  #bucket(address: string, nowMs: number): Bucket {
    const bucket = this.#offers.get(address) ?? new Bucket(offersPerSecond, mostSavedOffers, nowMs);
    this.#offers.delete(address);
    this.#offers.set(address, bucket);
    if (this.#offers.size > maxAddresses) {
      const oldest = this.#offers.keys().next();
      if (!oldest.done) this.#offers.delete(oldest.value);
    }
    return bucket;
  }
}
