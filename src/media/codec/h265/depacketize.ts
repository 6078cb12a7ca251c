/**
 * H.265 access units from RTP packets: RFC 7798, one RTP stream.
 * How units begin and end, and what is forgiven, is told in `../nal-depacketizer.ts`.
 */
import type { Depacketized, Depacketizer, OrderedPacket } from '../../rtp/payload.ts';
import type { H265Config } from '../../track.ts';
import { NalDepacketizer } from '../nal-depacketizer.ts';
import type { NalCodec, NalDepacketizerOptions, NalRole } from '../nal-depacketizer.ts';
import type { NalPayload } from '../nal-payload.ts';
import { isRandomAccess, isSlice, nalHeaderBytes, nalType, ppsIdOf, startsPicture, typeOf } from './nal.ts';
import { H265ParameterSets } from './parameter-sets.ts';
import { readH265Payload } from './payload.ts';

export interface H265DepacketizerOptions extends NalDepacketizerOptions {
  /** From SDP; told before the first picture. Without it pictures before the first in-band parameter sets are thrown away. */
  readonly config?: H265Config | undefined;
  /** Payloads carry decoding order numbers: fmtp `sprop-max-don-diff` is above 0 (RFC 7798, 7.1). */
  readonly hasDonl?: boolean;
}

export class H265Depacketizer implements Depacketizer {
  readonly #units: NalDepacketizer;

  constructor(options: H265DepacketizerOptions = {}) {
    this.#units = new NalDepacketizer(new H265Rules(options), options);
  }

  push(packet: OrderedPacket): readonly Depacketized[] {
    return this.#units.push(packet);
  }
}

class H265Rules implements NalCodec {
  readonly headerBytes = nalHeaderBytes;
  readonly sets: H265ParameterSets;
  readonly #hasDonl: boolean;

  constructor(options: H265DepacketizerOptions) {
    this.sets = new H265ParameterSets(options.config);
    this.#hasDonl = options.hasDonl ?? false;
  }

  readPayload(payload: Uint8Array): NalPayload {
    return readH265Payload(payload, this.#hasDonl);
  }

  role(nal: Uint8Array): NalRole {
    if (layerOf(nal) > 0) return 'empty'; // enhancement layers, which no player here decodes
    const type = typeOf(nal);
    if (isSlice(type)) return 'slice';
    switch (type) {
      case nalType.vps:
      case nalType.sps:
      case nalType.pps:
        return 'parameters';
      case nalType.accessUnitDelimiter:
      case nalType.endOfSequence:
      case nalType.endOfStream:
      case nalType.filler:
        return 'empty';
      case nalType.suffixSei:
        return 'after';
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

  /** Fields are access units of their own, with times of their own (ITU-T H.265, D.3.3). */
  awaitsField(): boolean {
    return false;
  }

  isKey(nals: readonly Uint8Array[]): boolean {
    return nals.some((nal) => isRandomAccess(typeOf(nal)));
  }
}

/** nuh_layer_id (ITU-T H.265, 7.3.1.2) */
function layerOf(nal: Uint8Array): number {
  return (((nal[0] ?? 0) & 1) << 5) | ((nal[1] ?? 0) >> 3);
}
