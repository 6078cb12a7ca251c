/**
 * What HLS needs of a stream. `hub/stream.ts` has it.
 */
import type { Result } from '../../base/result.ts';
import type { LatencyMode } from '../../hub/latency.ts';
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
  /** May change while it runs. */
  readonly latency: LatencyMode;
  attach(reader: Reader): Result<Attachment, AttachRefusal>;
  admitViewer(viewer: Viewer): Result<{ leave(): void }, AttachRefusal>;
  status(): HlsStreamStatus;
}
