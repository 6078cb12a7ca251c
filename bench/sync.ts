/**
 * How far apart are the tiles of a view that plays the past? Four cameras look at one scene and are recorded; headless
 * Chromium plays them together. What is burned into each picture says which moment it is of: the spread is the largest
 * less the smallest of those that are on the screen in one frame of the page. One vsync (16.7 ms) of it is the meter's.
 *
 * `node bench/sync.ts [--tiles 4] [--seconds 20] [--recorded 60]`; prints the spread playing, at twice and half the
 * speed, standing still, and after a stall of the whole browser
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { recorded, startOneScene } from '../test/e2e/support/one-scene.ts';
import { openBrowser } from '../test/support/browser.ts';
import { percentile } from '../test/support/clock-meter.ts';
import { prepareSpread, readClocks, spreadsOf } from '../test/support/clock-spread.ts';
import { readOptions } from './support/options.ts';
import { figure, printTable } from './support/table.ts';

const options = readOptions({ tiles: 4, seconds: 20, recorded: 60 });
/** Trims need so long. */
const settleMs = 6000;
const stallMs = 1500;
const videos = 'video[aria-label^="Recorded picture"]';

const scene = await startOneScene(options.tiles);
const browser = await openBrowser();
try {
  await recorded(scene, scene.cameras, options.recorded * 1000);
  const lines = await Promise.all(scene.cameras.map((camera) => scene.timeline(camera)));
  const fromMs = Math.max(...lines.map((line) => line.recorded[0]?.startMs ?? 0)) + 500;
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await prepareSpread(page);
  const address = `${scene.server.url}/views/${scene.view.id}?at=`;
  const rows: string[][] = [];
  const measure = async (name: string, prepare: (page: Page) => Promise<unknown>): Promise<void> => {
    await page.goto(address + new Date(fromMs).toISOString());
    await page.locator('[data-tile]').first().waitFor();
    await sleep(2000);
    await prepare(page);
    await sleep(settleMs);
    const spreads = spreadsOf(await readClocks(page, videos, options.seconds * 1000), options.tiles);
    const [p50, p95] = [percentile(spreads, 0.5), percentile(spreads, 0.95)];
    rows.push([name, figure(p50), figure(p95), figure(Math.max(...spreads)), String(spreads.length)]);
  };
  await measure('1x', async () => undefined);
  await measure('1x, after the page stood for 1.5 s', (page) => page.evaluate(standStill, stallMs));
  await measure('1/2x', (page) => page.getByLabel('Speed').selectOption('0.5'));
  await measure('2x', (page) => page.getByLabel('Speed').selectOption('2'));
  await measure('standing still', (page) => page.keyboard.press(' '));
  printTable([`${options.tiles} tiles: spread, ms`, 'p50', 'p95', 'max', 'frames'], rows);
} finally {
  await browser.close();
  await scene.stop();
}

function standStill(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}
