/**
 * Stills of stored footage: JPEG files of any moment, and keyframes as they are stored.
 *
 * In:  a camera, a moment, a size. Out: the picture. Promises: the same picture is made once while it is remembered;
 * a bounded number is made at one time.
 */
import type { Archive } from '../archive/types.ts';
import type { CameraId } from '../base/ids.ts';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { UnixMs } from '../base/units.ts';
import type { AccessUnit, VideoConfig } from '../media/track.ts';
import type { Moment, MomentFault } from './moments.ts';
import { findMoment } from './moments.ts';

export interface FrameOptions {
  /** Undefined: as wide as the footage. */
  readonly widthPixels: number | undefined;
  /** 1 to 100. */
  readonly quality: number;
}

export interface StoredPicture {
  readonly bytes: Uint8Array;
  readonly widthPixels: number;
  readonly heightPixels: number;
  /** When the picture was taken. */
  readonly captureMs: UnixMs;
}

export interface FrameFault {
  readonly kind: 'busy' | 'unavailable' | 'failed';
  /** For people. */
  readonly message: string;
}

/** Makes JPEG files of coded pictures; `app` fills it with the media worker. */
export type FrameMaker = (
  group: { readonly codec: VideoConfig; readonly units: readonly AccessUnit[]; readonly wantedMs: UnixMs },
  options: FrameOptions,
) => Promise<Result<Omit<StoredPicture, 'captureMs'>, FrameFault>>;

type FrameResult = Result<StoredPicture, MomentFault | FrameFault>;

/** The worker decodes one after the other; a dragged pointer leaves its old requests behind. */
const maxWaiting = 32;
const maxAtOnce = 2;
/** Somebody who scrubs goes back and forth over the same minute. */
const maxCachedBytes = 24 * 1024 * 1024;

export class Frames {
  readonly #archive: Archive;
  readonly #make: FrameMaker;
  /** By recording, time and size; the one used longest ago first. */
  readonly #cache = new Map<string, StoredPicture>();
  #cachedBytes = 0;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(archive: Archive, make: FrameMaker) {
    this.#archive = archive;
    this.#make = make;
  }

  /** @param exact the picture shown at `atMs`; otherwise the keyframe before it, which is quicker. */
  async picture(
    cameraId: CameraId,
    atMs: UnixMs,
    exact: boolean,
    options: FrameOptions,
    signal: AbortSignal,
  ): Promise<FrameResult> {
    if (!(await this.#turn())) return err({ kind: 'busy', message: 'Too many pictures are waited for.' });
    try {
      if (signal.aborted) return err({ kind: 'failed', message: 'The request was taken back.' });
      const moment = await findMoment(this.#archive, cameraId, atMs, exact);
      return moment.ok ? await this.#pictureOf(moment.value, options) : moment;
    } finally {
      const next = this.#waiting.shift();
      // Its place is handed on: nobody who comes in between takes it, too.
      if (next) next();
      else this.#running -= 1;
    }
  }

  keyframe(cameraId: CameraId, atMs: UnixMs): Promise<Result<Moment, MomentFault>> {
    return findMoment(this.#archive, cameraId, atMs, false);
  }

  async #pictureOf(moment: Moment, options: FrameOptions): Promise<FrameResult> {
    const { recording, wanted, units, track } = moment;
    const key = `${recording.id} ${wanted.pts} ${options.widthPixels ?? 'full'} ${options.quality}`;
    const known = this.#cache.get(key);
    if (known) {
      this.#cache.delete(key);
      this.#cache.set(key, known);
      return ok(known);
    }
    const made = await this.#make({ codec: track.codec, units, wantedMs: wanted.wallMs }, options);
    if (!made.ok) return made;
    const picture = { ...made.value, captureMs: wanted.wallMs };
    this.#remember(key, picture);
    return ok(picture);
  }

  #remember(key: string, picture: StoredPicture): void {
    // Two who asked at the same time have both made it.
    this.#cachedBytes -= this.#cache.get(key)?.bytes.length ?? 0;
    this.#cache.set(key, picture);
    this.#cachedBytes += picture.bytes.length;
    for (const [oldest, { bytes }] of this.#cache) {
      if (this.#cachedBytes <= maxCachedBytes) return;
      this.#cache.delete(oldest);
      this.#cachedBytes -= bytes.length;
    }
  }

  /** False when too many wait already. */
  async #turn(): Promise<boolean> {
    if (this.#running >= maxAtOnce) {
      if (this.#waiting.length >= maxWaiting) return false;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
      return true;
    }
    this.#running += 1;
    return true;
  }
}
