/**
 * How far apart several videos of the same scene are, read from the clock burned into each picture.
 *
 * In: a page with videos that show the demo camera. Out: for each moment the times that could be read.
 */
import type { Page } from 'playwright-core';
import { prepareMeter } from './clock-meter.ts';

export interface ClockSample {
  /** Capture times of the pictures that were on the screen, Unix ms, by video; null where none could be read. */
  readonly timesMs: readonly (number | null)[];
  /** By the clock of the page, ms. */
  readonly atMs: number;
}

/** Before the page loads. */
export const prepareSpread = prepareMeter;

/** Reads all videos that match, frame by frame of the page. */
export async function readClocks(page: Page, selector: string, lengthMs: number): Promise<ClockSample[]> {
  return page.evaluate(
    async ([matching, length]) => {
      const canvas = new OffscreenCanvas(256, 4);
      const context = canvas.getContext('2d', { willReadFrequently: true });
      const read = (video: HTMLVideoElement): number | null => {
        const { videoWidth: width, videoHeight: height } = video;
        // Not seen, or only as what was seen last: under another picture, or grey.
        const covered = (video.nextElementSibling as HTMLElement | null)?.style.visibility === 'visible';
        const grey = video.parentElement?.style.filter !== '';
        if (width === 0 || video.style.visibility === 'hidden' || covered || grey) return null;
        if (video.getClientRects().length === 0) return null;
        context?.drawImage(video, 0, height - height / 36 - 2, width, 4, 0, 0, 256, 4);
        const pixels = context?.getImageData(0, 0, 256, 4).data ?? [];
        const bits = Array.from({ length: 64 }, (_, block) =>
          (pixels[(256 * 2 + block * 4 + 2) * 4] ?? 0) > 125 ? 1 : 0,
        );
        return window.decodeClockRow(bits)?.timeMs ?? null;
      };
      const samples: ClockSample[] = [];
      const end = performance.now() + length;
      while (performance.now() < end) {
        await new Promise(requestAnimationFrame);
        const videos = [...document.querySelectorAll<HTMLVideoElement>(matching)];
        samples.push({ timesMs: videos.map(read), atMs: performance.now() });
      }
      return samples;
    },
    [selector, lengthMs] as const,
  );
}

/** Largest less smallest time of each sample in which at least `least` videos could be read. */
export function spreadsOf(samples: readonly ClockSample[], least: number): number[] {
  return samples.flatMap(({ timesMs }) => {
    const known = timesMs.filter((time) => time !== null);
    return known.length < least ? [] : [Math.max(...known) - Math.min(...known)];
  });
}
