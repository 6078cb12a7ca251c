/**
 * One way being tried or played: its screen, its transport, its pictures, its distance to live.
 * In: a way and an address. Out: pictures, and at most one end. Begins muted: who hears it, is decided later.
 */
import { LatencyController } from './controller.ts';
import { plain } from './failure.ts';
import type { Failure } from './failure.ts';
import { FrameWatch } from './frames.ts';
import type { Way } from './ladder.ts';
import { attemptLimitMs } from './state.ts';
import type { Address, Screen, Transport } from './transport.ts';
import { startWay } from './ways.ts';

export interface AttemptEvents {
  /** @param captureMs server time; undefined when nobody knows. */
  picture(attempt: Attempt, nowMs: number, captureMs: number | undefined): void;
  sound(attempt: Attempt): void;
  /** Delay that the server asks players to aim for. */
  target(targetMs: number): void;
  /** @param codec which one the browser lacks, when that is the reason. */
  over(attempt: Attempt, failure: Failure, codec?: string): void;
}

/** The server has described its media: from here on the time counts. Longer than the keyframes of most cameras are apart. */
const pictureWithinMs = 8000;
const warmUpMs = 3000;

export class Attempt {
  readonly way: Way;
  readonly screen: Screen;
  hasSound = false;
  readonly #events: AttemptEvents;
  readonly #startedMs = Date.now();
  readonly #listening = new AbortController();
  #transport: Transport | undefined;
  #watch: FrameWatch | undefined;
  #controller: LatencyController | undefined;
  #readyMs: number | undefined;
  #firstMs: number | undefined;
  #over = false;

  constructor(
    way: Way,
    screen: Screen,
    address: Address,
    events: AttemptEvents,
    serverNowMs: () => number | undefined,
  ) {
    this.way = way;
    this.screen = screen;
    this.#events = events;
    if (screen instanceof HTMLVideoElement) this.#listen(screen);
    const own = {
      failed: (failure: Failure) => this.#end(failure),
      unsupported: (codec: string) =>
        this.#end(plain(`this browser has no decoder for ${codec}`, 'unsupported-codec'), codec),
      sound: (present: boolean) => {
        this.hasSound = present;
        events.sound(this);
      },
      ready: (targetMs?: number) => {
        this.#readyMs ??= Date.now();
        if (targetMs !== undefined) events.target(targetMs);
      },
      drawn: (captureMs: number | undefined) => this.#onPicture(captureMs),
    };
    try {
      this.#transport = startWay(way, screen, address, own, serverNowMs);
    } catch {
      // For example a page that allows no such connection. Not at once: who began this is not done yet.
      queueMicrotask(() => this.#end(plain('This page does not allow it', 'not-allowed')));
    }
  }

  /** Twenty times a second. @param aims false while nobody can see: then pictures are not missed. */
  tick(nowMs: number, judges: boolean): void {
    this.#watch?.poll();
    this.#steer();
    if (!judges || this.#firstMs !== undefined) return;
    const silent = nowMs - this.#startedMs > attemptLimitMs;
    if (silent || nowMs - (this.#readyMs ?? nowMs) > pictureWithinMs) {
      this.#end(plain('The stream answers, but no picture comes', 'no-picture'));
    }
  }

  aim(targetMs: number): void {
    this.#transport?.aim?.(targetMs);
  }

  /** Frees everything but the screen; no event follows. */
  stop(): void {
    this.#over = true;
    this.#listening.abort();
    this.#watch?.stop();
    this.#transport?.stop();
  }

  #listen(video: HTMLVideoElement): void {
    const { signal } = this.#listening;
    this.#watch = new FrameWatch(video, (frame) => this.#onPicture(this.#transport?.captureMs(frame)));
    video.addEventListener('canplay', () => this.#start(video), { signal });
    const onWaiting = () => {
      // The first seconds prove nothing: decoders warm up.
      if (video.seeking || Date.now() - (this.#firstMs ?? Infinity) < warmUpMs) return;
      this.#controller?.onWaiting(performance.now());
    };
    video.addEventListener('waiting', onWaiting, { signal });
    video.addEventListener('playing', () => this.#controller?.onPlaying(performance.now()), { signal });
  }

  /** Without sound when the browser allows no sound before a click. */
  #start(video: HTMLVideoElement): void {
    if (!video.paused || this.#over) return;
    video.play().catch((error: unknown) => {
      if (!(error instanceof DOMException) || error.name !== 'NotAllowedError' || video.muted) return;
      video.muted = true;
      this.#start(video);
    });
  }

  #onPicture(captureMs: number | undefined): void {
    if (this.#over) return;
    const nowMs = Date.now();
    this.#firstMs ??= nowMs;
    this.#events.picture(this, nowMs, captureMs);
  }

  #steer(): void {
    const video = this.screen;
    const limits = this.#transport?.limits();
    // Until the first picture the place to start at is chosen by the transport.
    if (!limits || this.#firstMs === undefined || !(video instanceof HTMLVideoElement)) return;
    if (video.paused || video.seeking) return;
    this.#controller ??= new LatencyController(limits, mayChangeRate);
    const position = video.currentTime;
    const advice = this.#controller.step({
      nowMs: performance.now(),
      positionSeconds: position,
      bufferedEndSeconds: bufferedEnd(video.buffered, position),
      liveSeconds: this.#transport?.liveSeconds(),
    });
    if (advice.kind === 'seek') video.currentTime = advice.toSeconds;
    else if (video.playbackRate !== advice.rate) video.playbackRate = advice.rate;
  }

  #end(failure: Failure, codec?: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#events.over(this, failure, codec);
  }
}

/** Changing the rate is heard and seen in Safari. */
const mayChangeRate = !(
  /safari/i.test(navigator.userAgent) && !/chrom|android|firefox|edg/i.test(navigator.userAgent)
);

function bufferedEnd(ranges: TimeRanges, position: number): number | undefined {
  for (let index = 0; index < ranges.length; index++) {
    if (ranges.start(index) <= position + 0.1 && position <= ranges.end(index)) return ranges.end(index);
  }
  return undefined;
}
