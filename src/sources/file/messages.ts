/**
 * What the server and the process that takes a media file apart say to each other. Values travel in V8's own
 * serialisation, which keeps byte arrays as they are.
 */
import { deserialize, serialize } from 'node:v8';
import { messageKind } from '../../io/worker/framing.ts';
import type { Track } from '../../media/track.ts';
import type { TrackUnit } from './media-file.ts';

/** From the server, as JSON: play this file, then so many more units. */
export type ToDemuxer =
  { readonly type: 'open'; readonly path: string } | { readonly type: 'more'; readonly units: number };

/** From the process: first the tracks, then units, at any time the end. */
export type FromDemuxer =
  | { readonly type: 'tracks'; readonly tracks: readonly Track[] }
  | { readonly type: 'unit'; readonly unit: TrackUnit; readonly damaged: number }
  /** `reason` is for people; undefined when the library gave up. */
  | { readonly type: 'end'; readonly kind: 'file' | 'unsupported'; readonly reason: string | undefined };

export const demuxerMessage = messageKind.firstOwn;

export function pack(message: FromDemuxer): Uint8Array {
  return serialize(message);
}

/** Undefined when the bytes are no message. */
export function unpack(bytes: Uint8Array): FromDemuxer | undefined {
  try {
    return deserialize(bytes) as FromDemuxer;
  } catch {
    return undefined;
  }
}
