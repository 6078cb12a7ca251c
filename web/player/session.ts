/**
 * Plays one address for as long as it is asked to, through every failure. In: an address, the ways that may be
 * used, screens, the server's clock. Out: states, the way and why, the age of the picture. Tries for ever, slower
 * and slower. The only place that tries again; `ladder.ts` says which way.
 */
import { Attempt } from './attempt.ts';
import type { AttemptEvents } from './attempt.ts';
import { RunningMedian } from './clock.ts';
import type { ServerClock } from './clock.ts';
import { codecAdvice, codecName } from './codecs.ts';
import { blame, isLasting, plain, retryDelayMs } from './failure.ts';
import type { Failure } from './failure.ts';
import { Ladder } from './ladder.ts';
import type { Way } from './ladder.ts';
import { initialState, next, retryDue } from './state.ts';
import type { IdleWhy, Occurrence, PlayerState } from './state.ts';
import type { Address, Screen } from './transport.ts';
import { screenKind } from './ways.ts';

/** Where pictures appear. */
export interface Screens {
  /** A new one that is not seen yet. */
  open(kind: 'video' | 'canvas'): Screen;
  /** This one is to be seen, and heard. */
  show(screen: Screen): void;
  close(screen: Screen): void;
}

interface SessionEvents {
  state(state: PlayerState): void;
  /** About four times a second while playing is wanted: captions and ages may be written anew. */
  refresh(): void;
  /** The last chance to keep the picture: it is about to go. */
  beforeDrop(): void;
  sound(present: boolean): void;
  /** Another way, or another reason for it. */
  way(way: Way, reason: string | undefined): void;
  failure(failure: Failure): void;
}

interface SessionParts {
  readonly screens: Screens;
  readonly clock: ServerClock;
  /** Whether the server answers at all. */
  readonly reachable: () => Promise<boolean>;
  readonly events: SessionEvents;
}

const tickMs = 50;
const ticksPerRefresh = 5;
/** Played so long without trouble: the next failure is a first one again. */
const steadyMs = 5000;
/** And so long: what was wrong with this way is forgotten. */
const trustedMs = 60_000;

export class Session {
  readonly #parts: SessionParts;
  readonly #latency = new RunningMedian(25);
  readonly #ladder = new Ladder();
  #state: PlayerState = initialState;
  #address: Address | undefined;
  #usable: readonly Way[] = [];
  /** Whose pictures are seen. */
  #current: Attempt | undefined;
  /** Those that race for it. */
  readonly #trying = new Set<Attempt>();
  #timer: number | undefined;
  #ticks = 0;
  #failures = 0;
  #lastPictureMs: number | undefined;
  #captureMs: number | undefined;
  #targetMs: number | undefined;
  #missingCodec: string | undefined;
  #told = '';

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  get state(): PlayerState {
    return this.#state;
  }

  /** How the picture comes; undefined while there is none. */
  get way(): Way | undefined {
    return this.#current?.way;
  }

  /** Why not in a better way. */
  get wayReason(): string | undefined {
    return this.#current && this.#ladder.reason(this.#current.way, this.#usable);
  }

  /** Of the picture on the screen now, by the server's clock; undefined when nobody can know. */
  get ageMs(): number | undefined {
    const nowMs = this.#serverNowMs();
    return this.#captureMs === undefined || nowMs === undefined ? undefined : nowMs - this.#captureMs;
  }

  /** When it was taken, by this machine's clock. */
  get captureMs(): number | undefined {
    return this.#captureMs === undefined ? undefined : this.#parts.clock.localMs(this.#captureMs);
  }

  /** Age of pictures at the moment they appear, middle of the last second. */
  get latencyMs(): number | undefined {
    return this.#parts.clock.known ? this.#latency.value : undefined;
  }

  /** Playing the same already: does nothing. Other ways only: the picture stays until one of them has its own. */
  play(address: Address, usable: readonly Way[]): void {
    const same = this.#timer !== undefined && keyOf(address) === keyOf(this.#address);
    const sameWays = usable.join() === this.#usable.join();
    if (same && sameWays) return;
    this.#usable = usable;
    this.#ladder.forget();
    if (same && this.#current) {
      for (const attempt of this.#trying) this.#remove(attempt);
      return;
    }
    this.rest('empty');
    this.#address = address;
    this.#missingCodec = undefined;
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
    if (this.#timer === undefined || this.#current || this.#trying.size > 0) return;
    this.#ladder.forget();
    this.#missingCodec = undefined;
    this.#attempt();
  }

  /** Nobody saw pictures for a while, by no fault of the stream. */
  forgive(): void {
    this.#lastPictureMs = Date.now();
  }

  #attempt(): void {
    const nowMs = Date.now();
    if (this.#current) this.#ladder.froze(this.#current.way, 'the picture stood still', nowMs);
    this.#drop();
    this.#move({ kind: 'attempt', nowMs });
    this.#tryBest(plain('No way of playing is left', 'no-way'));
  }

  /** @param failure what to say when there is no way left. */
  #tryBest(failure: Failure): void {
    if (this.#current || this.#trying.size > 0) return;
    const ways = this.#ladder.best(this.#usable, Date.now());
    if (ways.length > 0) this.#begin(ways);
    else if (this.#missingCodec === undefined) this.#fail(failure);
    else this.#giveUp(this.#missingCodec);
  }

  #begin(ways: readonly Way[]): void {
    const address = this.#address;
    if (!address) return;
    for (const way of ways) {
      const screen = this.#parts.screens.open(screenKind(way));
      const attempt = new Attempt(way, screen, address, this.#listener, () => this.#serverNowMs());
      this.#trying.add(attempt);
      if (this.#targetMs !== undefined) attempt.aim(this.#targetMs);
    }
  }

  readonly #listener: AttemptEvents = {
    picture: (attempt, nowMs, captureMs) => this.#onPicture(attempt, nowMs, captureMs),
    sound: (attempt) => {
      if (attempt === this.#current) this.#parts.events.sound(attempt.hasSound);
    },
    target: (targetMs) => {
      this.#targetMs = targetMs;
      this.#current?.aim(targetMs);
      for (const attempt of this.#trying) attempt.aim(targetMs);
    },
    over: (attempt, failure, codec) => {
      this.#missingCodec = codec ?? this.#missingCodec;
      this.#onOver(attempt, failure);
    },
  };

  #onPicture(attempt: Attempt, nowMs: number, captureMs: number | undefined): void {
    if (attempt !== this.#current) this.#promote(attempt);
    this.#lastPictureMs = nowMs;
    this.#captureMs = captureMs;
    if (captureMs !== undefined) this.#latency.add(this.#parts.clock.serverMs(nowMs) - captureMs);
    this.#move({ kind: 'frame', nowMs });
  }

  /** The first picture wins; the others are let go. */
  #promote(attempt: Attempt): void {
    const before = this.#current;
    this.#trying.delete(attempt);
    this.#current = attempt;
    this.#missingCodec = undefined;
    this.#latency.clear();
    this.#parts.screens.show(attempt.screen);
    for (const other of this.#trying) this.#remove(other);
    if (before) this.#remove(before);
    this.#parts.events.sound(attempt.hasSound);
  }

  #onOver(attempt: Attempt, failure: Failure): void {
    const who = blame(failure);
    if (failure.code === 'media-changed' && attempt === this.#current) {
      // Its last picture is seen until the next.
      if (this.#trying.size === 0) this.#begin([attempt.way]);
    } else if (who === 'camera') {
      this.#fail(failure);
    } else if (who === 'way') {
      this.#leave(attempt, failure);
    } else {
      void this.#parts.reachable().then((reachable) => {
        if (attempt !== this.#current && !this.#trying.has(attempt)) return;
        if (reachable) this.#leave(attempt, plain('The connection does not come through', 'blocked'));
        else this.#fail(failure);
      });
    }
  }

  /** It is this way that does not work. */
  #leave(attempt: Attempt, failure: Failure): void {
    const lasting = isLasting(failure);
    const nowMs = Date.now();
    // What has played is forgiven once.
    if (attempt === this.#current && !lasting) this.#ladder.froze(attempt.way, failure.reason, nowMs);
    else this.#ladder.failed(attempt.way, failure.reason, nowMs, lasting);
    if (attempt === this.#current) this.#parts.events.beforeDrop();
    this.#remove(attempt);
    // A way that is not wanted any more was kept only for the picture.
    if (this.#current && !this.#usable.includes(this.#current.way) && this.#trying.size === 0) this.#drop();
    this.#tryBest(failure);
  }

  #remove(attempt: Attempt): void {
    attempt.stop();
    this.#trying.delete(attempt);
    if (attempt === this.#current) this.#current = undefined;
    this.#parts.screens.close(attempt.screen);
  }

  #drop(): void {
    for (const attempt of this.#trying) this.#remove(attempt);
    if (!this.#current) return;
    this.#parts.events.beforeDrop();
    this.#remove(this.#current);
    this.#latency.clear();
  }

  #fail(failure: Failure): void {
    this.#drop();
    this.#ladder.forgive();
    this.#failures++;
    const nowMs = Date.now();
    const { clock, events } = this.#parts;
    const delayMs = retryDelayMs(failure, this.#failures, clock.serverMs(nowMs), Math.random());
    const { sinceServerMs } = failure;
    events.failure(failure);
    this.#move({
      kind: 'failed',
      nowMs,
      reason: failure.reason,
      code: failure.code,
      sinceMs: sinceServerMs === undefined ? undefined : clock.localMs(sinceServerMs),
      nextTryMs: nowMs + delayMs,
    });
  }

  #giveUp(codec: string): void {
    this.#drop();
    this.#parts.events.failure(plain(codecAdvice(codec), 'unsupported-codec'));
    this.#move({ kind: 'unsupported', reason: codecAdvice(codec), codec: codecName(codec) });
  }

  #tick(): void {
    const nowMs = Date.now();
    const judges = !document.hidden;
    this.#current?.tick(nowMs, judges);
    for (const attempt of this.#trying) attempt.tick(nowMs, judges);
    if (judges) this.#judge(nowMs);
    if (++this.#ticks % ticksPerRefresh !== 0) return;
    if (judges) this.#climb(nowMs);
    this.#tellWay();
    this.#parts.events.refresh();
  }

  #judge(nowMs: number): void {
    this.#move({ kind: 'tick', nowMs, lastFrameMs: this.#lastPictureMs });
    const state = this.#state;
    const playedMs = state.kind === 'playing' ? nowMs - state.sinceMs : 0;
    if (playedMs > steadyMs) this.#failures = 0;
    if (playedMs > trustedMs && this.#current) this.#ladder.steady(this.#current.way);
    if (state.kind === 'stalled' && this.#trying.size > 0) this.#move({ kind: 'attempt', nowMs });
    else if (retryDue(state, nowMs)) this.#attempt();
  }

  /** Upwards again, beside the picture that plays; or from nothing when a way is open again. */
  #climb(nowMs: number): void {
    const current = this.#current;
    if (this.#trying.size > 0 || this.#address === undefined) return;
    if (this.#state.kind === 'unsupported') this.#begin(this.#ladder.best(this.#usable, nowMs));
    if (this.#state.kind !== 'playing' || !current || isPictureInPicture(current.screen)) return;
    const wanted = this.#usable.includes(current.way);
    const ways = this.#ladder.better(current.way, this.#usable, nowMs);
    if (ways.length > 0) this.#begin(ways);
    else if (!wanted) this.#attempt();
  }

  #tellWay(): void {
    const { way, wayReason } = this;
    const news = `${way} ${wayReason}`;
    if (way === undefined || news === this.#told) return;
    this.#told = news;
    this.#parts.events.way(way, wayReason);
  }

  #serverNowMs(): number | undefined {
    const { clock } = this.#parts;
    return clock.known ? clock.serverMs(Date.now()) : undefined;
  }

  #move(occurrence: Occurrence): void {
    const state = next(this.#state, occurrence);
    if (state === this.#state) return;
    this.#state = state;
    this.#parts.events.state(state);
  }
}

function keyOf(address: Address | undefined): string {
  return JSON.stringify({ ...address, widthPixels: 0 });
}

/** Its window would close with the element. */
function isPictureInPicture(screen: Screen): boolean {
  const root = screen.getRootNode();
  return root instanceof ShadowRoot && root.pictureInPictureElement === screen;
}
