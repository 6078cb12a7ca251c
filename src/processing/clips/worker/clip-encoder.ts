/**
 * Frames in, coded pictures out, with the encoder that was wished or, when that is not there, libx264.
 *
 * No B-frames: each picture comes out in the order it is shown, and players begin sooner.
 */
import {
  AV_CODEC_ID_H264,
  AV_CODEC_ID_HEVC,
  AV_PICTURE_TYPE_NONE,
  AV_PIX_FMT_YUV420P,
  AVCOL_RANGE_MPEG,
  FF_ENCODER_LIBX264,
} from 'node-av/constants';
import type { Frame } from 'node-av/lib';
import { Codec, CodecContext, Packet, Rational } from 'node-av/lib';
import { check } from '../../worker/pipeline.ts';
import type { ClipFormat } from '../messages.ts';

export interface CodedPicture {
  /** Number of the picture, as given. */
  readonly number: number;
  readonly key: boolean;
  /** Annex B, with parameter sets before the first. */
  readonly bytes: Uint8Array;
}

/** Between keyframes: where a player may enter. */
const keyEverySeconds = 2;
/** Frame rates such as 29.97. */
const rateDenominator = 1000;

export class ClipEncoder {
  readonly #context: CodecContext;
  readonly #packet = new Packet();
  readonly codec: 'avc' | 'hevc';
  /** What is used, which may not be what was wished. */
  readonly encoder: string;

  private constructor(context: CodecContext, codec: 'avc' | 'hevc', encoder: string) {
    this.#context = context;
    this.codec = codec;
    this.encoder = encoder;
    this.#packet.alloc();
  }

  /** Throws when not even libx264 is there. */
  static open(format: ClipFormat): ClipEncoder {
    return openEncoder(format, format.encoder) ?? openFallback(format);
  }

  /** @internal by `openEncoder` */
  static of(context: CodecContext, codec: 'avc' | 'hevc', encoder: string): ClipEncoder {
    return new ClipEncoder(context, codec, encoder);
  }

  /** Numbers must rise. The frame stays the caller's. */
  encode(frame: Frame, number: number, take: (picture: CodedPicture) => void): void {
    frame.pts = BigInt(number);
    frame.pictType = AV_PICTURE_TYPE_NONE;
    check(this.#context.sendFrameSync(frame), 'Encoding a picture');
    this.#receive(take);
  }

  flush(take: (picture: CodedPicture) => void): void {
    this.#context.sendFrameSync(null);
    this.#receive(take);
  }

  free(): void {
    this.#packet.free();
    this.#context.freeContext();
  }

  #receive(take: (picture: CodedPicture) => void): void {
    while (this.#context.receivePacketSync(this.#packet) >= 0) {
      const { isKeyframe, pts, data } = this.#packet;
      take({ number: Number(pts), key: isKeyframe, bytes: Uint8Array.from(data ?? []) });
      this.#packet.unref();
    }
  }
}

function openFallback(format: ClipFormat): ClipEncoder {
  const encoder = openEncoder(format, FF_ENCODER_LIBX264);
  if (!encoder) throw new Error('this FFmpeg has no libx264');
  return encoder;
}

/** Undefined when there is no such encoder, or it does not run here, or its pictures do not go into MPEG-TS. */
function openEncoder(format: ClipFormat, name: string): ClipEncoder | undefined {
  const codec = Codec.findEncoderByName(name as typeof FF_ENCODER_LIBX264);
  const kind = codec?.id === AV_CODEC_ID_H264 ? 'avc' : codec?.id === AV_CODEC_ID_HEVC ? 'hevc' : undefined;
  if (!codec || !kind) return undefined;
  const context = new CodecContext();
  try {
    context.allocContext3(codec);
    configure(context, format);
    if (context.open2Sync(codec) < 0) throw new Error('the encoder refuses');
    return ClipEncoder.of(context, kind, name);
  } catch {
    context.freeContext();
    return undefined;
  }
}

function configure(context: CodecContext, format: ClipFormat): void {
  const { widthPixels, heightPixels, framesPerSecond, bitsPerSecond } = format;
  context.width = widthPixels;
  context.height = heightPixels;
  context.pixelFormat = AV_PIX_FMT_YUV420P;
  context.colorRange = AVCOL_RANGE_MPEG;
  const rate = Math.round(framesPerSecond * rateDenominator);
  context.timeBase = new Rational(rateDenominator, rate);
  context.framerate = new Rational(rate, rateDenominator);
  context.gopSize = Math.max(1, Math.round(framesPerSecond * keyEverySeconds));
  context.maxBFrames = 0;
  context.threadCount = 1;
  context.bitRate = BigInt(bitsPerSecond);
  context.rcMaxRate = BigInt(bitsPerSecond);
  context.rcBufferSize = bitsPerSecond;
  // Encoders that do not know these do without.
  context.setOption('preset', 'veryfast');
  context.setOption('forced-idr', '1');
}
