/**
 * What a receiver report says about one sender (RFC 3550, 6.4.1; algorithms of A.1, A.3 and A.8).
 * In: every RTP packet as it arrives, before reordering, and sender reports. Out: a report block.
 */
import type { Hertz, MonotonicMs } from '../../base/units.ts';
import { unwrap16, unwrap32 } from './unwrap.ts';
import { maxSequenceGap } from './reorder.ts';

/** The numbers of a report block, RFC 3550, 6.4.1. */
export interface ReceptionNumbers {
  /** Lost since the last report, in 1/256. */
  readonly fractionLost: number;
  /** Lost since the start; negative when there were duplicates. 24 bits signed. */
  readonly cumulativeLost: number;
  /** Wraps of the sequence in the upper 16 bits, 32 bits in all. */
  readonly extendedHighestSequence: number;
  /** Ticks of the RTP clock. */
  readonly jitter: number;
  /** Middle 32 bits of the NTP time of the last sender report; 0 when there was none. */
  readonly lastSenderReport: number;
  /** Since then, in 1/65536 s. */
  readonly delaySinceLastSenderReport: number;
}

interface Counting {
  readonly ssrc: number;
  readonly firstSequence: number;
  highestSequence: number;
  received: number;
  receivedBefore: number;
  expectedBefore: number;
  lastTime: number;
  lastTransit: number;
  /** Sixteen times the jitter, as A.8 keeps it. */
  jitterTimes16: number;
}

export class ReceiverStats {
  readonly #clockHz: Hertz;
  #counting: Counting | undefined;
  #senderReport: { readonly ntpMiddle: number; readonly atMs: MonotonicMs } | undefined;

  constructor(clockHz: Hertz) {
    this.#clockHz = clockHz;
  }

  /** A packet came. Another SSRC, or a sequence far off, starts the count anew. */
  packet(packet: { ssrc: number; sequence: number; timestamp: number }, at: MonotonicMs): void {
    const counting = this.#counting;
    if (!counting || counting.ssrc !== packet.ssrc) {
      this.#begin(packet, at);
      return;
    }
    const sequence = unwrap16(packet.sequence, counting.highestSequence);
    if (Math.abs(sequence - counting.highestSequence) > maxSequenceGap) {
      this.#begin(packet, at);
      return;
    }
    counting.received += 1;
    counting.highestSequence = Math.max(counting.highestSequence, sequence);
    this.#addJitter(counting, packet.timestamp, at);
  }

  /** @param ntpMiddle middle 32 bits of the report's NTP time. */
  senderReport(ntpMiddle: number, at: MonotonicMs): void {
    this.#senderReport = { ntpMiddle, atMs: at };
  }

  /** For the SSRC counted; undefined before the first packet. The fraction counts from the report before. */
  report(now: MonotonicMs): (ReceptionNumbers & { readonly ssrc: number }) | undefined {
    const counting = this.#counting;
    if (!counting) return undefined;
    const expected = counting.highestSequence - counting.firstSequence + 1;
    const expectedNow = expected - counting.expectedBefore;
    const lostNow = expectedNow - (counting.received - counting.receivedBefore);
    counting.expectedBefore = expected;
    counting.receivedBefore = counting.received;
    const last = this.#senderReport;
    return {
      ssrc: counting.ssrc,
      fractionLost:
        expectedNow > 0 && lostNow > 0 ? Math.min(255, Math.floor((lostNow * 256) / expectedNow)) : 0,
      cumulativeLost: Math.max(-0x80_0000, Math.min(0x7f_ffff, expected - counting.received)),
      extendedHighestSequence: counting.highestSequence % 0x1_0000_0000,
      jitter: Math.floor(counting.jitterTimes16 / 16),
      lastSenderReport: last?.ntpMiddle ?? 0,
      delaySinceLastSenderReport: last
        ? Math.min(0xffff_ffff, Math.round(((now - last.atMs) * 65536) / 1000))
        : 0,
    };
  }

  #begin(packet: { ssrc: number; sequence: number; timestamp: number }, at: MonotonicMs): void {
    this.#counting = {
      ssrc: packet.ssrc,
      firstSequence: packet.sequence,
      highestSequence: packet.sequence,
      received: 1,
      receivedBefore: 0,
      expectedBefore: 0,
      lastTime: packet.timestamp,
      lastTransit: this.#ticks(at) - packet.timestamp,
      jitterTimes16: 0,
    };
  }

  #addJitter(counting: Counting, timestamp: number, at: MonotonicMs): void {
    const time = unwrap32(timestamp, counting.lastTime);
    const transit = this.#ticks(at) - time;
    const difference = Math.abs(transit - counting.lastTransit);
    counting.jitterTimes16 += difference - (counting.jitterTimes16 + 8) / 16;
    counting.jitterTimes16 = Math.max(0, counting.jitterTimes16);
    counting.lastTime = time;
    counting.lastTransit = transit;
  }

  #ticks(at: MonotonicMs): number {
    return Math.round((at * this.#clockHz) / 1000);
  }
}
