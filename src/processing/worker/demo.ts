/**
 * The demo camera: draws the scene, writes the time onto it, encodes it, 25 times a second.
 *
 * Pictures are due on a fixed grid, so the rate does not drift; a picture that cannot be made in time is left out.
 * One frame's memory is used for all pictures: it goes through the text filter and the encoder and comes back, which
 * saves the page faults of a new megabyte per picture.
 */
import { AV_PIX_FMT_YUV420P } from 'node-av/constants';
import { Frame } from 'node-av/lib';
import { ClockText } from './clock-text.ts';
import { DemoScene } from './demo-scene.ts';
import { H264Encoder } from './h264-encoder.ts';
import type { Pipeline, PipelineOutput } from './pipeline.ts';
import { check } from './pipeline.ts';

const widthPixels = 1280;
const heightPixels = 720;
const framesPerSecond = 25;
const frameMs = 1000 / framesPerSecond;
const ticksPerMs = 90;
/** Two seconds. */
const framesPerKeyframe = 50;
const maxBitrateBps = 2_000_000;
/** Both 1280 and 640 are multiples of it, so rows follow each other without padding. */
const rowAlignmentBytes = 64;

/** Painted when the worker starts, so that the first viewer does not wait for it; holds nothing of one pipeline. */
const scene = new DemoScene(widthPixels, heightPixels);

export function openDemo(output: PipelineOutput): Pipeline {
  return new Demo(output);
}

class Demo implements Pipeline {
  readonly #output: PipelineOutput;
  readonly #frame = new Frame();
  readonly #startMonotonicMs = performance.now();
  readonly #startWallMs = Date.now();
  readonly #text: ClockText;
  readonly #encoder: H264Encoder;
  #timer: NodeJS.Timeout | undefined;
  /** Place on the grid; the first picture is number 0. */
  #number = 0;
  /** Which stretch of two seconds the last keyframe began. */
  #keyStretch = -1;

  constructor(output: PipelineOutput) {
    this.#output = output;
    this.#frame.alloc();
    this.#frame.width = widthPixels;
    this.#frame.height = heightPixels;
    this.#frame.format = AV_PIX_FMT_YUV420P;
    check(this.#frame.getBuffer(rowAlignmentBytes), 'Getting memory for a picture');
    this.#text = new ClockText(widthPixels, heightPixels, this.#startWallMs);
    this.#encoder = new H264Encoder({ widthPixels, heightPixels, framesPerSecond, maxBitrateBps });
    this.#timer = setTimeout(() => this.#tick(), 0);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#encoder.free();
    this.#text.free();
    this.#frame.free();
  }

  #tick(): void {
    try {
      if (!this.#output.congested()) this.#makePicture();
    } catch (error) {
      this.close();
      this.#output.ended(error instanceof Error ? error.message : String(error));
      return;
    }
    const elapsedMs = performance.now() - this.#startMonotonicMs;
    this.#number = Math.max(this.#number + 1, Math.floor(elapsedMs / frameMs));
    this.#timer = setTimeout(() => this.#tick(), this.#number * frameMs - elapsedMs);
  }

  #makePicture(): void {
    const wallMs = Date.now();
    const planes = this.#frame.data;
    if (!planes) throw new Error('the picture has no memory');
    scene.draw(planes, this.#number, wallMs);
    this.#text.draw(this.#frame, wallMs);
    this.#frame.pts = BigInt(this.#number * frameMs * ticksPerMs);

    const stretch = Math.floor(this.#number / framesPerKeyframe);
    const picture = this.#encoder.encode(this.#frame, stretch !== this.#keyStretch);
    this.#keyStretch = stretch;
    if (!picture) return;
    const time = Math.round((this.#startWallMs + this.#number * frameMs) * ticksPerMs);
    this.#output.unit({ time, wallMs, key: picture.key, bytes: picture.bytes });
  }
}
