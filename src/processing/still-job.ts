/**
 * One keyframe in, one JPEG file out, by a pipeline of its own that lives as long as that takes.
 */
import type { Result } from '../base/result.ts';
import { ok } from '../base/result.ts';
import type { Picture, PictureFault, PictureOptions } from '../hub/pictures.ts';
import type { AccessUnit } from '../media/track.ts';
import type { JpegJobParts } from './jpeg-job.ts';
import { failedPicture, runJpegJob } from './jpeg-job.ts';
import type { VideoTrack } from './picture-input.ts';
import { cameraPicture, passesThrough } from './picture-input.ts';
import { jpegSpec } from './picture-worker.ts';

/** There is but one picture: any rate. */
const anyRate = 60;

/** Always resolves, at the latest after 20 s: a worker that died is tried once more. */
export async function makeStill(
  parts: JpegJobParts,
  { track: { codec }, unit }: { readonly track: VideoTrack; readonly unit: AccessUnit },
  options: PictureOptions,
): Promise<Result<Picture, PictureFault>> {
  if (passesThrough(codec, options)) return ok(cameraPicture(codec, unit));
  const spec = jpegSpec(codec.kind, options, anyRate);
  const job = { codec, spec, units: [unit], undecodable: 'The last keyframe cannot be decoded.' };
  const first = await runJpegJob(parts, job);
  if (!('lost' in first)) return first;
  const second = await runJpegJob(parts, job);
  if (!('lost' in second)) return second;
  return failedPicture('The picture could not be made: the media worker ended twice.');
}
