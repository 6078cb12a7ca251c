/**
 * One track of a media file: from the demuxer's packets to access units without times of our clock.
 *
 * In: packets in decoding order, H.264 and H.265 with length prefixes (MP4, MKV) or start codes (MPEG-TS), AAC raw or
 * in ADTS. Out: NAL units or audio frames, with times in seconds of the file.
 */
import type { EncodedPacket, InputTrack } from 'mediabunny';
import { EncodedPacketSink } from 'mediabunny';
import type { Result } from '../../base/result.ts';
import type { CodecConfig } from '../../media/track.ts';
import type { Payload } from './payload.ts';
import { DecodeTimes } from './decode-times.ts';

/** A 4K keyframe of a generous camera has about 2 MB. */
const maxPacketBytes = 4 * 1024 * 1024;
/** For files that do not say. */
const usualFrameSeconds = 0.04;

export interface FileUnit {
  readonly key: boolean;
  readonly nals: readonly Uint8Array[];
  /** Seconds on the time line of the file, loops added up. */
  readonly pts: number;
  readonly dts: number;
  /** A new configuration that begins with this unit. */
  readonly config: CodecConfig | undefined;
}

export class TrackReader {
  readonly #packets: EncodedPacketSink;
  readonly #payload: Payload;
  readonly #decodeTimes: DecodeTimes;
  #previous: EncodedPacket | undefined;
  /** Added to the file's times. */
  #shift = 0;
  #frameSeconds = usualFrameSeconds;
  #lastTimestamp: number | undefined;
  #keySeen = false;
  /** Where the pictures read in this loop end, in seconds of the file. */
  #end = Number.NEGATIVE_INFINITY;
  #damaged = 0;

  constructor(track: InputTrack, payload: Payload, reorderFrames: number) {
    this.#packets = new EncodedPacketSink(track);
    this.#payload = payload;
    this.#decodeTimes = new DecodeTimes(reorderFrames);
  }

  /** Units thrown away because they could not be taken apart. */
  get damaged(): number {
    return this.#damaged;
  }

  /** End of what was read in this loop, in seconds of the file; -Infinity when nothing was. */
  get end(): number {
    return this.#end;
  }

  /** Goes to the start of the file again; its times go on `shift` seconds later than the file says. */
  rewind(shift: number): void {
    this.#previous = undefined;
    this.#lastTimestamp = undefined;
    this.#keySeen = false;
    this.#shift = shift;
    this.#end = Number.NEGATIVE_INFINITY;
  }

  /** The next unit in decoding order, undefined at the end of the file. Rejects when the demuxer gives up. */
  async next(): Promise<FileUnit | undefined> {
    for (;;) {
      const packet = this.#previous
        ? await this.#packets.getNextPacket(this.#previous)
        : await this.#packets.getFirstPacket();
      if (!packet) return undefined;
      this.#previous = packet;
      const unit = this.#unit(packet);
      if (unit) return unit;
    }
  }

  #unit(packet: EncodedPacket): FileUnit | undefined {
    const key = packet.type === 'key';
    this.#keySeen ||= key;
    if (!this.#keySeen) return undefined; // nothing can be decoded before the first keyframe
    const read = this.#read(packet, key);
    if (!read.ok || read.value.nals.length === 0 || !Number.isFinite(packet.timestamp)) {
      this.#damaged += 1;
      return undefined;
    }
    this.#measureFrame(packet);
    const pts = packet.timestamp + this.#shift;
    const dts = this.#decodeTimes.next(pts, this.#frameSeconds);
    return { key, pts: Math.max(pts, dts), dts, nals: read.value.nals, config: read.value.config };
  }

  #read(packet: EncodedPacket, key: boolean): Result<{ nals: Uint8Array[]; config?: CodecConfig }, string> {
    if (packet.data.length > maxPacketBytes) return { ok: false, error: 'the picture is too large' };
    return this.#payload(packet.data, key);
  }

  #measureFrame(packet: EncodedPacket): void {
    const step = packet.timestamp - (this.#lastTimestamp ?? packet.timestamp);
    if (packet.duration > 0) this.#frameSeconds = packet.duration;
    else if (step > 0) this.#frameSeconds = step;
    this.#lastTimestamp = packet.timestamp;
    this.#end = Math.max(this.#end, packet.timestamp + this.#frameSeconds);
  }
}
