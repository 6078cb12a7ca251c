/**
 * Reads the burned-in capture time from a playing player, picture by picture.
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

/**
 * Begins to read every picture of a player on the page, on whatever it is shown. Waits until it is there.
 * A player that goes over to another way goes on being read; the meter that ran before ends.
 * @param index which player of the page
 */
export async function startMeter(page: Page, index = 0): Promise<void> {
  await page.waitForFunction((at) => document.querySelectorAll('sightline-player')[at]?.shadowRoot, index);
  await page.evaluate((at) => {
    const player = document.querySelectorAll('sightline-player')[at] as HTMLElement & {
      readonly screen: HTMLVideoElement | HTMLCanvasElement | undefined;
    };
    const meter: Meter = { pictures: [], unreadable: 0, stalls: 0, firstMs: undefined };
    window.sightlineMeter = meter;
    const canvas = new OffscreenCanvas(256, 4);
    const context = canvas.getContext('2d', { willReadFrequently: true });
    const rowOf = (screen: HTMLVideoElement | HTMLCanvasElement) => {
      const [width, height] =
        'videoWidth' in screen ? [screen.videoWidth, screen.videoHeight] : [screen.width, screen.height];
      const middle = height - height / 36;
      context?.drawImage(screen, 0, middle - 2, width, 4, 0, 0, 256, 4);
      const pixels = context?.getImageData(0, 0, 256, 4).data ?? [];
      const bits = Array.from({ length: 64 }, (_, block) =>
        (pixels[(256 * 2 + block * 4 + 2) * 4] ?? 0) > 125 ? 1 : 0,
      );
      return window.decodeClockRow(bits);
    };
    const read = (screen: HTMLVideoElement | HTMLCanvasElement): void => {
      const atMs = Date.now();
      const row = rowOf(screen);
      meter.firstMs ??= atMs;
      // A canvas is looked at more often than it changes.
      const last = meter.pictures.at(-1);
      if (!row) meter.unreadable += 1;
      else if (last?.frame !== row.frame || last.atMs - last.ageMs !== row.timeMs) {
        meter.pictures.push({ ageMs: atMs - row.timeMs, frame: row.frame, atMs });
      }
    };
    const follow = (screen: HTMLVideoElement | HTMLCanvasElement): void => {
      if (screen !== player.screen || window.sightlineMeter !== meter) return;
      read(screen);
      if ('videoWidth' in screen) screen.requestVideoFrameCallback(() => follow(screen));
      else requestAnimationFrame(() => follow(screen));
    };
    let known: HTMLElement | undefined;
    const look = (): void => {
      const { screen } = player;
      if (window.sightlineMeter !== meter) return;
      if (screen && screen !== known) {
        screen.addEventListener('waiting', () => (meter.stalls += meter.firstMs === undefined ? 0 : 1));
        follow(screen);
      }
      known = screen;
      requestAnimationFrame(look);
    };
    look();
  }, index);
}

export async function readMeter(page: Page): Promise<Meter> {
  return page.evaluate(() => window.sightlineMeter);
}

/** @param share 0.5 for the median, 0.95 for p95 */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
