/**
 * How long and how much the tracks of one sender wait for each other.
 */
export interface IngestLimits {
  /** How long the first picture waits for sound, so that viewers learn of all tracks at once. */
  readonly otherTracksMs: number;
  /** Units that wait meanwhile; half a second is 15 pictures and 50 audio frames. */
  readonly waitingUnits: number;
}

export const defaultIngestLimits: IngestLimits = { otherTracksMs: 500, waitingUnits: 200 };
