/**
 * H.264 access units from RTP packets: RFC 6184, packetization modes 0 and 1.
 * How units begin and end, and what is forgiven, is told in `../nal-depacketizer.ts`.
 */
import type { Depacketized, Depacketizer, OrderedPacket } from '../../rtp/payload.ts';
import type { H264Config } from '../../track.ts';
import { NalDepacketizer } from '../nal-depacketizer.ts';
import type { NalCodec, NalDepacketizerOptions, NalRole } from '../nal-depacketizer.ts';
import type { NalPayload } from '../nal-payload.ts';
import { fieldOf } from './field.ts';
import { hasRecoveryPoint, isSlice, nalType, ppsIdOf, startsPicture, typeOf } from './nal.ts';
import { H264ParameterSets } from './parameter-sets.ts';
import { readH264Payload } from './payload.ts';

export interface H264DepacketizerOptions extends NalDepacketizerOptions {
  /** From SDP; told before the first picture. Without it pictures before the first in-band parameter sets are thrown away. */
  readonly config?: H264Config | undefined;
}

/**
 * Streams with intra refresh never send an IDR picture. After this many pictures without one, about two seconds,
 * an SPS with a recovery point counts as a place to start.
 */
export const picturesBeforeRecoveryPointIsKey = 50;

export class H264Depacketizer implements Depacketizer {
  readonly #units: NalDepacketizer;

  constructor(options: H264DepacketizerOptions = {}) {
    this.#units = new NalDepacketizer(new H264Rules(options.config), options);
  }

  push(packet: OrderedPacket): readonly Depacketized[] {
    return this.#units.push(packet);
  }
}

class H264Rules implements NalCodec {
  readonly headerBytes = 1;
  readonly sets: H264ParameterSets;
  #idrSeen = false;
  #pictures = 0;

  constructor(config: H264Config | undefined) {
    this.sets = new H264ParameterSets(config);
  }

  readPayload(payload: Uint8Array): NalPayload {
    return readH264Payload(payload);
  }

  role(nal: Uint8Array): NalRole {
    const type = typeOf(nal);
    if (isSlice(type)) return 'slice';
    switch (type) {
      case nalType.sps:
      case nalType.pps:
        return 'parameters';
      case nalType.accessUnitDelimiter:
      case nalType.filler:
      case nalType.endOfSequence:
      case nalType.endOfStream:
        return 'empty';
      default:
        return 'before';
    }
  }

  startsPicture(slice: Uint8Array): boolean {
    return startsPicture(slice);
  }

  ppsIdOf(nal: Uint8Array): number | undefined {
    return isSlice(typeOf(nal)) ? ppsIdOf(nal) : undefined;
  }

  awaitsField(nals: readonly Uint8Array[]): boolean {
    let tops = 0;
    let bottoms = 0;
    for (const nal of nals) {
      if (!startsPicture(nal)) continue;
      const sps = this.sets.spsOf(ppsIdOf(nal));
      const field = sps && fieldOf(nal, sps);
      if (field === undefined) return false;
      if (field === 'top') tops += 1;
      else bottoms += 1;
    }
    return tops + bottoms === 1;
  }

  isKey(nals: readonly Uint8Array[]): boolean {
    this.#pictures += 1;
    if (nals.some((nal) => typeOf(nal) === nalType.idr)) {
      this.#idrSeen = true;
      return true;
    }
    if (this.#idrSeen || this.#pictures <= picturesBeforeRecoveryPointIsKey) return false;
    const hasSps = nals.some((nal) => typeOf(nal) === nalType.sps);
    return hasSps && nals.some((nal) => typeOf(nal) === nalType.sei && hasRecoveryPoint(nal));
  }
}
