/**
 * Which stretch of time the timeline shows, and where in it a moment lies. In: a view, pixels, gestures.
 * Out: another view. Views are never shorter than a second, nor longer than thirteen months.
 */
export interface View {
  readonly fromMs: number;
  readonly toMs: number;
}

export const shortestViewMs = 1000;
export const longestViewMs = 400 * 86_400_000;
/** So much of the view may lie in the future. */
const futureShare = 0.25;

export const spanMs = (view: View): number => view.toMs - view.fromMs;

export function xOf(view: View, widthPixels: number, ms: number): number {
  return ((ms - view.fromMs) / spanMs(view)) * widthPixels;
}

export function msAt(view: View, widthPixels: number, x: number): number {
  return view.fromMs + (x / Math.max(1, widthPixels)) * spanMs(view);
}

/** @param factor below 1 shows less. @param anchorMs stays where it is on the screen. */
export function zoom(view: View, factor: number, anchorMs: number): View {
  const wanted = clamp(spanMs(view) * factor, shortestViewMs, longestViewMs);
  const share = (anchorMs - view.fromMs) / spanMs(view);
  const fromMs = anchorMs - share * wanted;
  return { fromMs, toMs: fromMs + wanted };
}

export function pan(view: View, byMs: number): View {
  return { fromMs: view.fromMs + byMs, toMs: view.toMs + byMs };
}

/** The same length around a moment. @param share where it lies: 0 left, 1 right. */
export function around(view: View, ms: number, share = 0.5): View {
  return pan(view, ms - share * spanMs(view) - view.fromMs);
}

/** Two fingers: what was under each stays under it. */
export function pinch(
  view: View,
  widthPixels: number,
  before: readonly [number, number],
  after: readonly [number, number],
): View {
  const apart = Math.max(8, Math.abs(before[0] - before[1]));
  const apartNow = Math.max(8, Math.abs(after[0] - after[1]));
  const held = msAt(view, widthPixels, (before[0] + before[1]) / 2);
  const zoomed = zoom(view, apart / apartNow, held);
  const middle = (after[0] + after[1]) / 2;
  return around(zoomed, held, middle / Math.max(1, widthPixels));
}

/** Back to where there can be something to see: not far into the future, not before there were cameras. */
export function bounded(view: View, nowMs: number): View {
  const length = clamp(spanMs(view), shortestViewMs, longestViewMs);
  const latest = nowMs + length * futureShare;
  const fromMs = clamp(view.fromMs, 0, latest - length);
  return { fromMs, toMs: fromMs + length };
}

/** Turns the page when the playhead leaves it, or is about to. */
export function following(view: View, ms: number): View {
  const share = (ms - view.fromMs) / spanMs(view);
  if (share >= 0 && share <= 0.92) return view;
  return around(view, ms, share > 0.92 && share < 1.5 ? 0.25 : 0.5);
}

/** What is read from the server: more than is seen, so that moving a little asks for nothing new. */
export function readAround(view: View): View & { readonly resolutionMs: number } {
  const length = 2 ** Math.ceil(Math.log2(spanMs(view)));
  const step = length / 2;
  return {
    fromMs: Math.max(0, (Math.floor(view.fromMs / step) - 1) * step),
    toMs: (Math.ceil(view.toMs / step) + 1) * step,
    resolutionMs: Math.max(1, Math.round(length / 1000)),
  };
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
