/**
 * AAC out of RTP: MPEG4-GENERIC in the modes AAC-hbr and AAC-lbr (RFC 3640, 3.3.5 and 3.3.6).
 * In: the SDP's parameters, then packets in order. Out: one frame per AAC frame, at its own time.
 * Holds at most one unfinished frame of `maxFrameBytes`.
 */
import type { Result } from '../../../base/result.ts';
import { err, ok } from '../../../base/result.ts';
import type { Hertz } from '../../../base/units.ts';
import { BitReader } from '../../bits.ts';
import { uint16 } from '../../rtp/bytes.ts';
import type { Depacketized, Depacketizer, Fault, OrderedPacket } from '../../rtp/payload.ts';
import type { AacConfig } from '../../track.ts';
import { parseAudioSpecificConfig, readHexConfig } from './config.ts';

/** A frame has at most 6144 bits per channel (ISO/IEC 14496-3, 4.5.3.2): this is room for 85 channels. */
const maxFrameBytes = 65_536;
/** Longer sizes and indices than RFC 3640 has modes for would be nonsense. */
const maxFieldBits = 32;

interface HeaderLayout {
  readonly sizeBits: number;
  readonly indexBits: number;
  readonly indexDeltaBits: number;
}

/** RFC 3640, 3.3.5 and 3.3.6; what a camera leaves out is taken from its mode. */
const layoutOfMode: Readonly<Record<string, HeaderLayout>> = {
  'aac-hbr': { sizeBits: 13, indexBits: 3, indexDeltaBits: 3 },
  'aac-lbr': { sizeBits: 6, indexBits: 2, indexDeltaBits: 2 },
};
/** Header fields of other modes. */
const foreignFields = [
  'ctsdeltalength',
  'dtsdeltalength',
  'randomaccessindication',
  'streamstateindication',
  'auxiliarydatasizelength',
];

/**
 * A depacketizer for a track with these `fmtp` parameters (lower-case keys) and RTP clock.
 * The error is a plain reason why the track cannot be carried.
 */
export function createAacDepacketizer(
  parameters: ReadonlyMap<string, string>,
  clockHz: Hertz,
): Result<Depacketizer, string> {
  const layout = readLayout(parameters);
  if (!layout.ok) return layout;
  const bytes = readHexConfig(parameters);
  if (!bytes) return err('no AudioSpecificConfig in the SDP');
  const parsed = parseAudioSpecificConfig(bytes);
  if (!parsed.ok) return parsed;
  const { config, frameSamples, coreRateHz } = parsed.value;
  const constantTicks = Number(parameters.get('constantduration'));
  const frameTicks = constantTicks > 0 ? constantTicks : (frameSamples * clockHz) / coreRateHz;
  return ok(new AacDepacketizer(config, layout.value, frameTicks));
}

type State =
  | { readonly kind: 'between' }
  | {
      readonly kind: 'within';
      readonly time: number;
      readonly data: Uint8Array;
      readonly filledBytes: number;
    };

class AacDepacketizer implements Depacketizer {
  readonly #config: AacConfig;
  readonly #layout: HeaderLayout;
  readonly #frameTicks: number;
  #configSent = false;
  #state: State = { kind: 'between' };

  constructor(config: AacConfig, layout: HeaderLayout, frameTicks: number) {
    this.#config = config;
    this.#layout = layout;
    this.#frameTicks = frameTicks;
  }

  push(packet: OrderedPacket): readonly Depacketized[] {
    const out: Depacketized[] = [];
    if (!this.#configSent) {
      this.#configSent = true;
      out.push({ kind: 'config', codec: this.#config });
    }
    this.#dropTornFrame(packet, out);
    const read = readHeaders(packet.payload, this.#layout);
    if (!read.ok) {
      out.push(fault(packet, read.error));
      return out;
    }
    const { sizes, data } = read.value;
    const [firstSize = 0] = sizes;
    if (this.#state.kind === 'within' || (sizes.length === 1 && firstSize > data.length)) {
      this.#addFragment(packet, firstSize, data, out);
    } else {
      this.#takeFrames(packet, sizes, data, out);
    }
    return out;
  }

  /** A frame whose next piece is lost or belongs to another time will never be whole. */
  #dropTornFrame(packet: OrderedPacket, out: Depacketized[]): void {
    if (this.#state.kind !== 'within') return;
    if (packet.lostBefore === 0 && packet.time === this.#state.time) return;
    this.#state = { kind: 'between' };
    out.push(fault(packet, 'AAC frame with a piece missing'));
  }

  #takeFrames(packet: OrderedPacket, sizes: readonly number[], data: Uint8Array, out: Depacketized[]): void {
    let offset = 0;
    for (const [index, size] of sizes.entries()) {
      const frame = data.subarray(offset, offset + size);
      if (frame.length < size) {
        out.push(fault(packet, 'AAC frame longer than its packet'));
        return;
      }
      offset += size;
      if (size === 0) continue;
      const time = packet.time + Math.round(index * this.#frameTicks);
      out.push({ kind: 'frame', time, key: true, nals: [frame] });
    }
  }

  /** Each piece carries the size of the whole frame (RFC 3640, 3.2.1.1). */
  #addFragment(packet: OrderedPacket, size: number, piece: Uint8Array, out: Depacketized[]): void {
    const started =
      this.#state.kind === 'within'
        ? this.#state
        : { kind: 'within' as const, time: packet.time, data: new Uint8Array(size), filledBytes: 0 };
    const filledBytes = started.filledBytes + piece.length;
    if (size !== started.data.length || filledBytes > size) {
      this.#state = { kind: 'between' };
      out.push(fault(packet, 'AAC frame whose pieces do not fit'));
      return;
    }
    started.data.set(piece, started.filledBytes);
    if (filledBytes < size) {
      this.#state = { ...started, filledBytes };
      return;
    }
    this.#state = { kind: 'between' };
    out.push({ kind: 'frame', time: started.time, key: true, nals: [started.data] });
  }
}

function readLayout(parameters: ReadonlyMap<string, string>): Result<HeaderLayout, string> {
  const mode = parameters.get('mode')?.toLowerCase() ?? 'aac-hbr';
  const usual = layoutOfMode[mode];
  if (!usual) return err(`MPEG4-GENERIC mode ${mode} is not supported`);
  for (const name of foreignFields) {
    if (fieldBits(parameters, name, 0) !== 0) return err(`MPEG4-GENERIC with ${name} is not supported`);
  }
  const sizeBits = fieldBits(parameters, 'sizelength', usual.sizeBits);
  const indexBits = fieldBits(parameters, 'indexlength', usual.indexBits);
  const indexDeltaBits = fieldBits(parameters, 'indexdeltalength', usual.indexDeltaBits);
  if (sizeBits === undefined || indexBits === undefined || indexDeltaBits === undefined || sizeBits === 0)
    return err('MPEG4-GENERIC with impossible header lengths');
  return ok({ sizeBits, indexBits, indexDeltaBits });
}

/** Undefined when it is no number of bits. */
function fieldBits(
  parameters: ReadonlyMap<string, string>,
  name: string,
  otherwise: number,
): number | undefined {
  const text = parameters.get(name);
  if (text === undefined) return otherwise;
  const bits = Number(text);
  return Number.isInteger(bits) && bits >= 0 && bits <= maxFieldBits ? bits : undefined;
}

/** The AU Header Section: its length in bits, then one header per frame (RFC 3640, 3.2.1). */
function readHeaders(
  payload: Uint8Array,
  layout: HeaderLayout,
): Result<{ readonly sizes: readonly number[]; readonly data: Uint8Array }, string> {
  const headersBits = uint16(payload, 0);
  const dataOffset = 2 + Math.ceil(headersBits / 8);
  if (payload.length < dataOffset || headersBits === 0) return err('AAC packet without its headers');

  const bits = new BitReader(payload.subarray(2, dataOffset));
  const sizes: number[] = [];
  let bitsLeft = headersBits;
  while (bitsLeft > 0) {
    const indexBits = sizes.length === 0 ? layout.indexBits : layout.indexDeltaBits;
    bitsLeft -= layout.sizeBits + indexBits;
    const size = bits.bits(layout.sizeBits);
    const index = bits.bits(indexBits);
    if (bitsLeft < 0) return err('AAC packet whose headers are cut short');
    if (sizes.length > 0 && index !== 0) return err('interleaved AAC is not supported');
    if (size > maxFrameBytes) return err('AAC frame of impossible size');
    sizes.push(size);
  }
  return ok({ sizes, data: payload.subarray(dataOffset) });
}

function fault(packet: OrderedPacket, reason: string): Fault {
  return { kind: 'fault', reason, sequence: packet.sequence };
}
