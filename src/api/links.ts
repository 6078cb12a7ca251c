/**
 * Where a camera can be watched, and sent to: one address for each way.
 */
import type { CameraId } from '../base/ids.ts';
import { subStreamId } from '../hub/stream-id.ts';
import type { Camera } from './contract/cameras.ts';

/** Of the RTSP server; absent where it does not listen. */
export interface RtspPorts {
  readonly rtspPort?: number | undefined;
  readonly rtspsPort?: number | undefined;
  /** First part of its addresses; may be empty. */
  readonly rtspPath?: string;
}

export function cameraLinks(
  id: CameraId,
  { isPushed, hasSub }: { readonly isPushed: boolean; readonly hasSub: boolean },
  ports: RtspPorts,
): Camera['links'] {
  return {
    hls: `/hls/${id}/index.m3u8`,
    hlsSub: hasSub ? `/hls/${subStreamId(id)}/index.m3u8` : null,
    snapshot: `/api/v1/cameras/${id}/snapshot.jpg`,
    mjpeg: `/live/${id}/stream`,
    whep: `/whep/${id}`,
    whip: isPushed ? `/whip/${id}` : null,
    rtsp: rtspLink(id, ports),
  };
}

function rtspLink(id: CameraId, { rtspPort, rtspsPort, rtspPath = '' }: RtspPorts): string | null {
  const path = rtspPath === '' ? id : `${rtspPath}/${id}`;
  if (rtspPort !== undefined) return `rtsp://localhost:${rtspPort}/${path}`;
  return rtspsPort === undefined ? null : `rtsps://localhost:${rtspsPort}/${path}`;
}
