/**
 * One stream in one form, made once for all who watch it.
 *
 * In:  a stream. Out: messages to every channel: first what the feed is, then all since the last keyframe, then each
 * message as it comes. A feed begins with its first channel and ends with its last.
 */
import type { ServerMessage } from './messages.ts';

type Tracks = Extract<ServerMessage, { type: 'tracks' }>;

/** What a feed is now; without a number before the camera has said what it sends. */
export type FeedTracks = Pick<Tracks, 'feed' | 'mime' | 'video' | 'audio' | 'note'>;

/** One message with media. */
export interface FeedMessage {
  readonly bytes: Uint8Array;
  /** A viewer can begin here. */
  readonly key: boolean;
}

/** A channel, as the feed sees it. */
export interface FeedReader {
  /** Another feed number from now on: its init and a keyframe follow. */
  onTracks(tracks: FeedTracks, init: Uint8Array | undefined): void;
  /** All since the last keyframe, oldest first. */
  onCached(messages: readonly FeedMessage[]): void;
  onMessage(message: FeedMessage): void;
  /** Nothing follows. */
  onEnd(code: string, reason: string): void;
}

export interface Feed {
  /** Undefined when it could not be begun: then `onEnd` was called. */
  join(reader: FeedReader): { leave(): void };
}
