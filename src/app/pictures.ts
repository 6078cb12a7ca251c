/**
 * Pictures in this server: made by the media worker, asked for by the API and the live WebSocket.
 */
import type { CameraService } from '../api/camera-service.ts';
import type { PictureParts } from '../api/pictures.ts';
import type { Clock } from '../base/clock.ts';
import type { Hub } from '../hub/hub.ts';
import type { MediaWorker } from '../processing/media-worker.ts';
import type { PictureSettings } from '../processing/options.ts';
import { PictureMaker } from '../processing/pictures.ts';

export function makePictures(parts: {
  readonly clock: Clock;
  readonly hub: Hub;
  readonly worker: MediaWorker;
  readonly cameras: Pick<CameraService, 'hasStream'>;
  readonly settings: PictureSettings;
}): PictureParts {
  const { clock, hub, worker, cameras, settings } = parts;
  return {
    clock,
    pictures: new PictureMaker({
      clock,
      worker,
      get maxEncoders() {
        return settings.maxEncoders;
      },
    }),
    stream: (id) => hub.get(id),
    exists: (id) => cameras.hasStream(id),
  };
}
