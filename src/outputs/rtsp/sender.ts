/**
 * How packets reach one viewer, whatever carries them.
 */
import type { Chunk } from './chunk.ts';

/** For each offered track: what the viewer wants it on; undefined where it does not want it. */
export type PerLane<T> = readonly (T | undefined)[];

export interface Sender {
  readonly bytesSent: number;
  readonly unitsDropped: number;
  /** @param isWhole whether the chunks begin with a keyframe; else pictures wait for the next one. */
  begin(chunks: readonly Chunk[], isWhole: boolean): void;
  /** Must not block. False when it was left out. */
  chunk(chunk: Chunk): boolean;
  report(report: Chunk): void;
  close(): void;
}
