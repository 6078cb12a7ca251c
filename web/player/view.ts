/**
 * The shadow tree of a player. In: what to say. Out: text, greyed pictures, buttons. Knows no streams.
 */
import { playerSheet } from './style.ts';
import type { Chip, Message } from './words.ts';

export interface Buttons {
  play(): void;
  sound(): void;
  fullScreen(): void;
}

export interface Look {
  readonly chip: Chip;
  readonly message: Message | undefined;
  /** What is on the screen is not live: grey. */
  readonly old: boolean;
  /** Something is under way. */
  readonly busy: boolean;
}

const icons = {
  play: 'M8 5.5v13l10.5-6.5z',
  pause: 'M8.5 5.5v13M15.5 5.5v13',
  sound: 'M4 9.5v5h3.5L12 18V6L7.5 9.5zM15.5 9a4.2 4.2 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11',
  muted: 'M4 9.5v5h3.5L12 18V6L7.5 9.5zM16 9.5l5 5M21 9.5l-5 5',
  full: 'M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5',
} as const;

export class View {
  readonly video = document.createElement('video');
  readonly still = document.createElement('canvas');
  readonly #picture = part('div', 'picture');
  readonly #chip = part('div', 'chip');
  readonly #chipText = document.createElement('span');
  readonly #message = part('div', 'message');
  readonly #title = document.createElement('b');
  readonly #detail = document.createElement('span');
  readonly #said = document.createElement('div');
  readonly #bar = part('div', 'bar');
  readonly #play: HTMLButtonElement;
  readonly #sound: HTMLButtonElement;

  constructor(root: ShadowRoot, buttons: Buttons) {
    root.adoptedStyleSheets = [playerSheet()];
    this.video.setAttribute('aria-label', 'Live picture');
    this.video.playsInline = true;
    this.video.autoplay = true;
    this.video.disableRemotePlayback = true;
    this.video.setAttribute('part', 'video');
    this.still.setAttribute('part', 'still');
    this.still.setAttribute('aria-hidden', 'true');
    this.#picture.append(this.video, this.still);
    this.#chip.append(document.createElement('i'), this.#chipText);
    const pulse = document.createElement('div');
    pulse.className = 'pulse';
    this.#message.append(pulse, this.#title, this.#detail);
    this.#said.className = 'said';
    this.#said.setAttribute('role', 'status');
    this.#play = button(() => buttons.play());
    this.#sound = button(() => buttons.sound());
    const full = button(() => buttons.fullScreen());
    dress(full, icons.full, 'Full screen');
    this.#bar.append(this.#play, this.#sound, full);
    root.append(this.#picture, this.#message, this.#chip, this.#bar, this.#said);
  }

  /** What screen readers call the picture. */
  name(label: string): void {
    this.video.setAttribute('aria-label', label);
  }

  show(look: Look): void {
    this.#picture.className = look.old ? 'old' : 'playing';
    this.#chip.dataset['tone'] = look.chip.tone;
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

  showControls(visible: boolean, paused: boolean, muted: boolean, sound: boolean): void {
    this.#bar.hidden = !visible;
    dress(this.#play, paused ? icons.play : icons.pause, paused ? 'Play' : 'Pause');
    const label = sound ? (muted ? 'Sound on' : 'Sound off') : 'This stream has no sound that can be played';
    dress(this.#sound, muted || !sound ? icons.muted : icons.sound, label);
    this.#sound.setAttribute('aria-disabled', String(!sound));
  }
}

function part(name: 'div', className: string): HTMLDivElement {
  const element = document.createElement(name);
  element.className = className;
  element.setAttribute('part', className);
  return element;
}

function button(onClick: () => void): HTMLButtonElement {
  const element = document.createElement('button');
  element.type = 'button';
  element.setAttribute('part', 'button');
  element.addEventListener('click', onClick);
  return element;
}

function dress(element: HTMLButtonElement, path: string, label: string): void {
  if (element.title === label) return;
  element.setAttribute('aria-label', label);
  element.title = label;
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS(space, 'path');
  line.setAttribute('d', path);
  svg.append(line);
  element.replaceChildren(svg);
}

function write(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
