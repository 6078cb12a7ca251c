/**
 * What the server and a clip worker say to each other. The worker has one job at a time, and reads its clip through the
 * server: so a sealed clip is never a file in the clear.
 */
import { messageKind } from '../../io/worker/framing.ts';

/** How clips are shown. */
export interface ClipFormat {
  readonly widthPixels: number;
  readonly heightPixels: number;
  readonly bitsPerSecond: number;
  readonly framesPerSecond: number;
  /** Name of an FFmpeg encoder. */
  readonly encoder: string;
}

export interface ClipSegmentOrder {
  readonly format: ClipFormat;
  /** The stretch of the clip, from its first picture. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Time of the clip's first picture: the stream's times follow it, and begin anew now and then. */
  readonly timeMs: number;
}

export interface ClipMeasures {
  readonly durationMs: number;
  readonly hasVideo: boolean;
  readonly codecs: readonly string[];
}

export type ToClipWorker =
  | { readonly type: 'probe'; readonly sizeBytes: number }
  | { readonly type: 'segment'; readonly sizeBytes: number; readonly order: ClipSegmentOrder }
  /** The bytes of this read cannot be had. */
  | { readonly type: 'unread'; readonly read: number };

export type FromClipWorker =
  | { readonly type: 'read'; readonly read: number; readonly start: number; readonly end: number }
  | { readonly type: 'measured'; readonly facts: ClipMeasures }
  /** After its bytes. */
  | { readonly type: 'made'; readonly durationMs: number; readonly encoder: string }
  | { readonly type: 'fault'; readonly kind: 'broken' | 'unavailable'; readonly message: string };

/** From the worker: the next bytes of a segment. */
export const segmentMessage = messageKind.firstOwn;
/** To the worker: number of the read (32 bits) | bytes. */
export const bytesMessage = messageKind.firstOwn + 1;

/** One read; longer ones are several. */
export const maxReadBytes = 1024 * 1024;

/** Undefined when the message is none of ours. */
export function readFromClipWorker(message: unknown): FromClipWorker | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const fields = message as Record<string, unknown>;
  const { type } = fields;
  if (type === 'read') return isRead(fields) ? (message as FromClipWorker) : undefined;
  if (type === 'measured') return isMeasured(fields['facts']) ? (message as FromClipWorker) : undefined;
  if (type === 'made') {
    const sound = isTime(fields['durationMs']) && typeof fields['encoder'] === 'string';
    return sound ? (message as FromClipWorker) : undefined;
  }
  if (type !== 'fault' || typeof fields['message'] !== 'string') return undefined;
  const known = fields['kind'] === 'broken' || fields['kind'] === 'unavailable';
  return known ? (message as FromClipWorker) : undefined;
}

function isRead({ read, start, end }: Record<string, unknown>): boolean {
  if (![read, start, end].every((value) => Number.isSafeInteger(value) && (value as number) >= 0))
    return false;
  return (start as number) <= (end as number) && (end as number) - (start as number) <= maxReadBytes;
}

function isMeasured(facts: unknown): boolean {
  if (typeof facts !== 'object' || facts === null) return false;
  const { durationMs, hasVideo, codecs } = facts as Record<string, unknown>;
  const named = Array.isArray(codecs) && codecs.every((codec) => typeof codec === 'string');
  return isTime(durationMs) && typeof hasVideo === 'boolean' && named;
}

/** Up to some years. */
function isTime(ms: unknown): boolean {
  return typeof ms === 'number' && ms >= 0 && ms < 1e12;
}
