/**
 * Colours for drawing: RGB in, YUV of video out (ITU-R BT.709, limited range).
 */
/** Red, green, blue; 0 to 255. */
export type Colour = [number, number, number];

export interface Yuv {
  y: number;
  u: number;
  v: number;
}

/** ITU-R BT.709, 3.2 to 3.5. */
export function toYuv([red, green, blue]: Readonly<Colour>, out: Yuv): void {
  const luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  out.y = 16 + (luma * 219) / 255;
  out.u = 128 + (((blue - luma) / 1.8556) * 224) / 255;
  out.v = 128 + (((red - luma) / 1.5748) * 224) / 255;
}

export function yuv(red: number, green: number, blue: number): Yuv {
  const out = { y: 0, u: 0, v: 0 };
  toYuv([red, green, blue], out);
  return out;
}

/** From `a` (share 0) to `b` (share 1). */
export function mix(a: number, b: number, share: number): number {
  return a + (b - a) * share;
}

export function mixInto(out: Colour, colour: Readonly<Colour>, share: number): void {
  out[0] = mix(out[0], colour[0], share);
  out[1] = mix(out[1], colour[1], share);
  out[2] = mix(out[2], colour[2], share);
}
