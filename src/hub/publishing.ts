/**
 * How media is pushed in: a client of the RTSP server (RECORD) or of WHIP sends, a camera of the kind `push` takes it.
 * Servers of such protocols ask through `Publish`; `app` fills it.
 */
import type { Result } from '../base/result.ts';
import type { SourceCounters, SourceSink } from './source.ts';

/** A client that sends media, as its protocol's server describes it. */
export interface Publisher {
  /** A few words, for example `RTSP push over TCP` or `WHIP`. */
  readonly transport: string;
  /** Its IP address. */
  readonly address: string;
  counters(): SourceCounters;
  /** The camera wants no more of it: it was deleted, switched off, or changed. Nothing is taken afterwards. */
  end(reason: string): void;
  /** Someone begins to watch: a keyframe would be welcome now. */
  wantKeyframe?(): void;
}

export type PublishRefusal =
  /** No such camera. */
  | { readonly kind: 'unknown' }
  /** The camera fetches its media itself. */
  | { readonly kind: 'not-push' }
  | { readonly kind: 'disabled' }
  /** Somebody publishes there already. */
  | { readonly kind: 'taken' };

/** Where a publisher delivers. */
export interface PublishSink extends SourceSink {
  /** How long a packet that overtook others may wait for them, as the camera's viewers want it; may change. */
  reorderMs?(): number;
}

/**
 * Announces a publisher. It delivers to the sink: `tracks` first, then units, and `ended` exactly once, unless the
 * camera called `end` before.
 */
export type Publish = (camera: string, publisher: Publisher) => Result<PublishSink, PublishRefusal>;
