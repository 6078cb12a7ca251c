/**
 * RTP packets of one access unit in one buffer that carries the interleaved framing already (RFC 2326, 10.12):
 * every TCP reader is given this same buffer in one write, and UDP readers are sent its slices.
 */
import { putUint32, uint16, uint32 } from '../../media/rtp/bytes.ts';
import { interleavedHeaderBytes } from '../../media/rtsp/message.ts';
import { maxKeptChannels } from './options.ts';

/** Where a timestamp stands in an RTP header (RFC 3550, 5.1). */
const timestampAt = 4;

export class Chunk {
  /** Index of its track among those that are offered. */
  readonly lane: number;
  readonly isVideo: boolean;
  /** A reader can begin here. */
  readonly key: boolean;
  /** Presentation time, ticks of the track's clock since 1970. */
  readonly time: number;
  /** Decoding time: what comes later on its track is shown later than this. */
  readonly decodeTime: number;
  readonly bytes: Buffer;
  readonly #channel: number;
  #variants: Map<number, Buffer> | undefined;

  /** @param channel the one written in `bytes`. */
  constructor(
    meaning: Pick<Chunk, 'lane' | 'isVideo' | 'key' | 'time' | 'decodeTime'>,
    bytes: Buffer,
    channel: number,
  ) {
    this.lane = meaning.lane;
    this.isVideo = meaning.isVideo;
    this.key = meaning.key;
    this.time = meaning.time;
    this.decodeTime = meaning.decodeTime;
    this.bytes = bytes;
    this.#channel = channel;
  }

  /** For a reader that chose another channel; made once for all who chose it, while those are few. */
  on(channel: number): Buffer {
    if (channel === this.#channel) return this.bytes;
    const made = this.#variants?.get(channel);
    if (made) return made;
    const copy = Buffer.from(this.bytes);
    for (let at = 0; at < copy.length; at = nextFrame(copy, at)) copy[at + 1] = channel;
    this.#variants ??= new Map();
    if (this.#variants.size < maxKeptChannels) this.#variants.set(channel, copy);
    return copy;
  }

  /** The same packets at another time. */
  movedTo(time: number): Chunk {
    const copy = Buffer.from(this.bytes);
    const shift = time - this.time;
    for (let at = 0; at < copy.length; at = nextFrame(copy, at)) {
      const place = at + interleavedHeaderBytes + timestampAt;
      putUint32(copy, place, (uint32(copy, place) + shift) % 0x1_0000_0000);
    }
    const { lane, isVideo, key, decodeTime } = this;
    return new Chunk({ lane, isVideo, key, time, decodeTime }, copy, this.#channel);
  }

  /** Of its first packet, 16 bits. */
  get firstSequence(): number {
    return uint16(this.bytes, interleavedHeaderBytes + 2);
  }

  /** Of its first packet, 32 bits. */
  get firstTimestamp(): number {
    return uint32(this.bytes, interleavedHeaderBytes + timestampAt);
  }
}

/** Where the frame after the one at `at` begins. */
export function nextFrame(bytes: Uint8Array, at: number): number {
  return at + interleavedHeaderBytes + uint16(bytes, at + 2);
}
