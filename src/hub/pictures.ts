/**
 * Pictures as JPEG files, made from a stream: for MJPEG, for snapshots, and for players that can do nothing else.
 * Outputs ask through these types; `processing` makes the pictures; `app` brings them together.
 */
import type { Result } from '../base/result.ts';
import type { UnixMs } from '../base/units.ts';
import type { Stream } from './stream.ts';

/** One whole JPEG file. Its bytes are shared by all who watch. */
export interface Picture {
  readonly bytes: Uint8Array;
  /** Capture time of what it shows. */
  readonly captureMs: UnixMs;
  readonly widthPixels: number;
  readonly heightPixels: number;
}

export interface PictureOptions {
  /** 16 to 3840; undefined: as wide as the stream. Never wider than the stream; the height follows. */
  readonly widthPixels: number | undefined;
  /** 1 to 100. */
  readonly quality: number;
}

export interface MovingPictureOptions extends PictureOptions {
  /** 1 to 60; never more than the stream has. */
  readonly framesPerSecond: number;
}

export interface PictureSink {
  /** Must not block: who is slow leaves pictures out. */
  picture(picture: Picture): void;
  /** Once; nothing follows. Not after `close`. */
  ended(reason: string): void;
}

export interface PictureFault {
  readonly kind:
    | 'no-picture' // the camera is away, or sends no video
    | 'unavailable' // no native code on this machine
    | 'busy' // a limit is reached
    | 'failed';
  /** For people. */
  readonly message: string;
}

export interface Pictures {
  /** One encoder for each stream and set of options, shared; it stops with its last watcher. */
  watch(
    stream: Stream,
    options: MovingPictureOptions,
    sink: PictureSink,
  ): Result<{ close(): void }, PictureFault>;
  /** From the last keyframe; made once for each keyframe and set of options. An on-demand camera is connected for it. */
  still(stream: Stream, options: PictureOptions): Promise<Result<Picture, PictureFault>>;
}
