/**
 * What the server and the media worker say to each other. Control messages are JSON; coded pictures are bytes.
 */
import { messageKind } from '../../io/worker/framing.ts';
import type { VideoConfig } from '../../media/track.ts';

/** The synthetic camera: 1280x720, 25 pictures a second, H.264. */
interface DemoSpec {
  readonly kind: 'demo';
}

/** Pictures of a stream as JPEG files; what it decodes is sent as `inputMessage`s. */
export interface JpegSpec {
  readonly kind: 'jpeg';
  readonly codec: VideoConfig['kind'];
  /** At most this; absent: as wide as the stream. */
  readonly widthPixels?: number;
  /** 1 to 100. */
  readonly quality: number;
  /** At most so many, by their capture times. */
  readonly framesPerSecond: number;
  /** Only the picture with this capture time, Unix ms; all others are decoded for its sake. */
  readonly onlyMs?: number;
}

/** What a pipeline shall do. */
export type PipelineSpec = DemoSpec | JpegSpec;

export type ToWorker =
  | { readonly type: 'open'; readonly pipeline: number; readonly spec: PipelineSpec }
  | { readonly type: 'close'; readonly pipeline: number };

export type FromWorker =
  | { readonly type: 'ready' }
  /** Native code is missing; trying again will not help. */
  | { readonly type: 'unavailable'; readonly reason: string }
  | { readonly type: 'ended'; readonly pipeline: number; readonly reason: string };

/** One coded picture. */
export interface PipelineUnit {
  /** Presentation and decoding time: 90000 ticks a second since 1970, following a clock that never steps. */
  readonly time: number;
  /** Capture; Unix ms. */
  readonly wallMs: number;
  readonly key: boolean;
  /** Byte stream with start codes (ITU-T H.264, Annex B). */
  readonly bytes: Uint8Array;
}

/** One coded picture on its way into a pipeline. */
export interface PipelineInput {
  /** Decoding can start here. */
  readonly key: boolean;
  /** A key that no other picture of its group follows: it is shown without waiting for them. */
  readonly alone: boolean;
  /** Capture; Unix ms. */
  readonly wallMs: number;
  /** Video: byte stream with start codes, parameter sets before each key. MJPEG: a whole file. */
  readonly bytes: Uint8Array;
}

/** A coded picture as the hub has it, so that it is copied once only. */
export interface InputPieces {
  readonly key: boolean;
  readonly alone: boolean;
  readonly wallMs: number;
  /** What stands before each piece: a start code, or nothing. */
  readonly before: Uint8Array;
  readonly pieces: readonly Uint8Array[];
}

/** From the worker: a coded picture. */
export const unitMessage = messageKind.firstOwn;
/** To the worker: a coded picture that a pipeline shall decode. */
export const inputMessage = messageKind.firstOwn + 1;

/** pipeline (32 bits) | key (8 bits) | time (float, 64 bits) | wallMs (float, 64 bits) | bytes */
const unitHeaderBytes = 21;

export function encodeUnit(pipeline: number, unit: PipelineUnit): Uint8Array {
  const message = new Uint8Array(unitHeaderBytes + unit.bytes.length);
  const view = new DataView(message.buffer);
  view.setUint32(0, pipeline);
  view.setUint8(4, unit.key ? 1 : 0);
  view.setFloat64(5, unit.time);
  view.setFloat64(13, unit.wallMs);
  message.set(unit.bytes, unitHeaderBytes);
  return message;
}

/** Undefined for anything a worker in its right mind would not send. The unit shares the message's bytes. */
export function decodeUnit(message: Uint8Array): { pipeline: number; unit: PipelineUnit } | undefined {
  if (message.length <= unitHeaderBytes) return undefined;
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const time = view.getFloat64(5);
  const wallMs = view.getFloat64(13);
  if (!Number.isSafeInteger(time) || !Number.isFinite(wallMs)) return undefined;
  const unit = { time, wallMs, key: view.getUint8(4) === 1, bytes: message.subarray(unitHeaderBytes) };
  return { pipeline: view.getUint32(0), unit };
}

/** pipeline (32 bits) | key, alone (8 bits) | wallMs (float, 64 bits) | bytes */
const inputHeaderBytes = 13;
const keyFlag = 1;
const aloneFlag = 2;

export function encodeInput(pipeline: number, input: InputPieces): Uint8Array {
  const { before, pieces } = input;
  let length = inputHeaderBytes;
  for (const piece of pieces) length += before.length + piece.length;
  const message = new Uint8Array(length);
  const view = new DataView(message.buffer);
  view.setUint32(0, pipeline);
  view.setUint8(4, (input.key ? keyFlag : 0) | (input.alone ? aloneFlag : 0));
  view.setFloat64(5, input.wallMs);
  let at = inputHeaderBytes;
  for (const piece of pieces) {
    message.set(before, at);
    message.set(piece, at + before.length);
    at += before.length + piece.length;
  }
  return message;
}

/** The input shares the message's bytes. */
export function decodeInput(message: Uint8Array): { pipeline: number; input: PipelineInput } {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const flags = view.getUint8(4);
  const input = {
    key: (flags & keyFlag) !== 0,
    alone: (flags & aloneFlag) !== 0,
    wallMs: view.getFloat64(5),
    bytes: message.subarray(inputHeaderBytes),
  };
  return { pipeline: view.getUint32(0), input };
}

/** Undefined when the message is none of ours. */
export function readFromWorker(message: unknown): FromWorker | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const { type, reason, pipeline } = message as Record<string, unknown>;
  if (type === 'ready') return { type };
  if (typeof reason !== 'string') return undefined;
  if (type === 'unavailable') return { type, reason };
  return type === 'ended' && typeof pipeline === 'number' ? { type, pipeline, reason } : undefined;
}
