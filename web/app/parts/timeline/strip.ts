/**
 * The timeline on its canvas, outside of React: it moves with every frame. In: what is known, and where the playhead
 * stands. Out: what the viewer does, in times. Draws only when something changed.
 */
import type { Timeline } from '../../../../src/api/contract/recording.ts';
import { Gestures } from './gestures.ts';
import type { Grip } from './gestures.ts';
import { lanesOf, targetAt } from './lanes.ts';
import type { Lanes, Row, Target } from './lanes.ts';
import type { End, Marks } from './marks.ts';
import { coarseRows, fineRows, paint } from './paint.ts';
import type { Palette, Rows, Scene } from './paint.ts';
import { msAt, pan, pinch, xOf, zoom } from './scale.ts';
import type { View } from './scale.ts';
import { ticks } from './ticks.ts';

/** What is shown. */
export interface StripLook {
  readonly timeline: Timeline | undefined;
  readonly view: View;
  readonly zone: string;
  readonly marks: Marks | undefined;
}

/** Asked for with every frame. */
export interface StripClock {
  readonly nowMs: number;
  readonly head: Scene['head'];
}

export interface Hovered {
  readonly x: number;
  readonly ms: number;
  readonly target: Target | undefined;
  readonly coarse: boolean;
}

export interface StripListener {
  view(view: View): void;
  grab(ms: number): void;
  drag(ms: number): void;
  release(): void;
  mark(end: End, ms: number): void;
  hover(at: Hovered | undefined): void;
  clock(): StripClock;
}

const emptyLanes: Lanes = { recorded: [], gaps: [], degraded: [], events: [], held: [] };
const slackPixels = { fine: 4, coarse: 16 } as const;
/** While the playhead is dragged close to an edge, the view moves on, pixels per frame. */
const edgePixels = 24;
const edgePace = 6;

export class Strip {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D | null;
  readonly #to: StripListener;
  readonly #gestures: Gestures;
  readonly #sizes: ResizeObserver;
  readonly #theme: MutationObserver;
  readonly #coarse = matchMedia('(pointer: coarse)');
  #look: StripLook;
  #lanes = emptyLanes;
  #width = 0;
  #palette: Palette;
  #pointer: { x: number; y: number; coarse: boolean } | undefined;
  #hoverX: number | undefined;
  #dragX: number | undefined;
  #frame = 0;
  #drawn = '';

  constructor(canvas: HTMLCanvasElement, look: StripLook, to: StripListener) {
    this.#canvas = canvas;
    this.#context = canvas.getContext('2d');
    this.#look = look;
    this.#to = to;
    this.#palette = paletteOf(canvas);
    this.#gestures = new Gestures(canvas, this.#listener());
    this.#sizes = new ResizeObserver(() => this.#resize());
    this.#sizes.observe(canvas);
    this.#theme = new MutationObserver(() => this.#recolour());
    this.#theme.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    matchMedia('(prefers-color-scheme: light)').addEventListener('change', this.#recolour);
    this.#resize();
    this.#frame = requestAnimationFrame(this.#tick);
  }

  show(look: StripLook): void {
    const { view, timeline } = this.#look;
    this.#look = look;
    if (look.view === view && look.timeline === timeline) {
      this.#drawn = '';
      return;
    }
    this.#lay();
    // Under a pointer that rests lies something else now.
    if (this.#pointer) this.#hover(this.#pointer);
  }

  stop(): void {
    cancelAnimationFrame(this.#frame);
    this.#gestures.stop();
    this.#sizes.disconnect();
    this.#theme.disconnect();
    matchMedia('(prefers-color-scheme: light)').removeEventListener('change', this.#recolour);
  }

  get #rows(): Rows {
    return this.#coarse.matches ? coarseRows : fineRows;
  }

  readonly #tick = (): void => {
    this.#frame = requestAnimationFrame(this.#tick);
    this.#moveAtEdge();
    const { nowMs, head } = this.#to.clock();
    const { view, zone, marks } = this.#look;
    const pixel = (ms: number) => Math.round(xOf(view, this.#width, ms) * 2);
    const drawn = head && `${pixel(head.ms)} ${head.text} ${head.live}`;
    const state = `${pixel(nowMs)} ${drawn} ${this.#hoverX}`;
    if (state === this.#drawn || !this.#context) return;
    this.#drawn = state;
    const scene = { view, width: this.#width, rows: this.#rows, lanes: this.#lanes, nowMs, marks, head };
    const marked = ticks(view, this.#width, zone);
    paint(this.#context, { ...scene, ticks: marked, hoverX: this.#hoverX }, this.#palette);
  };

  readonly #recolour = (): void => {
    this.#palette = paletteOf(this.#canvas);
    this.#drawn = '';
  };

  #resize(): void {
    const ratio = devicePixelRatio;
    this.#width = this.#canvas.clientWidth;
    const { height } = this.#rows;
    this.#canvas.style.height = `${height}px`;
    this.#canvas.width = Math.round(this.#width * ratio);
    this.#canvas.height = Math.round(height * ratio);
    this.#context?.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.#lay();
  }

  #lay(): void {
    const { timeline, view } = this.#look;
    this.#lanes = timeline ? lanesOf(timeline, view, this.#width) : emptyLanes;
    this.#drawn = '';
  }

  #ms(x: number): number {
    return msAt(this.#look.view, this.#width, x);
  }

  #listener() {
    return {
      gripAt: (x: number, y: number, coarse: boolean): Grip => this.#gripAt(x, y, coarse),
      grab: (x: number) => {
        this.#dragX = x;
        this.#to.grab(this.#ms(x));
      },
      drag: (x: number) => {
        this.#dragX = x;
        this.#to.drag(this.#ms(x));
      },
      release: () => {
        this.#dragX = undefined;
        this.#to.release();
      },
      pan: (byPixels: number) => this.#pan(-byPixels),
      zoom: (factor: number, x: number) => this.#to.view(zoom(this.#look.view, factor, this.#ms(x))),
      pinch: (before: readonly [number, number], after: readonly [number, number]) =>
        this.#to.view(pinch(this.#look.view, this.#width, before, after)),
      mark: (end: End, x: number) => this.#to.mark(end, this.#ms(x)),
      hover: (at: { x: number; y: number; coarse: boolean } | undefined) => this.#hover(at),
    };
  }

  #pan(byPixels: number): void {
    this.#to.view(pan(this.#look.view, this.#ms(byPixels) - this.#ms(0)));
  }

  #gripAt(x: number, y: number, coarse: boolean): Grip {
    const { marks, view } = this.#look;
    const { ruler } = this.#rows;
    if (y < ruler.height) return 'view';
    if (!marks) return 'playhead';
    const slack = coarse ? 22 : 8;
    const away = (ms: number) => Math.abs(xOf(view, this.#width, ms) - x);
    const [start, end] = [away(marks.startMs), away(marks.endMs)];
    if (Math.min(start, end) > slack) return 'playhead';
    return start < end ? 'start' : 'end';
  }

  #hover(at: { x: number; y: number; coarse: boolean } | undefined): void {
    this.#pointer = at;
    this.#hoverX = at && !at.coarse ? at.x : undefined;
    if (!at) {
      this.#canvas.style.cursor = '';
      this.#to.hover(undefined);
      return;
    }
    const { x, y, coarse } = at;
    const grip = this.#gripAt(x, y, coarse);
    this.#canvas.style.cursor = grip === 'view' ? 'grab' : grip === 'playhead' ? 'pointer' : 'ew-resize';
    const target = targetAt(this.#lanes, this.#rowAt(y), x, coarse ? slackPixels.coarse : slackPixels.fine);
    // What is under a held playhead is seen large already.
    const held = this.#dragX !== undefined && !target;
    this.#to.hover(held ? undefined : { x, ms: this.#ms(x), target, coarse });
  }

  #rowAt(y: number): Row {
    const { events, footage, held } = this.#rows;
    if (y >= events.top && y < footage.top) return 'events';
    return y >= held.top ? 'held' : 'footage';
  }

  /** A playhead at the edge pulls the view along. */
  #moveAtEdge(): void {
    if (this.#dragX === undefined) return;
    const left = this.#dragX < edgePixels;
    if (!left && this.#dragX < this.#width - edgePixels) return;
    this.#pan(left ? -edgePace : edgePace);
    this.#to.drag(this.#ms(this.#dragX));
  }
}

/** Colours of the theme as it is now. */
export function paletteOf(element: Element): Palette {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  return {
    canvas: colour('--canvas'),
    surface: colour('--surface'),
    raised: colour('--raised'),
    line: colour('--line'),
    lineStrong: colour('--line-strong'),
    text: colour('--text'),
    muted: colour('--muted'),
    accent: colour('--accent'),
    good: colour('--good'),
    warn: colour('--warn'),
    bad: colour('--bad'),
    event: colour('--event'),
    font: getComputedStyle(element).fontFamily,
  };
}
