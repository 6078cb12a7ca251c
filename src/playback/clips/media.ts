/**
 * What this folder needs of whoever takes clips apart and makes them anew; the clip workers of `processing` are that.
 */
import type { Result } from '../../base/result.ts';

/** A file that is read piece by piece, never as a whole. */
export interface ClipBytes {
  readonly sizeBytes: number;
  /** Bytes [start, end); the error is for people. */
  read(start: number, end: number): Promise<Result<Uint8Array, string>>;
}

export interface ClipFacts {
  /** Of its picture; when it has none, of its sound. */
  readonly durationMs: number;
  readonly hasVideo: boolean;
  /** As players name them, for people. */
  readonly codecs: readonly string[];
}

/** How clips are shown. */
export interface StreamFormat {
  readonly widthPixels: number;
  readonly heightPixels: number;
  readonly bitsPerSecond: number;
  readonly framesPerSecond: number;
  /** Name of an FFmpeg encoder. */
  readonly encoder: string;
}

interface SegmentOrder {
  readonly format: StreamFormat;
  /** The stretch of the clip, from its first picture. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Time of the clip's first picture: the stream's times follow it, and begin anew now and then. */
  readonly timeMs: number;
}

export interface MadeSegment {
  /** MPEG-TS. */
  readonly bytes: Uint8Array;
  readonly durationMs: number;
  /** What was used, which may not be what was wished. */
  readonly encoder: string;
}

export interface MediaFault {
  readonly kind:
    | 'broken' // the file's fault, trying again will not help
    | 'unavailable' // this machine has no native code for it
    | 'failed'; // it took too long, or its process ended
  /** For people. */
  readonly message: string;
}

export interface ClipMedia {
  /** Whether the file is whole enough to be taken. Always resolves. */
  probe(clip: ClipBytes): Promise<Result<ClipFacts, MediaFault>>;
  /** One stretch of a clip, made anew. Always resolves. */
  segment(clip: ClipBytes, order: SegmentOrder): Promise<Result<MadeSegment, MediaFault>>;
}
