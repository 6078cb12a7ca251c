/**
 * A fragment on its way to the archive, and how it joins the one before.
 */
import type { EndReason, Fragment } from '../archive/types.ts';
import type { Track } from '../media/track.ts';
import type { Shortfall } from './gaps.ts';

/** Media before it is missing. */
export interface Break extends Shortfall {
  readonly endReason: EndReason;
}

export interface Piece {
  readonly fragment: Fragment;
  /** Those of the fragment; the same array for all pieces of one configuration. */
  readonly tracks: readonly Track[];
  /** Decoding time of its first sample, in milliseconds on its track's clock. */
  readonly mediaMs: number;
  /** Pieces of another line of time do not continue it. */
  readonly line: number;
  /** By how much a clock was set before it; 0 when none was. */
  readonly steppedMs: number;
  /** Undefined when it goes on where the piece before ended. */
  readonly break: Break | undefined;
}

export function endMs({ fragment }: Piece): number {
  return fragment.startMs + fragment.durationMs;
}
