/**
 * `<sightline-player camera="cam_…">`: a live picture from one script tag, on any page.
 *
 * Attributes: `camera` (id), `src` (a playlist instead of a camera), `server` (origin; by default where
 * this script came from), `label`, `muted`, `fit` (contain | cover), `controls`, `tile` (one of many:
 * waits for a place to play). Properties: `state`, `latencyMs`, `ageMs`, `muted`.
 * Events: `statechange` {state}, `latency` {latencyMs, ageMs}, `error` {code, reason}.
 */
import type { PlayerState } from './state.ts';
import { Presence } from './presence.ts';
import { clockOf } from './server-clock.ts';
import { Session } from './session.ts';
import { Slots } from './slots.ts';
import type { Slot } from './slots.ts';
import { keepStill, paintStill } from './stills.ts';
import { View } from './view.ts';
import { chipFor, messageFor } from './words.ts';

export type { PlayerState } from './state.ts';
export { clockOf } from './server-clock.ts';
export { codecName } from './codecs.ts';
export { clockTime } from './words.ts';

/** Measured: two cores decode twelve 720p pictures cleanly, and HTTP/1.1 carries nine. */
const slots = new Slots((navigator.hardwareConcurrency || 2) > 4 ? 12 : 9);
const scriptOrigin = new URL(import.meta.url).origin;

export class SightlinePlayer extends HTMLElement {
  static readonly observedAttributes = ['camera', 'src', 'server', 'label', 'muted', 'controls', 'tile'];

  readonly #view: View;
  #session: Session | undefined;
  #presence: Presence | undefined;
  #leaveClock: (() => void) | undefined;
  #slot: Slot | undefined;
  #hasTurn = false;
  #paused = false;
  #sound = false;

  constructor() {
    super();
    this.#view = new View(this.attachShadow({ mode: 'open' }), {
      play: () => (this.#paused ? this.play() : this.pause()),
      sound: () => this.toggleSound(),
      fullScreen: () => void this.toggleFullScreen(),
    });
    this.#view.video.addEventListener('volumechange', () => this.#showControls());
  }

  get state(): PlayerState {
    return this.#session?.state ?? { kind: 'idle', why: 'empty', reason: 'Not on the page' };
  }

  /** How late pictures appear, middle of the last second; undefined when nobody can know. */
  get latencyMs(): number | undefined {
    return this.#session?.latencyMs;
  }

  /** Age of the picture on the screen; grows while it stands still. */
  get ageMs(): number | undefined {
    return this.#session?.ageMs;
  }

  get muted(): boolean {
    return this.#view.video.muted;
  }

  set muted(muted: boolean) {
    this.#view.video.muted = muted;
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

  connectedCallback(): void {
    const kept = clockOf(this.#server);
    this.#leaveClock = kept.use();
    this.#session = new Session(this.#view.video, kept.clock, {
      state: (state) => this.#onState(state),
      refresh: () => this.#refresh(),
      beforeDrop: () => this.#keep(),
      sound: (present) => {
        this.#sound = present;
        this.#showControls();
      },
      failure: ({ code, reason }) => this.#tell('error', { code, reason }),
    });
    this.#presence = new Presence(this, () => this.#decide());
    document.addEventListener('visibilitychange', this.#forgive);
    this.#view.showStill(this.#key !== '' && paintStill(this.#key, this.#view.still));
    this.#decide();
    this.#showControls();
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
    if (name === 'label') this.#view.name(after === null ? 'Live picture' : `Live picture: ${after}`);
    if (name === 'controls') this.#showControls();
    if (name === 'camera' || name === 'src' || name === 'tile') this.#decide();
  }

  readonly #forgive = (): void => {
    if (!document.hidden) this.#session?.forgive();
  };

  get #server(): string {
    return this.getAttribute('server')?.replace(/\/+$/, '') ?? scriptOrigin;
  }

  /** What is to be played, and under which name its last picture is kept. */
  get #key(): string {
    const src = this.getAttribute('src');
    if (src !== null && src !== '') return new URL(src, this.#server).href;
    const camera = this.getAttribute('camera');
    return camera ? `${this.#server}/hls/${encodeURIComponent(camera)}/index.m3u8` : '';
  }

  #decide(): void {
    const session = this.#session;
    if (!session) return;
    const url = this.#key;
    const why =
      url === '' ? 'empty' : this.#paused ? 'paused' : this.#presence?.seen === true ? undefined : 'asleep';
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
      session.play(url);
    }
    this.#showControls();
  }

  #leaveSlot(): void {
    this.#slot?.leave();
    this.#slot = undefined;
    this.#hasTurn = false;
  }

  #keep(): void {
    if (keepStill(this.#key, this.#view.video)) {
      this.#view.showStill(paintStill(this.#key, this.#view.still));
    }
  }

  #onState(state: PlayerState): void {
    if (state.kind === 'stalled') this.#keep();
    this.#view.announce(state.reason);
    this.#refresh();
    this.#tell('statechange', { state });
  }

  #refresh(): void {
    const { state } = this;
    const ageMs = state.kind === 'playing' || state.kind === 'stalled' ? this.ageMs : undefined;
    this.#view.show({
      chip: chipFor(state, ageMs),
      message: messageFor(state, Date.now()),
      old: state.kind !== 'playing',
      busy: state.kind === 'connecting',
    });
    if (state.kind === 'playing') this.#tell('latency', { latencyMs: this.latencyMs, ageMs });
  }

  #showControls(): void {
    this.#view.showControls(this.hasAttribute('controls'), this.#paused, this.muted, this.#sound);
  }

  #tell(name: string, detail: object): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

if (!customElements.get('sightline-player')) customElements.define('sightline-player', SightlinePlayer);
