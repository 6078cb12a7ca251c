/**
 * AAC out of RTP: MP4A-LATM (RFC 6416), as older cameras send it.
 * In: the SDP's parameters, then packets in order. Out: one frame per AAC frame, at its own time.
 * Only with the configuration in the SDP (`cpresent=0`): inside the packets it would shift every byte.
 * Holds at most one unfinished element of `maxElementBytes`.
 */
import type { Result } from '../../../base/result.ts';
import { err, ok } from '../../../base/result.ts';
import type { Hertz } from '../../../base/units.ts';
import { BitReader } from '../../bits.ts';
import type { Depacketized, Depacketizer, OrderedPacket } from '../../rtp/payload.ts';
import type { AacConfig } from '../../track.ts';
import type { AudioSpecificConfig } from './config.ts';
import { parseAudioSpecificConfig, readHexConfig } from './config.ts';

/** 64 frames of the usual size, or a few of the largest. */
const maxElementBytes = 65_536;
/** Small packets pin larger receive buffers; an element of that size in packets of 512 bytes has half as many. */
const maxPieces = 256;

/**
 * A depacketizer for a track with these `fmtp` parameters (lower-case keys) and RTP clock.
 * The error is a plain reason why the track cannot be carried.
 */
export function createLatmDepacketizer(
  parameters: ReadonlyMap<string, string>,
  clockHz: Hertz,
): Result<Depacketizer, string> {
  if (parameters.get('cpresent') !== '0') return err('MP4A-LATM with its configuration in the packets');
  const bytes = readHexConfig(parameters);
  if (!bytes) return err('no StreamMuxConfig in the SDP');
  const parsed = parseStreamMuxConfig(bytes);
  if (!parsed.ok) return parsed;
  const { config, frameSamples, coreRateHz } = parsed.value;
  return ok(new LatmDepacketizer(config, (frameSamples * clockHz) / coreRateHz));
}

class LatmDepacketizer implements Depacketizer {
  readonly #config: AacConfig;
  readonly #frameTicks: number;
  #configSent = false;
  /** Packets since the last marker. */
  #pieces: Uint8Array[] = [];
  #pieceBytes = 0;
  #time = 0;
  /** A piece is missing: nothing is whole until the next marker. */
  #torn = false;

  constructor(config: AacConfig, frameTicks: number) {
    this.#config = config;
    this.#frameTicks = frameTicks;
  }

  push(packet: OrderedPacket): readonly Depacketized[] {
    const out: Depacketized[] = [];
    if (!this.#configSent) {
      this.#configSent = true;
      out.push({ kind: 'config', codec: this.#config });
    }
    this.#collect(packet, out);
    if (!packet.marker) return out;
    if (!this.#torn) this.#takeFrames(packet, out);
    this.#startAnew();
    return out;
  }

  #collect(packet: OrderedPacket, out: Depacketized[]): void {
    const begun = this.#pieces.length > 0;
    if (begun && (packet.lostBefore > 0 || packet.time !== this.#time)) {
      out.push(fault(packet, 'AAC element with a piece missing'));
      const goesOn = packet.time === this.#time;
      this.#startAnew();
      this.#torn = goesOn;
    }
    if (this.#torn || packet.payload.length === 0) return;
    const bytes = this.#pieceBytes + packet.payload.length;
    if (bytes > maxElementBytes || this.#pieces.length === maxPieces) {
      out.push(fault(packet, 'AAC element of impossible size'));
      this.#startAnew();
      this.#torn = true;
      return;
    }
    this.#time = packet.time;
    this.#pieces.push(packet.payload);
    this.#pieceBytes = bytes;
  }

  /** PayloadLengthInfo and PayloadMux by turns (ISO/IEC 14496-3, 1.7.3): bytes of 255 add up, a lesser one ends. */
  #takeFrames(packet: OrderedPacket, out: Depacketized[]): void {
    const element = joined(this.#pieces, this.#pieceBytes);
    let offset = 0;
    for (let index = 0; offset < element.length; index += 1) {
      let size = 0;
      let lengthByte = 255;
      while (lengthByte === 255 && offset < element.length) {
        lengthByte = element[offset] ?? 0;
        size += lengthByte;
        offset += 1;
      }
      const frame = element.subarray(offset, offset + size);
      if (frame.length < size || size === 0) {
        out.push(fault(packet, 'AAC element whose lengths do not add up'));
        return;
      }
      offset += size;
      const time = this.#time + Math.round(index * this.#frameTicks);
      out.push({ kind: 'frame', time, key: true, nals: [frame] });
    }
  }

  #startAnew(): void {
    this.#pieces = [];
    this.#pieceBytes = 0;
    this.#torn = false;
  }
}

/** StreamMuxConfig of one program with one layer (ISO/IEC 14496-3, 1.7.3.2.2). */
function parseStreamMuxConfig(bytes: Uint8Array): Result<AudioSpecificConfig, string> {
  const bits = new BitReader(bytes);
  const laterVersion = bits.flag(); // audioMuxVersion
  bits.skip(1 + 6); // allStreamsSameTimeFraming, numSubFrames
  const morePrograms = bits.bits(4);
  const moreLayers = bits.bits(3);
  if (laterVersion || morePrograms > 0 || moreLayers > 0)
    return err('MP4A-LATM beyond one program with one layer');

  const aligned = restOf(bits);
  const parsed = parseAudioSpecificConfig(aligned);
  if (!parsed.ok) return parsed;
  const after = new BitReader(aligned);
  after.skip(parsed.value.usedBits);
  const frameLengthType = after.bits(3);
  after.skip(8); // latmBufferFullness
  const otherDataPresent = after.flag();
  if (after.failed || frameLengthType !== 0 || otherDataPresent)
    return err('MP4A-LATM with frames of fixed length, or other data');
  return parseAudioSpecificConfig(firstBits(aligned, parsed.value.usedBits));
}

/** What is left, moved to the start of a byte. */
function restOf(bits: BitReader): Uint8Array {
  const rest = new Uint8Array(Math.ceil(bits.bitsLeft / 8));
  for (let at = 0; at < rest.length; at += 1) {
    const count = Math.min(8, bits.bitsLeft);
    rest[at] = bits.bits(count) << (8 - count);
  }
  return rest;
}

/** A copy of so many bits, filled up with zeros. */
function firstBits(bytes: Uint8Array, count: number): Uint8Array {
  const first = bytes.slice(0, Math.ceil(count / 8));
  const last = first.length - 1;
  const spareBits = first.length * 8 - count;
  first[last] = ((first[last] ?? 0) >> spareBits) << spareBits;
  return first;
}

function joined(pieces: readonly Uint8Array[], bytes: number): Uint8Array {
  const [only] = pieces;
  if (only && pieces.length === 1) return only;
  const whole = new Uint8Array(bytes);
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}

function fault({ sequence }: OrderedPacket, reason: string): Depacketized {
  return { kind: 'fault', reason, sequence };
}
