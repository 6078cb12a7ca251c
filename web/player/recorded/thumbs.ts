/**
 * Small pictures for scrubbing. In: moments. Out: the nearest one that is known, at once; those around are fetched, the
 * newest wish first. Where the server keeps none, it makes one of the footage. At most `mostKept` stay decoded.
 */
import { ThumbIndex } from './thumb-index.ts';
import type { ThumbEntry } from './thumb-index.ts';

export interface Thumb {
  readonly picture: ImageBitmap;
  /** When it was taken, Unix ms. */
  readonly atMs: number;
}

export interface ThumbAddresses {
  /** Of the index. */
  readonly index: (fromMs: number, toMs: number) => string;
  /** Of a picture made of the footage. */
  readonly frame: (atMs: number, widthPixels: number) => string;
}

/** How far they are apart; one that far away still tells where one is. */
const thumbEveryMs = 10_000;
const thumbWithinMs = 1.5 * thumbEveryMs;
const mostKept = 240;
const mostAtOnce = 3;
const widthPixels = 320;
/** Where there was none it is not asked again for so long: footage may still come. */
const forgetMs = 20_000;

/** One thing to be fetched. */
type Job =
  | { readonly key: string; readonly kind: 'index'; readonly atMs: number }
  | { readonly key: string; readonly kind: 'entry'; readonly entry: ThumbEntry }
  | { readonly key: string; readonly kind: 'frame'; readonly atMs: number };

export class Thumbs {
  readonly #addresses: ThumbAddresses;
  readonly #index: ThumbIndex;
  readonly #onNew: () => void;
  /** By job, oldest first. */
  readonly #known = new Map<string, Thumb>();
  /** When it was asked for in vain. */
  readonly #missing = new Map<string, number>();
  readonly #loading = new Map<string, AbortController>();
  #wanted: readonly number[] = [];
  #stopped = false;

  constructor(addresses: ThumbAddresses, onNew: () => void) {
    this.#addresses = addresses;
    this.#index = new ThumbIndex(addresses.index);
    this.#onNew = onNew;
  }

  /** The one closest to the moment, within `thumbWithinMs`. */
  nearest(atMs: number): Thumb | undefined {
    let found: Thumb | undefined;
    let best = thumbWithinMs;
    for (const thumb of this.#known.values()) {
      const away = Math.abs(thumb.atMs - atMs);
      if (away <= best) [found, best] = [thumb, away];
    }
    return found;
  }

  /** @param aroundMs how far the pointer may be next: neighbours are fetched when nothing else is to be done. */
  want(atMs: number, aroundMs: number): void {
    const step = Math.max(thumbEveryMs, aroundMs);
    this.#wanted = [atMs, atMs + step, atMs - step, atMs + 2 * step, atMs - 2 * step];
    const keys = new Set(this.#wanted.map((ms, at) => this.#jobFor(ms, at === 0)?.key));
    // What nobody looks at any more makes room.
    for (const [key, abort] of this.#loading) {
      if (!keys.has(key)) abort.abort();
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
    for (const [at, ms] of this.#wanted.entries()) {
      if (this.#loading.size >= mostAtOnce) return;
      const job = this.#jobFor(ms, at === 0);
      if (job && !this.#known.has(job.key) && !this.#loading.has(job.key)) void this.#run(job);
    }
  }

  /** What is to be done for a picture of this moment. @param first what is made of footage is not made ahead. */
  #jobFor(atMs: number, first: boolean): Job | undefined {
    if (!this.#index.isKnown(atMs)) {
      const key = `index ${Math.floor(atMs / 3_600_000)}`;
      if (!this.#isMissing(key)) return { key, kind: 'index', atMs };
    }
    const entry = this.#index.nearest(atMs, thumbWithinMs);
    if (entry) return { key: `entry ${entry.atMs}`, kind: 'entry', entry };
    const bucket = Math.floor(atMs / thumbEveryMs);
    const key = `frame ${bucket}`;
    return first && !this.#isMissing(key) ? { key, kind: 'frame', atMs: bucket * thumbEveryMs } : undefined;
  }

  #isMissing(key: string): boolean {
    return performance.now() - (this.#missing.get(key) ?? -Infinity) < forgetMs;
  }

  async #run(job: Job): Promise<void> {
    const abort = new AbortController();
    this.#loading.set(job.key, abort);
    try {
      if (job.kind === 'index') await this.#index.read(job.atMs, abort.signal);
      else this.#keep(job.key, await this.#load(job, abort.signal));
    } catch {
      // No picture of this moment, or a newer wish: the one that is shown stays.
      if (!abort.signal.aborted) this.#missing.set(job.key, performance.now());
    } finally {
      if (this.#loading.get(job.key) === abort) this.#loading.delete(job.key);
      if (!this.#stopped) this.#next();
    }
  }

  async #load(job: Exclude<Job, { kind: 'index' }>, signal: AbortSignal): Promise<Thumb> {
    if (job.kind === 'frame') {
      const answer = await fetch(this.#addresses.frame(job.atMs, widthPixels), { signal });
      if (!answer.ok) throw new Error(`answer ${answer.status}`);
      const taken = Date.parse(answer.headers.get('x-capture-time') ?? '');
      const picture = await createImageBitmap(await answer.blob());
      return { picture, atMs: Number.isNaN(taken) ? job.atMs : taken };
    }
    const { url, offsetBytes, sizeBytes, atMs } = job.entry;
    const range = `bytes=${offsetBytes}-${offsetBytes + sizeBytes - 1}`;
    const answer = await fetch(url, { signal, headers: { range } });
    if (answer.status !== 206) throw new Error(`answer ${answer.status}`);
    const picture = await createImageBitmap(new Blob([await answer.arrayBuffer()], { type: 'image/jpeg' }));
    return { picture, atMs };
  }

  #keep(key: string, thumb: Thumb): void {
    if (this.#stopped) {
      thumb.picture.close();
      return;
    }
    this.#known.set(key, thumb);
    for (const [oldest, { picture }] of this.#known) {
      if (this.#known.size <= mostKept) break;
      picture.close();
      this.#known.delete(oldest);
    }
    this.#onNew();
  }
}
