/**
 * Are two sets of tracks the same, byte for byte? Then readers need no new init segment.
 */
import { sameBytes } from '../media/codec/nal-units.ts';
import type { Track } from '../media/track.ts';

export function sameTracks(a: readonly Track[], b: readonly Track[]): boolean {
  return a.length === b.length && a.every((track, index) => same(track, b[index]));
}

/** Structural equality of plain objects, arrays and bytes; depth is that of a codec configuration. */
function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  // Key by key, the two megabytes of parameter sets that a camera may send would hold up every stream.
  if (a instanceof Uint8Array) return b instanceof Uint8Array && sameBytes(a, b);
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const aKeys = Object.keys(a);
  if (aKeys.length !== Object.keys(b).length) return false;
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  return aKeys.every((key) => same(left[key], right[key]));
}
