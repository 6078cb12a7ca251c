/**
 * Reads the burned-in capture time from a playing `<video>`, picture by picture.
 *
 * In:  a page. Out: for each shown picture its age at the moment of showing. Works with the demo camera only.
 */
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { resolve } from 'node:path';
import type { Page } from 'playwright-core';

const clockRow = stripTypeScriptTypes(
  readFileSync(resolve(import.meta.dirname, '../../src/media/clock-row.ts'), 'utf8'),
).replaceAll('export ', '');

interface ShownPicture {
  /** From capture to showing, ms; same machine, same clock. */
  readonly ageMs: number;
  readonly frame: number;
  /** When it was shown, Unix ms. */
  readonly atMs: number;
}

interface Meter {
  readonly pictures: ShownPicture[];
  unreadable: number;
  stalls: number;
  /** When the player was asked to play and when the first picture was shown, Unix ms. */
  firstMs: number | undefined;
}

declare global {
  interface Window {
    sightlineMeter: Meter;
    decodeClockRow: (bits: number[]) => { timeMs: number; frame: number } | undefined;
  }
}

/** Before the page loads: brings the decoder into it. */
export async function prepareMeter(page: Page): Promise<void> {
  await page.addInitScript(`${clockRow}\nwindow.decodeClockRow = decodeClockRow;`);
}

/** Begins to read every picture of the first player on the page. Waits until it has a `<video>`. */
export async function startMeter(page: Page): Promise<void> {
  await page.waitForFunction(() =>
    document.querySelector('sightline-player')?.shadowRoot?.querySelector('video'),
  );
  await page.evaluate(() => {
    const video = document.querySelector('sightline-player')?.shadowRoot?.querySelector('video');
    if (!video) throw new Error('no video');
    const meter: Meter = { pictures: [], unreadable: 0, stalls: 0, firstMs: undefined };
    window.sightlineMeter = meter;
    const canvas = new OffscreenCanvas(256, 4);
    const context = canvas.getContext('2d', { willReadFrequently: true });
    const read = (): void => {
      const atMs = Date.now();
      meter.firstMs ??= atMs;
      const rowPixels = video.videoHeight / 18;
      const middle = video.videoHeight - rowPixels / 2;
      context?.drawImage(video, 0, middle - 2, video.videoWidth, 4, 0, 0, 256, 4);
      const pixels = context?.getImageData(0, 0, 256, 4).data ?? [];
      const bits = Array.from({ length: 64 }, (_, block) =>
        (pixels[(256 * 2 + block * 4 + 2) * 4] ?? 0) > 125 ? 1 : 0,
      );
      const row = window.decodeClockRow(bits);
      if (row) meter.pictures.push({ ageMs: atMs - row.timeMs, frame: row.frame, atMs });
      else meter.unreadable += 1;
      video.requestVideoFrameCallback(read);
    };
    video.requestVideoFrameCallback(read);
    video.addEventListener('waiting', () => {
      if (meter.firstMs !== undefined) meter.stalls += 1;
    });
  });
}

export async function readMeter(page: Page): Promise<Meter> {
  return page.evaluate(() => window.sightlineMeter);
}

/** @param share 0.5 for the median, 0.95 for p95 */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
