/**
 * G.711 in RTP: a payload is samples, one byte each, channels interleaved (RFC 3551, 4.5.14).
 */
import type { Depacketized, Depacketizer, OrderedPacket, Packetize, RtpPayload } from '../../rtp/payload.ts';
import type { G711Config } from '../../track.ts';

/** Packs samples, a whole number of every channel's in each payload. */
export function g711Packetizer(channels: number): Packetize {
  return (nals, maxPayloadBytes) => {
    const [samples] = nals;
    const roomBytes = maxPayloadBytes - (maxPayloadBytes % channels);
    if (!samples || roomBytes <= 0) return [];
    const payloads: RtpPayload[] = [];
    for (let offset = 0; offset < samples.length; offset += roomBytes) {
      const payload = samples.subarray(offset, offset + roomBytes);
      payloads.push({ payload, marker: false, timeOffset: offset / channels });
    }
    return payloads;
  };
}

/** For a track that the SDP names PCMA or PCMU. */
export class G711Depacketizer implements Depacketizer {
  readonly #config: G711Config;
  #configSent = false;

  constructor(config: G711Config) {
    this.#config = config;
  }

  push({ payload, time, sequence }: OrderedPacket): readonly Depacketized[] {
    if (payload.length === 0) return [{ kind: 'fault', reason: 'G.711 packet without samples', sequence }];
    const frame: Depacketized = { kind: 'frame', time, key: true, nals: [payload] };
    if (this.#configSent) return [frame];
    this.#configSent = true;
    return [{ kind: 'config', codec: this.#config }, frame];
  }
}
