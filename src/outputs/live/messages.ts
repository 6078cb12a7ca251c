/**
 * What is said on the live WebSocket. Text frames are JSON, both ways. Binary frames come from the server only: a head
 * of 24 bytes, then media. They are the same bytes for every viewer, so they carry the number of a *feed*, which the
 * server gives out, and not that of a channel, which is the viewer's own.
 */

/** What a viewer asks for, checked. */
export interface Subscribe {
  readonly type: 'subscribe';
  readonly channel: number;
  readonly camera: string;
  /** `auto`: the smaller one where there is one and the picture is shown small. */
  readonly source: 'auto' | 'main' | 'sub';
  /** `mp4` for Media Source Extensions; `jpeg` for browsers and streams where that does not work. */
  readonly format: 'mp4' | 'jpeg';
  /** Width it is shown at in device pixels, for `auto` and `jpeg`. */
  readonly width?: number | undefined;
  /** For `jpeg`. */
  readonly fps: number;
  readonly quality: number;
}

export type ViewerMessage = Subscribe | { readonly type: 'unsubscribe'; readonly channel: number };

export type ServerMessage =
  /** Which feed the channel gets from now on. For `mp4` an init segment of that feed follows, then a keyframe. */
  | {
      readonly type: 'tracks';
      readonly channel: number;
      readonly feed: number;
      /** For `addSourceBuffer`, or `image/jpeg`. */
      readonly mime: string;
      readonly source: 'main' | 'sub';
      /** Null when the stream has no such track, or this format cannot carry it. */
      readonly video: { readonly codec: string; readonly width: number; readonly height: number } | null;
      readonly audio: { readonly codec: string } | null;
      /** About a track that this format cannot carry, in plain words. */
      readonly note: string | null;
      /** What the player aims for, ms; see the camera's latency mode. */
      readonly targetMs: number;
    }
  /** The viewer is too slow: so many access units were left out; a keyframe follows. */
  | {
      readonly type: 'drop';
      readonly channel: number;
      readonly units: number;
      readonly unitsInAll: number;
    }
  /** The camera's state, at once and whenever it changes. The subscription stays. */
  | {
      readonly type: 'state';
      readonly channel: number;
      readonly state: string;
      readonly reason: string | null;
      readonly sinceMs: number;
      readonly nextTryMs: number | null;
    }
  /** The channel is over, or never began; without a channel: what was said made no sense. `code` as in the HTTP API. */
  | {
      readonly type: 'problem';
      readonly channel: number | null;
      readonly code: string;
      readonly detail: string;
    };

const binaryHeadBytes = 24;

export const binaryKind = {
  /** `ftyp` and `moov`. */
  init: 1,
  /** One `moof` and `mdat`, with one access unit. */
  fragment: 2,
  /** A whole JPEG file. */
  jpeg: 3,
} as const;

/** In `flags`: decoding can begin here. */
const keyFlag = 1;

export interface BinaryHead {
  readonly kind: (typeof binaryKind)[keyof typeof binaryKind];
  readonly key: boolean;
  readonly feed: number;
  /** When the picture was taken, Unix ms; 0 for an init segment. */
  readonly captureMs: number;
  /** Presentation time of the sample on the media time line, ms; 0 for an init segment. */
  readonly presentationMs: number;
}

/** Big-endian: kind u8 | flags u8 | zero u16 | feed u32 | captureMs f64 | presentationMs f64 | payload, copied once. */
export function binaryMessage(head: BinaryHead, payload: Uint8Array): Uint8Array {
  const message = Buffer.allocUnsafe(binaryHeadBytes + payload.length);
  message.writeUInt8(head.kind, 0);
  message.writeUInt8(head.key ? keyFlag : 0, 1);
  message.writeUInt16BE(0, 2);
  message.writeUInt32BE(head.feed, 4);
  message.writeDoubleBE(head.captureMs, 8);
  message.writeDoubleBE(head.presentationMs, 16);
  message.set(payload, binaryHeadBytes);
  return message;
}
