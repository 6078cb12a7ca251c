/**
 * How much may wait in one socket before its channels leave pictures out.
 *
 * A channel that has taken a large share of the socket reaches its limit first, so one large picture does not cost a
 * wall of small ones theirs.
 */
import type { Clock } from '../../base/clock.ts';
import type { MonotonicMs } from '../../base/units.ts';
import { leastBudgetBytes, mostBehindMs, mostBudgetBytes } from './options.ts';
import type { ViewerSocket } from './stream.ts';

/** The rate is a mean over about this. */
const rateWindowMs = 4000;
/** A channel without a share of the socket may have so many times what the one with all of it may. */
const patienceOfSmall = 2;

export class SendBudget {
  readonly #socket: ViewerSocket;
  readonly #clock: Clock;
  #bytesSent = 0;
  #windowBytes = 0;
  #windowMs: MonotonicMs;
  #bytesPerMs = 0;
  /** What the cached pictures of a new channel left in the socket, until it is gone. */
  #headStartBytes = 0;

  constructor(socket: ViewerSocket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    this.#windowMs = clock.monotonicMs();
  }

  sent(bytes: number): void {
    this.#bytesSent += bytes;
    this.#windowBytes += bytes;
  }

  /** A channel has begun, with all its cached pictures at once. */
  joined(): void {
    this.#headStartBytes = this.#socket.bufferedBytes;
  }

  /** @param channelBytes what the asking channel has been sent in all. */
  isExceeded(channelBytes: number): boolean {
    const waiting = this.#socket.bufferedBytes;
    const limit = this.#limitBytes();
    if (waiting <= limit) this.#headStartBytes = 0;
    const share = this.#bytesSent === 0 ? 1 : channelBytes / this.#bytesSent;
    return waiting > limit * (patienceOfSmall - (patienceOfSmall - 1) * share) + this.#headStartBytes;
  }

  /** Half: else the next keyframe would exceed it at once. */
  hasRecovered(): boolean {
    return this.#socket.bufferedBytes <= this.#limitBytes() / 2;
  }

  #limitBytes(): number {
    const passedMs = this.#clock.monotonicMs() - this.#windowMs;
    if (passedMs >= rateWindowMs) {
      this.#bytesPerMs = this.#windowBytes / passedMs;
      this.#windowBytes = 0;
      this.#windowMs = this.#clock.monotonicMs();
    }
    const wanted = this.#bytesPerMs * mostBehindMs;
    return Math.min(mostBudgetBytes, Math.max(leastBudgetBytes, wanted));
  }
}
