/**
 * How much delay a camera's viewers accept, so that a poor network does not show.
 */
export type LatencyMode = 'low' | 'normal' | 'high';

export const defaultLatency: LatencyMode = 'low';

export interface LatencyFigures {
  /** From the camera to the screen, what outputs and players aim for. */
  readonly targetMs: number;
  /** How long packets wait for one that they overtook, over UDP. */
  readonly reorderMs: number;
  /** What LL-HLS players keep from the end on top of the three parts that the standard recommends. */
  readonly extraHoldBackMs: number;
}

export const latencyFigures: Readonly<Record<LatencyMode, LatencyFigures>> = {
  low: { targetMs: 100, reorderMs: 50, extraHoldBackMs: 0 },
  normal: { targetMs: 500, reorderMs: 200, extraHoldBackMs: 400 },
  high: { targetMs: 2000, reorderMs: 500, extraHoldBackMs: 1900 },
};
