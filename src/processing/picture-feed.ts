/**
 * Moving pictures of one stream in one size, quality and rate, for everybody who watches them.
 *
 * In: one reader's units. Out: JPEG files to each watcher. It holds one pipeline of the media worker, or none when the
 * camera's own files will do. When the worker dies the pipeline is made again and begins with the cached GOP; watchers
 * notice a pause.
 */
import type { Clock, Timer } from '../base/clock.ts';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { MovingPictureOptions, Picture, PictureSink } from '../hub/pictures.ts';
import type { AttachRefusal, Attachment, Reader } from '../hub/reader.ts';
import type { Stream } from '../hub/stream.ts';
import type { AccessUnit, Track } from '../media/track.ts';
import { FrameRate } from './frame-rate.ts';
import type { PipelineFault, PipelineHandle } from './media-worker.ts';
import { maxInputQueueBytes } from './media-worker.ts';
import type { VideoTrack } from './picture-input.ts';
import { cameraPicture, madePicture, passesThrough, pipelineInput, videoTrackOf } from './picture-input.ts';
import type { PictureWorker } from './picture-worker.ts';
import { jpegSpec } from './picture-worker.ts';

/** A pipeline that did not live so long is not made again at once. */
const healthyAfterMs = 5000;
const retryPauseMs = 1000;
/** Keys so little further apart than wished are as good. */
const keySpacingTolerance = 1.05;

interface FeedParts {
  readonly clock: Clock;
  readonly worker: PictureWorker;
  readonly stream: Pick<Stream, 'attach'>;
  readonly options: MovingPictureOptions;
  /** Nobody watches it any more; it holds nothing. */
  readonly onEmpty: () => void;
}

/** How pictures are made now. */
type Maker =
  | { readonly kind: 'none' }
  | { readonly kind: 'passing'; readonly rate: FrameRate }
  | { readonly kind: 'opening'; readonly handle: PipelineHandle; readonly codec: string }
  | {
      readonly kind: 'open';
      readonly handle: PipelineHandle;
      readonly codec: string;
      readonly sinceMs: number;
    }
  | { readonly kind: 'pausing'; readonly timer: Timer };

export class PictureFeed {
  readonly #parts: FeedParts;
  #watchers: readonly PictureSink[] = [];
  #newest: Picture | undefined;
  #attachment: Attachment | undefined;
  #track: VideoTrack | undefined;
  #maker: Maker = { kind: 'none' };
  /** For Motion JPEG: what is not wanted is not even sent to be decoded. */
  #rate: FrameRate;
  #waitingForKey = true;
  #lastKeyMs: number | undefined;
  /** Keyframes come as often as pictures are wished: nothing else needs decoding. */
  #keysOnly = false;
  #over = false;

  constructor(parts: FeedParts) {
    this.#parts = parts;
    this.#rate = new FrameRate(parts.options.framesPerSecond);
  }

  /** Once, before the first watcher. Pictures come later than this call. */
  start(): Result<void, AttachRefusal> {
    return this.#attach();
  }

  /** The newest picture comes at once, though later than this call. */
  join(watcher: PictureSink): { close(): void } {
    this.#watchers = [...this.#watchers, watcher];
    queueMicrotask(() => {
      if (this.#newest && this.#watchers.includes(watcher)) watcher.picture(this.#newest);
    });
    return { close: () => this.#leave(watcher) };
  }

  /** The same as before, with the cached GOP first. */
  #attach(): Result<void, AttachRefusal> {
    const before = this.#attachment;
    const reader: Reader = {
      kind: 'pictures',
      onTracks: (tracks) => this.#onTracks(tracks),
      onUnit: (unit) => this.#onUnit(unit),
      onEnd: (reason) => this.#end(reason),
      pendingBytes: () => this.#parts.worker.queuedBytes,
    };
    const attached = this.#parts.stream.attach(reader, { budgetBytes: maxInputQueueBytes });
    if (!attached.ok) return err(attached.error);
    if (this.#over) attached.value.detach();
    else this.#attachment = attached.value;
    before?.detach();
    return ok(undefined);
  }

  #onTracks(tracks: readonly Track[]): void {
    if (tracks.length === 0) return;
    this.#track = videoTrackOf(tracks);
    this.#waitingForKey = true;
    this.#lastKeyMs = undefined;
    this.#keysOnly = false;
    if (this.#track) this.#makeFrom(this.#track);
    // Never from within `watch`.
    else queueMicrotask(() => this.#end('The camera sends no video.'));
  }

  #makeFrom({ codec }: VideoTrack): void {
    const maker = this.#maker;
    if (passesThrough(codec, this.#parts.options)) {
      this.#stopMaking();
      this.#maker = { kind: 'passing', rate: new FrameRate(this.#parts.options.framesPerSecond) };
    } else if (!('codec' in maker) || maker.codec !== codec.kind) {
      this.#stopMaking();
      this.#open(codec.kind);
    }
  }

  #open(codec: VideoTrack['codec']['kind']): void {
    const { worker, options, clock } = this.#parts;
    const handle = worker.open(jpegSpec(codec, options, options.framesPerSecond), {
      opened: () => {
        this.#maker = { kind: 'open', handle, codec, sinceMs: clock.monotonicMs() };
        this.#rate = new FrameRate(options.framesPerSecond);
        // Its first pictures went by while it was opened.
        if (!this.#attach().ok) this.#end('The camera is gone.');
      },
      unit: (unit) => {
        const picture = madePicture(unit);
        if (picture) this.#deliver(picture);
      },
      ended: (fault) => this.#lost(fault),
    });
    this.#maker = { kind: 'opening', handle, codec };
  }

  #lost(fault: PipelineFault): void {
    if (fault.kind === 'unavailable') return this.#end(fault.message);
    const { clock } = this.#parts;
    const wasWell =
      this.#maker.kind === 'open' && clock.monotonicMs() - this.#maker.sinceMs >= healthyAfterMs;
    const timer = clock.after(wasWell ? 0 : retryPauseMs, () => {
      this.#maker = { kind: 'none' };
      if (this.#track) this.#makeFrom(this.#track);
    });
    this.#maker = { kind: 'pausing', timer };
  }

  #onUnit(unit: AccessUnit): void {
    const track = this.#track;
    if (!track || unit.track !== track.id) return;
    const { codec } = track;
    const maker = this.#maker;
    if (maker.kind === 'passing') {
      if (codec.kind === 'mjpeg' && maker.rate.isDue(unit.wallMs)) this.#deliver(cameraPicture(codec, unit));
    } else if (maker.kind === 'open' && this.#needsDecoding(unit, codec.kind)) {
      const sent = maker.handle.send(pipelineInput(codec, unit, unit.key && this.#keysOnly));
      if (!sent) this.#waitingForKey = true;
    }
  }

  #needsDecoding(unit: AccessUnit, codec: VideoTrack['codec']['kind']): boolean {
    if (codec === 'mjpeg') return this.#rate.isDue(unit.wallMs);
    if (!unit.key) return !this.#waitingForKey && !this.#keysOnly;
    const spacingMs = this.#lastKeyMs === undefined ? undefined : unit.wallMs - this.#lastKeyMs;
    const enoughMs = (1000 / this.#parts.options.framesPerSecond) * keySpacingTolerance;
    this.#keysOnly = spacingMs !== undefined && spacingMs > 0 && spacingMs <= enoughMs;
    this.#lastKeyMs = unit.wallMs;
    this.#waitingForKey = false;
    return true;
  }

  #deliver(picture: Picture): void {
    this.#newest = picture;
    for (const watcher of this.#watchers) watcher.picture(picture);
  }

  #leave(watcher: PictureSink): void {
    if (!this.#watchers.includes(watcher)) return;
    this.#watchers = this.#watchers.filter((other) => other !== watcher);
    if (this.#watchers.length === 0) this.#release();
  }

  #end(reason: string): void {
    if (this.#over) return;
    const watchers = this.#watchers;
    this.#watchers = [];
    this.#release();
    for (const watcher of watchers) watcher.ended(reason);
  }

  #release(): void {
    if (this.#over) return;
    this.#over = true;
    this.#stopMaking();
    this.#attachment?.detach();
    this.#parts.onEmpty();
  }

  #stopMaking(): void {
    const maker = this.#maker;
    this.#maker = { kind: 'none' };
    if ('handle' in maker) maker.handle.close();
    if (maker.kind === 'pausing') maker.timer.cancel();
  }
}
