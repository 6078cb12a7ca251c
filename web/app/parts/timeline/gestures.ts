/**
 * What pointers on the timeline mean. In: pointer and wheel events of one element. Out: calls of its listener, places in
 * CSS pixels from the left. On the ruler a drag moves the view, below it the playhead; on a handle, the handle; two
 * fingers or the wheel zoom.
 */
import type { End } from './marks.ts';

export interface GestureListener {
  /** What a press at this place takes hold of. */
  gripAt(x: number, y: number, coarse: boolean): Grip;
  grab(x: number): void;
  drag(x: number): void;
  release(): void;
  /** The view is moved by so many pixels. */
  pan(byPixels: number): void;
  /** @param factor below 1 shows less time. */
  zoom(factor: number, x: number): void;
  pinch(before: readonly [number, number], after: readonly [number, number]): void;
  mark(end: End, x: number): void;
  /** Undefined: the pointer is gone. A finger hovers where it tapped. */
  hover(at: { x: number; y: number; coarse: boolean } | undefined): void;
}

export type Grip = 'view' | 'playhead' | End;

/** A wheel's notch is 100 to 120: about a fifth more or less. */
const zoomPerPixel = 0.0018;
const longestWheelPixels = 400;
const pixelsPerLine = 16;
const doubleTapMs = 320;
const doubleTapPixels = 24;
const doubleTapFactor = 0.25;

interface Finger {
  x: number;
}

export class Gestures {
  readonly #element: HTMLElement;
  readonly #to: GestureListener;
  readonly #fingers = new Map<number, Finger>();
  #grip: Grip | undefined;
  #lastTap: { readonly atMs: number; readonly x: number } | undefined;
  readonly #left = new AbortController();

  constructor(element: HTMLElement, to: GestureListener) {
    this.#element = element;
    this.#to = to;
    const { signal } = this.#left;
    element.addEventListener('pointerdown', (event) => this.#down(event), { signal });
    element.addEventListener('pointermove', (event) => this.#move(event), { signal });
    for (const name of ['pointerup', 'pointercancel'] as const) {
      element.addEventListener(name, (event) => this.#up(event), { signal });
    }
    element.addEventListener('pointerleave', (event) => this.#leave(event), { signal });
    // The page must not scroll under a wheel that zooms: a passive listener could not say so.
    element.addEventListener('wheel', (event) => this.#wheel(event), { signal, passive: false });
  }

  stop(): void {
    this.#left.abort();
  }

  #down(event: PointerEvent): void {
    if (event.button !== 0 || this.#fingers.size >= 2) return;
    this.#element.setPointerCapture(event.pointerId);
    const { x, y } = this.#place(event);
    this.#fingers.set(event.pointerId, { x });
    if (this.#fingers.size === 2) {
      // The first finger had meant something else.
      this.#letGo();
      return;
    }
    const coarse = event.pointerType !== 'mouse';
    if (this.#tappedTwice(event.timeStamp, x)) {
      this.#to.zoom(doubleTapFactor, x);
      return;
    }
    this.#grip = this.#to.gripAt(x, y, coarse);
    if (this.#grip === 'playhead') this.#to.grab(x);
    if (coarse) this.#to.hover({ x, y, coarse });
  }

  #move(event: PointerEvent): void {
    const { x, y } = this.#place(event);
    const finger = this.#fingers.get(event.pointerId);
    if (!finger) {
      this.#to.hover({ x, y, coarse: event.pointerType !== 'mouse' });
      return;
    }
    const before = this.#pair();
    const byPixels = x - finger.x;
    finger.x = x;
    const after = this.#pair();
    if (before && after) this.#to.pinch(before, after);
    else if (this.#grip === 'view') this.#to.pan(byPixels);
    else if (this.#grip === 'playhead') this.#to.drag(x);
    else if (this.#grip) this.#to.mark(this.#grip, x);
    if (event.pointerType === 'mouse') this.#to.hover({ x, y, coarse: false });
  }

  #up(event: PointerEvent): void {
    if (this.#fingers.delete(event.pointerId)) this.#letGo();
  }

  #leave(event: PointerEvent): void {
    if (event.pointerType === 'mouse' && this.#fingers.size === 0) this.#to.hover(undefined);
  }

  #letGo(): void {
    if (this.#grip === 'playhead') this.#to.release();
    this.#grip = undefined;
  }

  #tappedTwice(atMs: number, x: number): boolean {
    const last = this.#lastTap;
    const twice =
      last !== undefined && atMs - last.atMs < doubleTapMs && Math.abs(x - last.x) < doubleTapPixels;
    this.#lastTap = twice ? undefined : { atMs, x };
    return twice;
  }

  #wheel(event: WheelEvent): void {
    // With Ctrl it is a pinch on a touchpad, which would zoom the page.
    event.preventDefault();
    const scale = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? pixelsPerLine : 1;
    const [across, down] = [event.deltaX * scale, event.deltaY * scale];
    if (event.shiftKey || Math.abs(across) > Math.abs(down)) {
      this.#to.pan(-(event.shiftKey && across === 0 ? down : across));
      return;
    }
    const pixels = Math.min(Math.max(down, -longestWheelPixels), longestWheelPixels);
    this.#to.zoom(Math.exp(pixels * zoomPerPixel * (event.ctrlKey ? 4 : 1)), this.#place(event).x);
  }

  #pair(): readonly [number, number] | undefined {
    const [one, other] = [...this.#fingers.values()];
    return one && other && [one.x, other.x];
  }

  #place(event: MouseEvent): { x: number; y: number } {
    const box = this.#element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }
}
