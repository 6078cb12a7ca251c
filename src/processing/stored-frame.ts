/**
 * One picture of stored footage as a JPEG file: the group of pictures it belongs to goes in, up to what it needs.
 * It has a pipeline of its own, in a worker that lives on, so that nothing of one request stays for the next.
 */
import type { Result } from '../base/result.ts';
import { ok } from '../base/result.ts';
import type { UnixMs } from '../base/units.ts';
import type { Picture, PictureFault, PictureOptions } from '../hub/pictures.ts';
import type { AccessUnit, VideoConfig } from '../media/track.ts';
import type { JpegJobParts } from './jpeg-job.ts';
import { failedPicture, runJpegJob } from './jpeg-job.ts';
import { cameraPicture, passesThrough } from './picture-input.ts';
import { jpegSpec } from './picture-worker.ts';

const anyRate = 60;

export interface StoredGroup {
  readonly codec: VideoConfig;
  /** In decoding order, the first a keyframe; `wallMs` are their presentation times, each its own. */
  readonly units: readonly AccessUnit[];
  /** `wallMs` of the unit that is wanted. */
  readonly wantedMs: UnixMs;
}

/** Always resolves, at the latest after 10 s. */
export async function makeStoredFrame(
  parts: JpegJobParts,
  { codec, units, wantedMs }: StoredGroup,
  options: PictureOptions,
): Promise<Result<Picture, PictureFault>> {
  const wanted = units.find((unit) => unit.wallMs === wantedMs);
  if (!wanted) return failedPicture('There is no such picture.');
  if (passesThrough(codec, options)) return ok(cameraPicture(codec, wanted));
  const spec = { ...jpegSpec(codec.kind, options, anyRate), onlyMs: wantedMs };
  const made = await runJpegJob(parts, {
    codec,
    spec,
    units,
    undecodable: 'This picture cannot be decoded.',
  });
  return 'lost' in made ? failedPicture(made.lost) : made;
}
