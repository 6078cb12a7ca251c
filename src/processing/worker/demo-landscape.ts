/**
 * The still part of the demo camera's picture, as a function of the place: sky, sun, hills, lighthouse, water, and
 * the dark panels that the text stands on.
 */
import type { Colour } from './demo-colours.ts';
import { mixInto } from './demo-colours.ts';

const picture = { width: 1280, height: 720 };
/** Rows from the top. */
export const horizon = 430;
export const water = { bottom: 680 };

const zenith: Colour = [28, 42, 84];
const middleSky: Colour = [104, 104, 158];
const lowSky: Colour = [250, 186, 146];
const sunColour: Colour = [255, 232, 190];
const farHill: Colour = [112, 98, 136];
const nearHill: Colour = [58, 58, 96];
const nearWater: Colour = [24, 34, 70];
const farWater: Colour = [206, 150, 140];
const wall: Colour = [224, 214, 208];
const panel: Colour = [10, 14, 30];
const sun = { x: 800, y: 290, radius: 46, glow: 420 };
const tower = { left: 1082, right: 1098, top: 330, bottom: 380 };
const panels = [
  { left: 48, top: 48, right: 540, bottom: 194 },
  { left: 48, top: 624, right: 408, bottom: 672 },
];
/** Breaks up the bands that a slow gradient shows in eight bits. */
const dither = [-0.8, 0.4, -0.5, 0.7, 0, -0.2, 0.6, -0.6];

/** What depends on the row or the column alone is worked out once. */
const skyOfRow = Array.from({ length: horizon }, (_, y): Colour => {
  const height = (2 * y) / horizon;
  return height < 1 ? mixed(zenith, middleSky, height) : mixed(middleSky, lowSky, (height - 1) ** 1.4);
});
const waterOfRow = Array.from({ length: picture.height - horizon }, (_, y) =>
  mixed(farWater, nearWater, depthAt(y) ** 0.6),
);
const farHillTop = Float64Array.from({ length: picture.width }, (_, x) => {
  return 372 + 26 * Math.sin(x / 170) + 12 * Math.sin(x / 61 + 2);
});
const nearHillTop = Float64Array.from({ length: picture.width }, (_, x) => {
  return 424 - Math.max(0, x - 760) * 0.11 + 12 * Math.sin(x / 95) + 5 * Math.sin(x / 23);
});
const ripplePhase = Float64Array.from({ length: picture.width }, (_, x) => 2 * Math.sin(x / 37));

/** Writes the colour of one pixel of the 1280x720 picture. */
export function landscapeAt(x: number, y: number, out: Colour): void {
  if (y < horizon) paintSky(x, y, out);
  else paintWater(x, y - horizon, out);
  for (const { left, top, right, bottom } of panels) {
    if (x >= left && x < right && y >= top && y < bottom) mixInto(out, panel, 0.55);
  }
  const offset = dither[(x + 3 * y) & 7] ?? 0;
  out[0] += offset;
  out[1] += offset;
  out[2] += offset;
}

function paintSky(x: number, y: number, out: Colour): void {
  setTo(out, skyOfRow[y] ?? lowSky);
  paintSun(x, y, out);
  if (y > (farHillTop[x] ?? 0)) mixInto(out, farHill, 0.9);
  if (y > (nearHillTop[x] ?? 0)) mixInto(out, nearHill, 0.95);
  const { left, right, top, bottom } = tower;
  if (x < left || x >= right || y < top || y >= bottom) return;
  setTo(out, wall);
  mixInto(out, nearHill, (y - top) % 16 < 8 ? 0.1 : 0.6);
}

function paintSun(x: number, y: number, out: Colour): void {
  const across = x - sun.x;
  const down = y - sun.y;
  const distance = Math.sqrt(across * across + down * down);
  if (distance > sun.glow) return;
  const near = 1 - distance / sun.glow;
  mixInto(out, sunColour, 0.6 * near * near);
  if (distance < sun.radius) mixInto(out, sunColour, Math.min(1, (sun.radius - distance) / 2));
}

function paintWater(x: number, row: number, out: Colour): void {
  setTo(out, waterOfRow[row] ?? nearWater);
  const depth = depthAt(row);
  const side = (x - sun.x) / (40 + 150 * depth);
  if (side < -3 || side > 3) return;
  const ripple = 0.6 + 0.4 * Math.sin(row / (2 + 4 * depth) + (ripplePhase[x] ?? 0));
  mixInto(out, sunColour, 0.75 * (1 - 0.7 * depth) * ripple * Math.exp(-side * side));
}

/** From 0 at the horizon to 1 at the lower edge. */
function depthAt(row: number): number {
  return Math.min(1, row / (water.bottom - horizon));
}

function mixed(a: Readonly<Colour>, b: Readonly<Colour>, share: number): Colour {
  const out: Colour = [a[0], a[1], a[2]];
  mixInto(out, b, share);
  return out;
}

function setTo(out: Colour, colour: Readonly<Colour>): void {
  out[0] = colour[0];
  out[1] = colour[1];
  out[2] = colour[2];
}
