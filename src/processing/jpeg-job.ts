/**
 * Coded pictures in, one JPEG file out, by a pipeline of its own that lives as long as that takes.
 */
import type { Clock } from '../base/clock.ts';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { Picture, PictureFault } from '../hub/pictures.ts';
import type { AccessUnit, VideoConfig } from '../media/track.ts';
import { madePicture, pipelineInput } from './picture-input.ts';
import type { PictureWorker } from './picture-worker.ts';
import type { JpegSpec } from './worker/protocol.ts';

/** The worker may have to be started first, or has a group of pictures of 4K: seconds on a small machine. */
const jobTimeoutMs = 10_000;

export interface JpegJobParts {
  readonly clock: Clock;
  readonly worker: PictureWorker;
}

export interface JpegJob {
  readonly codec: VideoConfig;
  readonly spec: JpegSpec;
  /** In decoding order, the first a keyframe; at least one. */
  readonly units: readonly AccessUnit[];
  /** What is said when no picture comes. */
  readonly undecodable: string;
}

/** The worker died, mostly of something else. */
export interface LostJob {
  readonly lost: string;
}

/** Always resolves, at the latest after 10 s. */
export function runJpegJob(
  { clock, worker }: JpegJobParts,
  { codec, spec, units, undecodable }: JpegJob,
): Promise<Result<Picture, PictureFault> | LostJob> {
  const last = units.at(-1);
  return new Promise((resolve) => {
    const finish = (result: Result<Picture, PictureFault> | LostJob): void => {
      timer.cancel();
      handle.close();
      resolve(result);
    };
    const timer = clock.after(jobTimeoutMs, () => finish(failedPicture(undecodable)));
    const handle = worker.open(spec, {
      opened: () => {
        const sent = units.every((unit) => handle.send(pipelineInput(codec, unit, unit === last)));
        if (!sent) finish(err({ kind: 'busy', message: 'The media worker is behind. Try again soon.' }));
      },
      unit: (made) => {
        const picture = madePicture(made);
        finish(picture ? ok(picture) : failedPicture('The media worker made no JPEG file.'));
      },
      ended: ({ kind, message }) =>
        finish(kind === 'unavailable' ? err({ kind, message }) : { lost: message }),
    });
  });
}

export function failedPicture(message: string): Result<Picture, PictureFault> {
  return err({ kind: 'failed', message });
}
