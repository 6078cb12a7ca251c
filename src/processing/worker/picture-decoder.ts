/**
 * Coded pictures in, decoded frames out, each at once: one thread, low delay.
 *
 * Bytes come from cameras and may be anything: what cannot be decoded gives no frame, and the next key starts again.
 */
import {
  AV_CODEC_FLAG_LOW_DELAY,
  AV_CODEC_ID_H264,
  AV_CODEC_ID_HEVC,
  AV_CODEC_ID_MJPEG,
} from 'node-av/constants';
import { Codec, CodecContext, Frame, Packet } from 'node-av/lib';
import { check } from './pipeline.ts';
import type { JpegSpec, PipelineInput } from './protocol.ts';

/** 8192x4320. A damaged parameter set may ask for any size, and each frame is memory. */
const maxPixels = '36000000';

const codecIds = { h264: AV_CODEC_ID_H264, h265: AV_CODEC_ID_HEVC, mjpeg: AV_CODEC_ID_MJPEG } as const;

export class PictureDecoder {
  readonly #context = new CodecContext();
  readonly #packet = new Packet();
  /** Two, because asking for one more frame empties the one that is given. */
  #newest = new Frame();
  #spare = new Frame();
  readonly #onlyMs: number | undefined;

  /** Throws when this FFmpeg lacks the decoder. @param onlyMs frames of other capture times are not given */
  constructor(codec: JpegSpec['codec'], onlyMs?: number) {
    this.#onlyMs = onlyMs;
    try {
      this.#open(codec);
    } catch (error) {
      this.free();
      throw error;
    }
  }

  /**
   * The newest frame that is complete with this input; its `pts` is the capture time, Unix ms. It belongs to the
   * decoder and is valid until the next call.
   */
  decode({ bytes, wallMs, alone }: PipelineInput): Frame | undefined {
    this.#packet.data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#packet.pts = BigInt(Math.round(wallMs));
    this.#packet.dts = this.#packet.pts;
    const code = this.#context.sendPacketSync(this.#packet);
    this.#packet.unref();
    if (code < 0) return undefined;
    if (!alone) return this.#receive();
    // Streams with B-frames hold a picture back for others that will not come.
    this.#context.sendPacketSync(null);
    const frame = this.#receive();
    this.#context.flushBuffers();
    return frame;
  }

  free(): void {
    this.#newest.free();
    this.#spare.free();
    this.#packet.free();
    this.#context.freeContext();
  }

  #open(kind: JpegSpec['codec']): void {
    const codec = Codec.findDecoder(codecIds[kind]);
    if (!codec) throw new Error(`this FFmpeg cannot decode ${kind}`);
    this.#context.allocContext3(codec);
    this.#context.threadCount = 1;
    this.#context.flags = AV_CODEC_FLAG_LOW_DELAY;
    check(this.#context.setOption('max_pixels', maxPixels), 'The limit of the decoder');
    check(this.#context.open2Sync(codec), 'Opening the decoder');
    this.#packet.alloc();
    this.#newest.alloc();
    this.#spare.alloc();
  }

  #receive(): Frame | undefined {
    let any = false;
    while (this.#context.receiveFrameSync(this.#spare) >= 0) {
      if (this.#onlyMs !== undefined && Number(this.#spare.pts) !== this.#onlyMs) continue;
      [this.#newest, this.#spare] = [this.#spare, this.#newest];
      any = true;
    }
    return any ? this.#newest : undefined;
  }
}
