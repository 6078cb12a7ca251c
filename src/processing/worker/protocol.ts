/**
 * What the server and the media worker say to each other. Control messages are JSON; coded pictures are bytes.
 */
import { messageKind } from '../../io/worker/framing.ts';

/** The synthetic camera: 1280x720, 25 pictures a second, H.264. */
interface DemoSpec {
  readonly kind: 'demo';
}

/** What a pipeline shall do. */
export type PipelineSpec = DemoSpec;

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

export const unitMessage = messageKind.firstOwn;

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

/** Undefined when the message is none of ours. */
export function readFromWorker(message: unknown): FromWorker | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const { type, reason, pipeline } = message as Record<string, unknown>;
  if (type === 'ready') return { type };
  if (typeof reason !== 'string') return undefined;
  if (type === 'unavailable') return { type, reason };
  return type === 'ended' && typeof pipeline === 'number' ? { type, pipeline, reason } : undefined;
}
