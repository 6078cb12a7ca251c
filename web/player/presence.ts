/**
 * Whether anybody can see an element. In: the page's visibility and the element's place in the
 * window. Out: seen or not, with patience: a short look away must not cost a new start.
 */
const hiddenPatienceMs = 10_000;
const offscreenPatienceMs = 1500;
/** Starts a little before it scrolls into view. */
const margin = '160px';

export class Presence {
  readonly #onChange: (seen: boolean) => void;
  readonly #observer: IntersectionObserver;
  readonly #over = new AbortController();
  #onScreen: boolean;
  #seen: boolean;
  #apart = false;
  #timer: number | undefined;

  constructor(element: Element, onChange: (seen: boolean) => void) {
    this.#onChange = onChange;
    const box = element.getBoundingClientRect();
    this.#onScreen = box.top < innerHeight && box.bottom > 0;
    this.#seen = this.#now();
    this.#observer = new IntersectionObserver(
      (entries) => {
        this.#onScreen = entries.at(-1)?.isIntersecting ?? false;
        this.#update(offscreenPatienceMs);
      },
      { rootMargin: margin },
    );
    this.#observer.observe(element);
    document.addEventListener('visibilitychange', () => this.#update(hiddenPatienceMs), {
      signal: this.#over.signal,
    });
  }

  get seen(): boolean {
    return this.#seen;
  }

  /** In a window of its own it is seen, wherever the page is. */
  apart(isApart: boolean): void {
    this.#apart = isApart;
    this.#update(offscreenPatienceMs);
  }

  stop(): void {
    this.#observer.disconnect();
    this.#over.abort();
    window.clearTimeout(this.#timer);
  }

  #now(): boolean {
    return this.#apart || (this.#onScreen && !document.hidden);
  }

  #update(patienceMs: number): void {
    window.clearTimeout(this.#timer);
    const seen = this.#now();
    if (seen === this.#seen) return;
    if (seen) this.#set(true);
    else this.#timer = window.setTimeout(() => this.#set(false), patienceMs);
  }

  #set(seen: boolean): void {
    this.#seen = seen;
    this.#onChange(seen);
  }
}
