/**
 * What a stream says of itself, in the shape the API shows (`api/contract/cameras.ts`).
 */
import type { CodecConfig, Track } from '../media/track.ts';
import { isVideo } from '../media/track.ts';
import type { Output } from './viewers.ts';

export type StreamState = 'idle' | 'connecting' | 'live' | 'stalled' | 'offline' | 'error';

export interface TrackInfo {
  readonly kind: 'video' | 'audio';
  readonly codec: CodecConfig['kind'];
  /** RFC 6381; null when the codec cannot be carried in MP4. */
  readonly codecString: string | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly framesPerSecond: number | null;
  readonly sampleRateHz: number | null;
  readonly channels: number | null;
  readonly playable: boolean;
  /** Why it is not playable. */
  readonly note: string | null;
}

export interface StreamStats {
  readonly bitrateBps: number;
  readonly framesPerSecond: number;
  readonly gopSeconds: number | null;
  readonly keyframeAgeMs: number | null;
  readonly readers: number;
  readonly viewers: number;
  readonly viewersByOutput: Readonly<Record<Output, number>>;
  readonly bytesReceived: number;
  /** To all viewers there are and were. */
  readonly bytesSent: number;
  readonly unitsReceived: number;
  readonly packetsLost: number;
  readonly damaged: number;
  /** Kept from readers that were too slow. */
  readonly unitsDropped: number;
  readonly reconnects: number;
  /** Damaged frames, lost connections and failed answers to viewers together. */
  readonly errors: number;
  /** How long media has flowed on this connection; null without one. */
  readonly uptimeSeconds: number | null;
  readonly lastError: string | null;
  readonly lastErrorMs: number | null;
}

export interface StreamHealth {
  readonly level: 'good' | 'fair' | 'bad';
  /** One plain sentence each; empty when good. */
  readonly reasons: string[];
}

export interface StreamStatus {
  readonly state: StreamState;
  readonly reason: string | null;
  readonly sinceMs: number;
  readonly nextTryMs: number | null;
  readonly lastPictureMs: number | null;
  readonly transport: string | null;
  readonly tracks: TrackInfo[];
  readonly stats: StreamStats;
  readonly health: StreamHealth;
}

export function trackInfo(track: Track): TrackInfo {
  const { codec } = track;
  const video = isVideo(codec) ? codec : undefined;
  const audio = isVideo(codec) ? undefined : codec;
  const note = whyUnplayable(codec);
  return {
    kind: video ? 'video' : 'audio',
    codec: codec.kind,
    codecString: 'codecString' in codec ? codec.codecString : null,
    width: video?.widthPixels ?? null,
    height: video?.heightPixels ?? null,
    framesPerSecond: video && 'framesPerSecond' in video ? (video.framesPerSecond ?? null) : null,
    sampleRateHz: sampleRateHz(audio),
    channels: audio?.channels ?? null,
    playable: note === null,
    note,
  };
}

function sampleRateHz(audio: Exclude<CodecConfig, { widthPixels: number }> | undefined): number | null {
  if (!audio) return null;
  return audio.kind === 'opus' ? 48_000 : audio.sampleRateHz;
}

function whyUnplayable(codec: CodecConfig): string | null {
  switch (codec.kind) {
    case 'g711':
      return 'G.711 audio is not playable in a browser yet; the video plays without sound.';
    case 'mjpeg':
      return 'Motion JPEG is shown as single pictures, not as video. If the camera offers H.264, choose that.';
    case 'h264':
    case 'h265':
    case 'aac':
    case 'opus':
      return null;
  }
}
