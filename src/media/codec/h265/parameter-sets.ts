/**
 * The parameter sets of one H.265 stream, as they come and change in-band.
 * A stream may carry several; the ones in use are those that a picture's slice names (ITU-T H.265, 7.4.2.4.2).
 */
import type { H265Config } from '../../track.ts';
import { copyBytes, sameBytes } from '../nal-units.ts';
import { h265Config } from './config.ts';
import { nalType, typeOf } from './nal.ts';
import { parsePps } from './pps.ts';
import { parseSps } from './sps.ts';
import { parseVps } from './vps.ts';

/** A parameter set and the id of the one it refers to. */
interface Known {
  readonly nal: Uint8Array;
  readonly parentId: number;
}

/** At most 16 VPS, 16 SPS and 64 PPS, since their ids are bounded; bytes are copied. */
export class H265ParameterSets {
  readonly #vps = new Map<number, Known>();
  readonly #sps = new Map<number, Known>();
  readonly #pps = new Map<number, Known>();
  #config: H265Config | undefined;
  #told = false;

  /** @param config known from outside, as from SDP. */
  constructor(config?: H265Config) {
    this.#config = config;
    if (config) for (const nal of [config.vps, config.sps, ...config.pps]) this.learn(nal);
  }

  get config(): H265Config | undefined {
    return this.#config;
  }

  /** A configuration came out of `use`. */
  get told(): boolean {
    return this.#told;
  }

  /** Returns why a bad set was not taken. */
  learn(nal: Uint8Array): string | undefined {
    switch (typeOf(nal)) {
      case nalType.vps: {
        const vps = parseVps(nal);
        return vps.ok ? this.#keep(this.#vps, vps.value.id, { nal, parentId: 0 }) : vps.error;
      }
      case nalType.sps: {
        const sps = parseSps(nal);
        return sps.ok ? this.#keep(this.#sps, sps.value.id, { nal, parentId: sps.value.vpsId }) : sps.error;
      }
      default: {
        const pps = parsePps(nal);
        return pps.ok ? this.#keep(this.#pps, pps.value.id, { nal, parentId: pps.value.spsId }) : pps.error;
      }
    }
  }

  /**
   * The configuration for a picture that uses this PPS, if it differs from the one told before.
   * When the PPS is unknown the last configuration stays.
   */
  use(ppsId: number | undefined): H265Config | undefined {
    const config = this.#find(ppsId) ?? this.#config;
    const news = config !== this.#config || !this.#told;
    this.#config = config;
    this.#told = config !== undefined;
    return news ? config : undefined;
  }

  /** Undefined when it is the last one, or not to be found. */
  #find(ppsId: number | undefined): H265Config | undefined {
    const spsId = this.#pps.get(ppsId ?? -1)?.parentId;
    const sps = spsId === undefined ? undefined : this.#sps.get(spsId);
    const vps = sps && this.#vps.get(sps.parentId);
    if (!sps || !vps) return undefined;
    const pps: Uint8Array[] = [];
    for (const set of this.#pps.values()) if (set.parentId === spsId) pps.push(set.nal);
    if (this.#config && same(this.#config, vps.nal, sps.nal, pps)) return undefined;
    const config = h265Config({ vps: vps.nal, sps: sps.nal, pps });
    return config.ok ? config.value : undefined;
  }

  #keep(sets: Map<number, Known>, id: number, set: Known): undefined {
    const known = sets.get(id);
    if (known && sameBytes(known.nal, set.nal)) return;
    sets.set(id, { nal: copyBytes(set.nal), parentId: set.parentId });
  }
}

function same(config: H265Config, vps: Uint8Array, sps: Uint8Array, pps: readonly Uint8Array[]): boolean {
  if (!sameBytes(config.vps, vps) || !sameBytes(config.sps, sps)) return false;
  return config.pps.length === pps.length && config.pps.every((nal, i) => sameBytes(nal, pps[i] ?? empty));
}

const empty = new Uint8Array();
