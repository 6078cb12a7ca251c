/**
 * One lane of one viewer: an SSRC with its own sequence numbers, what was sent of it, and what can be sent again.
 */
import type { MonotonicMs } from '../../../base/units.ts';
import type { RtpPayload } from '../../../media/rtp/payload.ts';
import { History } from './history.ts';
import type { PacketWriter } from './packet-writer.ts';
import type { LaneFormat } from './protocol.ts';

/** Told of each packet that went out. */
export type OnSent = (transportSequence: number, bytes: number) => void;

const markerBit = 0x80;

export class LaneSender {
  readonly ssrc: number;
  readonly #payloadType: number;
  readonly #writer: PacketWriter;
  readonly #onSent: OnSent;
  readonly #history: History | undefined;
  #sequence: number;
  packets = 0;
  payloadBytes = 0;
  /** Packets that the socket did not take. */
  refused = 0;

  /** @param keeps whether packets may be asked for again. */
  constructor({ ssrc, payloadType }: LaneFormat, writer: PacketWriter, onSent: OnSent, keeps: boolean) {
    this.ssrc = ssrc;
    this.#payloadType = payloadType;
    this.#writer = writer;
    this.#onSent = onSent;
    this.#history = keeps ? new History() : undefined;
    // Below 2^15, so that the first packets do not wrap (RFC 3711, 3.3.1: receivers may guess wrong).
    this.#sequence = ssrc & 0x7fff;
  }

  /** @param time ticks of the track's clock; cut to 32 bits. */
  send(payloads: readonly RtpPayload[], time: number): void {
    for (const payload of payloads) {
      const sequence = this.#sequence;
      this.#sequence = (sequence + 1) & 0xffff;
      this.#history?.push(sequence, time + payload.timeOffset, payload);
      this.packets += 1;
      this.payloadBytes += payload.payload.length;
      this.#write(sequence, time + payload.timeOffset, payload);
    }
  }

  /** Whether it was sent again. */
  sendAgain(sequence: number, nowMs: MonotonicMs): boolean {
    const sent = this.#history?.take(sequence, nowMs);
    if (sent) this.#write(sequence, sent.time, sent.payload);
    return sent !== undefined;
  }

  #write(sequence: number, time: number, { payload, marker }: RtpPayload): void {
    const transportSequence = this.#writer.transportSequence;
    const marked = marker ? this.#payloadType | markerBit : this.#payloadType;
    const bytes = this.#writer.write(marked, sequence, time, this.ssrc, payload);
    if (bytes > 0) this.#onSent(transportSequence, bytes);
    else this.refused += 1;
  }
}
