/**
 * How a clip is cut for players: into parts of about six seconds, all of nearly the same length. No part is longer than
 * nine, so a playlist can promise its target duration before it knows what clips will come.
 */
const wishedMs = 6000;
/** A clip of 8.9 s is one part; from 9 s on it is two. Frames at the edges make it a little more or less. */
export const targetDurationSeconds = 9;

/** A stretch of a clip, from its first picture. */
export interface ClipPart {
  readonly index: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** @param durationMs of the clip @returns at least one part; together they are the clip */
export function partsOf(durationMs: number): readonly ClipPart[] {
  const count = partCount(durationMs);
  return Array.from({ length: count }, (_, index) => ({
    index,
    fromMs: Math.round((index * durationMs) / count),
    toMs: Math.round(((index + 1) * durationMs) / count),
  }));
}

export function partCount(durationMs: number): number {
  return Math.max(1, Math.round(durationMs / wishedMs));
}
