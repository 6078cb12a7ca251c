/**
 * One track: RTP and RTCP bytes in, access units on the stream's time line out.
 *
 * Promise: nothing that arrives can throw; what is thrown away is counted and told; decoding times
 * strictly increase; the first unit of a video track is a key unit.
 */
import type { MonotonicMs, Ticks } from '../../base/units.ts';
import { ticks } from '../../base/units.ts';
import { DecodeOrder } from '../codec/decode-order.ts';
import { isNoTime, ntpMiddle, ntpToUnixMs } from '../rtcp/ntp.ts';
import type { ReportBlock, SenderReport } from '../rtcp/packet.ts';
import { parseRtcp } from '../rtcp/parse.ts';
import type { Arrival } from '../rtp/capture-clock.ts';
import { parseRtp } from '../rtp/packet.ts';
import type { Frame, OrderedPacket } from '../rtp/payload.ts';
import { ReceiverStats } from '../rtp/receiver-stats.ts';
import type { ReorderLimits } from '../rtp/reorder.ts';
import { ReorderBuffer } from '../rtp/reorder.ts';
import type { Timeline } from '../rtp/timeline.ts';
import type { AccessUnit, CodecConfig, TrackId } from '../track.ts';
import type { OfferedTrack } from './offer.ts';

/** An access unit that does not know its track's number yet. */
export type NewUnit = Omit<AccessUnit, 'track'>;

export interface ReceiverEvents {
  /** Before the first unit, and on every change. */
  config(codec: CodecConfig): void;
  unit(unit: NewUnit, now: MonotonicMs): void;
  /** Something was thrown away, and why. */
  damaged(reason: string): void;
}

/** Reference for the distance of pictures that do not say their rate; matters for the first few only. */
const usualFramesPerSecond = 25;
/** A unit that shares more memory than this many times its size is copied: a held GOP must not pin the socket's chunks. */
const maxPinnedRatio = 4;
/**
 * In place of the payload of comfort noise and repair packets. They share the media's sequence numbers, so they are
 * put in order with it: left out before, each would count as a loss and spoil the picture around it.
 */
const notMedia = new Uint8Array(0);

export class TrackReceiver {
  readonly #index: TrackId;
  readonly #offered: OfferedTrack;
  readonly #timeline: Timeline;
  readonly #events: ReceiverEvents;
  readonly #reorder: ReorderBuffer;
  readonly #stats: ReceiverStats;
  #order: DecodeOrder;
  #lastDts = Number.NEGATIVE_INFINITY;
  #codec: CodecConfig | undefined;
  #started = false;
  #otherTypes = false;
  /** Before packets that were no media. */
  #lostBefore = 0;
  /** The sender said that this track is over. */
  ended = false;

  /** @param index of the track on the time line. */
  constructor(
    index: number,
    offered: OfferedTrack,
    reorder: ReorderLimits,
    timeline: Timeline,
    events: ReceiverEvents,
  ) {
    this.#index = index;
    this.#offered = offered;
    this.#timeline = timeline;
    this.#events = events;
    this.#reorder = new ReorderBuffer(reorder);
    this.#stats = new ReceiverStats(offered.clockHz);
    this.#order = new DecodeOrder(0, 1);
  }

  get kind(): OfferedTrack['kind'] {
    return this.#offered.kind;
  }

  get clockHz() {
    return this.#offered.clockHz;
  }

  /** Of the sender; undefined before the first packet. */
  get ssrc(): number | undefined {
    return this.#reorder.ssrc;
  }

  get packetsReceived(): number {
    return this.#reorder.counters.received;
  }

  get packetsLost(): number {
    return this.#reorder.counters.lost;
  }

  rtp(bytes: Uint8Array, arrival: Arrival): void {
    const packet = parseRtp(bytes);
    if (!packet.ok) {
      this.#events.damaged(`RTP packet ${packet.error}`);
      return;
    }
    const { payloadType, ssrc } = packet.value;
    const isMedia = payloadType === this.#offered.payloadType;
    if (!isMedia) this.#tellOtherType(payloadType);
    // From another sender it has a sequence of its own.
    if (!isMedia && ssrc !== this.#reorder.ssrc) return;
    this.#stats.packet(packet.value, arrival.monotonicMs);
    const counted = isMedia ? packet.value : { ...packet.value, payload: notMedia };
    this.#ordered(this.#reorder.push(counted, arrival.monotonicMs), arrival);
  }

  /** @param isShared several senders use one way (RFC 8843, 9): reports of the others are not this track's. */
  rtcp(bytes: Uint8Array, arrival: Arrival, isShared = false): void {
    for (const packet of parseRtcp(bytes).packets) {
      if (packet.kind === 'sender-report' && (!isShared || packet.ssrc === this.#reorder.ssrc)) {
        this.#senderReport(packet, arrival);
      }
      if (packet.kind === 'goodbye' && packet.ssrcs.includes(this.#reorder.ssrc ?? -1)) this.ended = true;
    }
  }

  /** Gives up gaps that are too old. */
  expire(arrival: Arrival): void {
    const due = this.#reorder.dueMs;
    if (due !== undefined && arrival.monotonicMs >= due) {
      this.#ordered(this.#reorder.expire(arrival.monotonicMs), arrival);
    }
  }

  /** For a receiver report; undefined before the first packet. */
  report(arrival: Arrival): ReportBlock | undefined {
    return this.#stats.report(arrival.monotonicMs);
  }

  #tellOtherType(payloadType: number): void {
    if (!this.#otherTypes) this.#events.damaged(`payload type ${String(payloadType)} was not agreed`);
    this.#otherTypes = true;
  }

  #senderReport(report: SenderReport, arrival: Arrival): void {
    this.#stats.senderReport(ntpMiddle(report.ntp), arrival.monotonicMs);
    if (isNoTime(report.ntp)) return;
    const clock = { ntpMs: ntpToUnixMs(report.ntp), rtpTime: report.rtpTime };
    this.#timeline.senderReport(this.#index, clock, arrival);
  }

  #ordered(packets: readonly OrderedPacket[], arrival: Arrival): void {
    for (const packet of packets) {
      this.ended = false;
      const lostBefore = packet.lostBefore + this.#lostBefore;
      this.#lostBefore = packet.payload === notMedia ? lostBefore : 0;
      if (packet.payload === notMedia) continue;
      const media = lostBefore === packet.lostBefore ? packet : { ...packet, lostBefore };
      for (const item of this.#offered.depacketizer.push(media)) {
        switch (item.kind) {
          case 'frame':
            this.#frame(item, arrival);
            break;
          case 'config':
            this.#config(item.codec);
            break;
          case 'fault':
            this.#events.damaged(item.reason);
            break;
        }
      }
    }
  }

  #config(codec: CodecConfig): void {
    this.#codec = codec;
    const reorderFrames = 'reorderFrames' in codec ? codec.reorderFrames : 0;
    const perSecond = ('framesPerSecond' in codec && codec.framesPerSecond) || usualFramesPerSecond;
    this.#order = new DecodeOrder(reorderFrames, this.#offered.clockHz / perSecond);
    this.#events.config(codec);
  }

  #frame(frame: Frame, arrival: Arrival): void {
    if (!this.#codec) return;
    if (!this.#started && !frame.key) return;
    this.#started = true;
    const placed = this.#timeline.place(this.#index, frame.time, frame.key, arrival);
    if (placed.jumpMs !== undefined) this.#order.reset();
    const { pts, dts } = this.kind === 'video' ? this.#videoTimes(placed.pts) : this.#audioTimes(placed.pts);
    this.#lastDts = dts;
    const nals = unpinned(frame.nals);
    this.#events.unit({ pts, dts, wallMs: placed.wallMs, key: frame.key, nals }, arrival.monotonicMs);
  }

  #videoTimes(pts: Ticks): { pts: Ticks; dts: Ticks } {
    return { pts, dts: ticks(Math.max(this.#order.next(pts), this.#lastDts + 1)) };
  }

  /** Sound is never reordered; cameras that give two packets one time get a tick between them. */
  #audioTimes(pts: Ticks): { pts: Ticks; dts: Ticks } {
    const time = ticks(Math.max(pts, this.#lastDts + 1));
    return { pts: time, dts: time };
  }
}

function unpinned(nals: readonly Uint8Array[]): readonly Uint8Array[] {
  return nals.some(pinsTooMuch) ? nals.map((nal) => (pinsTooMuch(nal) ? new Uint8Array(nal) : nal)) : nals;
}

function pinsTooMuch(nal: Uint8Array): boolean {
  return nal.buffer.byteLength > maxPinnedRatio * nal.length;
}
