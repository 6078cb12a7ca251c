/**
 * What a way carries, from what was sent on it and what the receiver says arrived (transport-wide feedback).
 *
 * In:  each packet that is sent, feedback. Out: the share that was lost and the bitrate that arrived, over the last
 * second. Promise: a fixed amount of memory; nothing is made for each packet.
 */
import type { MonotonicMs } from '../../base/units.ts';
import type { TransportFeedback } from './packet.ts';

/** 16 bits number the packets; 4096 are two seconds of 20 Mbit/s. */
const remembered = 4096;
/** Shorter windows see single packets as catastrophes. */
const windowMs = 1000;

export interface WayFigures {
  /** 0 to 1; null before the first second is over. */
  readonly lossRatio: number | null;
  /** What arrived. */
  readonly arrivedBps: number | null;
}

export class SentPackets {
  readonly #bytes = new Uint16Array(remembered);
  readonly #sequences = new Int32Array(remembered).fill(-1);
  #since: MonotonicMs | undefined;
  #told = 0;
  #lost = 0;
  #arrivedBytes = 0;
  #figures: WayFigures = { lossRatio: null, arrivedBps: null };

  /** @param sequence on the transport, 16 bits. */
  sent(sequence: number, bytes: number): void {
    const at = sequence % remembered;
    this.#sequences[at] = sequence;
    this.#bytes[at] = Math.min(bytes, 0xffff);
  }

  /** Returns whether there are new figures. Each packet counts once, whatever the receiver repeats. */
  heard({ baseSequence, arrivalUs }: TransportFeedback, nowMs: MonotonicMs): boolean {
    this.#since ??= nowMs;
    for (let index = 0; index < arrivalUs.length; index += 1) {
      const sequence = (baseSequence + index) & 0xffff;
      const at = sequence % remembered;
      if (this.#sequences[at] !== sequence) continue;
      this.#sequences[at] = -1;
      this.#told += 1;
      if (arrivalUs[index] === undefined) this.#lost += 1;
      else this.#arrivedBytes += this.#bytes[at] ?? 0;
    }
    const passedMs = nowMs - this.#since;
    if (passedMs < windowMs || this.#told === 0) return false;
    this.#figures = {
      lossRatio: this.#lost / this.#told,
      arrivedBps: Math.round((this.#arrivedBytes * 8000) / passedMs),
    };
    this.#since = nowMs;
    this.#told = 0;
    this.#lost = 0;
    this.#arrivedBytes = 0;
    return true;
  }

  get figures(): WayFigures {
    return this.#figures;
  }
}
