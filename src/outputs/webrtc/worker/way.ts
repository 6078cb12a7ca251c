/**
 * What the way to one viewer is like, from what the viewer reports of it (RTCP).
 *
 * In:  what was sent, what was heard. Out: figures, and whether the way is too narrow. Promise: bounded memory, and
 * nothing a viewer says can do more than make its own picture worse.
 */
import type { MonotonicMs } from '../../../base/units.ts';
import type { NtpTime } from '../../../media/rtcp/ntp.ts';
import { ntpMiddle } from '../../../media/rtcp/ntp.ts';
import type { ReportBlock, RtcpPacket, TransportFeedback } from '../../../media/rtcp/packet.ts';
import { SentPackets } from '../../../media/rtcp/sent-packets.ts';
import type { NetworkFigures } from '../../../hub/viewers.ts';

/** More than this and repetitions only fill the way. */
const tooMuchLoss = 0.1;
/** Back to all pictures below this, held for some seconds. */
const littleLoss = 0.02;
const calmMs = 3000;
/** Shorter windows see single packets as catastrophes. */
const windowMs = 1000;
/** Of the reports that were sent: one each second and lane. */
const maxReports = 32;
const delayPerSecond = 65_536;
/** Video, which most packets are; the reports of sound say the same. */
const jitterTicksPerMs = 90;

interface Window {
  readonly sinceMs: MonotonicMs;
  readonly highest: number;
  readonly lost: number;
}

export class Way {
  readonly #videoSsrc: number | undefined;
  /** Undefined when the viewer does not tell of each packet. */
  readonly #sent: SentPackets | undefined;
  readonly #reportedMs = new Map<number, MonotonicMs>();
  #window: Window | undefined;
  #askedAgain = 0;
  #lossRatio: number | null = null;
  #roundTripMs: number | null = null;
  #jitterMs: number | null = null;
  #estimatedBps: number | null = null;
  #tooNarrow = false;
  #badMs = Number.NEGATIVE_INFINITY;

  /** @param tellsAll whether transport-wide feedback was agreed: it says more than reports and requests. */
  constructor(videoSsrc: number | undefined, tellsAll: boolean) {
    this.#videoSsrc = videoSsrc;
    this.#sent = tellsAll ? new SentPackets() : undefined;
  }

  /** @param transportSequence 16 bits. */
  sent(transportSequence: number, bytes: number): void {
    this.#sent?.sent(transportSequence, bytes);
  }

  /** A sender report went out. */
  reported(ntp: NtpTime, nowMs: MonotonicMs): void {
    this.#reportedMs.set(ntpMiddle(ntp), nowMs);
    if (this.#reportedMs.size <= maxReports) return;
    const oldest = this.#reportedMs.keys().next();
    if (!oldest.done) this.#reportedMs.delete(oldest.value);
  }

  heard(packet: RtcpPacket, nowMs: MonotonicMs): void {
    if (packet.kind === 'receiver-report' || packet.kind === 'sender-report') {
      for (const block of packet.blocks) this.#block(block, nowMs);
    } else if (packet.kind === 'nack') this.#askedAgain += packet.sequences.length;
    else if (packet.kind === 'maximum-bitrate') this.#estimatedBps = packet.bitsPerSecond;
    else if (packet.kind === 'transport-feedback') this.#feedback(packet, nowMs);
  }

  /** With hysteresis. */
  isTooNarrow(nowMs: MonotonicMs): boolean {
    if (nowMs - this.#badMs > calmMs) this.#tooNarrow = false;
    return this.#tooNarrow;
  }

  figures(): NetworkFigures {
    return {
      lossRatio: this.#lossRatio,
      roundTripMs: this.#roundTripMs,
      jitterMs: this.#jitterMs,
      estimatedBps: this.#estimatedBps,
    };
  }

  #block(block: ReportBlock, nowMs: MonotonicMs): void {
    const reportedMs = this.#reportedMs.get(block.lastSenderReport);
    if (reportedMs !== undefined) {
      const heldMs = (block.delaySinceLastSenderReport * 1000) / delayPerSecond;
      this.#roundTripMs = Math.max(0, nowMs - reportedMs - heldMs);
    }
    if (block.ssrc !== this.#videoSsrc) return;
    this.#jitterMs = block.jitter / jitterTicksPerMs;
    if (this.#sent) return;
    const now = { sinceMs: nowMs, highest: block.extendedHighestSequence, lost: block.cumulativeLost };
    this.#window ??= now;
    if (nowMs - this.#window.sinceMs < windowMs) return;
    const expected = now.highest - this.#window.highest;
    const lost = Math.max(0, now.lost - this.#window.lost) + this.#askedAgain;
    this.#window = now;
    this.#askedAgain = 0;
    if (expected > 0) this.#judge(Math.min(1, lost / expected), nowMs);
  }

  #feedback(feedback: TransportFeedback, nowMs: MonotonicMs): void {
    if (!this.#sent?.heard(feedback, nowMs)) return;
    const { lossRatio, arrivedBps } = this.#sent.figures;
    if (lossRatio === null || arrivedBps === null) return;
    // Without loss the way carries at least this much.
    const isFull = lossRatio > littleLoss;
    this.#estimatedBps = isFull ? arrivedBps : Math.max(arrivedBps, this.#estimatedBps ?? 0);
    this.#judge(lossRatio, nowMs);
  }

  #judge(lossRatio: number, nowMs: MonotonicMs): void {
    this.#lossRatio = lossRatio;
    if (lossRatio > tooMuchLoss) this.#tooNarrow = true;
    if (lossRatio > littleLoss) this.#badMs = nowMs;
  }
}
