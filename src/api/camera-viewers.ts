/**
 * The viewers of a camera's streams as the API shows them: one list, in which each id names its source too.
 */
import type { CameraId } from '../base/ids.ts';
import type { Hub } from '../hub/hub.ts';
import { subStreamId } from '../hub/stream-id.ts';
import type { ViewerEnd } from '../hub/viewers.ts';
import type { CameraViewer } from './contract/cameras.ts';

type Streams = Pick<Hub, 'get'>;
type Source = CameraViewer['source'];

export function viewersOf(hub: Streams, camera: CameraId): CameraViewer[] {
  return (['main', 'sub'] as const).flatMap((source) => {
    const viewers = hub.get(streamOf(camera, source))?.viewers() ?? [];
    return viewers.map((viewer) => ({ ...viewer, id: `${source}-${viewer.id}`, source }));
  });
}

export function endViewerOf(hub: Streams, camera: CameraId, viewer: string): ViewerEnd {
  const [, source, id] = /^(main|sub)-(.+)$/.exec(viewer) ?? [];
  if (source === undefined || id === undefined) return 'unknown';
  const stream = hub.get(streamOf(camera, source as Source));
  return stream?.endViewer(id, 'An operator ended this viewing.') ?? 'unknown';
}

function streamOf(camera: CameraId, source: Source): string {
  return source === 'main' ? camera : subStreamId(camera);
}
