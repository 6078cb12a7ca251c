/**
 * What the RTSP server needs of the rest. `hub/stream.ts` has the stream; `app` finds it.
 */
import type { Result } from '../../base/result.ts';
import type { Publish } from '../../hub/publishing.ts';
import type { AttachRefusal, Attachment, Reader } from '../../hub/reader.ts';
import type { Viewer } from '../../hub/viewers.ts';
import type { Visitor } from './door.ts';

export interface RtspStream {
  readonly id: string;
  attach(reader: Reader): Result<Attachment, AttachRefusal>;
  admitViewer(viewer: Viewer): Result<{ leave(): void }, AttachRefusal>;
  status(): { readonly state: string; readonly reason: string | null };
}

export interface RtspStreams {
  /**
   * What this visitor may watch. What it must not know of is not found.
   * @param path of the address, decoded, without slashes at its ends: `stream1`, `cam_…` or `cam_…/sub`.
   */
  find(
    path: string,
    visitor: Visitor,
  ): Result<{ readonly stream: RtspStream; readonly name: string }, WatchRefusal>;
  /** @param camera its id, or its name; `unseen`: as if there were none */
  mayPublish(camera: string, visitor: Visitor): 'yes' | 'no' | 'unseen';
  readonly publish: Publish;
  /** Something begins that lasts. `end` is called when the visitor may not do it any more, perhaps at once. */
  lease(visitor: Visitor, begun: Begun, end: (reason: string) => void): Lasting;
}

export interface Begun {
  readonly what: 'watch' | 'publish';
  /** Id of the stream to watch; what is sent to as the client names it. */
  readonly camera: string;
  /** IP address it comes from. */
  readonly address: string;
}

export type WatchRefusal = 'not-found' | 'disabled' | 'forbidden';

export interface Lasting {
  /** It ended by itself. Any number of times. */
  leave(): void;
}
