/**
 * The shadow tree of a player. In: what to say. Out: screens, text, greyed pictures. Knows no streams.
 */
import { part, write } from './parts.ts';
import type { Screens } from './session.ts';
import { playerSheet } from './style.ts';
import type { Screen } from './transport.ts';
import type { Chip, Message } from './words.ts';

export interface Look {
  readonly chip: Chip;
  readonly message: Message | undefined;
  /** What is on the screen is not live: grey. */
  readonly old: boolean;
  /** Something is under way. */
  readonly busy: boolean;
}

export class View implements Screens {
  readonly still = document.createElement('canvas');
  #label = 'Live picture';
  #muted = false;
  #screen: Screen | undefined;
  readonly #onVolume: () => void;
  readonly #picture = part('div', 'picture');
  readonly #chip = part('div', 'chip');
  readonly #chipText = document.createElement('span');
  readonly #message = part('div', 'message');
  readonly #title = document.createElement('b');
  readonly #detail = document.createElement('span');
  readonly #said = document.createElement('div');

  constructor(root: ShadowRoot, onVolume: () => void) {
    this.#onVolume = onVolume;
    root.adoptedStyleSheets = [playerSheet()];
    this.still.className = 'still';
    this.still.setAttribute('part', 'still');
    this.still.setAttribute('aria-hidden', 'true');
    this.#picture.append(this.still);
    this.#chip.append(document.createElement('i'), this.#chipText);
    this.#message.append(pulse(), this.#title, this.#detail);
    this.#said.className = 'said';
    this.#said.setAttribute('role', 'status');
    root.append(this.#picture, this.#message, this.#chip, this.#said);
  }

  /** What the picture is on; undefined while there is none. */
  get screen(): Screen | undefined {
    return this.#screen;
  }

  get muted(): boolean {
    return this.#screen instanceof HTMLVideoElement ? this.#screen.muted : this.#muted;
  }

  set muted(muted: boolean) {
    this.#muted = muted;
    if (this.#screen instanceof HTMLVideoElement) this.#screen.muted = muted;
    this.#onVolume();
  }

  open(kind: 'video' | 'canvas'): Screen {
    const screen = document.createElement(kind);
    screen.setAttribute('part', kind);
    screen.setAttribute('aria-label', this.#label);
    if (screen instanceof HTMLVideoElement) {
      screen.playsInline = true;
      screen.autoplay = true;
      screen.disableRemotePlayback = true;
      // Only the one that is seen is heard.
      screen.muted = true;
    } else {
      screen.setAttribute('role', 'img');
    }
    this.#picture.insertBefore(screen, this.still);
    return screen;
  }

  show(screen: Screen): void {
    this.#screen?.classList.remove('on');
    this.#screen = screen;
    screen.classList.add('on');
    this.#picture.prepend(screen);
    if (!(screen instanceof HTMLVideoElement)) return;
    screen.muted = this.#muted;
    screen.addEventListener('volumechange', () => {
      if (screen !== this.#screen) return;
      this.#muted = screen.muted;
      this.#onVolume();
    });
  }

  close(screen: Screen): void {
    screen.remove();
    if (screen === this.#screen) this.#screen = undefined;
  }

  /** What screen readers call the picture. */
  name(label: string): void {
    this.#label = label;
    this.#screen?.setAttribute('aria-label', label);
  }

  look(look: Look): void {
    this.#picture.className = look.old ? 'old' : 'playing';
    this.#chip.dataset['tone'] = look.chip.tone;
    this.#chip.title = look.chip.why ?? '';
    write(this.#chipText, look.chip.text);
    this.#message.hidden = look.message === undefined;
    this.#message.toggleAttribute('data-busy', look.busy);
    write(this.#title, look.message?.title ?? '');
    write(this.#detail, look.message?.detail ?? '');
  }

  /** For screen readers: once per change, not each second. */
  announce(text: string): void {
    write(this.#said, text);
  }

  showStill(present: boolean): void {
    this.still.classList.toggle('has', present);
  }
}

function pulse(): HTMLElement {
  const element = document.createElement('div');
  element.className = 'pulse';
  return element;
}
