/**
 * RTCP packets as values (RFC 3550, 6; RFC 4585, 6; RFC 5104, 4.3.1; draft-alvestrand-rmcat-remb-03;
 * draft-holmer-rmcat-transport-wide-cc-extensions-01).
 */
import type { ReceptionNumbers } from '../rtp/receiver-stats.ts';
import type { NtpTime } from './ntp.ts';

/** What one receiver says about one sender, RFC 3550, 6.4.1. */
export interface ReportBlock extends ReceptionNumbers {
  readonly ssrc: number;
}

export interface SenderReport {
  readonly kind: 'sender-report';
  readonly ssrc: number;
  readonly ntp: NtpTime;
  /** The same instant in RTP time, 32 bits. */
  readonly rtpTime: number;
  readonly packets: number;
  readonly payloadBytes: number;
  readonly blocks: readonly ReportBlock[];
}

export interface ReceiverReport {
  readonly kind: 'receiver-report';
  readonly ssrc: number;
  readonly blocks: readonly ReportBlock[];
}

/** Only the canonical name is kept, RFC 3550, 6.5.1. */
interface SourceDescription {
  readonly kind: 'source-description';
  readonly sources: readonly { readonly ssrc: number; readonly cname: string | undefined }[];
}

export interface Goodbye {
  readonly kind: 'goodbye';
  readonly ssrcs: readonly number[];
  readonly reason: string | undefined;
}

/** Packets asked for again, RFC 4585, 6.2.1. */
interface Nack {
  readonly kind: 'nack';
  readonly sender: number;
  readonly media: number;
  /** 16 bits each, in the order asked. */
  readonly sequences: readonly number[];
}

/** A key frame is asked for, RFC 4585, 6.3.1. */
export interface PictureLoss {
  readonly kind: 'picture-loss';
  readonly sender: number;
  readonly media: number;
}

/** A key frame is asked for by command, RFC 5104, 4.3.1. */
interface FullIntraRequest {
  readonly kind: 'full-intra-request';
  readonly sender: number;
  readonly entries: readonly { readonly ssrc: number; readonly command: number }[];
}

/** Receiver's estimate of what the way carries. */
interface MaximumBitrate {
  readonly kind: 'maximum-bitrate';
  readonly sender: number;
  readonly bitsPerSecond: number;
  readonly ssrcs: readonly number[];
}

/** What arrived of what was sent on a transport, and when (draft-holmer-rmcat-transport-wide-cc-extensions-01, 3.1). */
export interface TransportFeedback {
  readonly kind: 'transport-feedback';
  readonly sender: number;
  readonly media: number;
  /** Transport sequence number of the first packet told of, 16 bits. */
  readonly baseSequence: number;
  /**
   * For each packet from there on: when it arrived, in microseconds of the receiver's clock, which counts from a moment
   * of its own; undefined for one that did not.
   */
  readonly arrivalUs: readonly (number | undefined)[];
}

export type RtcpPacket =
  | SenderReport
  | ReceiverReport
  | SourceDescription
  | Goodbye
  | Nack
  | PictureLoss
  | FullIntraRequest
  | MaximumBitrate
  | TransportFeedback;

/** Packet types, RFC 3550, 12.1 and RFC 4585, 6.1. */
export const rtcpType = {
  senderReport: 200,
  receiverReport: 201,
  sourceDescription: 202,
  goodbye: 203,
  transportFeedback: 205,
  payloadFeedback: 206,
} as const;
