/**
 * The picture of the demo camera: a bay at dusk. A background painted once; clouds, a boat, a lighthouse lamp,
 * glints on the water, a bar that fills every second; and the row of blocks with the capture time at the bottom.
 *
 * Draws into planar YUV 4:2:0, limited range, BT.709.
 */
import {
  clockRowDarkLuma,
  clockRowHeightDivisor,
  clockRowLightLuma,
  encodeClockRow,
} from '../../media/clock-row.ts';
import type { Colour, Yuv } from './demo-colours.ts';
import { mix, toYuv, yuv } from './demo-colours.ts';
import { horizon, landscapeAt, water } from './demo-landscape.ts';

/** Luma, then the two chroma planes of half the width and height. */
type Planes = readonly Uint8Array[];

/** A place in pixels of luma, from the top left. */
interface Shape {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const lamp = { x: 1084, y: 320, width: 12, height: 10 };
const sail = yuv(246, 240, 228);
const hull = yuv(52, 40, 48);
const lampLit = yuv(255, 244, 190);
const lampDark = yuv(70, 62, 74);
const bar = yuv(255, 255, 255);
const glint = yuv(255, 214, 170);
const cloud = yuv(252, 222, 204);
const light = { y: clockRowLightLuma, u: 128, v: 128 };
const dark = { y: clockRowDarkLuma, u: 128, v: 128 };
const clouds = [
  { x: 120, y: 272, width: 300, height: 44, framesPerPixel: 3 },
  { x: 640, y: 212, width: 380, height: 60, framesPerPixel: 2 },
  { x: 1040, y: 130, width: 220, height: 30, framesPerPixel: 4 },
];
const glints = Array.from({ length: 60 }, (_, at) => ({
  x: (at * 397) % 1280,
  y: horizon + 14 + ((at * at * 7) % (water.bottom - horizon - 84)),
  phase: (at * 29) % 50,
}));

export class DemoScene {
  readonly #width: number;
  readonly #height: number;
  /** Bytes from one row to the next, per plane. */
  readonly #strides: readonly number[];
  readonly #background: Planes;

  /** Planes have rows without padding. */
  constructor(widthPixels: number, heightPixels: number) {
    this.#width = widthPixels;
    this.#height = heightPixels;
    this.#strides = [widthPixels, widthPixels / 2, widthPixels / 2];
    this.#background = this.#paintBackground();
  }

  draw(memory: Planes, frame: number, wallMs: number): void {
    const planes = memory.slice(0, this.#strides.length);
    this.#background.forEach((plane, at) => planes[at]?.set(plane));
    for (const shape of clouds) this.#drawCloud(planes, shape, frame);
    this.#drawGlints(planes, frame);
    this.#drawBoat(planes, frame);
    this.#fill(planes, lamp, wallMs % 3000 < 600 ? lampLit : lampDark);
    const width = 2 * Math.floor(((wallMs % 1000) * 205) / 1000);
    this.#fill(planes, { x: 76, y: 142, width, height: 4 }, bar);
    this.#drawClockRow(planes, frame, wallMs);
  }

  #paintBackground(): Planes {
    const planes = this.#strides.map(
      (stride, at) => new Uint8Array(stride * (at === 0 ? this.#height : this.#height / 2)),
    );
    const colour: Colour = [0, 0, 0];
    const pixel = yuv(0, 0, 0);
    const [stride = 0, chromaStride = 0] = this.#strides;
    const [luma, blue, red] = planes;
    if (!luma || !blue || !red) return planes;
    for (let y = 0; y < this.#height; y += 1) {
      for (let x = 0; x < this.#width; x += 1) {
        landscapeAt(x, y, colour);
        toYuv(colour, pixel);
        luma[y * stride + x] = pixel.y;
        if ((x | y) & 1) continue;
        blue[(y >> 1) * chromaStride + (x >> 1)] = pixel.u;
        red[(y >> 1) * chromaStride + (x >> 1)] = pixel.v;
      }
    }
    return planes;
  }

  /** A soft ellipse that drifts to the right and comes back at the left. */
  #drawCloud(planes: Planes, shape: Shape & { framesPerPixel: number }, frame: number): void {
    const drift = Math.floor(frame / shape.framesPerPixel / 2) * 2;
    const x = ((shape.x + drift) % (this.#width + shape.width)) - shape.width;
    const moved = { x, y: shape.y, width: shape.width, height: shape.height };
    planes.forEach((plane, at) => this.#blendEllipse(plane, at, moved));
  }

  #blendEllipse(plane: Uint8Array, planeAt: number, { x: left, y: top, width, height }: Shape): void {
    const shift = planeAt === 0 ? 0 : 1;
    const level = levelOf(cloud, planeAt);
    const stride = this.#strides[planeAt] ?? 0;
    for (let y = 0; y < height; y += 1 << shift) {
      const vertical = (2 * y) / height - 1;
      for (let x = Math.max(0, -left); x < Math.min(width, this.#width - left); x += 1 << shift) {
        const horizontal = (2 * x) / width - 1;
        const strength = 1 - horizontal * horizontal - vertical * vertical;
        if (strength <= 0) continue;
        const at = ((top + y) >> shift) * stride + ((left + x) >> shift);
        plane[at] = mix(plane[at] ?? 0, level, strength * strength * 0.55);
      }
    }
  }

  #drawGlints(planes: Planes, frame: number): void {
    for (const { x, y, phase } of glints) {
      const age = (frame + phase) % 50;
      if (age >= 20) continue;
      const width = 2 * Math.round(3 + (y - horizon) / 16);
      this.#fill(planes, { x: x + 2 * Math.floor(age / 4), y, width, height: 2 }, glint);
    }
  }

  /** Two sails over a hull, crossing the bay in about half a minute. */
  #drawBoat(planes: Planes, frame: number): void {
    const left = ((frame * 2 + 420) % (this.#width + 160)) - 140;
    const top = 470 + 2 * Math.round(Math.sin(frame / 18));
    for (let row = 0; row < 96; row += 1) {
      const width = row >> 1;
      this.#fill(planes, { x: left + 60 - width, y: top + row, width, height: 1 }, sail);
      if (row > 16) this.#fill(planes, { x: left + 64, y: top + row, width: width - 8, height: 1 }, sail);
    }
    for (let row = 0; row < 20; row += 1) {
      this.#fill(planes, { x: left + row, y: top + 100 + row, width: 132 - 2 * row, height: 1 }, hull);
    }
  }

  #drawClockRow(planes: Planes, frame: number, wallMs: number): void {
    const bits = encodeClockRow(wallMs, frame);
    const height = this.#height / clockRowHeightDivisor;
    const width = this.#width / bits.length;
    bits.forEach((bit, at) => {
      this.#fill(planes, { x: at * width, y: this.#height - height, width, height }, bit ? light : dark);
    });
  }

  /** A rectangle; its colour is as coarse as 4:2:0 is. Parts left and right of the picture are left out. */
  #fill(planes: Planes, { x, y, width, height }: Shape, colour: Yuv): void {
    const start = Math.max(0, x);
    const end = Math.min(this.#width, x + width);
    if (end <= start) return;
    planes.forEach((plane, at) => {
      const shift = at === 0 ? 0 : 1;
      const stride = this.#strides[at] ?? 0;
      for (let row = y >> shift; row < (y + height) >> shift; row += 1) {
        plane.fill(levelOf(colour, at), row * stride + (start >> shift), row * stride + (end >> shift));
      }
    });
  }
}

function levelOf(colour: Yuv, planeAt: number): number {
  if (planeAt === 0) return colour.y;
  return planeAt === 1 ? colour.u : colour.v;
}
