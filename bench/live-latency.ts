/**
 * How old is the picture on the screen, and how soon is the first one there? Headless Chromium on the demo camera,
 * read from the burned-in clock. Prints figures; `node bench/live-latency.ts [seconds]`, 120 s unless told.
 */
import type { Browser } from 'playwright-core';
import type { Camera } from '../src/api/contract/cameras.ts';
import { openBrowser, openPage } from '../test/support/browser.ts';
import { percentile, prepareMeter, readMeter, startMeter } from '../test/support/clock-meter.ts';
import { startServer } from '../test/support/server.ts';

const seconds = Number(process.argv[2] ?? 120);

/** Opens the camera's page, then asks the player for the first time. Returns ms from asking to the first picture. */
async function watch(browser: Browser, url: string, forSeconds: number) {
  const { page } = await openPage(browser, 'about:blank');
  await prepareMeter(page);
  await page.goto(url);
  await startMeter(page);
  await page.waitForFunction(() => window.sightlineMeter.firstMs !== undefined);
  const askedMs = await page.evaluate(() => {
    const entries = performance.getEntriesByType('resource') as PerformanceResourceTiming[];
    const first = entries.find((entry) => entry.name.includes('/hls/'));
    return performance.timeOrigin + (first?.startTime ?? 0);
  });
  await page.waitForTimeout(forSeconds * 1000);
  const meter = await readMeter(page);
  await page.close();
  return { ...meter, firstPictureMs: (meter.firstMs ?? Number.NaN) - askedMs };
}

const server = await startServer();
const browser = await openBrowser();
try {
  const { body } = await server.api<Camera[]>('GET', '/api/v1/cameras');
  const url = `${server.url}/cameras/${body[0]?.id}`;
  const cold = await watch(browser, url, 2);
  console.log(`first picture, camera not connected before  ${Math.round(cold.firstPictureMs)} ms`);
  const warm = await watch(browser, url, seconds);
  const ages = warm.pictures.map((picture) => picture.ageMs);
  console.log(`first picture, camera connected             ${Math.round(warm.firstPictureMs)} ms`);
  console.log(
    `age of the picture over ${seconds} s, p50 / p95 / max  ${[0.5, 0.95, 1].map((p) => percentile(ages, p)).join(' / ')} ms`,
  );
  console.log(
    `pictures ${ages.length} (${(ages.length / seconds).toFixed(1)}/s), unreadable ${warm.unreadable}, stalls ${warm.stalls}`,
  );
} finally {
  await browser.close();
  await server.stop();
}
