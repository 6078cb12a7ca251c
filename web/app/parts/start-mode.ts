/** Words for when the server connects to a camera, and for how late its picture may be. */
import type { Camera } from '../../../src/api/contract/cameras.ts';

export const startWords: Record<Camera['start'], string> = {
  'on-demand': 'On demand: connect for the first viewer',
  always: 'Always: stay connected',
};

export const latencyWords: Record<Camera['latency'], string> = {
  low: 'Low: as live as can be',
  normal: 'Normal: half a second, for a fair network',
  high: 'High: two seconds, for a poor network',
};
