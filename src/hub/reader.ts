/**
 * What a way out has to be: anything attached to a stream.
 */
import type { AccessUnit, Track } from '../media/track.ts';

type ReaderKind = 'hls' | 'live' | 'rtsp' | 'webrtc' | 'pictures' | 'recorder' | 'probe' | 'test';

export interface Reader {
  readonly kind: ReaderKind;
  /** Always before the first unit; again when a codec changes or the source reconnects with other tracks. */
  onTracks(tracks: readonly Track[]): void;
  /** Begins with the last keyframe (the GOP cache, in one run), then live. Must not throw and must not block. */
  onUnit(unit: AccessUnit): void;
  /** The next unit (a keyframe) does not continue the ones before: the camera was away, or units were dropped. */
  onDiscontinuity?(): void;
  /** The stream is gone for good; nothing follows. */
  onEnd(reason: string): void;
  /** Bytes delivered to this reader that it has not passed on. Over its budget, units are dropped to the next keyframe. */
  pendingBytes?(): number;
}

/** Why a reader was not taken. */
export type AttachRefusal =
  { readonly kind: 'too-many-readers'; readonly maxReaders: number } | { readonly kind: 'closed' };

export interface Attachment {
  /** Units kept from this reader because it was too slow. */
  readonly droppedUnits: number;
  detach(): void;
}
