/**
 * One keyframe in, one JPEG file out, by a pipeline of its own that lives as long as that takes.
 */
import type { Clock } from '../base/clock.ts';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { Picture, PictureFault, PictureOptions } from '../hub/pictures.ts';
import type { AccessUnit } from '../media/track.ts';
import type { PipelineFault } from './media-worker.ts';
import type { VideoTrack } from './picture-input.ts';
import { cameraPicture, madePicture, passesThrough, pipelineInput } from './picture-input.ts';
import type { PictureWorker } from './picture-worker.ts';
import { jpegSpec } from './picture-worker.ts';

/** The worker may have to be started first, which takes seconds on a small machine. */
const jobTimeoutMs = 10_000;
/** There is but one picture: any rate. */
const anyRate = 60;

const failed = (message: string): Result<Picture, PictureFault> => err({ kind: 'failed', message });

export interface StillParts {
  readonly clock: Clock;
  readonly worker: PictureWorker;
}

/** Always resolves, at the latest after 10 s. */
export async function makeStill(
  parts: StillParts,
  keyframe: { readonly track: VideoTrack; readonly unit: AccessUnit },
  options: PictureOptions,
): Promise<Result<Picture, PictureFault>> {
  const { codec } = keyframe.track;
  if (passesThrough(codec, options)) return ok(cameraPicture(codec, keyframe.unit));
  const first = await attempt(parts, keyframe, options);
  // The worker died, mostly of something else: it is there again for a second attempt.
  return first === 'lost' ? secondResult(await attempt(parts, keyframe, options)) : first;
}

function secondResult(result: Result<Picture, PictureFault> | 'lost'): Result<Picture, PictureFault> {
  return result === 'lost' ? failed('The picture could not be made: the media worker ended twice.') : result;
}

function attempt(
  { clock, worker }: StillParts,
  { track: { codec }, unit }: { readonly track: VideoTrack; readonly unit: AccessUnit },
  options: PictureOptions,
): Promise<Result<Picture, PictureFault> | 'lost'> {
  return new Promise((resolve) => {
    const finish = (result: Result<Picture, PictureFault> | 'lost'): void => {
      timer.cancel();
      handle.close();
      resolve(result);
    };
    const timer = clock.after(jobTimeoutMs, () => finish(failed('The last keyframe cannot be decoded.')));
    const handle = worker.open(jpegSpec(codec.kind, options, anyRate), {
      opened: () => {
        const sent = handle.send(pipelineInput(codec, unit, true));
        if (!sent) finish(err({ kind: 'busy', message: 'The media worker is behind. Try again soon.' }));
      },
      unit: (made) => {
        const picture = madePicture(made);
        finish(picture ? ok(picture) : failed('The media worker made no JPEG file.'));
      },
      ended: (fault) => finish(faultOf(fault)),
    });
  });
}

function faultOf(fault: PipelineFault): Result<Picture, PictureFault> | 'lost' {
  return fault.kind === 'unavailable' ? err({ kind: 'unavailable', message: fault.message }) : 'lost';
}
