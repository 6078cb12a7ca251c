/**
 * One offered track: its RTP packets and sender reports, made once for all readers (RFC 3550).
 */
import type { UnixMs } from '../../base/units.ts';
import { unixMs } from '../../base/units.ts';
import type { RtpFormat } from '../../media/codec/rtp-format.ts';
import { rtpFormat } from '../../media/codec/rtp-format.ts';
import { unixMsToNtp } from '../../media/rtcp/ntp.ts';
import type { NtpTime } from '../../media/rtcp/ntp.ts';
import { writeRtcp } from '../../media/rtcp/write.ts';
import { rtpHeaderBytes, writeRtpHeader } from '../../media/rtp/packet.ts';
import { interleavedHeaderBytes, writeInterleavedHeader } from '../../media/rtsp/message.ts';
import type { AccessUnit, Track } from '../../media/track.ts';
import { Chunk } from './chunk.ts';
import { maxPayloadBytes } from './options.ts';

/** The first number that is free for any codec (RFC 3551, 6). */
const firstDynamicPayloadType = 96;

export interface LaneIdentity {
  readonly index: number;
  /** 32 bits, random. */
  readonly ssrc: number;
  /** 16 bits, random (RFC 3550, 5.1). */
  readonly firstSequence: number;
  /** Names this server in reports (RFC 3550, 6.5.1). */
  readonly cname: string;
}

export class Lane {
  #track: Track;
  #format: RtpFormat;
  readonly index: number;
  readonly payloadType: number;
  readonly ssrc: number;
  readonly #cname: string;
  #sequence: number;
  #packets = 0;
  #payloadBytes = 0;
  /** The newest unit: which RTP time belongs to which capture time. */
  #newest: { readonly time: number; readonly wallMs: UnixMs } | undefined;

  constructor(track: Track, { index, ssrc, firstSequence, cname }: LaneIdentity) {
    this.#track = track;
    this.#format = rtpFormat(track);
    this.index = index;
    this.ssrc = ssrc;
    this.payloadType = this.#format.staticPayloadType ?? firstDynamicPayloadType + index;
    this.#cname = cname;
    this.#sequence = firstSequence;
  }

  get track(): Track {
    return this.#track;
  }

  get format(): RtpFormat {
    return this.#format;
  }

  /** The same track with other parameter sets: packets and reports go on. */
  change(track: Track): void {
    this.#track = track;
    this.#format = rtpFormat(track);
  }

  /** 16 bits, of the packet that comes next. */
  get nextSequence(): number {
    return this.#sequence;
  }

  /** Interleaved channel that the buffers are written for; the usual choice of clients. */
  get channel(): number {
    return 2 * this.index;
  }

  /** Undefined when RTP cannot carry the unit. */
  pack(unit: AccessUnit): Chunk | undefined {
    const payloads = this.format.packetize(unit, maxPayloadBytes);
    if (payloads.length === 0) return undefined;
    let size = payloads.length * (interleavedHeaderBytes + rtpHeaderBytes);
    for (const { payload } of payloads) size += payload.length;
    const bytes = Buffer.allocUnsafe(size);
    let at = 0;
    for (const { payload, marker, timeOffset } of payloads) {
      writeInterleavedHeader(bytes, at, this.channel, rtpHeaderBytes + payload.length);
      at += interleavedHeaderBytes;
      writeRtpHeader(bytes, at, {
        payloadType: this.payloadType,
        marker,
        sequence: this.#sequence,
        timestamp: (unit.pts + timeOffset) % 0x1_0000_0000,
        ssrc: this.ssrc,
      });
      at += rtpHeaderBytes;
      bytes.set(payload, at);
      at += payload.length;
      this.#sequence = (this.#sequence + 1) & 0xffff;
      this.#payloadBytes += payload.length;
    }
    this.#packets += payloads.length;
    this.#newest = { time: unit.pts, wallMs: unit.wallMs };
    const isVideo = this.format.kind === 'video';
    const meaning = { lane: this.index, isVideo, key: unit.key, time: unit.pts, decodeTime: unit.dts };
    return new Chunk(meaning, bytes, this.channel);
  }

  /**
   * A sender report whose wall time is capture time, for the moment `nowMs`; on the channel of RTCP.
   * Undefined before the first unit.
   */
  report(nowMs: UnixMs): { readonly chunk: Chunk; readonly ntp: NtpTime } | undefined {
    if (!this.#newest) return undefined;
    const { time, wallMs } = this.#newest;
    // A camera that sends nothing for long is not extrapolated: its clock may differ from ours.
    const sinceMs = Math.min(Math.max(0, nowMs - wallMs), maxExtrapolationMs);
    const ntp = unixMsToNtp(unixMs(wallMs + sinceMs));
    const rtpTime = Math.round(time + (sinceMs * this.track.clockHz) / 1000) % 0x1_0000_0000;
    const rtcp = writeRtcp([
      {
        kind: 'sender-report',
        ssrc: this.ssrc,
        ntp,
        rtpTime,
        packets: this.#packets % 0x1_0000_0000,
        payloadBytes: this.#payloadBytes % 0x1_0000_0000,
        blocks: [],
      },
      { kind: 'canonical-name', ssrc: this.ssrc, cname: this.#cname },
    ]);
    return { chunk: this.#frame(rtcp), ntp };
  }

  /** Tells receivers that nothing follows (RFC 3550, 6.6). */
  goodbye(reason: string): Chunk {
    const empty = { kind: 'receiver-report', ssrc: this.ssrc, blocks: [] } as const;
    return this.#frame(writeRtcp([empty, { kind: 'goodbye', ssrcs: [this.ssrc], reason }]));
  }

  #frame(rtcp: Uint8Array): Chunk {
    const bytes = Buffer.allocUnsafe(interleavedHeaderBytes + rtcp.length);
    writeInterleavedHeader(bytes, 0, this.channel + 1, rtcp.length);
    bytes.set(rtcp, interleavedHeaderBytes);
    const meaning = {
      lane: this.index,
      isVideo: this.format.kind === 'video',
      key: false,
      time: 0,
      decodeTime: 0,
    };
    return new Chunk(meaning, bytes, this.channel + 1);
  }
}

/** Twice the interval of reports. */
const maxExtrapolationMs = 10_000;
