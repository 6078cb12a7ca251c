/**
 * How the streams of a camera are called: `cam_…` is its main source, `cam_….sub` the smaller second one.
 */
import type { CameraId } from '../base/ids.ts';
import { isCameraId } from '../base/ids.ts';

const subSuffix = '.sub';

export function subStreamId(camera: CameraId): string {
  return `${camera}${subSuffix}`;
}

/** The camera a stream belongs to; undefined for streams of no camera, such as previews. */
export function cameraOfStream(stream: string): CameraId | undefined {
  const id = stream.endsWith(subSuffix) ? stream.slice(0, -subSuffix.length) : stream;
  return isCameraId(id) ? id : undefined;
}
