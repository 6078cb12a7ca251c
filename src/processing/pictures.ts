/**
 * Pictures of streams as JPEG files: moving ones, and stills of the last keyframe.
 *
 * In: streams, and what is wished of them. Out: files that all who wish the same share. Promises: one pipeline of the
 * media worker for each stream and set of options, ended with its last watcher; nothing is made twice.
 */
import type { Clock } from '../base/clock.ts';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type {
  MovingPictureOptions,
  Picture,
  PictureFault,
  PictureOptions,
  PictureSink,
  Pictures,
} from '../hub/pictures.ts';
import type { Stream } from '../hub/stream.ts';
import type { VideoKeyframe } from './fresh-keyframe.ts';
import { freshKeyframe } from './fresh-keyframe.ts';
import { PictureFeed } from './picture-feed.ts';
import { isVideoTrack, passesThrough, videoTrackOf } from './picture-input.ts';
import type { PictureWorker } from './picture-worker.ts';
import { StillCache } from './still-cache.ts';
import { makeStill } from './still-job.ts';

/** The worker makes one after the other; more would only wait there. */
const maxStillsAtOnce = 4;
/** A wall of tiles that is opened; it takes a second or two. */
const maxStillsWaiting = 128;

export interface PictureMakerParts {
  readonly clock: Clock;
  readonly worker: PictureWorker;
  /** Sets of stream, size, quality and rate that are watched at one time. */
  readonly maxEncoders: number;
}

type Still = Promise<Result<Picture, PictureFault>>;

export class PictureMaker implements Pictures {
  readonly #parts: PictureMakerParts;
  readonly #feeds = new Map<string, PictureFeed>();
  readonly #cache = new StillCache();
  /** By stream: whoever waits for the same camera waits together. */
  readonly #fresh = new Map<Stream, Promise<Result<VideoKeyframe, PictureFault>>>();
  #stillsRunning = 0;
  readonly #stillsWaiting: (() => void)[] = [];

  constructor(parts: PictureMakerParts) {
    this.#parts = parts;
  }

  watch(
    stream: Stream,
    options: MovingPictureOptions,
    sink: PictureSink,
  ): Result<{ close(): void }, PictureFault> {
    const key = `${stillKey(stream, options)} ${options.framesPerSecond}`;
    const known = this.#feeds.get(key);
    if (known) return ok(known.join(sink));
    const fault = this.#cannotWatch(stream, options);
    if (fault) return err(fault);
    const onEmpty = (): void => void this.#feeds.delete(key);
    const feed = new PictureFeed({ ...this.#parts, stream, options, onEmpty });
    const started = feed.start();
    if (!started.ok) return err({ kind: 'no-picture', message: 'The camera is gone.' });
    this.#feeds.set(key, feed);
    return ok(feed.join(sink));
  }

  async still(stream: Stream, options: PictureOptions): Still {
    const keyframe = await this.#freshKeyframe(stream);
    return keyframe.ok ? this.#make(stream, keyframe.value, options) : keyframe;
  }

  /** The last picture there was, however long ago; the camera is not asked for it. */
  async lastStill(stream: Stream, options: PictureOptions): Still {
    const { track, unit } = stream.lastKeyframe ?? {};
    if (track && unit && isVideoTrack(track)) return this.#make(stream, { track, unit }, options);
    return err({
      kind: 'no-picture',
      message: 'No picture has come from this camera since the server started.',
    });
  }

  #cannotWatch(stream: Stream, options: PictureOptions): PictureFault | undefined {
    const { worker, maxEncoders } = this.#parts;
    if (this.#feeds.size >= maxEncoders) {
      const message = `This server makes moving pictures in ${maxEncoders} sizes, qualities and rates already.`;
      return { kind: 'busy', message: `${message} Close one, or ask for one of those.` };
    }
    const status = worker.status();
    const video = videoTrackOf(stream.tracks);
    if (status.state !== 'unavailable' || !video || passesThrough(video.codec, options)) return undefined;
    return { kind: 'unavailable', message: status.reason };
  }

  #freshKeyframe(stream: Stream): Promise<Result<VideoKeyframe, PictureFault>> {
    const known = this.#fresh.get(stream);
    if (known) return known;
    const asked = freshKeyframe(stream, this.#parts.clock);
    this.#fresh.set(stream, asked);
    void asked.then(() => this.#fresh.delete(stream));
    return asked;
  }

  #make(stream: Stream, keyframe: VideoKeyframe, options: PictureOptions): Still {
    return this.#cache.get(stillKey(stream, options), keyframe.unit, () =>
      this.#inTurn(() => makeStill(this.#parts, keyframe, options)),
    );
  }

  async #inTurn(make: () => Still): Still {
    if (this.#stillsRunning >= maxStillsAtOnce) {
      if (this.#stillsWaiting.length >= maxStillsWaiting) return err(tooManyStills);
      await new Promise<void>((resolve) => this.#stillsWaiting.push(resolve));
    }
    this.#stillsRunning += 1;
    try {
      return await make();
    } finally {
      this.#stillsRunning -= 1;
      this.#stillsWaiting.shift()?.();
    }
  }
}

const tooManyStills: PictureFault = {
  kind: 'busy',
  message: `${maxStillsWaiting} pictures are waited for already. Try again soon.`,
};

function stillKey({ id }: Stream, { widthPixels, quality }: PictureOptions): string {
  return `${id} ${widthPixels ?? 'full'} ${quality}`;
}
