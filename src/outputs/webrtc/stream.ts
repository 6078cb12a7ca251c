/**
 * What WebRTC needs of the rest. `hub/stream.ts` has the stream; `app` finds it.
 */
import type { Result } from '../../base/result.ts';
import type { LatencyMode } from '../../hub/latency.ts';
import type { AttachRefusal, Attachment, Reader } from '../../hub/reader.ts';
import type { Viewer } from '../../hub/viewers.ts';

export interface WebRtcStream {
  readonly id: string;
  readonly latency: LatencyMode;
  attach(reader: Reader): Result<Attachment, AttachRefusal>;
  admitViewer(viewer: Viewer): Result<{ leave(): void }, AttachRefusal>;
  status(): {
    readonly state: string;
    readonly reason: string | null;
    readonly sinceMs: number;
    readonly nextTryMs: number | null;
  };
}

/** Why a client was not taken. The codes are stable: players decide by them which way to try next. */
export interface WebRtcRefusal {
  /** Of HTTP. */
  readonly status: 400 | 403 | 404 | 406 | 409 | 429 | 503;
  readonly code: string;
  /** For people. */
  readonly detail: string;
  /** Of the camera, when that is the reason. */
  readonly state?: string;
  readonly sinceMs?: number;
  readonly nextTryMs?: number | null;
  readonly retryAfterSeconds?: number;
}
