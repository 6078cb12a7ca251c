/**
 * Recorded pictures of many cameras at one moment. In: tiles that come and go, and what a viewer wishes. Out: what is
 * shown. In step all follow one clock; apart each has its own, and wishes go to the one that is chosen. Outside of any
 * framework.
 */
import type { Playhead } from '../recorded/playhead.ts';
import { goesOn } from '../recorded/playhead.ts';
import type { Speed } from '../recorded/speed.ts';
import { Deck } from './deck.ts';
import type { FollowerState } from './deck.ts';
import { Gate } from './gate.ts';
import { RecordedTile } from './recorded-tile.ts';
import type { TileOptions } from './recorded-tile.ts';

export interface TogetherLook {
  /** Of the chosen tile, which is that of all while they are in step. */
  readonly state: Playhead;
  readonly speed: Speed;
  readonly inStep: boolean;
  readonly tiles: ReadonlyMap<number, TileLook>;
}

export interface TileLook {
  readonly state: FollowerState;
  /** The moment that it shows or lacks; undefined while live. */
  readonly atMs: number | undefined;
}

interface TogetherOptions {
  /** The server's clock, Unix ms. */
  readonly nowMs: () => number;
  readonly onChange: () => void;
}

type NewTile = Omit<TileOptions, 'sessions' | 'keyframes' | 'nowMs' | 'onChange'>;

const tickMs = 50;
/** While it plays, a page need not hear of every step. */
const tellEveryMs = 200;
/** Behind the present, where footage surely is. */
const stepBackMs = 12_000;
const mostSessionsAtOnce = 3;
const mostKeyframesAtOnce = 2;
/** One picture of a camera that has not shown two yet. */
const usualPictureMs = 40;

interface Entry {
  readonly tile: RecordedTile;
  deck: Deck;
}

export class Together {
  readonly #options: TogetherOptions;
  readonly #entries = new Map<number, Entry>();
  readonly #sessions = new Gate(mostSessionsAtOnce);
  readonly #keyframes = new Gate(mostKeyframesAtOnce);
  #timer: number | undefined;
  #shared: Deck;
  #inStep = true;
  #chosen: number | undefined;
  #heard: number | undefined;
  #look: TogetherLook;
  #toldMs = 0;

  constructor(options: TogetherOptions) {
    this.#options = options;
    this.#shared = this.#sharedDeck({ kind: 'live' }, 1);
    this.#look = this.#makeLook();
  }

  /** Time passes from here on, until `stop`. */
  start(): void {
    this.#timer = window.setInterval(() => this.#tick(), tickMs);
  }

  /** The same object until something changed. */
  get look(): TogetherLook {
    return this.#look;
  }

  /** The moment, exactly, Unix ms; undefined while live. */
  get placeMs(): number | undefined {
    return this.#deck.at(performance.now());
  }

  /** How far each picture that is shown is from its moment, ms. */
  get errorsMs(): number[] {
    return [...this.#entries.values()].flatMap(({ tile }) => tile.errorMs ?? []);
  }

  add(key: number, tile: NewTile): void {
    const { nowMs } = this.#options;
    const shared = { sessions: this.#sessions, keyframes: this.#keyframes, nowMs };
    const made = new RecordedTile({ ...tile, ...shared, onChange: () => this.#tell() });
    made.muted = key !== this.#heard;
    this.#entries.set(key, { tile: made, deck: this.#shared });
    if (!this.#inStep) this.#part(key, this.#deck.state, this.#deck.speed);
  }

  remove(key: number): void {
    this.#entries.get(key)?.tile.stop();
    this.#entries.delete(key);
  }

  /** Lets every tile go. */
  clear(): void {
    for (const key of this.#entries.keys()) this.remove(key);
  }

  /** Whom wishes are for while tiles are out of step. */
  choose(key: number | undefined): void {
    this.#chosen = key;
    this.#tell();
  }

  /** @param key undefined: all are silent. */
  hear(key: number | undefined): void {
    this.#heard = key;
    for (const [one, { tile }] of this.#entries) tile.muted = one !== key;
  }

  setInStep(inStep: boolean): void {
    if (inStep === this.#inStep) return;
    const { state, speed } = this.#standing();
    this.#inStep = inStep;
    if (inStep) {
      this.#shared = this.#sharedDeck(state, speed);
      for (const entry of this.#entries.values()) entry.deck = this.#shared;
    } else for (const key of this.#entries.keys()) this.#part(key, state, speed);
    this.#tell();
  }

  seek(atMs: number, plays?: boolean): void {
    this.#deck.seek(performance.now(), Math.min(atMs, this.#options.nowMs()), plays);
    this.#tick();
    this.#tell();
  }

  drag(atMs: number): void {
    this.#deck.drag(performance.now(), Math.min(atMs, this.#options.nowMs()));
    this.#tick();
  }

  release(): void {
    this.#deck.release(performance.now());
    this.#tell();
  }

  /** All of them: live is one moment for everybody. */
  live(): void {
    this.#inStep = true;
    this.#shared = this.#sharedDeck({ kind: 'live' }, 1);
    for (const entry of this.#entries.values()) entry.deck = this.#shared;
    this.#settle();
  }

  togglePlay(): void {
    const deck = this.#deck;
    deck.play(performance.now(), !goesOn(deck.state));
    this.#tell();
  }

  /** One picture of the chosen tile on or back, standing; the others show what they have there. */
  stepFrame(by: 1 | -1): void {
    const atMs = this.placeMs;
    const pictureMs = this.#chosenEntry?.tile.pictureMs ?? usualPictureMs;
    if (atMs !== undefined) this.seek(atMs + by * pictureMs, false);
  }

  setSpeed(speed: Speed): void {
    this.#deck.setSpeed(performance.now(), speed);
    this.#tell();
  }

  stop(): void {
    window.clearInterval(this.#timer);
    this.clear();
  }

  get #deck(): Deck {
    if (this.#inStep) return this.#shared;
    return this.#chosenEntry?.deck ?? this.#shared;
  }

  /** The first where none is chosen. */
  get #chosenEntry(): Entry | undefined {
    const chosen = this.#chosen === undefined ? undefined : this.#entries.get(this.#chosen);
    return chosen ?? this.#entries.values().next().value;
  }

  #sharedDeck(state: Playhead, speed: Speed): Deck {
    const followers = () => this.#tiles();
    return new Deck(followers, performance.now(), state, speed);
  }

  *#tiles(): Iterable<RecordedTile> {
    for (const { tile } of this.#entries.values()) yield tile;
  }

  /** Goes its own way from here on. */
  #part(key: number, state: Playhead, speed: Speed): void {
    const entry = this.#entries.get(key);
    if (entry) entry.deck = new Deck(() => [entry.tile], performance.now(), state, speed);
  }

  #standing(): { state: Playhead; speed: Speed } {
    const deck = this.#deck;
    const atMs = deck.at(performance.now());
    const state: Playhead =
      atMs === undefined || !('atMs' in deck.state) ? deck.state : { ...deck.state, atMs };
    return { state, speed: deck.speed };
  }

  #tick(): void {
    const nowMs = performance.now();
    const before = this.#kind();
    for (const deck of new Set([...this.#entries.values()].map((entry) => entry.deck))) {
      deck.tick(nowMs, this.#options.nowMs());
      // Out of step nobody is brought to live by one who caught up: that one goes on as fast as the present.
      if (!this.#inStep && deck.state.kind === 'live') {
        deck.setSpeed(nowMs, 1);
        deck.seek(nowMs, this.#options.nowMs() - stepBackMs, true);
      }
    }
    // Who caught up with the present brings all there.
    const after = this.#kind();
    if (before !== 'live' && after === 'live') this.live();
    else if (before !== after) this.#tell();
    else if (after !== 'live' && after !== 'paused' && nowMs - this.#toldMs > tellEveryMs) this.#tell();
  }

  #kind(): Playhead['kind'] {
    return this.#deck.state.kind;
  }

  #settle(): void {
    for (const { tile, deck } of this.#entries.values()) if (deck.state.kind === 'live') tile.rest();
    this.#tell();
  }

  #tell(): void {
    this.#toldMs = performance.now();
    this.#look = this.#makeLook();
    this.#options.onChange();
  }

  #makeLook(): TogetherLook {
    const { state, speed } = this.#deck;
    const nowMs = performance.now();
    const tiles = [...this.#entries].map(
      ([key, { tile, deck }]) => [key, { state: tile.state, atMs: deck.at(nowMs) }] as const,
    );
    return { state, speed, inStep: this.#inStep, tiles: new Map(tiles) };
  }
}
