/**
 * Pictures of a stream as JPEG files: decodes, scales, encodes.
 *
 * In: coded pictures as they come, starting with a key. Out: at most so many files a second, newest first when there is
 * a backlog: every picture is decoded, because later ones need it, but only near the end of the queue are they encoded.
 * A key that arrives makes all before it needless. One picture at a time, so that pipelines take turns.
 */
import type { Frame } from 'node-av/lib';
import { FrameRate } from '../frame-rate.ts';
import { JpegEncoder } from './jpeg-encoder.ts';
import type { Pipeline, PipelineOutput } from './pipeline.ts';
import { PictureDecoder } from './picture-decoder.ts';
import type { JpegSpec, PipelineInput } from './protocol.ts';

/** A GOP of 4K fits. */
const maxQueuedBytes = 8 * 1024 * 1024;
/** One minute of 30 a second. */
const maxQueuedInputs = 1800;
/** More than these waiting: behind. Two may arrive together without meaning anything. */
const behindAt = 2;
/** Also who is always behind shows something. */
const longestPauseMs = 500;
const ticksPerMs = 90;

export function openJpeg(output: PipelineOutput, spec: JpegSpec): Pipeline {
  return new Jpeg(output, spec);
}

class Jpeg implements Pipeline {
  readonly #output: PipelineOutput;
  readonly #decoder: PictureDecoder;
  readonly #encoder: JpegEncoder;
  readonly #rate: FrameRate;
  /** One picture was asked for: it comes, however busy it is. */
  readonly #isStill: boolean;
  #queue: PipelineInput[] = [];
  #queuedBytes = 0;
  #waitingForKey = true;
  #turn: NodeJS.Immediate | undefined;
  #lastEncodedMs = -Infinity;

  constructor(output: PipelineOutput, spec: JpegSpec) {
    this.#output = output;
    this.#rate = new FrameRate(spec.framesPerSecond);
    this.#isStill = spec.onlyMs !== undefined;
    this.#decoder = new PictureDecoder(spec.codec, spec.onlyMs);
    this.#encoder = new JpegEncoder({ widthPixels: spec.widthPixels, quality: spec.quality });
  }

  input(input: PipelineInput): void {
    if (input.key) {
      this.#clear();
      this.#waitingForKey = false;
    }
    if (this.#waitingForKey) return;
    this.#queue.push(input);
    this.#queuedBytes += input.bytes.length;
    if (this.#queuedBytes > maxQueuedBytes || this.#queue.length > maxQueuedInputs) {
      this.#clear();
      this.#waitingForKey = true;
    }
    this.#turn ??= setImmediate(() => this.#takeTurn());
  }

  close(): void {
    clearImmediate(this.#turn);
    this.#clear();
    this.#encoder.free();
    this.#decoder.free();
  }

  #takeTurn(): void {
    this.#turn = undefined;
    const input = this.#queue.shift();
    if (!input) return;
    this.#queuedBytes -= input.bytes.length;
    if (this.#queue.length > 0) this.#turn = setImmediate(() => this.#takeTurn());
    try {
      const frame = this.#decoder.decode(input);
      if (frame && this.#wants(frame)) this.#encode(frame);
    } catch (error) {
      this.close();
      this.#output.ended(error instanceof Error ? error.message : String(error));
    }
  }

  #wants(frame: Frame): boolean {
    if (this.#isStill) return true;
    if (this.#output.congested()) return false;
    const pausedMs = performance.now() - this.#lastEncodedMs;
    if (this.#queue.length > behindAt && pausedMs < longestPauseMs) return false;
    return this.#rate.isDue(Number(frame.pts));
  }

  #encode(frame: Frame): void {
    const wallMs = Number(frame.pts);
    const bytes = this.#encoder.encode(frame);
    this.#lastEncodedMs = performance.now();
    this.#output.unit({ time: wallMs * ticksPerMs, wallMs, key: true, bytes });
  }

  #clear(): void {
    this.#queue = [];
    this.#queuedBytes = 0;
  }
}
