/**
 * The live WebSocket, `/ws/live` (subprotocol `sightline.live.1`): many cameras on one connection.
 *
 * Text frames are JSON, both ways. Binary frames come from the server only: a head of 24 bytes, then media. They are
 * the same bytes for every viewer, so they carry the number of a *feed* (given out by the server), not of a channel.
 */
import { z } from 'zod';

export const liveProtocol = 'sightline.live.1';

export const livePath = '/ws/live';

const channel = z
  .int()
  .min(0)
  .max(65_535)
  .meta({ description: 'Chosen by the client, one for each picture' });

export const clientMessageSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('subscribe'),
    channel,
    camera: z.string().max(64),
    /** `auto`: the smaller one where there is one and the picture is shown narrower than 640 pixels. */
    source: z.enum(['auto', 'main', 'sub']).default('main'),
    /** `mp4` for Media Source Extensions; `jpeg` for browsers and streams where that does not work. */
    format: z.enum(['mp4', 'jpeg']).default('mp4'),
    /** Width it is shown at in device pixels, for `auto` and `jpeg`. */
    width: z.int().min(16).max(3840).optional(),
    /** For `jpeg`. */
    fps: z.int().min(1).max(60).default(5),
    quality: z.int().min(1).max(100).default(70),
  }),
  z.strictObject({ type: z.literal('unsubscribe'), channel }),
]);
export type ClientMessage = z.input<typeof clientMessageSchema>;

/** What the server says. Not checked by a schema: the player trusts its server and stays small. */
export type ServerMessage =
  /** Which feed the channel gets from now on. For `mp4` an init segment of that feed follows, then a keyframe. */
  | {
      readonly type: 'tracks';
      readonly channel: number;
      readonly feed: number;
      /** For `addSourceBuffer`, or `image/jpeg`. */
      readonly mime: string;
      readonly source: 'main' | 'sub';
      /** Null when the stream has no such track. */
      readonly video: { readonly codec: string; readonly width: number; readonly height: number } | null;
      readonly audio: { readonly codec: string } | null;
      /** A track that this format cannot carry, in plain words. */
      readonly note: string | null;
      /** What the player aims for, ms; see the camera's latency mode. */
      readonly targetMs: number;
    }
  /** The viewer is too slow: these access units were left out; a keyframe follows. */
  | { readonly type: 'drop'; readonly channel: number; readonly units: number; readonly unitsInAll: number }
  /** The camera's state, at once and whenever it changes. The subscription stays. */
  | {
      readonly type: 'state';
      readonly channel: number;
      readonly state: string;
      readonly reason: string | null;
      readonly sinceMs: number;
      readonly nextTryMs: number | null;
    }
  /** The channel is over, or never began. `code` as in the HTTP API. */
  | {
      readonly type: 'problem';
      readonly channel: number | null;
      readonly code: string;
      readonly detail: string;
    };

/**
 * Head of a binary frame, big-endian: kind u8 | flags u8 | zero u16 | feed u32 | captureMs f64 | presentationMs f64.
 * captureMs: Unix ms, when the picture was taken. presentationMs: its presentation time on the media time line, ms
 * (for `mp4` that of the fragment's first sample). Both are 0 for an init segment.
 */
export const binaryHeadBytes = 24;
export const binaryKind = {
  /** `ftyp` and `moov`. */
  init: 1,
  /** One `moof` and `mdat`, with one access unit. */
  fragment: 2,
  /** A whole JPEG file. */
  jpeg: 3,
} as const;
/** In `flags`: decoding can begin here. */
export const keyFlag = 1;
