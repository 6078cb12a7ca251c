/**
 * What the API needs from the running cameras. `app` fills it from the hub; tests from streams of their own.
 */
import type { CameraId } from '../base/ids.ts';
import type { LatencyMode } from '../hub/latency.ts';
import type { ViewerEnd } from '../hub/viewers.ts';
import type { CameraViewer, ProbeResult, SourceInput, StreamStatus } from './contract/cameras.ts';
import type { RecordingPolicyInput, RecordingState } from './contract/recording.ts';

/** A camera as it shall run; the credentials stand in its source. */
export interface RuntimeCamera {
  readonly id: CameraId;
  readonly name: string;
  /** False: never connect; its status is `disabled`. */
  readonly enabled: boolean;
  readonly source: SourceInput;
  /** The smaller second source; null without. */
  readonly sub: SourceInput | null;
  readonly start: 'on-demand' | 'always';
  readonly closeAfterMs: number;
  /** 0: no limit. */
  readonly maxReaders: number;
  /** Null: as the server. */
  readonly latency: LatencyMode | null;
  readonly recording: RecordingPolicyInput;
}

export interface CameraRuntime {
  /** Makes the camera run as described: a new one is started, a known one changed. Must not throw. */
  apply(camera: RuntimeCamera): void;
  /** Ends its stream and its viewers. Nothing happens when it is unknown. */
  remove(id: CameraId): void;
  /** Of a camera given to `apply` and not removed since. */
  status(id: CameraId): StreamStatus;
  /** Of its second source; null when it has none. */
  subStatus(id: CameraId): StreamStatus | null;
  /** Whether it is recorded now. */
  recordingState(id: CameraId): RecordingState;
  /** Who watches, over all its sources. */
  viewers(id: CameraId): CameraViewer[];
  /** Ends one of them. */
  endViewer(id: CameraId, viewer: string): ViewerEnd;
  /** Connects once and reports; gives up when `signal` fires, and says so when too many run at one time. Does not reject. */
  probe(source: SourceInput, signal: AbortSignal): Promise<ProbeResult>;
}

/** Of a camera that is switched off. @param sinceMs Unix ms */
export function disabledStatus(sinceMs: number): StreamStatus {
  return {
    state: 'disabled',
    reason: 'The camera is switched off.',
    sinceMs,
    nextTryMs: null,
    lastPictureMs: null,
    transport: null,
    tracks: [],
    stats: {
      bitrateBps: 0,
      framesPerSecond: 0,
      gopSeconds: null,
      keyframeAgeMs: null,
      readers: 0,
      viewers: 0,
      viewersByOutput: { hls: 0, live: 0, rtsp: 0, webrtc: 0, mjpeg: 0 },
      bytesReceived: 0,
      bytesSent: 0,
      unitsReceived: 0,
      packetsLost: 0,
      damaged: 0,
      unitsDropped: 0,
      reconnects: 0,
      errors: 0,
      uptimeSeconds: null,
      lastError: null,
      lastErrorMs: null,
    },
    health: { level: 'good', reasons: [] },
  };
}
