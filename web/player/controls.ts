/**
 * The row of buttons under a picture. In: what to show. Out: what was asked for. Loaded only by players that have it.
 */
import { controlsSheet } from './controls-style.ts';
import { part, write } from './parts.ts';

export interface Buttons {
  play(): void;
  sound(): void;
  save(): void;
  pictureInPicture(): void;
  fullScreen(): void;
  /** @param way a way's name, or `auto`. */
  way(way: string): void;
}

/** What the row of buttons shows. */
export interface ControlsLook {
  readonly visible: boolean;
  readonly paused: boolean;
  readonly sound: boolean;
  readonly muted: boolean;
  /** There is one that can be saved. */
  readonly picture: boolean;
  /** It can leave the page. */
  readonly video: boolean;
  /** The chosen one, or `auto`. */
  readonly way: string;
  /** Of what `auto` is now. */
  readonly wayName: string;
  /** Why not a better way; or empty. */
  readonly why: string;
}

const icons = {
  play: 'M8 5.5v13l10.5-6.5z',
  pause: 'M8.5 5.5v13M15.5 5.5v13',
  sound: 'M4 9.5v5h3.5L12 18V6L7.5 9.5zM15.5 9a4.2 4.2 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11',
  muted: 'M4 9.5v5h3.5L12 18V6L7.5 9.5zM16 9.5l5 5M21 9.5l-5 5',
  save: 'M4 8.5h3.5L9 6h6l1.5 2.5H20V18H4zM12 16a3 3 0 1 0 0-6 3 3 0 0 0 0 6',
  inset: 'M20 11V5.5H4v13h7M13.5 14H20v4.5h-6.5z',
  full: 'M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5',
} as const;

/** Below, the name of a way is all that fits. */
const narrowPixels = 480;
/** The mouse rests for so long: the buttons go. */
const idleMs = 3000;

export class Controls {
  readonly #bar = part('div', 'bar');
  readonly #why = part('div', 'why');
  readonly #ways = document.createElement('select');
  readonly #auto = document.createElement('option');
  readonly #play: HTMLButtonElement;
  readonly #sound: HTMLButtonElement;
  readonly #save: HTMLButtonElement;
  readonly #inset: HTMLButtonElement;

  /** @param ways names of the ways by what they are called. */
  constructor(root: ShadowRoot, ways: Readonly<Record<string, string>>, buttons: Buttons) {
    root.adoptedStyleSheets.push(controlsSheet());
    this.#play = button(() => buttons.play());
    this.#sound = button(() => buttons.sound());
    this.#save = button(() => buttons.save());
    dress(this.#save, icons.save, 'Save this picture');
    this.#inset = button(() => buttons.pictureInPicture());
    dress(this.#inset, icons.inset, 'Picture in picture');
    this.#inset.hidden = !document.pictureInPictureEnabled;
    const full = button(() => buttons.fullScreen());
    dress(full, icons.full, 'Full screen');
    this.#fillWays(ways, buttons);
    const room = part('div', 'room');
    room.append(this.#ways, this.#why);
    this.#bar.append(this.#play, this.#sound, room, this.#save, this.#inset, full);
    root.append(this.#bar);
    hideWhenIdle(root.host);
  }

  show({ visible, paused, sound, muted, picture, video, way, wayName, why }: ControlsLook): void {
    this.#bar.hidden = !visible;
    dress(this.#play, paused ? icons.play : icons.pause, paused ? 'Play' : 'Pause');
    const label = sound ? (muted ? 'Sound on' : 'Sound off') : 'This stream has no sound that can be played';
    dress(this.#sound, muted || !sound ? icons.muted : icons.sound, label);
    enable(this.#sound, sound);
    enable(this.#save, picture);
    enable(this.#inset, video);
    const room = this.#bar.clientWidth >= narrowPixels;
    write(this.#auto, wayName === '' ? (room ? 'Automatic' : 'Auto') : room ? `${wayName} · auto` : wayName);
    if (this.#ways.value !== way) this.#ways.value = way;
    write(this.#why, why);
    this.#why.title = why;
  }

  #fillWays(ways: Readonly<Record<string, string>>, buttons: Buttons): void {
    this.#ways.setAttribute('part', 'ways');
    this.#ways.setAttribute('aria-label', 'How the picture comes');
    this.#auto.value = 'auto';
    this.#ways.append(this.#auto);
    for (const [value, name] of Object.entries(ways)) {
      const option = document.createElement('option');
      option.value = value;
      option.textContent = name;
      this.#ways.append(option);
    }
    this.#ways.addEventListener('change', () => buttons.way(this.#ways.value));
  }
}

/** Marks the player, so that its style can put the buttons away. */
function hideWhenIdle(host: Element): void {
  let timer = 0;
  const wake = (): void => {
    host.removeAttribute('data-idle');
    window.clearTimeout(timer);
    timer = window.setTimeout(() => host.setAttribute('data-idle', ''), idleMs);
  };
  for (const name of ['pointermove', 'pointerdown', 'keydown', 'focusin']) host.addEventListener(name, wake);
}

function button(onClick: () => void): HTMLButtonElement {
  const element = document.createElement('button');
  element.type = 'button';
  element.setAttribute('part', 'button');
  element.addEventListener('click', () => {
    if (element.getAttribute('aria-disabled') !== 'true') onClick();
  });
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

function enable(element: HTMLButtonElement, works: boolean): void {
  element.setAttribute('aria-disabled', String(!works));
}
