/**
 * The parameter sets of one H.264 stream, as they come and change in-band.
 * A stream may carry several; the one in use is the one that a picture's slice names (ITU-T H.264, 7.4.1.2.1).
 */
import type { H264Config } from '../../track.ts';
import { copyBytes, sameBytes } from '../nal-units.ts';
import { h264Config } from './config.ts';
import { nalType, typeOf } from './nal.ts';
import { parsePps } from './pps.ts';
import { parseSps } from './sps.ts';
import type { Sps } from './sps.ts';

/** At most 32 SPS and 256 PPS, since their ids are bounded; bytes are copied. */
export class H264ParameterSets {
  readonly #sps = new Map<number, { readonly nal: Uint8Array; readonly parsed: Sps }>();
  readonly #pps = new Map<number, { readonly nal: Uint8Array; readonly spsId: number }>();
  #config: H264Config | undefined;
  #told = false;

  /** @param config known from outside, as from SDP. */
  constructor(config?: H264Config) {
    this.#config = config;
    if (config) for (const nal of [config.sps, ...config.pps]) this.learn(nal);
  }

  get config(): H264Config | undefined {
    return this.#config;
  }

  /** A configuration came out of `use`. */
  get told(): boolean {
    return this.#told;
  }

  /** For a picture that uses this PPS. */
  spsOf(ppsId: number | undefined): Sps | undefined {
    return this.#spsOf(ppsId)?.parsed;
  }

  /** Returns why a bad set was not taken. */
  learn(nal: Uint8Array): string | undefined {
    return typeOf(nal) === nalType.sps ? this.#learnSps(nal) : this.#learnPps(nal);
  }

  /**
   * The configuration for a picture that uses this PPS, if it differs from the one told before.
   * When the PPS is unknown the last configuration stays.
   */
  use(ppsId: number | undefined): H264Config | undefined {
    const config = this.#find(ppsId) ?? this.#config;
    const news = config !== this.#config || !this.#told;
    this.#config = config;
    this.#told = config !== undefined;
    return news ? config : undefined;
  }

  /** Undefined when it is the last one, or not to be found. */
  #find(ppsId: number | undefined): H264Config | undefined {
    const known = this.#spsOf(ppsId);
    if (!known) return undefined;
    const sps = known.nal;
    const pps: Uint8Array[] = [];
    for (const set of this.#pps.values()) if (set.spsId === known.parsed.id) pps.push(set.nal);
    if (this.#config && sameBytes(this.#config.sps, sps) && sameList(this.#config.pps, pps)) return undefined;
    const config = h264Config(sps, pps);
    return config.ok ? config.value : undefined;
  }

  #spsOf(ppsId: number | undefined) {
    const spsId = this.#pps.get(ppsId ?? -1)?.spsId;
    return spsId === undefined ? undefined : this.#sps.get(spsId);
  }

  #learnSps(nal: Uint8Array): string | undefined {
    for (const known of this.#sps.values()) if (sameBytes(known.nal, nal)) return undefined;
    const sps = parseSps(nal);
    if (!sps.ok) return sps.error;
    this.#sps.set(sps.value.id, { nal: copyBytes(nal), parsed: sps.value });
    return undefined;
  }

  #learnPps(nal: Uint8Array): string | undefined {
    const pps = parsePps(nal);
    if (!pps.ok) return pps.error;
    const known = this.#pps.get(pps.value.id);
    if (known && sameBytes(known.nal, nal)) return undefined;
    this.#pps.set(pps.value.id, { nal: copyBytes(nal), spsId: pps.value.spsId });
    return undefined;
  }
}

function sameList(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return a.length === b.length && a.every((nal, i) => sameBytes(nal, b[i] ?? new Uint8Array()));
}
