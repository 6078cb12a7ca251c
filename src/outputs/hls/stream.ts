/**
 * What HLS needs of a stream. `hub/stream.ts` has it.
 */
import type { Result } from '../../base/result.ts';
import type { Viewer } from '../../hub/viewers.ts';
import type { AttachRefusal, Attachment, Reader } from '../../hub/reader.ts';

export interface HlsStreamStatus {
  readonly state: 'idle' | 'connecting' | 'live' | 'stalled' | 'offline' | 'error';
  /** Plain words for anything but live and idle. */
  readonly reason: string | null;
  /** Unix ms. */
  readonly sinceMs: number;
  /** Unix ms. */
  readonly nextTryMs: number | null;
  readonly stats: { readonly gopSeconds: number | null };
}

export interface HlsStream {
  readonly id: string;
  attach(reader: Reader): Result<Attachment, AttachRefusal>;
  admitViewer(viewer: Viewer): Result<{ leave(): void }, AttachRefusal>;
  status(): HlsStreamStatus;
}
