/**
 * `<sightline-player camera="cam_…">`: a live picture from one script tag, on any page.
 *
 * Attributes: `camera` (id), `src` (a playlist instead of a camera), `server` (origin; by default where
 * this script came from), `token` (a media token, for pages that nobody signs in at), `way` (auto | webrtc | socket | hls | jpeg | snapshots), `source` (auto | main | sub),
 * `label`, `muted`, `fit` (contain | cover), `controls`, `tile` (one of many: waits for a place to play).
 * Properties: `state`, `way`, `wayReason`, `latencyMs`, `ageMs`, `muted`, `sound`, `screen`.
 * Events: `statechange` {state}, `latency` {latencyMs, ageMs}, `waychange` {way, reason}, `fallback` {way, reason},
 * `error` {code, reason}.
 */
import type { PlayerState } from './state.ts';
import type { Controls } from './controls.ts';
import { everyWay, wayNames } from './ladder.ts';
import type { Way } from './ladder.ts';
import { Presence } from './presence.ts';
import { clockOf } from './server-clock.ts';
import { Session } from './session.ts';
import { Slots } from './slots.ts';
import type { Slot } from './slots.ts';
import { keepStill, paintStill } from './stills.ts';
import type { Address, Screen } from './transport.ts';
import { View } from './view.ts';
import { isPossible } from './ways.ts';
import { chipFor, messageFor } from './words.ts';

export type { PlayerState } from './state.ts';
export { clockOf } from './server-clock.ts';
export { codecName } from './codecs.ts';
export { clockTime } from './words.ts';

/** Of a full view. Measured: two cores decode as many small pictures in two thirds of one, or 720p with a few left out. */
const slots = new Slots(16);
/** Where this script came from, without what follows the server's own address. */
const scriptServer = import.meta.url.replace(/((assets|player)\/)?[^/]*$/, '');

export class SightlinePlayer extends HTMLElement {
  static readonly observedAttributes = [
    'camera',
    'src',
    'server',
    'token',
    'way',
    'source',
    'label',
    'muted',
    'controls',
    'tile',
  ];

  readonly #view: View;
  #controls: Controls | undefined;
  #session: Session | undefined;
  #presence: Presence | undefined;
  #leaveClock: (() => void) | undefined;
  #slot: Slot | undefined;
  #hasTurn = false;
  #paused = false;
  #sound = false;

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    this.#view = new View(root, () => this.#showControls());
    for (const name of ['enterpictureinpicture', 'leavepictureinpicture']) {
      root.addEventListener(name, () => this.#presence?.apart(root.pictureInPictureElement !== null), true);
    }
  }

  get state(): PlayerState {
    return this.#session?.state ?? { kind: 'idle', why: 'empty', reason: 'Not on the page' };
  }

  /** How the picture comes; undefined while there is none. */
  get way(): Way | undefined {
    return this.#session?.way;
  }

  /** Why it does not come in a better way; undefined when it does. */
  get wayReason(): string | undefined {
    return this.#session?.wayReason;
  }

  /** How late pictures appear, middle of the last second; undefined when nobody can know. */
  get latencyMs(): number | undefined {
    return this.#session?.latencyMs;
  }

  /** Age of the picture on the screen; grows while it stands still. */
  get ageMs(): number | undefined {
    return this.#session?.ageMs;
  }

  /** What the picture is on; another one after each change of way. */
  get screen(): Screen | undefined {
    return this.#view.screen;
  }

  get muted(): boolean {
    return this.#view.muted;
  }

  set muted(muted: boolean) {
    this.#view.muted = muted;
  }

  /** Whether the stream has sound that this browser plays. */
  get sound(): boolean {
    return this.#sound;
  }

  toggleSound(): void {
    this.muted = !this.muted;
  }

  play(): void {
    this.#paused = false;
    this.#decide();
  }

  pause(): void {
    this.#paused = true;
    this.#decide();
  }

  /** Tries now instead of later: for a page that knows the camera is back. */
  reconnect(): void {
    this.#session?.retryNow();
  }

  async toggleFullScreen(): Promise<void> {
    if (document.fullscreenElement) await document.exitFullscreen();
    else if ('requestFullscreen' in this) await this.requestFullscreen();
  }

  /** Only video can leave the page; single pictures stay. */
  async togglePictureInPicture(): Promise<void> {
    const { screen } = this;
    if (document.pictureInPictureElement) await document.exitPictureInPicture();
    else if (screen instanceof HTMLVideoElement) await screen.requestPictureInPicture();
  }

  /** Saves what is on the screen as a file, named after the camera and the time it was taken. */
  async savePicture(): Promise<void> {
    const { screen } = this;
    if (!screen) return;
    const name = this.getAttribute('label') ?? this.getAttribute('camera') ?? '';
    // The time of the picture that is seen now, not of a later one.
    const atMs = this.#session?.captureMs ?? Date.now();
    const { savePicture } = await import('./pictures.ts');
    await savePicture(screen, name, atMs);
  }

  connectedCallback(): void {
    const kept = clockOf(this.#server);
    this.#leaveClock = kept.use();
    const events = {
      state: (state: PlayerState) => this.#onState(state),
      refresh: () => this.#refresh(),
      beforeDrop: () => this.#keep(),
      sound: (present: boolean) => {
        this.#sound = present;
        this.#showControls();
      },
      way: (way: Way, reason: string | undefined) => this.#onWay(way, reason),
      failure: ({ code, reason }: { code: string; reason: string }) => this.#tell('error', { code, reason }),
    };
    const { clock } = kept;
    this.#session = new Session({ screens: this.#view, clock, reachable: () => kept.reachable(), events });
    this.#presence = new Presence(this, () => this.#decide());
    document.addEventListener('visibilitychange', this.#forgive);
    this.#view.showStill(this.#key !== '' && paintStill(this.#key, this.#view.still));
    this.#loadControls();
    this.#decide();
    this.#refresh();
  }

  disconnectedCallback(): void {
    document.removeEventListener('visibilitychange', this.#forgive);
    this.#presence?.stop();
    this.#leaveSlot();
    this.#session?.rest('asleep');
    this.#leaveClock?.();
    this.#session = undefined;
    this.#presence = undefined;
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (before === after) return;
    if (name === 'muted') this.muted = after !== null;
    else if (name === 'label') this.#view.name(after === null ? 'Live picture' : `Live picture: ${after}`);
    else if (name === 'controls') this.#loadControls();
    else this.#decide();
  }

  readonly #forgive = (): void => {
    if (!document.hidden) this.#session?.forgive();
  };

  get #server(): string {
    return (this.getAttribute('server') ?? scriptServer).replace(/\/+$/, '');
  }

  get #playlist(): string | undefined {
    const src = this.getAttribute('src');
    return src ? new URL(src, this.#server).href : undefined;
  }

  /** Under which name the last picture is kept; empty when there is nothing to be played. */
  get #key(): string {
    const camera = this.getAttribute('camera');
    return this.#playlist ?? (camera ? `${this.#server} ${camera}` : '');
  }

  get #address(): Address {
    const source = this.getAttribute('source');
    const token = this.getAttribute('token');
    const query = token ? `?token=${token}` : '';
    clockOf(this.#server, query);
    return {
      server: this.#server,
      query,
      camera: this.getAttribute('camera') ?? '',
      playlist: this.#playlist,
      source: source === 'main' || source === 'sub' ? source : 'auto',
      widthPixels: this.clientWidth * devicePixelRatio,
    };
  }

  get #pinned(): Way | undefined {
    return everyWay.find((way) => way === this.getAttribute('way'));
  }

  get #ways(): readonly Way[] {
    if (this.#playlist !== undefined) return ['hls'];
    if (this.#pinned !== undefined) return [this.#pinned];
    // A wall of pictures shares one socket; a connection for each, only to race, would cost more than it wins.
    return everyWay.filter((way) => isPossible(way) && !(way === 'webrtc' && this.hasAttribute('tile')));
  }

  #decide(): void {
    const session = this.#session;
    if (!session) return;
    const seen = this.#presence?.seen === true;
    const why = this.#key === '' ? 'empty' : this.#paused ? 'paused' : seen ? undefined : 'asleep';
    if (why !== undefined) {
      this.#leaveSlot();
      session.rest(why);
    } else if (this.hasAttribute('tile') && !this.#hasTurn) {
      session.rest('queued');
      this.#slot ??= slots.enter(() => {
        this.#hasTurn = true;
        // Room may be there at once, before `enter` has returned.
        queueMicrotask(() => this.#decide());
      });
    } else {
      session.play(this.#address, this.#ways);
    }
    this.#showControls();
  }

  #leaveSlot(): void {
    this.#slot?.leave();
    this.#slot = undefined;
    this.#hasTurn = false;
  }

  #keep(): void {
    const { screen } = this;
    if (screen && keepStill(this.#key, screen)) {
      this.#view.showStill(paintStill(this.#key, this.#view.still));
    }
  }

  #onState(state: PlayerState): void {
    if (state.kind === 'stalled') this.#keep();
    // Nothing depends on it.
    if (state.kind === 'offline') this.#showLast().catch(() => undefined);
    this.#view.announce(state.reason);
    this.#refresh();
    this.#tell('statechange', { state });
  }

  /** Better an old picture, grey, than none. */
  async #showLast(): Promise<void> {
    const { still } = this.#view;
    if (this.#playlist !== undefined || still.classList.contains('has')) return;
    const { paintLastPicture } = await import('./pictures.ts');
    if (await paintLastPicture(this.#address, still)) this.#view.showStill(true);
  }

  #onWay(way: Way, reason: string | undefined): void {
    this.#showControls();
    this.#tell('waychange', { way, reason });
    if (reason !== undefined) this.#tell('fallback', { way, reason });
  }

  #refresh(): void {
    const { state, way, wayReason: reason } = this;
    const ageMs = state.kind === 'playing' || state.kind === 'stalled' ? this.ageMs : undefined;
    const fallback = way && reason !== undefined ? { wayName: wayNames[way], reason } : undefined;
    this.#view.look({
      chip: chipFor(state, ageMs, fallback),
      message: messageFor(state, Date.now()),
      old: state.kind !== 'playing',
      busy: state.kind === 'connecting',
    });
    if (state.kind === 'playing') this.#tell('latency', { latencyMs: this.latencyMs, ageMs });
    this.#showControls();
  }

  #loadControls(): void {
    if (!this.hasAttribute('controls') || this.#controls) return;
    const root = this.shadowRoot;
    const load = async (): Promise<void> => {
      const { Controls } = await import('./controls.ts');
      if (!root || this.#controls) return;
      this.#controls = new Controls(root, wayNames, {
        play: () => (this.#paused ? this.play() : this.pause()),
        sound: () => this.toggleSound(),
        save: () => void this.savePicture(),
        pictureInPicture: () => void this.togglePictureInPicture(),
        fullScreen: () => void this.toggleFullScreen(),
        way: (way) => this.setAttribute('way', way),
      });
      this.#showControls();
    };
    // Without them the picture is still a picture.
    load().catch(() => undefined);
  }

  #showControls(): void {
    const { way } = this;
    this.#controls?.show({
      visible: this.hasAttribute('controls'),
      paused: this.#paused,
      sound: this.#sound,
      muted: this.muted,
      picture: way !== undefined,
      video: this.screen instanceof HTMLVideoElement,
      way: this.#pinned ?? 'auto',
      wayName: way ? wayNames[way] : '',
      why: this.wayReason ?? '',
    });
  }

  #tell(name: string, detail: object): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

if (!customElements.get('sightline-player')) customElements.define('sightline-player', SightlinePlayer);
