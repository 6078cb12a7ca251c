/**
 * The live WebSocket in this server: finds streams by camera, and hears of their states.
 */
import type { CameraService } from '../api/camera-service.ts';
import type { Clock } from '../base/clock.ts';
import { err, ok } from '../base/result.ts';
import type { Hub } from '../hub/hub.ts';
import type { Pictures } from '../hub/pictures.ts';
import { LiveOutput } from '../outputs/live/output.ts';

export interface LiveOutputParts {
  readonly clock: Clock;
  readonly hub: Hub;
  readonly cameras: Pick<CameraService, 'hasStream'>;
  readonly pictures: Pictures | undefined;
}

export function makeLiveOutput({ clock, hub, cameras, pictures }: LiveOutputParts): LiveOutput {
  const output = new LiveOutput(clock, {
    find: (camera, wanted) => {
      const main = hub.get(camera);
      const sub = wanted === 'sub' ? hub.get(`${camera}.sub`) : undefined;
      if (sub) return ok({ stream: sub, source: 'sub' });
      if (main) return ok({ stream: main, source: 'main' });
      return err({ kind: cameras.hasStream(camera) ? 'disabled' : 'not-found' });
    },
    pictures,
  });
  hub.onState((id) => output.stateChanged(id));
  return output;
}
