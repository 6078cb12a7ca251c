/**
 * One clock and the pictures that follow it. In: what a viewer wishes, and time. Out: an order to every picture, many
 * times a second, and a playhead that says what all show. Knows no video: a picture that cannot follow holds up nobody.
 */
import { goesOn, placeMs } from '../recorded/playhead.ts';
import type { Playhead } from '../recorded/playhead.ts';
import type { Speed } from '../recorded/speed.ts';
import { MasterClock } from './master-clock.ts';

/** What a picture shall show now. */
export interface Order {
  readonly atMs: number;
  readonly speed: Speed;
  /** The moment moves; else it stands, and the very picture is wanted. */
  readonly runs: boolean;
  /** A pointer holds it: small pictures will do. */
  readonly scrubs: boolean;
  /** Another number: somebody went to another moment. */
  readonly wish: number;
}

export interface Follower {
  follow(order: Order): void;
  readonly state: FollowerState;
}

export type FollowerState =
  /** Nobody sees it: nothing is asked for. */
  | { readonly kind: 'resting' }
  /** Wanted, and not on the screen yet. */
  | { readonly kind: 'opening' }
  | { readonly kind: 'showing' }
  /** Nothing was recorded. `untilMs` undefined: nothing follows that is known. */
  | { readonly kind: 'hole'; readonly untilMs: number | undefined }
  | { readonly kind: 'failed'; readonly reason: string };

/** Who is not there by then is not waited for. */
const longestWaitMs = 4000;
/** Nor so long after the first one. */
const waitForOthersMs = 1200;
/** Where all have a gap it is shown for so long, then passed. */
const gapShownMs = 2500;
/** A gap that ends this soon is not worth a jump. */
const shortGapMs = 3000;
/** So close to the present is live: footage is listed a few seconds late. */
const presentMs = 3000;
/** Who catches up with the present. */
const arrivedMs = 8000;

/** Of all decks: a follower that goes to another one must not take its wish for one it knows. */
let wishes = 0;

export class Deck {
  readonly #followers: () => Iterable<Follower>;
  readonly #clock: MasterClock;
  #state: Playhead;
  #speed: Speed = 1;
  #wish = 0;
  /** The wish that followers know of. */
  #ordered = -1;
  #wishedMs = 0;
  #firstMs: number | undefined;
  #gapSinceMs: number | undefined;

  /** @param state where it begins; another deck's. */
  constructor(
    followers: () => Iterable<Follower>,
    nowMs: number,
    state: Playhead = { kind: 'live' },
    speed: Speed = 1,
  ) {
    this.#followers = followers;
    this.#clock = new MasterClock(nowMs, placeMs(state) ?? 0);
    this.#state = state;
    this.setSpeed(nowMs, speed);
    const atMs = placeMs(state);
    if (atMs !== undefined) this.#open(nowMs, atMs, goesOn(state));
  }

  get state(): Playhead {
    return this.#state;
  }

  get speed(): Speed {
    return this.#speed;
  }

  /** The moment, exactly; undefined while live. */
  at(nowMs: number): number | undefined {
    if (this.#state.kind === 'playing') return this.#clock.at(nowMs);
    return placeMs(this.#state);
  }

  live(): void {
    this.#state = { kind: 'live' };
  }

  /** @param plays absent: goes on as before; from live it plays. */
  seek(nowMs: number, atMs: number, plays = goesOn(this.#state)): void {
    this.#open(nowMs, atMs, plays);
  }

  /** Begins, or goes on, to be held by a pointer. */
  drag(nowMs: number, atMs: number): void {
    this.#clock.run(nowMs, false);
    this.#clock.set(nowMs, atMs);
    this.#wish = ++wishes;
    this.#state = { kind: 'scrubbing', atMs, plays: goesOn(this.#state) };
  }

  release(nowMs: number): void {
    if (this.#state.kind === 'scrubbing') this.#open(nowMs, this.#state.atMs, this.#state.plays);
  }

  play(nowMs: number, plays: boolean): void {
    const atMs = this.at(nowMs);
    if (atMs === undefined) return;
    if ('plays' in this.#state) this.#state = { ...this.#state, plays };
    else this.#rest(nowMs, atMs, plays);
  }

  setSpeed(nowMs: number, speed: Speed): void {
    this.#speed = speed;
    this.#clock.setSpeed(nowMs, speed);
  }

  /** @param presentUnixMs the server's clock. */
  tick(nowMs: number, presentUnixMs: number): void {
    const state = this.#state;
    if (state.kind === 'live') return;
    const known = this.#ordered === this.#wish;
    if (state.kind === 'opening' && known && this.#isTime(nowMs)) this.#rest(nowMs, state.atMs, state.plays);
    if (state.kind === 'playing') this.#play(nowMs, presentUnixMs);
    const atMs = this.at(nowMs);
    if (atMs === undefined) return;
    const order = {
      atMs,
      speed: this.#speed,
      runs: this.#state.kind === 'playing',
      scrubs: this.#state.kind === 'scrubbing',
      wish: this.#wish,
    };
    this.#ordered = this.#wish;
    for (const follower of this.#followers()) follower.follow(order);
  }

  #open(nowMs: number, atMs: number, plays: boolean): void {
    this.#clock.run(nowMs, false);
    this.#clock.set(nowMs, atMs);
    this.#wish = ++wishes;
    this.#wishedMs = nowMs;
    this.#firstMs = undefined;
    this.#gapSinceMs = undefined;
    this.#state = { kind: 'opening', atMs, plays, attempt: 0 };
  }

  #rest(nowMs: number, atMs: number, plays: boolean): void {
    this.#clock.set(nowMs, atMs);
    this.#clock.run(nowMs, plays);
    this.#state = { kind: plays ? 'playing' : 'paused', atMs };
  }

  /** All begin at one time; whoever is late comes after. */
  #isTime(nowMs: number): boolean {
    let waiting = false;
    for (const { state } of this.#followers()) {
      if (state.kind === 'opening') waiting = true;
      if (state.kind === 'showing') this.#firstMs ??= nowMs;
    }
    const late = this.#firstMs !== undefined && nowMs - this.#firstMs > waitForOthersMs;
    return !waiting || late || nowMs - this.#wishedMs > longestWaitMs;
  }

  #play(nowMs: number, presentUnixMs: number): void {
    const atMs = this.#clock.at(nowMs);
    this.#state = { kind: 'playing', atMs };
    if (presentUnixMs - atMs < (this.#speed > 1 ? arrivedMs : presentMs)) {
      this.live();
      return;
    }
    const untilMs = commonGap(this.#followers(), atMs);
    if (untilMs === undefined) this.#gapSinceMs = undefined;
    else this.#gapSinceMs ??= nowMs;
    if (untilMs !== undefined && nowMs - (this.#gapSinceMs ?? nowMs) > gapShownMs)
      this.seek(nowMs, untilMs, true);
  }
}

/** When nobody has footage: where the first one goes on; undefined while anybody shows or may show something. */
function commonGap(followers: Iterable<Follower>, atMs: number): number | undefined {
  let untilMs = Infinity;
  for (const { state } of followers) {
    if (state.kind === 'resting') continue;
    if (state.kind !== 'hole') return undefined;
    untilMs = Math.min(untilMs, state.untilMs ?? Infinity);
  }
  return Number.isFinite(untilMs) && untilMs - atMs > shortGapMs ? untilMs : undefined;
}
