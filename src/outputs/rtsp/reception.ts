/**
 * What a viewer's receiver reports say about the way to it (RFC 3550, 6.4).
 *
 * In:  RTCP packets of a viewer, any bytes. Out: network figures. Never throws; keeps a few numbers.
 */
import type { MonotonicMs } from '../../base/units.ts';
import type { NetworkFigures } from '../../hub/viewers.ts';
import { unknownNetwork } from '../../hub/viewers.ts';
import type { ReportBlock } from '../../media/rtcp/packet.ts';
import { parseRtcp } from '../../media/rtcp/parse.ts';
import type { Lane } from './lane.ts';
import type { SentReports } from './sent-reports.ts';

export class Reception {
  #network: NetworkFigures = unknownNetwork;

  get network(): NetworkFigures {
    return this.#network;
  }

  take(bytes: Uint8Array, lanes: readonly Lane[], reports: SentReports, nowMs: MonotonicMs): void {
    for (const packet of parseRtcp(bytes).packets) {
      if (packet.kind !== 'receiver-report' && packet.kind !== 'sender-report') continue;
      for (const block of packet.blocks) {
        const lane = lanes.find(({ ssrc }) => ssrc === block.ssrc);
        if (lane) this.#note(block, lane, reports.roundTripMs(block, nowMs));
      }
    }
  }

  /** The picture's figures are told; sound stands in where there is no picture. */
  #note(block: ReportBlock, lane: Lane, roundTripMs: number | null): void {
    if (lane.format.kind === 'audio' && this.#network.lossRatio !== null && lane.index > 0) return;
    this.#network = {
      lossRatio: block.fractionLost / 256,
      roundTripMs: roundTripMs ?? this.#network.roundTripMs,
      jitterMs: (block.jitter * 1000) / lane.track.clockHz,
      estimatedBps: null,
    };
  }
}
