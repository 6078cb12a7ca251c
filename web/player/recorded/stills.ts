/**
 * The picture under a moving pointer. In: moments, as fast as they come. Out: on the canvas the nearest small picture at
 * once, and the sharp one when the pointer rests. The newest wish wins; what it overtakes is given up.
 */
import type { Thumbs } from './thumbs.ts';

/** So long a pointer rests before the sharp picture is asked for. */
const restMs = 80;
/** Where wishes lie so close together, small pictures every ten seconds are too few: keyframes are shown as well. */
const fineMs = 4000;
/** At high speed: one picture at a time, and not more often. */
const paceMs = 110;

interface StillsOptions {
  readonly canvas: HTMLCanvasElement;
  readonly thumbs: Thumbs;
  readonly url: (atMs: number, widthPixels: number, exact: boolean) => string;
}

export class Stills {
  readonly #options: StillsOptions;
  readonly #context: CanvasRenderingContext2D | null;
  #wantedMs: number | undefined;
  #timer: number | undefined;
  #sharp: AbortController | undefined;
  /** Of the picture on the canvas. */
  #shownMs: number | undefined;
  #isSharp = false;
  #pacedMs = -Infinity;
  #pacing = false;
  #following = false;

  constructor(options: StillsOptions) {
    this.#options = options;
    this.#context = options.canvas.getContext('2d');
  }

  /** Whether there is any picture of about the wanted moment. */
  get seen(): boolean {
    return this.#shownMs !== undefined;
  }

  /** @param aroundMs how far apart the next wishes may be. @param moves more wishes are to come. */
  want(atMs: number, aroundMs: number, moves: boolean): void {
    this.#wantedMs = atMs;
    this.#isSharp = false;
    this.#sharp?.abort();
    this.#options.thumbs.want(atMs, aroundMs);
    this.refresh();
    if (moves && aroundMs < fineMs) void this.#follow();
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#sharpen(atMs), restMs);
  }

  /** A small picture has arrived: it may be the one. */
  refresh(): void {
    if (this.#wantedMs === undefined || this.#isSharp) return;
    const thumb = this.#options.thumbs.nearest(this.#wantedMs);
    const away = Math.abs((this.#shownMs ?? Infinity) - this.#wantedMs);
    if (thumb && Math.abs(thumb.atMs - this.#wantedMs) < away) this.#paint(thumb.picture, thumb.atMs);
  }

  /**
   * For playing by keyframes: shows the one at or before the moment, one at a time.
   * @returns capture time when a new picture was shown; undefined when it is not time yet, or there is none
   */
  async pace(atMs: number): Promise<number | undefined> {
    const now = performance.now();
    if (this.#pacing || now - this.#pacedMs < paceMs) return undefined;
    this.#pacing = true;
    this.#pacedMs = now;
    try {
      return await this.#fetch(atMs, false, new AbortController().signal);
    } finally {
      this.#pacing = false;
    }
  }

  clear(): void {
    window.clearTimeout(this.#timer);
    this.#sharp?.abort();
    this.#wantedMs = undefined;
    this.#shownMs = undefined;
    this.#isSharp = false;
  }

  /** Keyframes on the pointer's way, one after another, each for where it is by then. */
  async #follow(): Promise<void> {
    if (this.#following) return;
    this.#following = true;
    let fetchedMs: number | undefined;
    while (this.#wantedMs !== undefined && this.#wantedMs !== fetchedMs && !this.#isSharp) {
      fetchedMs = this.#wantedMs;
      await this.#fetch(fetchedMs, false, new AbortController().signal);
    }
    this.#following = false;
  }

  async #sharpen(atMs: number): Promise<void> {
    const abort = new AbortController();
    this.#sharp = abort;
    const shown = await this.#fetch(atMs, true, abort.signal);
    if (shown !== undefined && this.#wantedMs === atMs) this.#isSharp = true;
  }

  async #fetch(atMs: number, exact: boolean, signal: AbortSignal): Promise<number | undefined> {
    const { canvas, url } = this.#options;
    const widthPixels = Math.min(1920, Math.max(320, Math.round(canvas.clientWidth * devicePixelRatio)));
    try {
      const answer = await fetch(url(atMs, widthPixels, exact), { signal });
      if (!answer.ok) return undefined;
      const taken = Date.parse(answer.headers.get('x-capture-time') ?? '');
      const picture = await createImageBitmap(await answer.blob());
      // A keyframe that comes late must not cover the very picture.
      if (!signal.aborted && (exact || !this.#isSharp))
        this.#paint(picture, Number.isNaN(taken) ? atMs : taken);
      picture.close();
      return Number.isNaN(taken) ? atMs : taken;
    } catch {
      // Overtaken, or not readable: the small picture stays.
      return undefined;
    }
  }

  #paint(picture: ImageBitmap, atMs: number): void {
    const { canvas } = this.#options;
    if (canvas.width !== picture.width || canvas.height !== picture.height) {
      canvas.width = picture.width;
      canvas.height = picture.height;
    }
    this.#context?.drawImage(picture, 0, 0);
    this.#shownMs = atMs;
  }
}
