/**
 * Small pictures for scrubbing. In: moments. Out: the nearest one that is known, at once; those around are fetched, the
 * newest wish first. At most `mostKept` stay decoded.
 */
export interface Thumb {
  readonly picture: ImageBitmap;
  /** When it was taken, Unix ms. */
  readonly atMs: number;
}

/** How far they are apart. */
export const thumbEveryMs = 10_000;
const mostKept = 240;
const mostAtOnce = 3;
const widthPixels = 320;
/** Where there was none it is not asked again for so long: footage may still come. */
const forgetMs = 20_000;

export class Thumbs {
  readonly #url: (atMs: number, widthPixels: number) => string;
  readonly #onNew: () => void;
  /** By bucket, oldest use first. */
  readonly #known = new Map<number, Thumb>();
  readonly #missing = new Map<number, number>();
  readonly #loading = new Map<number, AbortController>();
  #wanted: number[] = [];
  #stopped = false;

  constructor(url: (atMs: number, widthPixels: number) => string, onNew: () => void) {
    this.#url = url;
    this.#onNew = onNew;
  }

  /** The one closest to the moment, within `withinMs`. */
  nearest(atMs: number, withinMs: number): Thumb | undefined {
    let found: Thumb | undefined;
    let best = withinMs;
    for (const thumb of this.#known.values()) {
      const away = Math.abs(thumb.atMs - atMs);
      if (away <= best) [found, best] = [thumb, away];
    }
    return found;
  }

  /** @param aroundMs how far the pointer may be next: neighbours are fetched when nothing else is to be done. */
  want(atMs: number, aroundMs: number): void {
    const bucket = Math.floor(atMs / thumbEveryMs);
    const step = Math.max(1, Math.round(aroundMs / thumbEveryMs));
    this.#wanted = [bucket, bucket + step, bucket - step, bucket + 2 * step, bucket - 2 * step];
    // What nobody looks at any more makes room.
    for (const [at, abort] of this.#loading) {
      if (!this.#wanted.includes(at)) abort.abort();
    }
    this.#next();
  }

  stop(): void {
    this.#stopped = true;
    this.#wanted = [];
    for (const abort of this.#loading.values()) abort.abort();
    for (const { picture } of this.#known.values()) picture.close();
    this.#known.clear();
  }

  #next(): void {
    const now = performance.now();
    for (const bucket of this.#wanted) {
      if (this.#loading.size >= mostAtOnce) return;
      const missing = now - (this.#missing.get(bucket) ?? -Infinity) < forgetMs;
      if (!missing && !this.#known.has(bucket) && !this.#loading.has(bucket)) void this.#load(bucket);
    }
  }

  async #load(bucket: number): Promise<void> {
    const abort = new AbortController();
    this.#loading.set(bucket, abort);
    try {
      const answer = await fetch(this.#url(bucket * thumbEveryMs, widthPixels), { signal: abort.signal });
      if (!answer.ok) throw new Error(`answer ${answer.status}`);
      const taken = Date.parse(answer.headers.get('x-capture-time') ?? '');
      const picture = await createImageBitmap(await answer.blob());
      if (this.#stopped) picture.close();
      else this.#keep(bucket, { picture, atMs: Number.isNaN(taken) ? bucket * thumbEveryMs : taken });
    } catch {
      // No picture of this moment, or a newer wish: the one that is shown stays.
      if (!abort.signal.aborted) this.#missing.set(bucket, performance.now());
    } finally {
      if (this.#loading.get(bucket) === abort) this.#loading.delete(bucket);
      if (!this.#stopped) this.#next();
    }
  }

  #keep(bucket: number, thumb: Thumb): void {
    this.#known.set(bucket, thumb);
    for (const [oldest, { picture }] of this.#known) {
      if (this.#known.size <= mostKept) break;
      picture.close();
      this.#known.delete(oldest);
    }
    this.#onNew();
  }
}
