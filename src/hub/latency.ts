/**
 * How much delay a camera's viewers accept, so that a poor network does not show.
 */
export type LatencyMode = 'low' | 'normal' | 'high';

export const defaultLatency: LatencyMode = 'low';

export interface LatencyFigures {
  /** From the camera to the screen, what outputs and players aim for. */
  readonly targetMs: number;
  /** How long a packet that overtook others waits for them (UDP, and TCP behind broken proxies). */
  readonly reorderMs: number;
}

export const latencyFigures: Readonly<Record<LatencyMode, LatencyFigures>> = {
  low: { targetMs: 100, reorderMs: 50 },
  normal: { targetMs: 500, reorderMs: 200 },
  high: { targetMs: 2000, reorderMs: 500 },
};
