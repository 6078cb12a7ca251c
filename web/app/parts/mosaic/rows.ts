/**
 * The past of several cameras on one canvas, a row each, outside of React. In: timelines, and where the playhead stands.
 * Out: what the viewer does, in times. Gestures, ruler and playhead are those of the timeline of one camera.
 */
import type { Timeline } from '../../../../src/api/contract/recording.ts';
import { Gestures } from '../timeline/gestures.ts';
import { lanesOf } from '../timeline/lanes.ts';
import type { Lanes } from '../timeline/lanes.ts';
import { paintHead, paintNow, paintRuler } from '../timeline/paint.ts';
import type { Palette, Rows, Scene } from '../timeline/paint.ts';
import { msAt, pan, pinch, xOf, zoom } from '../timeline/scale.ts';
import type { View } from '../timeline/scale.ts';
import { paletteOf } from '../timeline/strip.ts';
import type { StripClock } from '../timeline/strip.ts';
import { ticks } from '../timeline/ticks.ts';

export interface RowsLook {
  readonly view: View;
  readonly zone: string;
  /** Top to bottom. */
  readonly rows: readonly RowLook[];
}

interface RowLook {
  readonly name: string;
  /** Undefined: not known yet. */
  readonly timeline: Timeline | undefined;
  /** The one that is chosen. */
  readonly chosen: boolean;
}

export interface RowsListener {
  view(view: View): void;
  drag(ms: number): void;
  release(): void;
  hover(at: { readonly x: number; readonly ms: number; readonly row: number } | undefined): void;
  clock(): StripClock;
}

const rulerPixels = { fine: 28, coarse: 44 } as const;
/** A row is as high as leaves all of them low enough for the page. */
const allRowsPixels = { wide: 150, narrow: 80 } as const;
const narrowPixels = 600;
const rowPixels = { least: 7, most: 18 } as const;
const namedFromPixels = 13;
const noLanes: Lanes = { recorded: [], gaps: [], degraded: [], events: [], held: [] };

export class RowsStrip {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D | null;
  readonly #to: RowsListener;
  readonly #gestures: Gestures;
  readonly #sizes: ResizeObserver;
  readonly #theme: MutationObserver;
  readonly #coarse = matchMedia('(pointer: coarse)');
  #look: RowsLook;
  #lanes: readonly Lanes[] = [];
  #width = 0;
  #palette: Palette;
  #hoverX: number | undefined;
  #frame = 0;
  #drawn = '';

  constructor(canvas: HTMLCanvasElement, look: RowsLook, to: RowsListener) {
    this.#canvas = canvas;
    this.#context = canvas.getContext('2d');
    this.#look = look;
    this.#to = to;
    this.#palette = paletteOf(canvas);
    this.#gestures = new Gestures(canvas, this.#listener());
    this.#sizes = new ResizeObserver(() => this.#resize());
    this.#sizes.observe(canvas);
    this.#theme = new MutationObserver(() => {
      this.#palette = paletteOf(canvas);
      this.#drawn = '';
    });
    this.#theme.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    this.#resize();
    this.#frame = requestAnimationFrame(this.#tick);
  }

  show(look: RowsLook): void {
    const count = this.#look.rows.length;
    this.#look = look;
    if (count === look.rows.length) this.#lay();
    else this.#resize();
  }

  stop(): void {
    cancelAnimationFrame(this.#frame);
    this.#gestures.stop();
    this.#sizes.disconnect();
    this.#theme.disconnect();
  }

  get #rowHeight(): number {
    const all = this.#width < narrowPixels ? allRowsPixels.narrow : allRowsPixels.wide;
    const share = Math.floor(all / Math.max(1, this.#look.rows.length)) - 2;
    return Math.min(rowPixels.most, Math.max(rowPixels.least, share));
  }

  get #bands(): Rows {
    const ruler = this.#coarse.matches ? rulerPixels.coarse : rulerPixels.fine;
    const height = ruler + this.#look.rows.length * (this.#rowHeight + 2);
    const none = { top: ruler, height: 0 };
    const footage = { top: ruler, height: height - ruler };
    return { ruler: { top: 0, height: ruler }, events: none, footage, held: none, height };
  }

  readonly #tick = (): void => {
    this.#frame = requestAnimationFrame(this.#tick);
    const { nowMs, head } = this.#to.clock();
    const { view, zone } = this.#look;
    const pixel = (ms: number) => Math.round(xOf(view, this.#width, ms) * 2);
    const state = `${pixel(nowMs)} ${head && `${pixel(head.ms)} ${head.text} ${head.live}`} ${this.#hoverX}`;
    if (state === this.#drawn || !this.#context) return;
    this.#drawn = state;
    const marked = ticks(view, this.#width, zone);
    const scene = { view, width: this.#width, rows: this.#bands, ticks: marked, lanes: noLanes, nowMs, head };
    this.#paint(this.#context, { ...scene, marks: undefined, hoverX: this.#hoverX });
  };

  #paint(to: CanvasRenderingContext2D, scene: Scene): void {
    const { width, rows, view, nowMs } = scene;
    const colours = this.#palette;
    to.clearRect(0, 0, width, rows.height);
    paintRuler(to, scene, colours);
    const nowX = xOf(view, width, nowMs);
    for (const [at, lanes] of this.#lanes.entries()) this.#paintRow(to, at, lanes, nowX);
    if (nowX >= 0 && nowX <= width) paintNow(to, rows, nowX, colours);
    if (scene.hoverX !== undefined) {
      to.fillStyle = colours.lineStrong;
      to.fillRect(scene.hoverX, rows.ruler.height, 1, rows.height - rows.ruler.height);
    }
    paintHead(to, scene, colours);
  }

  #paintRow(to: CanvasRenderingContext2D, at: number, lanes: Lanes, nowX: number): void {
    const colours = this.#palette;
    const height = this.#rowHeight;
    const top = this.#bands.ruler.height + at * (height + 2) + 1;
    const row = this.#look.rows[at];
    to.fillStyle = colours.raised;
    to.fillRect(0, top, Math.min(this.#width, Math.max(0, nowX)), height);
    to.globalAlpha = row?.chosen === true ? 0.95 : 0.62;
    to.fillStyle = colours.accent;
    for (const { x, width } of lanes.recorded) to.fillRect(x, top, width, height);
    to.globalAlpha = 1;
    for (const { x, width } of lanes.degraded) {
      to.fillStyle = colours.warn;
      to.fillRect(x, top, width, 2);
    }
    // Missing is a line in the middle of nothing: it differs from footage without its colour.
    for (const { x, width } of lanes.gaps) {
      to.fillStyle = colours.surface;
      to.fillRect(x, top, width, height);
      to.fillStyle = colours.bad;
      to.fillRect(x, top + height / 2 - 1, width, 2);
    }
    if (row && height >= namedFromPixels) this.#paintName(to, row, top + height / 2);
  }

  #paintName(to: CanvasRenderingContext2D, { name, chosen }: RowLook, middle: number): void {
    const colours = this.#palette;
    to.font = `${chosen ? 600 : 500} 11px ${colours.font}`;
    to.textBaseline = 'middle';
    to.textAlign = 'left';
    const width = to.measureText(name).width;
    to.globalAlpha = 0.72;
    to.fillStyle = colours.surface;
    to.beginPath();
    to.roundRect(4, middle - 6.5, width + 8, 13, 3);
    to.fill();
    to.globalAlpha = 1;
    to.fillStyle = colours.text;
    to.fillText(name, 8, middle + 0.5);
  }

  #resize(): void {
    const ratio = devicePixelRatio;
    const { height } = this.#bands;
    this.#width = this.#canvas.clientWidth;
    this.#canvas.style.height = `${height}px`;
    this.#canvas.width = Math.round(this.#width * ratio);
    this.#canvas.height = Math.round(height * ratio);
    this.#context?.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.#lay();
  }

  #lay(): void {
    const { rows, view } = this.#look;
    this.#lanes = rows.map(({ timeline }) => (timeline ? lanesOf(timeline, view, this.#width) : noLanes));
    this.#drawn = '';
  }

  #ms(x: number): number {
    return msAt(this.#look.view, this.#width, x);
  }

  #listener() {
    const to = this.#to;
    return {
      gripAt: (_x: number, y: number) =>
        y < this.#bands.ruler.height ? ('view' as const) : ('playhead' as const),
      grab: (x: number) => to.drag(this.#ms(x)),
      drag: (x: number) => to.drag(this.#ms(x)),
      release: () => to.release(),
      pan: (byPixels: number) => to.view(pan(this.#look.view, this.#ms(-byPixels) - this.#ms(0))),
      zoom: (factor: number, x: number) => to.view(zoom(this.#look.view, factor, this.#ms(x))),
      pinch: (before: readonly [number, number], after: readonly [number, number]) =>
        to.view(pinch(this.#look.view, this.#width, before, after)),
      mark: () => undefined,
      hover: (at: { x: number; y: number; coarse: boolean } | undefined) => this.#hover(at),
    };
  }

  #hover(at: { x: number; y: number; coarse: boolean } | undefined): void {
    this.#hoverX = at && !at.coarse ? at.x : undefined;
    const row = at && Math.floor((at.y - this.#bands.ruler.height) / (this.#rowHeight + 2));
    const isRow = row !== undefined && row >= 0 && row < this.#look.rows.length;
    this.#canvas.style.cursor = at && !isRow ? 'grab' : 'pointer';
    this.#to.hover(at && isRow ? { x: at.x, ms: this.#ms(at.x), row } : undefined);
  }
}
