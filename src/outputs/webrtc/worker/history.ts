/**
 * The last packets of one lane and viewer, for those that are asked for again (RFC 4585, 6.2.1).
 *
 * Promise: what may be sent again is bounded in packets, in rate, and for each packet, so that a way that is too narrow
 * is not filled with repetitions.
 */
import type { MonotonicMs } from '../../../base/units.ts';
import type { RtpPayload } from '../../../media/rtp/payload.ts';

/** SRTP refuses what is 1024 behind the newest; two seconds of 4 Mbit/s. */
const size = 1000;
/** A tenth of a 4 Mbit/s stream's packets. */
const resendsPerSecond = 60;
/** After losses at the start of a connection, when many packets go out at one time. */
const mostSavedResends = 120;
const maxResendsOfOne = 3;
/** The answer to the first may still be on its way. */
const resendAgainMs = 60;

export interface SentPacket {
  readonly payload: RtpPayload;
  readonly time: number;
}

export class History {
  readonly #payloads: (RtpPayload | undefined)[] = Array.from({ length: size });
  readonly #sequences = new Uint16Array(size);
  readonly #times = new Uint32Array(size);
  readonly #resentMs = new Float64Array(size);
  readonly #resends = new Uint8Array(size);
  #next = 0;
  #newest = 0;
  #tokens = mostSavedResends;
  #refilledMs = 0;

  /** Packets come in the order of their sequence numbers. */
  push(sequence: number, time: number, payload: RtpPayload): void {
    const at = this.#next;
    this.#payloads[at] = payload;
    this.#sequences[at] = sequence;
    this.#times[at] = time >>> 0;
    this.#resentMs[at] = Number.NEGATIVE_INFINITY;
    this.#resends[at] = 0;
    this.#newest = sequence;
    this.#next = at + 1 === size ? 0 : at + 1;
  }

  /** Undefined when it is not kept any more, or must not be sent again now. Counts it as sent. */
  take(sequence: number, nowMs: MonotonicMs): SentPacket | undefined {
    const behind = (this.#newest - sequence) & 0xffff;
    if (behind >= size) return undefined;
    const at = (this.#next - 1 - behind + 2 * size) % size;
    const payload = this.#payloads[at];
    if (!payload || this.#sequences[at] !== sequence) return undefined;
    const resends = this.#resends[at] ?? 0;
    if (resends >= maxResendsOfOne || nowMs - (this.#resentMs[at] ?? 0) < resendAgainMs) return undefined;
    if (!this.#spend(nowMs)) return undefined;
    this.#resends[at] = resends + 1;
    this.#resentMs[at] = nowMs;
    return { payload, time: this.#times[at] ?? 0 };
  }

  #spend(nowMs: MonotonicMs): boolean {
    const gained = ((nowMs - this.#refilledMs) * resendsPerSecond) / 1000;
    this.#tokens = Math.min(mostSavedResends, this.#tokens + gained);
    this.#refilledMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
