/**
 * Opus in RTP: a payload is an Opus packet, nothing more (RFC 7587, 4.2). Always on a 48 kHz clock.
 */
import type { Depacketized, Depacketizer, OrderedPacket, Packetize } from '../../rtp/payload.ts';
import type { OpusConfig } from '../../track.ts';
import { opusPacketTicks } from './packet.ts';

/** `opus/48000/2` whatever is inside: a decoder makes stereo of either (RFC 7587, 7). */
const config: OpusConfig = { kind: 'opus', channels: 2, codecString: 'opus' };

/** One Opus packet; it cannot be split, so nothing comes out for one that does not fit. */
export const packetizeOpus: Packetize = (nals, maxPayloadBytes) => {
  const [packet] = nals;
  if (!packet || packet.length === 0 || packet.length > maxPayloadBytes) return [];
  return [{ payload: packet, marker: false, timeOffset: 0 }];
};

/** There is nothing to configure. */
export class OpusDepacketizer implements Depacketizer {
  #configSent = false;

  push({ payload, time, sequence }: OrderedPacket): readonly Depacketized[] {
    if (opusPacketTicks(payload) === undefined)
      return [{ kind: 'fault', reason: 'not an Opus packet', sequence }];
    const frame: Depacketized = { kind: 'frame', time, key: true, nals: [payload] };
    if (this.#configSent) return [frame];
    this.#configSent = true;
    return [{ kind: 'config', codec: config }, frame];
  }
}
