/** Words for when the server connects to a camera. */
import type { Camera } from '../../../src/api/contract/cameras.ts';

export const startWords: Record<Camera['start'], string> = {
  'on-demand': 'On demand: connect for the first viewer',
  always: 'Always: stay connected',
};
