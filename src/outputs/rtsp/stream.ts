/**
 * What the RTSP server needs of the rest. `hub/stream.ts` has the stream; `app` finds it.
 */
import type { Result } from '../../base/result.ts';
import type { Publish } from '../../hub/publishing.ts';
import type { AttachRefusal, Attachment, Reader } from '../../hub/reader.ts';
import type { Viewer } from '../../hub/viewers.ts';

export interface RtspStream {
  readonly id: string;
  attach(reader: Reader): Result<Attachment, AttachRefusal>;
  admitViewer(viewer: Viewer): Result<{ leave(): void }, AttachRefusal>;
  status(): { readonly state: string; readonly reason: string | null };
}

export interface RtspStreams {
  /** @param path of the address, decoded, without slashes at its ends: `stream1`, `cam_…` or `cam_…/sub`. */
  find(
    path: string,
  ): Result<{ readonly stream: RtspStream; readonly name: string }, 'not-found' | 'disabled'>;
  readonly publish: Publish;
}
