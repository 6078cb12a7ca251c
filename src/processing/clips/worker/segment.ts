/**
 * One stretch of a clip made anew as an MPEG-TS segment: pictures in one size, rate and codec, AAC as it is.
 *
 * In: a clip and an order. Out: the segment. Promises: pictures lie on a grid that begins with the clip, so that stretches
 * of one clip meet without a hole or an overlap; memory is that of one segment.
 */
import { setImmediate } from 'node:timers/promises';
import { EncodedPacketSink } from 'mediabunny';
import { Frame } from 'node-av/lib';
import type { Result } from '../../../base/result.ts';
import { err, ok } from '../../../base/result.ts';
import { check } from '../../worker/pipeline.ts';
import type { ClipSegmentOrder } from '../messages.ts';
import { ClipDecoder } from './clip-decoder.ts';
import type { CodedPicture } from './clip-encoder.ts';
import { ClipEncoder } from './clip-encoder.ts';
import type { ClipInput } from './clip-input.ts';
import { PictureFrame } from './picture-frame.ts';
import { writeTransportStream } from './transport-stream.ts';

export interface Segment {
  readonly bytes: Uint8Array;
  readonly durationMs: number;
  readonly encoder: string;
}

/** Pings have to be answered in between. */
const packetsPerTurn = 8;

/** The error is for people. Throws when native code refuses. */
export async function makeSegment(
  clip: ClipInput,
  order: ClipSegmentOrder,
): Promise<Result<Segment, string>> {
  const grid = new Grid(order);
  try {
    const decoder = await ClipDecoder.open(clip.video);
    try {
      await decodeStretch(clip, order, decoder, grid);
    } finally {
      decoder.free();
    }
    const { pictures, encoder } = grid.finish();
    if (pictures.length === 0) return err('No picture of this stretch of the file can be decoded.');
    const bytes = await writeTransportStream(clip, order, pictures, encoder.codec);
    const durationMs = (pictures.length * 1000) / order.format.framesPerSecond;
    return ok({ bytes, durationMs, encoder: encoder.encoder });
  } finally {
    grid.free();
  }
}

async function decodeStretch(
  { video, originSeconds }: ClipInput,
  { fromMs }: ClipSegmentOrder,
  decoder: ClipDecoder,
  grid: Grid,
): Promise<void> {
  const sink = new EncodedPacketSink(video);
  const begin = originSeconds + fromMs / 1000;
  let packet = (await sink.getKeyPacket(begin)) ?? (await sink.getFirstPacket());
  const take = (frame: Frame): void => grid.take(frame, Number(frame.pts) / 1000);
  for (let count = 1; packet && !grid.isFull; count += 1) {
    if (packet.data.length > 0) decoder.decode(packet.data, (packet.timestamp - originSeconds) * 1e6, take);
    packet = await sink.getNextPacket(packet);
    if (count % packetsPerTurn === 0) await setImmediate();
  }
  if (!grid.isFull) decoder.flush(take);
}

/** Decoded pictures at any times in, coded pictures at even times out: the last one shown until the next comes. */
class Grid {
  readonly #framesPerSecond: number;
  readonly #end: number;
  readonly #scaler: PictureFrame;
  readonly #encoder: ClipEncoder;
  readonly #held = new Frame();
  readonly #pictures: CodedPicture[] = [];
  /** The picture that is shown now, in its final size. */
  #shown: Frame | undefined;
  #holds = false;
  #next: number;

  constructor({ format, fromMs, toMs }: ClipSegmentOrder) {
    this.#framesPerSecond = format.framesPerSecond;
    this.#next = placeOf(fromMs, format.framesPerSecond);
    this.#end = placeOf(toMs, format.framesPerSecond);
    this.#scaler = new PictureFrame(format);
    this.#encoder = ClipEncoder.open(format);
    this.#held.alloc();
  }

  get isFull(): boolean {
    return this.#next >= this.#end;
  }

  /** @param timeMs from the clip's first picture; rising. */
  take(frame: Frame, timeMs: number): void {
    // What is held is shown at the places before this one.
    if (this.#holds) this.#fillUntil(Math.min(this.#end, placeOf(timeMs, this.#framesPerSecond)));
    if (this.isFull) return;
    this.#held.unref();
    check(this.#held.ref(frame), 'Keeping a picture');
    this.#holds = true;
    this.#shown = undefined;
  }

  finish(): { readonly pictures: readonly CodedPicture[]; readonly encoder: ClipEncoder } {
    if (this.#holds) this.#fillUntil(this.#end);
    this.#encoder.flush((picture) => void this.#pictures.push(picture));
    return { pictures: this.#pictures, encoder: this.#encoder };
  }

  free(): void {
    this.#held.free();
    this.#encoder.free();
    this.#scaler.free();
  }

  #fillUntil(place: number): void {
    for (; this.#next < place; this.#next += 1) {
      this.#shown ??= this.#scaler.scale(this.#held);
      this.#encoder.encode(this.#shown, this.#next, (picture) => void this.#pictures.push(picture));
    }
  }
}

/** The first place of the grid at this time or after it; a hair before counts as at it. */
function placeOf(ms: number, framesPerSecond: number): number {
  return Math.ceil((ms * framesPerSecond) / 1000 - 1e-3);
}
