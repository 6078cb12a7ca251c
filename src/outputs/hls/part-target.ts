/**
 * PART-TARGET from the frame rate, so that parts of whole frames obey RFC 8216bis: each at most PART-TARGET
 * long, and each but the last of a segment at least 85 % of it (4.4.3.7, 4.4.4.9).
 *
 * As many frames as fit into the length aimed at make a part; PART-TARGET is that, and 5 % more. The 5 % are
 * for timestamps that are rounded or jitter: a part may come out a little longer or shorter than its frames
 * should be, and still keep both bounds. 25 and 30 fps: 0.21 s. 12.5 fps: two frames, 0.168 s.
 */
const headroom = 1.05;
/** RFC 8216bis, 4.4.4.9 */
export const shortestPart = 0.85;
/** A camera that sends less than one picture in two seconds is treated as if it sent that. */
const maxFrameSeconds = 2;
const minFrameSeconds = 0.002;

/** Whole milliseconds. */
export function choosePartTargetMs(frameSeconds: number, partMs: number): number {
  const frameMs = Math.min(maxFrameSeconds, Math.max(minFrameSeconds, frameSeconds)) * 1000;
  // A hair more than fits: 1/15 s is a third of 200 ms only up to rounding.
  const frames = Math.max(1, Math.floor(partMs / frameMs + 0.01));
  return Math.ceil(frames * frameMs * headroom - 1e-6);
}

/** A few frames with jitter look like another rate; this far from the declared one it is the camera that errs. */
const believed = 0.3;

/** The seconds between frames at the beginning of a stream: what the codec says if it is about true, else the median. */
export function measureFrameSeconds(dtsSeconds: readonly number[], declaredFps: number | undefined): number {
  const deltas = dtsSeconds.slice(1).map((time, index) => time - (dtsSeconds[index] ?? time));
  deltas.sort((a, b) => a - b);
  const median = deltas[deltas.length >> 1] ?? (declaredFps ? 1 / declaredFps : 0.04);
  const says = declaredFps ? 1 / declaredFps : median;
  return Math.abs(says - median) < believed * median ? says : median;
}
