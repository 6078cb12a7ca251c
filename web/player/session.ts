/**
 * Plays one address for as long as it is asked to, through every failure. In: an address, a
 * `<video>`, the server's clock. Out: states, the age of the picture. Tries for ever, slower and slower.
 */
import { LatencyController, limitsFor } from './controller.ts';
import { RunningMedian, captureMs } from './clock.ts';
import type { ServerClock } from './clock.ts';
import { codecAdvice, codecName } from './codecs.ts';
import { plain, retryDelayMs } from './failure.ts';
import type { Failure } from './failure.ts';
import { FrameWatch } from './frames.ts';
import { HlsTransport, hasMediaSource } from './hls-transport.ts';
import { NativeTransport } from './native-transport.ts';
import { attemptLimitMs, initialState, next, retryDue } from './state.ts';
import type { IdleWhy, Occurrence, PlayerState } from './state.ts';
import type { Transport } from './transport.ts';

export interface SessionEvents {
  state(state: PlayerState): void;
  /** About four times a second while playing is wanted: captions and ages may be written anew. */
  refresh(): void;
  /** The last chance to keep the picture: its decoder is about to go. */
  beforeDrop(): void;
  sound(present: boolean): void;
  failure(failure: Failure): void;
}

const tickMs = 50;
const ticksPerRefresh = 5;
/** Played so long without trouble: the next failure is a first one again. */
const steadyMs = 5000;
const warmUpMs = 3000;

export class Session {
  readonly #video: HTMLVideoElement;
  readonly #clock: ServerClock;
  readonly #events: SessionEvents;
  readonly #latency = new RunningMedian(25);
  #state: PlayerState = initialState;
  #url: string | undefined;
  #transport: Transport | undefined;
  #watch: FrameWatch | undefined;
  #controller: LatencyController | undefined;
  #timer: number | undefined;
  #ticks = 0;
  #failures = 0;
  #attemptMs = 0;
  #lastFrameMs: number | undefined;
  #captureMs: number | undefined;

  constructor(video: HTMLVideoElement, clock: ServerClock, events: SessionEvents) {
    this.#video = video;
    this.#clock = clock;
    this.#events = events;
    video.addEventListener('waiting', () => {
      const { state } = this;
      // The first seconds prove nothing: decoders warm up.
      if (state.kind !== 'playing' || Date.now() - state.sinceMs < warmUpMs) return;
      this.#controller?.onWaiting(performance.now());
    });
    video.addEventListener('canplay', () => this.#start());
  }

  get state(): PlayerState {
    return this.#state;
  }

  /** Of the picture on the screen now, by the server's clock; undefined when nobody can know. */
  get ageMs(): number | undefined {
    if (this.#captureMs === undefined || !this.#clock.known) return undefined;
    return this.#clock.serverMs(Date.now()) - this.#captureMs;
  }

  /** Age of pictures at the moment they appear, middle of the last second. */
  get latencyMs(): number | undefined {
    return this.#clock.known ? this.#latency.value : undefined;
  }

  /** Playing the same address already: does nothing. */
  play(url: string): void {
    if (this.#url === url && this.#timer !== undefined) return;
    this.rest('empty');
    this.#url = url;
    this.#failures = 0;
    this.#timer = window.setInterval(() => this.#tick(), tickMs);
    this.#attempt();
  }

  rest(why: IdleWhy): void {
    window.clearInterval(this.#timer);
    this.#timer = undefined;
    this.#drop();
    this.#move({ kind: 'rest', why });
  }

  /** Does not wait for the next attempt. For news that it would succeed now. */
  retryNow(): void {
    if (this.#timer === undefined || this.#state.kind === 'playing' || this.#transport) return;
    this.#attempt();
  }

  /** Nobody saw pictures for a while, by no fault of the stream. */
  forgive(): void {
    this.#lastFrameMs = Date.now();
  }

  #attempt(): void {
    if (this.#url === undefined) return;
    this.#drop();
    this.#attemptMs = Date.now();
    this.#move({ kind: 'attempt', nowMs: this.#attemptMs });
    const events = {
      failed: (failure: Failure) => this.#fail(failure),
      unsupported: (codec: string) => this.#giveUp(codec),
      sound: (present: boolean) => this.#events.sound(present),
    };
    this.#watch = new FrameWatch(this.#video, (mediaSeconds) => this.#onFrame(mediaSeconds));
    this.#transport = hasMediaSource()
      ? new HlsTransport(this.#video, this.#url, events)
      : new NativeTransport(this.#video, this.#url, events);
  }

  /** Without sound when the browser allows no sound before a click. */
  #start(): void {
    if (!this.#video.paused || !this.#transport) return;
    this.#video.play().catch((error: unknown) => {
      if (!(error instanceof DOMException) || error.name !== 'NotAllowedError' || this.#video.muted) return;
      this.#video.muted = true;
      this.#start();
    });
  }

  #drop(): void {
    if (!this.#transport) return;
    this.#events.beforeDrop();
    this.#watch?.stop();
    this.#transport.stop();
    this.#transport = undefined;
    this.#watch = undefined;
    this.#controller = undefined;
    this.#latency.clear();
  }

  #fail(failure: Failure): void {
    this.#drop();
    this.#failures++;
    const nowMs = Date.now();
    const delayMs = retryDelayMs(failure, this.#failures, this.#clock.serverMs(nowMs), Math.random());
    const { sinceServerMs } = failure;
    this.#events.failure(failure);
    this.#move({
      kind: 'failed',
      nowMs,
      reason: failure.reason,
      code: failure.code,
      sinceMs: sinceServerMs === undefined ? undefined : this.#clock.localMs(sinceServerMs),
      nextTryMs: nowMs + delayMs,
    });
  }

  #giveUp(codec: string): void {
    this.#drop();
    this.#events.failure(plain(codecAdvice(codec), 'unsupported-codec'));
    this.#move({ kind: 'unsupported', reason: codecAdvice(codec), codec: codecName(codec) });
  }

  #onFrame(mediaSeconds: number): void {
    const nowMs = Date.now();
    this.#lastFrameMs = nowMs;
    const anchor = this.#transport?.anchor();
    this.#captureMs = anchor && captureMs(mediaSeconds, anchor);
    if (this.#captureMs !== undefined) this.#latency.add(this.#clock.serverMs(nowMs) - this.#captureMs);
    this.#move({ kind: 'frame', nowMs });
  }

  #tick(): void {
    const nowMs = Date.now();
    this.#watch?.poll();
    if (!document.hidden) this.#judge(nowMs);
    this.#steer();
    if (++this.#ticks % ticksPerRefresh === 0) this.#events.refresh();
  }

  #judge(nowMs: number): void {
    this.#move({ kind: 'tick', nowMs, lastFrameMs: this.#lastFrameMs });
    if (this.#state.kind === 'playing' && nowMs - this.#state.sinceMs > steadyMs) this.#failures = 0;
    if (retryDue(this.#state, nowMs)) this.#attempt();
    const trying = this.#transport !== undefined && this.#state.kind !== 'playing';
    const waited = nowMs - Math.max(this.#attemptMs, this.#lastFrameMs ?? 0);
    if (trying && this.#state.kind !== 'idle' && waited > attemptLimitMs) {
      this.#fail(plain('The stream answers, but no picture comes', 'no-picture'));
    }
  }

  #steer(): void {
    const timing = this.#transport?.timing();
    // Until the first picture the place to start at is chosen by the transport.
    const started = (this.#lastFrameMs ?? 0) > this.#attemptMs;
    if (!timing || !started || this.#video.paused || this.#video.seeking) return;
    this.#controller ??= new LatencyController(
      limitsFor(timing.partSeconds, timing.segmentSeconds, mayChangeRate),
    );
    const position = this.#video.currentTime;
    const advice = this.#controller.step({
      nowMs: performance.now(),
      positionSeconds: position,
      bufferedEndSeconds: bufferedEnd(this.#video.buffered, position),
      liveSeconds: this.#transport?.liveSeconds(),
    });
    if (advice.kind === 'seek') this.#video.currentTime = advice.toSeconds;
    else if (this.#video.playbackRate !== advice.rate) this.#video.playbackRate = advice.rate;
  }

  #move(occurrence: Occurrence): void {
    const state = next(this.#state, occurrence);
    if (state === this.#state) return;
    this.#state = state;
    this.#events.state(state);
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
