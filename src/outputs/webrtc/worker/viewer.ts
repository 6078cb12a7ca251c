/**
 * One viewer: what it is sent, and what it says of it.
 *
 * In:  packed units, RTCP packets. Out: RTP and RTCP through its transport, and its figures. Promise: what it says costs
 * a bounded effort; a way that is too narrow gets keyframes only, until it recovers.
 */
import type { Clock } from '../../../base/clock.ts';
import type { MonotonicMs } from '../../../base/units.ts';
import type { RtcpPacket } from '../../../media/rtcp/packet.ts';
import { parseRtcp } from '../../../media/rtcp/parse.ts';
import { writeRtcp } from '../../../media/rtcp/write.ts';
import { LaneSender } from './lane-sender.ts';
import type { LaneTime } from './lane-time.ts';
import type { Packed } from './packed.ts';
import { PacketWriter } from './packet-writer.ts';
import { Playhead } from './playhead.ts';
import type { ConnectionFigures, LaneName, WatchSpec } from './protocol.ts';
import { Way } from './way.ts';

/** Browsers send about 30 in a second, more when they miss much; the rest is not looked at. */
const maxRtcpPerSecond = 300;
/** Whoever says nothing for so long while media is sent has gone: a closed tab says no goodbye. */
export const maxSilenceMs = 10_000;
/** ICE and DTLS take a tenth of a second; a lost packet costs another second each. */
const maxConnectingMs = 15_000;
/** A viewer that asks without end gets the kept pictures no more often. */
const replayAgainMs = 1000;
/** Of pictures since the last keyframe: playing more of them again takes longer than waiting for the next. */
const maxReplayed = 600;

export interface ViewerParts {
  readonly clock: Clock;
  /** Names this sender in reports; sound and picture that belong together share it. */
  readonly cname: string;
  /** False when the socket does not take it. The bytes are used again afterwards. */
  readonly send: (packet: Buffer) => boolean;
  /** What is kept of the stream since the last keyframe. */
  readonly kept: () => readonly Packed[];
}

export class Viewer {
  readonly #parts: ViewerParts;
  readonly #playhead = new Playhead();
  readonly #way: Way;
  readonly #video: LaneSender | undefined;
  readonly #audio: LaneSender | undefined;
  readonly #sinceMs: MonotonicMs;
  #connected = false;
  #heardMs: MonotonicMs;
  #sentMs: MonotonicMs;
  #bytesSent = 0;
  #rtcpInSecond = 0;
  #replayedMs = Number.NEGATIVE_INFINITY;

  constructor(spec: WatchSpec, parts: ViewerParts) {
    this.#parts = parts;
    this.#way = new Way(spec.video?.ssrc, spec.transportSequenceId !== undefined);
    const writer = new PacketWriter(parts.send, spec);
    const onSent = (transportSequence: number, bytes: number): void => {
      this.#bytesSent += bytes;
      this.#way.sent(transportSequence, bytes);
    };
    this.#video = spec.video && new LaneSender(spec.video, writer, onSent, true);
    this.#audio = spec.audio && new LaneSender(spec.audio, writer, onSent, false);
    this.#sinceMs = parts.clock.monotonicMs();
    this.#heardMs = this.#sinceMs;
    this.#sentMs = this.#sinceMs;
  }

  /** It has pictures to be given that are kept already. */
  get isCatchingUp(): boolean {
    return this.#playhead.isCatchingUp;
  }

  connected(): void {
    this.#connected = true;
    this.#heardMs = this.#parts.clock.monotonicMs();
    this.#playhead.begin(this.#parts.kept());
  }

  /** A unit that has just come. */
  take(packed: Packed): void {
    if (!this.#connected) return;
    if (packed.lane === 'audio') {
      this.#send(this.#audio, packed, packed.time);
      return;
    }
    const given = this.#playhead.live(packed);
    if (given) this.#send(this.#video, given.packed, given.time);
  }

  /** Gives of what is kept, up to so many packets or one picture more. */
  catchUp(maxPackets: number): void {
    for (let packets = 0; packets < maxPackets;) {
      const given = this.#playhead.next(this.#parts.kept());
      if (!given) return;
      packets += given.packed.payloads.length;
      this.#send(this.#video, given.packed, given.time);
    }
  }

  /** An RTCP compound. */
  rtcp(bytes: Uint8Array): void {
    this.#rtcpInSecond += 1;
    if (this.#rtcpInSecond > maxRtcpPerSecond) return;
    const nowMs = this.#parts.clock.monotonicMs();
    this.#heardMs = nowMs;
    this.#sentMs = nowMs;
    for (const packet of parseRtcp(bytes).packets) this.#heed(packet, nowMs);
  }

  /** Once a second. @returns why it is over, when it is. */
  tick(times: (lane: LaneName) => LaneTime | undefined): string | undefined {
    const nowMs = this.#parts.clock.monotonicMs();
    this.#rtcpInSecond = 0;
    if (!this.#connected) {
      return nowMs - this.#sinceMs > maxConnectingMs ? 'No connection came to be in time.' : undefined;
    }
    // Without media browsers have little to say.
    if (nowMs - this.#heardMs > maxSilenceMs && nowMs - this.#sentMs < maxSilenceMs / 2) {
      return `The viewer has said nothing for ${maxSilenceMs / 1000} s.`;
    }
    this.#report('video', this.#video, times, nowMs);
    this.#report('audio', this.#audio, times, nowMs);
    if (this.#way.isTooNarrow(nowMs)) this.#playhead.leaveOut();
    else this.#playhead.keysOnly = false;
    return undefined;
  }

  figures(connection: number): ConnectionFigures {
    const refused = (this.#video?.refused ?? 0) + (this.#audio?.refused ?? 0);
    return {
      connection,
      bytesSent: this.#bytesSent,
      unitsDropped: this.#playhead.unitsDropped,
      errors: refused,
      ...this.#way.figures(),
    };
  }

  #send(lane: LaneSender | undefined, packed: Packed, time: number): void {
    if (!lane) return;
    this.#sentMs = this.#parts.clock.monotonicMs();
    lane.send(packed.payloads, time);
  }

  #heed(packet: RtcpPacket, nowMs: MonotonicMs): void {
    this.#way.heard(packet, nowMs);
    if (packet.kind === 'nack' && packet.media === this.#video?.ssrc) {
      for (const sequence of packet.sequences) this.#video.sendAgain(sequence, nowMs);
    } else if (packet.kind === 'picture-loss' || packet.kind === 'full-intra-request') {
      this.#replay(nowMs);
    }
  }

  /** The viewer cannot decode: it gets the pictures since the last keyframe once more. */
  #replay(nowMs: MonotonicMs): void {
    const kept = this.#parts.kept();
    if (!this.#connected || this.isCatchingUp || this.#playhead.keysOnly) return;
    if (nowMs - this.#replayedMs < replayAgainMs || kept.length > maxReplayed) return;
    this.#replayedMs = nowMs;
    this.#playhead.begin(kept);
  }

  /** Sender report with the capture time (RFC 3550, 6.4.1): sound and picture are matched with it. */
  #report(
    name: LaneName,
    lane: LaneSender | undefined,
    times: (lane: LaneName) => LaneTime | undefined,
    nowMs: MonotonicMs,
  ): void {
    const time = times(name);
    if (!lane || !time || lane.packets === 0) return;
    const { ssrc, packets, payloadBytes } = lane;
    const { ntp, rtpTime } = time.at(this.#parts.clock.nowMs());
    this.#way.reported(ntp, nowMs);
    const report = writeRtcp([
      { kind: 'sender-report', ssrc, ntp, rtpTime, packets, payloadBytes, blocks: [] },
      { kind: 'canonical-name', ssrc, cname: this.#parts.cname },
    ]);
    this.#parts.send(Buffer.from(report.buffer, report.byteOffset, report.byteLength));
  }
}
