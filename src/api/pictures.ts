/**
 * What the picture routes share: how pictures are asked for, which stream is meant, and what is answered when there is none.
 */
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { Picture, PictureFault, PictureOptions, Pictures } from '../hub/pictures.ts';
import type { AttachRefusal } from '../hub/reader.ts';
import type { Stream } from '../hub/stream.ts';
import type { Problem } from './contract/problem.ts';
import { notFoundProblem, problem } from './problems.ts';

export interface PictureParts {
  readonly clock: Clock;
  readonly pictures: Pictures & {
    /** Of the last keyframe there ever was; the camera is not asked. */
    lastStill(stream: Stream, options: PictureOptions): Promise<Result<Picture, PictureFault>>;
  };
  /** The running stream `cam_…` or `cam_….sub`. */
  readonly stream: (id: string) => Stream | undefined;
  /** Whether a camera has this id; it may be switched off. */
  readonly exists: (id: string) => boolean;
}

const whole = z.coerce.number().int();

export const pictureQuery = {
  width: whole
    .min(16)
    .max(3840)
    .optional()
    .meta({ description: 'Pixels, made even; never more than the stream has. The height follows' }),
  quality: whole.min(1).max(100).default(75).meta({ description: 'As JPEG programs count it' }),
  source: z
    .enum(['main', 'sub'])
    .default('main')
    .meta({ description: 'sub: the smaller second source, where there is one' }),
};

/** The stream that is meant; `sub` is the main one where there is no second. */
export function findStream(
  { stream, exists }: PictureParts,
  camera: string,
  source: 'main' | 'sub',
): Result<Stream, Problem> {
  const found = (source === 'sub' ? stream(`${camera}.sub`) : undefined) ?? stream(camera);
  if (found) return ok(found);
  return err(exists(camera) ? switchedOff : notFoundProblem(camera));
}

const switchedOff: Problem = {
  ...problem(503, 'camera-disabled', 'The camera is switched off.'),
  state: 'disabled',
};

/** Why there is no picture of this stream. */
export function noPictureProblem(stream: Stream, fault: PictureFault | AttachRefusal): Problem {
  switch (fault.kind) {
    case 'no-picture':
    case 'closed': {
      const { state, reason, sinceMs, nextTryMs } = stream.status();
      const detail = reason ?? ('message' in fault ? fault.message : 'The camera is gone.');
      return { ...problem(503, 'camera-offline', detail), state, sinceMs, nextTryMs };
    }
    case 'too-many-readers':
      return problem(
        503,
        'too-many-readers',
        `This camera has its ${fault.maxReaders} viewers already. Try again when one has left, or raise maxReaders.`,
      );
    case 'busy':
      return problem(503, 'too-many-pictures', fault.message);
    case 'unavailable':
      return problem(501, 'pictures-unavailable', fault.message);
    case 'failed':
      return problem(503, 'picture-failed', fault.message);
  }
}
