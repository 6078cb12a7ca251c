/**
 * Pictures of a clip, decoded. Bytes may be anything: what cannot be decoded gives no frame.
 */
import type { InputVideoTrack } from 'mediabunny';
import {
  AV_CODEC_ID_AV1,
  AV_CODEC_ID_H264,
  AV_CODEC_ID_HEVC,
  AV_CODEC_ID_VP8,
  AV_CODEC_ID_VP9,
} from 'node-av/constants';
import { Codec, CodecContext, Frame, Packet } from 'node-av/lib';
import { check } from '../../worker/pipeline.ts';

/** 8192x4320. A damaged parameter set may ask for any size, and each frame is memory. */
const maxPixels = '36000000';

const codecIds: Readonly<Record<string, typeof AV_CODEC_ID_H264>> = {
  avc: AV_CODEC_ID_H264,
  hevc: AV_CODEC_ID_HEVC,
  vp8: AV_CODEC_ID_VP8,
  vp9: AV_CODEC_ID_VP9,
  av1: AV_CODEC_ID_AV1,
};

export class ClipDecoder {
  readonly #context = new CodecContext();
  readonly #packet = new Packet();
  readonly #frame = new Frame();

  private constructor() {
    this.#packet.alloc();
    this.#frame.alloc();
  }

  /** Throws when this FFmpeg cannot decode it. */
  static async open(track: InputVideoTrack): Promise<ClipDecoder> {
    const name = (await track.getCodec()) ?? '';
    const id = codecIds[name];
    const codec = id === undefined ? undefined : Codec.findDecoder(id);
    if (!codec) throw new Error(`this FFmpeg cannot decode ${name}`);
    const description = (await track.getDecoderConfig())?.description;
    const decoder = new ClipDecoder();
    try {
      decoder.#open(codec, description && bytesOf(description));
    } catch (error) {
      decoder.free();
      throw error;
    }
    return decoder;
  }

  /** Gives what became complete with this packet to `take`, in the order it is shown; `pts` is `timeUs`. */
  decode(bytes: Uint8Array, timeUs: number, take: (frame: Frame) => void): void {
    this.#packet.data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#packet.pts = BigInt(Math.round(timeUs));
    const code = this.#context.sendPacketSync(this.#packet);
    this.#packet.unref();
    if (code >= 0) this.#receive(take);
  }

  /** Gives what was held back. */
  flush(take: (frame: Frame) => void): void {
    this.#context.sendPacketSync(null);
    this.#receive(take);
  }

  free(): void {
    this.#frame.free();
    this.#packet.free();
    this.#context.freeContext();
  }

  #open(codec: Codec, description: Buffer | undefined): void {
    this.#context.allocContext3(codec);
    this.#context.threadCount = 1;
    if (description) this.#context.extraData = description;
    check(this.#context.setOption('max_pixels', maxPixels), 'The limit of the decoder');
    check(this.#context.open2Sync(codec), 'Opening the decoder');
  }

  #receive(take: (frame: Frame) => void): void {
    while (this.#context.receiveFrameSync(this.#frame) >= 0) take(this.#frame);
  }
}

function bytesOf(description: ArrayBufferLike | ArrayBufferView): Buffer {
  return ArrayBuffer.isView(description)
    ? Buffer.from(description.buffer, description.byteOffset, description.byteLength)
    : Buffer.from(description);
}
