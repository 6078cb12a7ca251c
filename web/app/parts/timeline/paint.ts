/**
 * Draws the timeline. In: lanes in pixels, colours of the theme. Out: pixels. Every kind has a shape of its own, so that
 * nobody needs its colour: footage is filled, gaps are hatched between lines, disturbed footage has teeth, events are
 * bars with round ends in a row above, holds are brackets below, what is being recorded ends in a dot.
 */
import type { Box, Happening, Lanes } from './lanes.ts';
import type { Marks } from './marks.ts';
import { xOf } from './scale.ts';
import type { View } from './scale.ts';
import type { Tick } from './ticks.ts';

export interface Palette {
  readonly canvas: string;
  readonly surface: string;
  readonly raised: string;
  readonly line: string;
  readonly lineStrong: string;
  readonly text: string;
  readonly muted: string;
  readonly accent: string;
  readonly good: string;
  readonly warn: string;
  readonly bad: string;
  readonly event: string;
  readonly font: string;
}

type Ends = readonly [top: number, bottom: number];

interface Band {
  readonly top: number;
  readonly height: number;
}

/** Where the rows are, from the top, CSS pixels. */
export interface Rows {
  readonly ruler: Band;
  readonly events: Band;
  readonly footage: Band;
  readonly held: Band;
  readonly height: number;
}

export const fineRows: Rows = rows(30, 16, 42, 12);
/** For fingers: the ruler is a target of its own. */
export const coarseRows: Rows = rows(44, 18, 50, 14);

export interface Scene {
  readonly view: View;
  readonly width: number;
  readonly rows: Rows;
  readonly ticks: readonly Tick[];
  readonly lanes: Lanes;
  readonly nowMs: number;
  readonly marks: Marks | undefined;
  /** Where the playhead stands, and what is written on it. */
  readonly head: { readonly ms: number; readonly text: string; readonly live: boolean } | undefined;
  readonly hoverX: number | undefined;
}

export function paint(to: CanvasRenderingContext2D, scene: Scene, colours: Palette): void {
  const { width, rows } = scene;
  to.clearRect(0, 0, width, rows.height);
  const nowX = xOf(scene.view, width, scene.nowMs);
  paintGround(to, scene, colours, nowX);
  paintRuler(to, scene, colours);
  paintFootage(to, scene, colours);
  paintEvents(to, scene, colours);
  paintHeld(to, scene, colours);
  if (nowX >= 0 && nowX <= width) paintNow(to, rows, nowX, colours);
  if (scene.marks) paintMarks(to, scene, scene.marks, colours);
  if (scene.hoverX !== undefined) bar(to, scene.hoverX, [rows.ruler.height, rows.height], colours.lineStrong);
  if (scene.head) paintHead(to, scene, colours);
}

function rows(ruler: number, events: number, footage: number, held: number): Rows {
  return {
    ruler: { top: 0, height: ruler },
    events: { top: ruler, height: events },
    footage: { top: ruler + events, height: footage },
    held: { top: ruler + events + footage, height: held },
    height: ruler + events + footage + held,
  };
}

function paintGround(
  to: CanvasRenderingContext2D,
  { width, rows }: Scene,
  colours: Palette,
  nowX: number,
): void {
  const { top, height } = rows.footage;
  to.fillStyle = colours.raised;
  to.fillRect(0, top, Math.min(width, Math.max(0, nowX)), height);
}

export function paintRuler(
  to: CanvasRenderingContext2D,
  { view, width, rows, ticks }: Scene,
  colours: Palette,
): void {
  const { height } = rows.ruler;
  to.textBaseline = 'middle';
  to.textAlign = 'left';
  let freeFrom = -Infinity;
  for (const { ms, label, major } of ticks) {
    const x = Math.round(xOf(view, width, ms));
    to.fillStyle = label === '' ? colours.line : colours.lineStrong;
    const mark = label === '' ? 4 : major ? height : 7;
    to.fillRect(x, height - mark, 1, mark);
    if (label !== '') to.fillRect(x, rows.footage.top, 1, rows.footage.height);
    if (label === '' || x < freeFrom) continue;
    to.font = `${major ? 600 : 400} 11.5px ${colours.font}`;
    to.fillStyle = major ? colours.text : colours.muted;
    to.fillText(label, x + 5, height / 2);
    freeFrom = x + 5 + to.measureText(label).width + 10;
  }
}

function paintFootage(to: CanvasRenderingContext2D, { rows, lanes }: Scene, colours: Palette): void {
  const { top, height } = rows.footage;
  to.globalAlpha = 0.72;
  to.fillStyle = colours.accent;
  for (const { x, width } of lanes.recorded) to.fillRect(x, top, width, height);
  to.globalAlpha = 1;
  for (const { x, width } of lanes.degraded) paintTeeth(to, { x, width, top, height }, colours);
  for (const { x, width } of lanes.gaps) paintGap(to, { x, width, top, height }, colours);
  // Last, and on the very end: beside a bar that is narrower than the dot it would stand in what was before.
  for (const { x, width, of } of lanes.recorded) {
    if (of.at(-1)?.live === true) paintWriting(to, x + width, top + height / 2, colours);
  }
}

/** A dot at the end that moves. */
function paintWriting(to: CanvasRenderingContext2D, x: number, y: number, colours: Palette): void {
  to.beginPath();
  to.arc(x, y, 5, 0, 2 * Math.PI);
  to.fillStyle = colours.bad;
  to.fill();
  to.lineWidth = 2;
  to.strokeStyle = colours.surface;
  to.stroke();
}

interface Area {
  readonly x: number;
  readonly width: number;
  readonly top: number;
  readonly height: number;
}

function paintTeeth(to: CanvasRenderingContext2D, { x, width, top, height }: Area, colours: Palette): void {
  const tooth = 6;
  to.save();
  to.beginPath();
  to.rect(x, top, width, height);
  to.clip();
  to.beginPath();
  to.moveTo(x, top);
  // Teeth stand still while the view moves under them, at whole multiples.
  for (let at = x; at <= x + width + tooth; at += tooth) {
    to.lineTo(at + tooth / 2, top + 13);
    to.lineTo(at + tooth, top + 4);
  }
  to.lineTo(x + width + tooth, top);
  to.closePath();
  to.fillStyle = colours.warn;
  to.fill();
  to.restore();
}

function paintGap(to: CanvasRenderingContext2D, { x, width, top, height }: Area, colours: Palette): void {
  to.fillStyle = colours.surface;
  to.fillRect(x, top, width, height);
  if (width < 8) {
    // Too narrow for a hatch: a bar that stands out above and below.
    to.fillStyle = colours.bad;
    to.fillRect(x, top - 3, width, height + 6);
    return;
  }
  to.save();
  to.beginPath();
  to.rect(x, top, width, height);
  to.clip();
  to.beginPath();
  const apart = 8;
  const first = Math.floor((x - height) / apart) * apart;
  for (let at = first; at < x + width; at += apart) {
    to.moveTo(at, top + height);
    to.lineTo(at + height, top);
  }
  to.globalAlpha = 0.5;
  to.lineWidth = 1.5;
  to.strokeStyle = colours.bad;
  to.stroke();
  to.restore();
  to.fillStyle = colours.bad;
  to.fillRect(x, top, width, 2);
  to.fillRect(x, top + height - 2, width, 2);
}

function paintEvents(to: CanvasRenderingContext2D, { rows, lanes }: Scene, colours: Palette): void {
  const height = 8;
  const top = rows.events.top + rows.events.height - height - 3;
  for (const box of lanes.events) {
    to.beginPath();
    to.roundRect(box.x, top, Math.max(height, box.width), height, height / 2);
    to.fillStyle = colours.event;
    to.fill();
    const count = countOf(box);
    if (count < 2) continue;
    to.font = `600 10px ${colours.font}`;
    to.textBaseline = 'middle';
    to.fillStyle = colours.event;
    to.fillText(`×${count}`, box.x + Math.max(height, box.width) + 3, top + height / 2);
  }
}

function countOf(box: Box<Happening>): number {
  return box.of.reduce((sum, one) => sum + one.count, 0);
}

function paintHeld(to: CanvasRenderingContext2D, { rows, lanes }: Scene, colours: Palette): void {
  const top = rows.held.top + 4;
  to.fillStyle = colours.text;
  for (const { x, width } of lanes.held) {
    to.fillRect(x, top + 3, width, 2);
    to.fillRect(x, top, 2, 5);
    to.fillRect(x + width - 2, top, 2, 5);
    if (width > 30) paintLock(to, x + width / 2, top, colours);
  }
}

function paintLock(to: CanvasRenderingContext2D, x: number, top: number, colours: Palette): void {
  to.fillStyle = colours.surface;
  to.fillRect(x - 7, top - 3, 14, 11);
  to.fillStyle = colours.text;
  to.fillRect(x - 4, top + 1, 8, 6);
  to.beginPath();
  to.arc(x, top + 1, 2.5, Math.PI, 2 * Math.PI);
  to.lineWidth = 1.5;
  to.strokeStyle = colours.text;
  to.stroke();
}

export function paintNow(to: CanvasRenderingContext2D, rows: Rows, x: number, colours: Palette): void {
  to.save();
  to.setLineDash([3, 3]);
  to.beginPath();
  to.moveTo(Math.round(x) + 0.5, rows.ruler.height - 6);
  to.lineTo(Math.round(x) + 0.5, rows.height);
  to.lineWidth = 1;
  to.strokeStyle = colours.good;
  to.stroke();
  to.restore();
}

function paintMarks(to: CanvasRenderingContext2D, scene: Scene, marks: Marks, colours: Palette): void {
  const { view, width, rows } = scene;
  const [left, right] = [xOf(view, width, marks.startMs), xOf(view, width, marks.endMs)];
  const top = rows.ruler.height;
  to.globalAlpha = 0.6;
  to.fillStyle = colours.surface;
  to.fillRect(0, top, Math.max(0, left), rows.height - top);
  to.fillRect(right, top, Math.max(0, width - right), rows.height - top);
  to.globalAlpha = 1;
  to.fillStyle = colours.warn;
  to.fillRect(left, top, right - left, 2);
  to.fillRect(left, rows.height - 2, right - left, 2);
  const middle = rows.footage.top + rows.footage.height / 2;
  for (const x of [left, right]) {
    bar(to, x, [top, rows.height], colours.warn);
    to.beginPath();
    to.roundRect(x - 6, middle - 13, 12, 26, 5);
    to.fillStyle = colours.warn;
    to.fill();
    to.fillStyle = colours.surface;
    to.fillRect(x - 2.5, middle - 6, 1.5, 12);
    to.fillRect(x + 1, middle - 6, 1.5, 12);
  }
}

export function paintHead(
  to: CanvasRenderingContext2D,
  { view, width, rows, head }: Scene,
  colours: Palette,
): void {
  if (!head) return;
  const x = xOf(view, width, head.ms);
  if (x < -1 || x > width + 1) return;
  const colour = head.live ? colours.good : colours.text;
  bar(to, x, [rows.ruler.height - 2, rows.height], colours.surface, 4);
  bar(to, x, [rows.ruler.height - 2, rows.height], colour);
  to.font = `600 11.5px ${colours.font}`;
  const wide = to.measureText(head.text).width + 14;
  const left = Math.min(Math.max(0, x - wide / 2), width - wide);
  const high = 20;
  const top = rows.ruler.height - high - 2;
  to.beginPath();
  to.roundRect(left, top, wide, high, 6);
  to.fillStyle = colour;
  to.fill();
  to.lineWidth = 2;
  to.strokeStyle = colours.surface;
  to.stroke();
  to.fillStyle = colours.canvas;
  to.textBaseline = 'middle';
  to.textAlign = 'left';
  to.fillText(head.text, left + 7, top + high / 2 + 0.5);
}

function bar(to: CanvasRenderingContext2D, x: number, [top, bottom]: Ends, colour: string, width = 2): void {
  to.fillStyle = colour;
  to.fillRect(x - width / 2, top, width, bottom - top);
}
