/**
 * The last picture of each stream, kept for when there is none: over a restart of the
 * transport, and from one page of the dashboard to the next. In memory only.
 */
import type { Screen } from './transport.ts';

const mostStills = 64;
/** Wide enough for a greyed picture, small enough to keep many: 640x360 is 0.9 MB. */
const widestPixels = 640;

const stills = new Map<string, HTMLCanvasElement>();

/** Copies what the screen shows now. @returns false when it shows nothing. */
export function keepStill(key: string, screen: Screen): boolean {
  const isVideo = screen instanceof HTMLVideoElement;
  const [width, height] = isVideo ? [screen.videoWidth, screen.videoHeight] : [screen.width, screen.height];
  if (width === 0 || (isVideo && screen.readyState < 2)) return false;
  const scale = Math.min(1, widestPixels / width);
  const canvas = stills.get(key) ?? document.createElement('canvas');
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.getContext('2d')?.drawImage(screen, 0, 0, canvas.width, canvas.height);
  stills.delete(key);
  stills.set(key, canvas);
  const oldest = stills.size > mostStills ? stills.keys().next().value : undefined;
  if (oldest !== undefined) stills.delete(oldest);
  return true;
}

/** Paints the kept picture. @returns false when there is none. */
export function paintStill(key: string, target: HTMLCanvasElement): boolean {
  const still = stills.get(key);
  if (!still) return false;
  target.width = still.width;
  target.height = still.height;
  target.getContext('2d')?.drawImage(still, 0, 0);
  return true;
}
