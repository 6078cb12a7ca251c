/**
 * Pictures of any size and shape in, pictures of one size out: scaled, black around what does not fill it.
 */
import type { FilterContext } from 'node-av/lib';
import { FilterGraph, Frame } from 'node-av/lib';
import { check } from '../../worker/pipeline.ts';

export interface PictureSize {
  readonly widthPixels: number;
  readonly heightPixels: number;
}

/** Outside of it, the shape of a pixel is nonsense and not believed. */
const maxPixelAspect = 4;

export class PictureFrame {
  readonly #size: PictureSize;
  readonly #scaled = new Frame();
  #graph: FilterGraph | undefined; // kept: contexts of a collected graph crash the process
  #source: FilterContext | undefined;
  #sink: FilterContext | undefined;
  #made = '';

  constructor(size: PictureSize) {
    this.#size = size;
    this.#scaled.alloc();
  }

  /** Valid until the next call. The frame that is given is empty afterwards. */
  scale(frame: Frame): Frame {
    const shape = `${frame.width}x${frame.height} ${frame.format} ${pixelAspect(frame)}`;
    if (shape !== this.#made) this.#open(frame);
    this.#made = shape;
    if (!this.#source || !this.#sink) throw new Error('no scaler');
    this.#scaled.unref();
    check(this.#source.buffersrcAddFrameSync(frame), 'Scaling a picture');
    check(this.#sink.buffersinkGetFrameSync(this.#scaled), 'Scaling a picture');
    return this.#scaled;
  }

  free(): void {
    this.#scaled.free();
    this.#graph?.free();
    this.#graph = undefined;
  }

  #open(frame: Frame): void {
    this.#graph?.free();
    const graph = new FilterGraph();
    this.#graph = graph;
    graph.alloc();
    graph.nbThreads = 1;
    const { widthPixels, heightPixels } = this.#size;
    const inner = fitted(frame, this.#size);
    const input = `buffer@in=video_size=${frame.width}x${frame.height}:pix_fmt=${frame.format}:time_base=1/1000000[a]`;
    const scale = `scale=${inner.widthPixels}:${inner.heightPixels}:flags=bilinear:out_range=tv`;
    const pad = `pad=${widthPixels}:${heightPixels}:(ow-iw)/2:(oh-ih)/2:color=black`;
    check(
      graph.parse2(`${input};[a]${scale},format=yuv420p,${pad},setsar=1[b];[b]buffersink@out`),
      'The scaler',
    );
    check(graph.configSync(), 'The scaler');
    this.#source = graph.getFilter('buffer@in') ?? undefined;
    this.#sink = graph.getFilter('buffersink@out') ?? undefined;
  }
}

/** The largest size of the picture's shape that has room; even. */
function fitted(frame: Frame, { widthPixels, heightPixels }: PictureSize): PictureSize {
  const shownWidth = frame.width * pixelAspect(frame);
  const factor = Math.min(widthPixels / shownWidth, heightPixels / frame.height);
  return {
    widthPixels: even(Math.min(widthPixels, shownWidth * factor)),
    heightPixels: even(Math.min(heightPixels, frame.height * factor)),
  };
}

function even(pixels: number): number {
  return Math.max(2, 2 * Math.round(pixels / 2));
}

function pixelAspect(frame: Frame): number {
  const { num, den } = frame.sampleAspectRatio;
  const aspect = num > 0 && den > 0 ? num / den : 1;
  return aspect <= maxPixelAspect && aspect >= 1 / maxPixelAspect ? aspect : 1;
}
