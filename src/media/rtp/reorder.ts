/**
 * RTP packets of one track as they arrive in, packets in sequence order out.
 *
 * Over UDP a gap is waited for, up to a number of packets and an age; over TCP nothing can overtake,
 * so nothing waits, but gaps are still counted: some cameras drop packets before they write them.
 * Duplicates and packets that come after their gap was given up are dropped and counted.
 * A new SSRC or a jump in sequence starts anew once two packets in a row agree (RFC 3550, A.1).
 * Promise: emitted sequences strictly increase; at most `maxPackets` are held.
 */
import { monotonicMs, type MonotonicMs } from '../../base/units.ts';
import type { RtpPacket } from './packet.ts';
import type { OrderedPacket } from './payload.ts';
import { unwrap16, unwrap32 } from './unwrap.ts';

export interface ReorderLimits {
  /** How many packets may wait behind a gap; 0 never waits. */
  readonly maxPackets: number;
  /** How long a gap may hold up what came after it; may change while packets flow. */
  readonly maxAgeMs: number;
}

/**
 * For UDP. 32 Mbit/s are about 1,400 packets in half a second, and a key frame of 600 kB is a burst of 500: a gap is
 * given up for its age, not for their number. 100 ms is far above the reordering of a local network and still below
 * what a viewer notices.
 */
export const udpReorderLimits: ReorderLimits = { maxPackets: 2048, maxAgeMs: 100 };

/** For TCP: packets are in order already. */
export const tcpReorderLimits: ReorderLimits = { maxPackets: 0, maxAgeMs: 0 };

/** Forward steps up to this are loss, above it a restart (RFC 3550, A.1: MAX_DROPOUT). */
export const maxSequenceGap = 3000;
/** How far back a packet still counts as late or double, and not as a restart. */
const lateWindowPackets = 512;

/** @param maxAgeMs for UDP, asked again at every gap; the usual one when it is not given. */
export function reorderLimits(lower: 'tcp' | 'udp', maxAgeMs?: () => number): ReorderLimits {
  if (lower === 'tcp') return tcpReorderLimits;
  if (!maxAgeMs) return udpReorderLimits;
  return {
    maxPackets: udpReorderLimits.maxPackets,
    get maxAgeMs() {
      return maxAgeMs();
    },
  };
}

/** All monotonic. */
export interface ReorderCounters {
  readonly received: number;
  /** Missing when their gap was given up. */
  readonly lost: number;
  readonly late: number;
  readonly duplicates: number;
  /** New SSRC or jump in sequence. */
  readonly restarts: number;
  /** Single packets that fitted neither the stream nor a new one. */
  readonly strays: number;
}

interface Held {
  readonly packet: RtpPacket;
  readonly atMs: MonotonicMs;
}

const nothing: readonly OrderedPacket[] = [];

export class ReorderBuffer {
  readonly #limits: ReorderLimits;
  /** Waiting packets at `sequence % maxPackets`. */
  readonly #held: (Held | undefined)[];
  #heldCount = 0;
  #oldestHeldMs: MonotonicMs = monotonicMs(0);
  /** Which sequence was emitted last at `sequence % lateWindowPackets`: tells double from late. */
  readonly #emitted = new Float64Array(lateWindowPackets).fill(-1);
  #ssrc: number | undefined;
  /** Unwrapped sequence that comes next. */
  #next = 0;
  #lastTime: number | undefined;
  /** Gap before the next packet emitted. */
  #missing = 0;
  /** First packet of what may be a new stream. */
  #candidate: RtpPacket | undefined;
  #out: OrderedPacket[] = [];
  readonly #counters = { received: 0, lost: 0, late: 0, duplicates: 0, restarts: 0, strays: 0 };

  constructor(limits: ReorderLimits) {
    this.#limits = limits;
    this.#held = Array.from({ length: limits.maxPackets });
  }

  /** Takes a packet; returns those that are now in order, oldest first. */
  push(packet: RtpPacket, now: MonotonicMs): readonly OrderedPacket[] {
    this.#counters.received += 1;
    if (this.#ssrc === undefined) this.#begin(packet);
    const sequence = unwrap16(packet.sequence, this.#next);
    const ahead = sequence - this.#next;
    if (packet.ssrc !== this.#ssrc || ahead > maxSequenceGap || ahead < -lateWindowPackets) {
      this.#consider(packet);
    } else {
      this.#drop(this.#candidate);
      if (ahead < 0) this.#countOld(sequence);
      else this.#take(packet, sequence, now);
    }
    this.#giveUpOldGaps(now);
    return this.#flush();
  }

  /** Gives up gaps that are too old; to be called at `dueMs` when no packet comes. */
  expire(now: MonotonicMs): readonly OrderedPacket[] {
    this.#giveUpOldGaps(now);
    return this.#flush();
  }

  /** When `expire` will have something to give; undefined when nothing waits. */
  get dueMs(): MonotonicMs | undefined {
    return this.#heldCount === 0 ? undefined : monotonicMs(this.#oldestHeldMs + this.#limits.maxAgeMs);
  }

  /** SSRC of the current stream, for receiver reports. */
  get ssrc(): number | undefined {
    return this.#ssrc;
  }

  get counters(): ReorderCounters {
    return this.#counters;
  }

  #begin(packet: RtpPacket): void {
    this.#ssrc = packet.ssrc;
    this.#next = packet.sequence;
  }

  /** A packet that does not continue the stream: the second in a row makes it the stream. */
  #consider(packet: RtpPacket): void {
    const first = this.#candidate;
    const follows =
      first !== undefined &&
      first.ssrc === packet.ssrc &&
      packet.sequence === ((first.sequence + 1) & 0xffff);
    if (!follows) {
      this.#drop(first);
      this.#candidate = packet;
      return;
    }
    this.#releaseBelow(this.#next + this.#limits.maxPackets);
    this.#counters.restarts += 1;
    this.#candidate = undefined;
    this.#ssrc = packet.ssrc;
    this.#next += (first.sequence - this.#next) & 0xffff;
    // How much is missing is unknown; one is enough to make a depacketizer drop what it has begun.
    this.#missing = 1;
    this.#emit(first);
    this.#emit(packet);
  }

  #drop(candidate: RtpPacket | undefined): void {
    if (candidate === undefined) return;
    this.#counters.strays += 1;
    this.#candidate = undefined;
  }

  #countOld(sequence: number): void {
    if (this.#emitted[slot(sequence, lateWindowPackets)] === sequence) this.#counters.duplicates += 1;
    else this.#counters.late += 1;
  }

  #take(packet: RtpPacket, sequence: number, now: MonotonicMs): void {
    if (sequence === this.#next) {
      this.#emit(packet);
      this.#releaseRun();
      return;
    }
    if (sequence - this.#next < this.#limits.maxPackets) {
      this.#hold(packet, sequence, now);
      return;
    }
    // Too far ahead to hold: what is missing before the window is given up.
    const windowStart = this.#limits.maxPackets === 0 ? sequence : sequence - this.#limits.maxPackets + 1;
    this.#releaseBelow(windowStart);
    this.#skipTo(windowStart);
    this.#releaseRun();
    if (sequence > this.#next) {
      this.#hold(packet, sequence, now);
      return;
    }
    this.#emit(packet);
    this.#releaseRun();
  }

  #hold(packet: RtpPacket, sequence: number, now: MonotonicMs): void {
    const at = slot(sequence, this.#limits.maxPackets);
    if (this.#held[at] !== undefined) {
      this.#counters.duplicates += 1;
      return;
    }
    this.#held[at] = { packet, atMs: now };
    if (this.#heldCount === 0) this.#oldestHeldMs = now;
    this.#heldCount += 1;
  }

  #giveUpOldGaps(now: MonotonicMs): void {
    while (this.#heldCount > 0 && now - this.#oldestHeldMs >= this.#limits.maxAgeMs) {
      let sequence = this.#next;
      while (this.#held[slot(sequence, this.#limits.maxPackets)] === undefined) sequence += 1;
      this.#skipTo(sequence);
      this.#releaseRun();
    }
  }

  /** Emits what is held below `end`, giving up what is missing between. */
  #releaseBelow(end: number): void {
    for (let sequence = this.#next; sequence < end && this.#heldCount > 0; sequence += 1) {
      if (this.#held[slot(sequence, this.#limits.maxPackets)] === undefined) continue;
      this.#skipTo(sequence);
      this.#releaseOne();
    }
  }

  /** Emits what is held without a gap from here on. */
  #releaseRun(): void {
    if (this.#heldCount === 0 || !this.#releaseOne()) return;
    while (this.#releaseOne());
    this.#oldestHeldMs = this.#oldest();
  }

  #releaseOne(): boolean {
    if (this.#heldCount === 0) return false;
    const at = slot(this.#next, this.#limits.maxPackets);
    const held = this.#held[at];
    if (held === undefined) return false;
    this.#held[at] = undefined;
    this.#heldCount -= 1;
    this.#emit(held.packet);
    return true;
  }

  #oldest(): MonotonicMs {
    let oldest = Infinity;
    for (const held of this.#held) if (held !== undefined && held.atMs < oldest) oldest = held.atMs;
    return monotonicMs(oldest);
  }

  #skipTo(sequence: number): void {
    const missing = sequence - this.#next;
    if (missing <= 0) return;
    this.#missing += missing;
    this.#counters.lost += missing;
    this.#next = sequence;
  }

  #emit(packet: RtpPacket): void {
    const sequence = this.#next;
    const time = unwrap32(packet.timestamp, this.#lastTime ?? packet.timestamp);
    this.#out.push({
      sequence,
      time,
      marker: packet.marker,
      lostBefore: this.#missing,
      payload: packet.payload,
    });
    this.#emitted[slot(sequence, lateWindowPackets)] = sequence;
    this.#lastTime = time;
    this.#missing = 0;
    this.#next = sequence + 1;
  }

  #flush(): readonly OrderedPacket[] {
    if (this.#out.length === 0) return nothing;
    const out = this.#out;
    this.#out = [];
    return out;
  }
}

function slot(sequence: number, size: number): number {
  return sequence % size;
}
