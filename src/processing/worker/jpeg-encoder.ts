/**
 * Decoded frames in, JPEG files out, in the wished width.
 *
 * A JPEG file has full range and the colours of ITU-R BT.601 (ITU-T T.871, 7), whatever the stream had; its pixels are
 * square. Frames may change in size and kind at any time.
 */
import {
  AV_CODEC_FLAG_QSCALE,
  AV_CODEC_ID_MJPEG,
  AV_FRAME_FLAG_INTERLACED,
  AV_PICTURE_TYPE_NONE,
  AV_PIX_FMT_YUV420P,
  AVCOL_RANGE_JPEG,
  AVCOL_SPC_BT470BG,
  AVCOL_SPC_BT709,
  AVCOL_SPC_RGB,
  AVCOL_SPC_UNSPECIFIED,
} from 'node-av/constants';
import { Codec, CodecContext, Frame, Packet, Rational, SoftwareScaleContext } from 'node-av/lib';
import { check } from './pipeline.ts';

export interface JpegEncoderOptions {
  readonly widthPixels: number | undefined;
  /** 1 to 100. */
  readonly quality: number;
}

interface Size {
  readonly widthPixels: number;
  readonly heightPixels: number;
}

const rowAlignmentBytes = 64;
/** FFmpeg's FF_QP2LAMBDA: units of its quality for each step of the quantiser scale. */
const lambdaPerScale = 118;
const coarsestScale = 31;
/** A stream of this height or more that does not name its colours has those of HDTV. */
const highDefinitionLines = 720;
/** Outside of it, the shape of a pixel is nonsense and not believed. */
const maxPixelAspect = 4;
const minHeightPixels = 2;
const maxHeightPixels = 8192;

export class JpegEncoder {
  readonly #options: JpegEncoderOptions;
  readonly #scaler = new SoftwareScaleContext();
  readonly #scaled = new Frame();
  readonly #packet = new Packet();
  #context: CodecContext | undefined;
  #size: Size = { widthPixels: 0, heightPixels: 0 };
  #encoded = 0n;

  constructor(options: JpegEncoderOptions) {
    this.#options = options;
    this.#scaler.allocContext();
    this.#scaled.alloc();
    this.#packet.alloc();
    check(this.#scaler.setOption('sws_flags', 'bilinear'), 'An option of the scaler');
    check(this.#scaler.setOption('threads', '1'), 'An option of the scaler');
  }

  /** A copy, valid for ever. Throws when native code refuses. */
  encode(frame: Frame): Uint8Array {
    const size = pictureSize(frame, this.#options.widthPixels);
    const known = this.#size;
    if (size.widthPixels !== known.widthPixels || size.heightPixels !== known.heightPixels) this.#open(size);
    if (!this.#context) throw new Error('no JPEG encoder');
    this.#scale(frame);
    check(this.#context.sendFrameSync(this.#scaled), 'Encoding a JPEG file');
    check(this.#context.receivePacketSync(this.#packet), 'Encoding a JPEG file');
    const bytes = Uint8Array.from(this.#packet.data ?? []);
    this.#packet.unref();
    return bytes;
  }

  free(): void {
    this.#context?.freeContext();
    this.#scaled.free();
    this.#packet.free();
    this.#scaler.freeContext();
  }

  #scale(frame: Frame): void {
    if (frame.colorSpace === AVCOL_SPC_UNSPECIFIED || frame.colorSpace === AVCOL_SPC_RGB) {
      frame.colorSpace = frame.height >= highDefinitionLines ? AVCOL_SPC_BT709 : AVCOL_SPC_BT470BG;
    }
    // Both fields together: the scaler would take them apart, and wants a picture of fields then.
    frame.clearFlags(AV_FRAME_FLAG_INTERLACED);
    // Only the matrix changes: other primaries would cost a conversion through linear light.
    this.#scaled.colorPrimaries = frame.colorPrimaries;
    this.#scaled.colorTrc = frame.colorTrc;
    check(this.#scaler.scaleFrameSync(this.#scaled, frame), 'Scaling a picture');
    // Capture times may repeat and go back, which the encoder would refuse.
    this.#encoded += 1n;
    this.#scaled.pts = this.#encoded;
    this.#scaled.pictType = AV_PICTURE_TYPE_NONE;
    this.#scaled.quality = quantiserScale(this.#options.quality) * lambdaPerScale;
  }

  #open(size: Size): void {
    this.#context?.freeContext();
    this.#context = undefined;
    this.#size = size;
    const frame = this.#scaled;
    frame.unref();
    frame.width = size.widthPixels;
    frame.height = size.heightPixels;
    frame.format = AV_PIX_FMT_YUV420P;
    frame.colorRange = AVCOL_RANGE_JPEG;
    frame.colorSpace = AVCOL_SPC_BT470BG;
    check(frame.getBuffer(rowAlignmentBytes), 'Getting memory for a picture');
    this.#context = openContext(size, this.#options.quality);
  }
}

function openContext({ widthPixels, heightPixels }: Size, quality: number): CodecContext {
  const codec = Codec.findEncoder(AV_CODEC_ID_MJPEG);
  if (!codec) throw new Error('this FFmpeg has no JPEG encoder');
  const context = new CodecContext();
  context.allocContext3(codec);
  try {
    context.width = widthPixels;
    context.height = heightPixels;
    context.pixelFormat = AV_PIX_FMT_YUV420P;
    context.colorRange = AVCOL_RANGE_JPEG;
    context.colorSpace = AVCOL_SPC_BT470BG;
    context.timeBase = new Rational(1, 1000);
    context.threadCount = 1;
    context.flags = AV_CODEC_FLAG_QSCALE;
    context.qMin = 1;
    context.globalQuality = quantiserScale(quality) * lambdaPerScale;
    // Tables made for each picture: a sixth fewer bytes for a twentieth of the time.
    check(context.setOption('huffman', 'optimal'), 'An option of the JPEG encoder');
    check(context.open2Sync(codec), 'Opening the JPEG encoder');
  } catch (error) {
    context.freeContext();
    throw error;
  }
  return context;
}

/**
 * FFmpeg's quantiser scale, 1 (fine) to 31, for the quality that other JPEG programs call so.
 *
 * The IJG library multiplies its table (mean 58 for luma) by 50/quality below 50, by 2 - quality/50 above; FFmpeg
 * multiplies the one of MPEG (mean 27) by scale/8. Equal means give 17 for quality 50. Qualities below 27 are all 31,
 * which is as coarse as this encoder gets.
 */
export function quantiserScale(quality: number): number {
  const ofTable = quality < 50 ? 50 / quality : 2 - quality / 50;
  return Math.min(coarsestScale, Math.max(1, Math.round(17 * ofTable)));
}

/** Even, never wider than the stream, and in the shape that it is shown in. */
function pictureSize(frame: Frame, wishedPixels: number | undefined): Size {
  const { num, den } = frame.sampleAspectRatio;
  const aspect = num > 0 && den > 0 ? num / den : 1;
  const believed = aspect <= maxPixelAspect && aspect >= 1 / maxPixelAspect ? aspect : 1;
  const widthPixels = Math.max(2, even(Math.min(wishedPixels ?? frame.width, frame.width)));
  const height = even((frame.height * widthPixels) / (frame.width * believed));
  return { widthPixels, heightPixels: Math.min(maxHeightPixels, Math.max(minHeightPixels, height)) };
}

function even(pixels: number): number {
  return 2 * Math.floor(pixels / 2 + 1e-9);
}
