/**
 * The last picture of each stream, kept for when there is none: over a restart of the
 * transport, and from one page of the dashboard to the next. In memory only.
 */
const mostStills = 64;
/** Wide enough for a greyed picture, small enough to keep many: 640x360 is 0.9 MB. */
const widestPixels = 640;

const stills = new Map<string, HTMLCanvasElement>();

/** Copies what the video shows now. @returns false when it shows nothing. */
export function keepStill(key: string, video: HTMLVideoElement): boolean {
  const { videoWidth, videoHeight } = video;
  if (videoWidth === 0 || video.readyState < 2) return false;
  const scale = Math.min(1, widestPixels / videoWidth);
  const canvas = stills.get(key) ?? document.createElement('canvas');
  canvas.width = Math.round(videoWidth * scale);
  canvas.height = Math.round(videoHeight * scale);
  canvas.getContext('2d')?.drawImage(video, 0, 0, canvas.width, canvas.height);
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
