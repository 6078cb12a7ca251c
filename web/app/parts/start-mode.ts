/** Words for when the server connects to a camera, and for how late its picture may be. */
import type { Camera } from '../../../src/api/contract/cameras.ts';

/** Stands for null where only text can. */
export const asServer = 'server';

export const startWords: Record<Camera['start'], string> = {
  'on-demand': 'On demand: connect for the first viewer',
  always: 'Always: stay connected',
};

export const latencyWords: Record<NonNullable<Camera['latency']> | typeof asServer, string> = {
  [asServer]: 'As the settings say',
  low: 'Low: as live as can be',
  normal: 'Normal: half a second, for a fair network',
  high: 'High: two seconds, for a poor network',
};

export function latencyOf(choice: string): Camera['latency'] {
  return choice === 'low' || choice === 'normal' || choice === 'high' ? choice : null;
}
