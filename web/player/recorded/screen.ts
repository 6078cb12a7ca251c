/**
 * What recorded pictures are shown on: a `<video>`, and a canvas over it for what the video cannot show yet.
 */
export type Showing = 'video' | 'still' | 'old' | 'nothing';

export class Screen {
  readonly video = document.createElement('video');
  readonly canvas = document.createElement('canvas');
  readonly #box = document.createElement('div');
  #showing: Showing = 'nothing';

  /** @param name for screen readers. */
  constructor(host: HTMLElement, name: string) {
    this.video.playsInline = true;
    this.video.muted = true;
    this.video.preservesPitch = false;
    this.video.setAttribute('aria-label', name);
    // The page has its own buttons and says what is shown.
    this.canvas.setAttribute('aria-hidden', 'true');
    const filling = { position: 'absolute', inset: '0', width: '100%', height: '100%', objectFit: 'contain' };
    for (const element of [this.#box, this.video, this.canvas]) Object.assign(element.style, filling);
    this.#box.append(this.video, this.canvas);
    // Under whatever the page puts there.
    host.prepend(this.#box);
    this.show('nothing');
  }

  get showing(): Showing {
    return this.#showing;
  }

  /** Keeps the picture of the video while the video goes elsewhere. */
  freeze(): void {
    const { video, canvas } = this;
    if (this.#showing !== 'video' || video.videoWidth === 0) return;
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext('2d')?.drawImage(video, 0, 0);
    this.show('still');
  }

  /** `old`: the last picture, grey, because it is not of this moment. */
  show(what: Showing): void {
    const wasStill = this.canvas.style.visibility === 'visible';
    const still = what === 'still' || (what === 'old' && wasStill);
    this.#showing = what;
    this.canvas.style.visibility = still ? 'visible' : 'hidden';
    this.video.style.visibility = what === 'nothing' ? 'hidden' : 'visible';
    this.#box.style.filter = what === 'old' ? 'grayscale(1) brightness(0.35)' : '';
  }

  remove(): void {
    this.#box.remove();
  }
}
