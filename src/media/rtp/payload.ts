/**
 * The two halves every codec offers for RTP: one codec, one folder, the same verbs.
 */
import type { CodecConfig } from '../track.ts';

/** A packet in sequence order, as the reorder buffer hands it on. */
export interface OrderedPacket {
  /** Unwrapped, so it never goes back. */
  readonly sequence: number;
  /** RTP timestamp, unwrapped: track clock, arbitrary start. */
  readonly time: number;
  readonly marker: boolean;
  /** Packets missing directly before this one. */
  readonly lostBefore: number;
  /** Shared with the receive buffer; never changed. */
  readonly payload: Uint8Array;
}

/** One whole access unit as it left the RTP packets, not yet on the stream's time line. */
export interface Frame {
  readonly kind: 'frame';
  /** Unwrapped RTP time. */
  readonly time: number;
  readonly key: boolean;
  readonly nals: readonly Uint8Array[];
}

/** The codec configuration became known or changed; comes before the first frame it applies to. */
export interface ConfigChange {
  readonly kind: 'config';
  readonly codec: CodecConfig;
}

/** Something was thrown away, and the packet at which it was noticed. Nothing is dropped in silence. */
export interface Fault {
  readonly kind: 'fault';
  readonly reason: string;
  readonly sequence: number;
}

export type Depacketized = Frame | ConfigChange | Fault;

export interface Depacketizer {
  /** Takes the next packet; returns what it completed, oldest first, often nothing. Never throws, whatever the bytes. */
  push(packet: OrderedPacket): readonly Depacketized[];
}

/** One RTP payload to be sent. */
export interface RtpPayload {
  readonly payload: Uint8Array;
  readonly marker: boolean;
  /** Ticks after the access unit's own time (several audio frames of one unit); mostly 0. */
  readonly timeOffset: number;
}

/** Splits one access unit into payloads of at most `maxPayloadBytes`. */
export type Packetize = (nals: readonly Uint8Array[], maxPayloadBytes: number) => readonly RtpPayload[];
