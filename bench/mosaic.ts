/**
 * Does a wall of sixteen tiles keep its memory? Headless Chromium shows a view of small films, live; each minute the
 * memory of its scripts (after a collection), of the whole renderer, and what the server needs are printed, at the end
 * which way they go. Half way, all tiles are hidden behind an enlarged one and come back.
 *
 * `node bench/mosaic.ts [--minutes 10] [--tiles 16]`
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, CDPSession, Page } from 'playwright-core';
import type { Camera } from '../src/api/contract/cameras.ts';
import { addView, makeFilm, startSender, tilesOf } from '../test/e2e/support/house.ts';
import { openBrowser } from '../test/support/browser.ts';
import { startServer } from '../test/support/server.ts';
import { readOptions } from './support/options.ts';
import { figure, printTable } from './support/table.ts';
import { slopePerHour } from './support/trend.ts';

const options = readOptions({ minutes: 10, tiles: 16 });
const minuteMs = 60_000;
/** Decoders and buffers are as full as they will be. */
const settleMs = 30_000;
const hiddenMs = 5000;

const [server, sender, browser] = await Promise.all([startServer(), startSender(), openBrowser()]);
try {
  const film = await makeFilm(server);
  const cameras: Camera[] = [];
  for (let at = 1; at <= options.tiles; at++) {
    const source = at === 1 ? film : sender.source;
    cameras.push(await server.addCamera({ name: `Film ${at}`, source, start: 'always' }));
  }
  const view = await addView(server, { name: 'Wall', tiles: tilesOf(cameras) });
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(`${server.url}/views/${view.id}`);
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.enable');
  await sleep(settleMs);
  await watch(browser, page, session);
} finally {
  await browser.close();
  await server.stop();
  await sender.server.stop();
}

async function watch(tab: Browser, page: Page, session: CDPSession): Promise<void> {
  const rows: string[][] = [];
  const heaps: { atSeconds: number; value: number }[] = [];
  for (let minute = 0; minute <= options.minutes; minute++) {
    if (minute > 0) await sleep(minuteMs);
    await session.send('HeapProfiler.collectGarbage');
    const heapMb = (await session.send('Runtime.getHeapUsage')).usedSize / 1e6;
    heaps.push({ atSeconds: minute * 60, value: heapMb });
    const figures = [heapMb, await rendererMb(tab), residentMb(server.pid)];
    rows.push([String(minute), ...figures.map(figure), `${await playing(page)} of ${options.tiles}`]);
    console.error(rows.at(-1)?.join('  '));
    if (minute === options.minutes >> 1) await hideAndShow(page);
  }
  printTable(['minute', 'scripts, MB', 'renderer, MB', 'server, MB', 'playing'], rows);
  console.log(`scripts: ${figure(slopePerHour(heaps))} MB an hour`);
}

async function hideAndShow(page: Page): Promise<void> {
  await page.locator('[data-tile="0"]').focus();
  await page.keyboard.press('Enter');
  await sleep(hiddenMs);
  await page.keyboard.press('Escape');
}

async function playing(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      [...document.querySelectorAll('[data-tile] sightline-player')].filter(
        (player) => (player as HTMLElement & { state: { kind: string } }).state.kind === 'playing',
      ).length,
  );
}

/** Of the largest renderer: that of the page. */
async function rendererMb(tab: Browser): Promise<number> {
  const session = await tab.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const renderers = processInfo.filter(({ type }) => type === 'renderer');
  return Math.max(...renderers.map(({ id }) => residentMb(id)));
}

function residentMb(pid: number): number {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1000;
}
