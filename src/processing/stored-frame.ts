/**
 * One picture of stored footage as a JPEG file: the group of pictures it belongs to goes in, up to what it needs.
 * It has a pipeline of its own, in a worker that lives on, so that nothing of one request stays for the next.
 */
import type { Clock } from '../base/clock.ts';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { UnixMs } from '../base/units.ts';
import type { Picture, PictureFault, PictureOptions } from '../hub/pictures.ts';
import type { AccessUnit, VideoConfig } from '../media/track.ts';
import { cameraPicture, madePicture, passesThrough, pipelineInput } from './picture-input.ts';
import type { PictureWorker } from './picture-worker.ts';
import { jpegSpec } from './picture-worker.ts';

/** A group of pictures of 4K takes seconds on a small machine. */
const jobTimeoutMs = 10_000;
const anyRate = 60;

export interface StoredFrameParts {
  readonly clock: Clock;
  readonly worker: PictureWorker;
}

export interface StoredGroup {
  readonly codec: VideoConfig;
  /** In decoding order, the first a keyframe; `wallMs` are their presentation times, each its own. */
  readonly units: readonly AccessUnit[];
  /** `wallMs` of the unit that is wanted. */
  readonly wantedMs: UnixMs;
}

/** Always resolves, at the latest after 10 s. */
export function makeStoredFrame(
  { clock, worker }: StoredFrameParts,
  { codec, units, wantedMs }: StoredGroup,
  options: PictureOptions,
): Promise<Result<Picture, PictureFault>> {
  const wanted = units.find((unit) => unit.wallMs === wantedMs);
  const last = units.at(-1);
  if (!wanted || !last) return Promise.resolve(failed('There is no such picture.'));
  if (passesThrough(codec, options)) return Promise.resolve(ok(cameraPicture(codec, wanted)));
  return new Promise((resolve) => {
    const finish = (result: Result<Picture, PictureFault>): void => {
      timer.cancel();
      handle.close();
      resolve(result);
    };
    const timer = clock.after(jobTimeoutMs, () => finish(failed('This picture cannot be decoded.')));
    const spec = { ...jpegSpec(codec.kind, options, anyRate), onlyMs: wantedMs };
    const handle = worker.open(spec, {
      opened: () => {
        const sent = units.every((unit) => handle.send(pipelineInput(codec, unit, unit === last)));
        if (!sent) finish(err({ kind: 'busy', message: 'The media worker is behind. Try again soon.' }));
      },
      unit: (made) => {
        const picture = madePicture(made);
        finish(picture ? ok(picture) : failed('The media worker made no JPEG file.'));
      },
      ended: (fault) =>
        finish(
          err({ kind: fault.kind === 'unavailable' ? 'unavailable' : 'failed', message: fault.message }),
        ),
    });
  });
}

const failed = (message: string): Result<Picture, PictureFault> => err({ kind: 'failed', message });
