/**
 * How old is the picture on the screen, how soon is the first one there, and what does a freeze of the server leave
 * behind? Headless Chromium, for each way of the player. Ages are read from the burned-in clock of the demo camera;
 * the first picture is that of an RTSP camera with keyframes 4 s apart that is watched already, from the moment the
 * player is asked. After a freeze of 1.5 s the age should be back under twice its figure within 20 s.
 *
 * `node bench/live-latency.ts [--way all] [--seconds 30] [--joins 6] [--freeze 1.5] [--tiles 9]`; 0 leaves a part out
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import type { Camera } from '../src/api/contract/cameras.ts';
import { startGstRtsp } from '../test/rigs/gstreamer-rtsp.ts';
import { openBrowser } from '../test/support/browser.ts';
import { percentile, prepareMeter, readMeter, startMeter } from '../test/support/clock-meter.ts';
import { openForeignPage, pageWithPlayers } from '../test/support/foreign-page.ts';
import { startServer } from '../test/support/server.ts';
import { readOptions } from './support/options.ts';
import { printTable } from './support/table.ts';

const options = readOptions({ way: 'all', seconds: 30, joins: 6, freeze: 1.5, tiles: 9 });
const ways =
  options.way === 'all' ? ['socket', 'webrtc', 'hls', 'jpeg', 'snapshots', 'auto'] : options.way.split(',');

/** What players may need until they are steady. */
const settleMs = 3000;
/** Nine decoders that begin at once take turns on a small machine. */
const settleTilesMs = 15_000;
const noPictureMs = 15_000;
const afterFreezeMs = 20_000;
const perTileMs = 3000;

const shop = await openForeignPage();
const server = await startServer({ config: `embedOrigins: ['${shop.origin}']\n` });
const rig = await startGstRtsp({ media: { video: 'h264', gopFrames: 100, bitrateKbps: 1000 } });
const browser = await openBrowser();
try {
  const { body } = await server.api<Camera[]>('GET', '/api/v1/cameras');
  const demo = body[0]?.id ?? '';
  const source = { kind: 'rtsp', url: rig.url, transport: 'tcp' };
  const slow = await server.addCamera({ name: '4 s between keyframes', source, start: 'always' });
  await server.waitFor(slow.id, 'live', ({ status }) => status.state === 'live');
  await sleep(5000);
  const rows: string[][] = [];
  for (const way of ways) {
    rows.push([way, ...(await measureWay(browser, way, demo, slow.id))]);
    console.error(rows.at(-1)?.join('  '));
  }
  const freeze = `ms after a freeze of ${options.freeze} s: after 20 s / under twice its p50 from`;
  printTable(['way', 'came by', 'first picture, ms', 'age p50', 'p95', 'max', 'pictures/s', freeze], rows);
  if (options.tiles > 0) await measureTiles(browser, demo);
} finally {
  await browser.close();
  await rig.kill();
  await server.stop();
  shop.close();
}

async function open(tab: Browser, players: readonly string[]): Promise<Page> {
  shop.show(pageWithPlayers(server.url, players));
  const page = await tab.newPage();
  await prepareMeter(page);
  await page.goto(shop.origin);
  await page.waitForFunction(() => customElements.get('sightline-player'));
  return page;
}

async function measureWay(tab: Browser, way: string, demo: string, slow: string): Promise<string[]> {
  const joins: number[] = [];
  for (let join = 0; join < options.joins; join += 1) joins.push(await firstPicture(tab, way, slow));
  const first = joins.map(Math.round).join(' ');
  const page = await open(tab, [`camera="${demo}" way="${way}" muted`]);
  try {
    await startMeter(page);
    await page.waitForFunction(() => window.sightlineMeter.firstMs !== undefined, undefined, {
      timeout: noPictureMs,
    });
    await sleep(settleMs);
    const fromMs = Date.now();
    await sleep(options.seconds * 1000);
    const usual = await ages(page, fromMs);
    const cameBy = await page.evaluate(
      () => (document.querySelector('sightline-player') as HTMLElement & { way?: string }).way ?? '',
    );
    const [p50, p95, max] = [0.5, 0.95, 1].map((share) => percentile(usual, share)) as [
      number,
      number,
      number,
    ];
    const rate = (usual.length / options.seconds).toFixed(1);
    const frozen = options.freeze > 0 ? await afterFreeze(page, p50) : '';
    return [cameBy, first, String(p50), String(p95), String(max), rate, frozen];
  } catch {
    return ['', first, 'no picture', '', '', '', ''];
  } finally {
    await page.close();
  }
}

/** Ms from the player's first moment on the page to its first picture; not a number when none comes. */
async function firstPicture(tab: Browser, way: string, camera: string): Promise<number> {
  const page = await open(tab, []);
  try {
    // Not always at the same distance from a keyframe.
    await sleep(700);
    return await page.evaluate(
      ([id, chosen, patienceMs]) =>
        new Promise<number>((done) => {
          const player = document.createElement('sightline-player');
          for (const [name, value] of [
            ['camera', id],
            ['way', chosen],
            ['muted', ''],
          ] as const)
            player.setAttribute(name, value);
          player.addEventListener('statechange', (event) => {
            const { state } = (event as CustomEvent<{ state: { kind: string } }>).detail;
            if (state.kind === 'playing') done(performance.now() - askedMs);
          });
          setTimeout(() => done(Number.NaN), patienceMs);
          const askedMs = performance.now();
          document.body.append(player);
        }),
      [camera, way, noPictureMs] as const,
    );
  } finally {
    await page.close();
  }
}

async function ages(page: Page, fromMs: number): Promise<number[]> {
  const { pictures } = await readMeter(page);
  return pictures.filter(({ atMs }) => atMs >= fromMs).map(({ ageMs }) => ageMs);
}

/** Age 18 to 20 s after the freeze, and the second from which on it was never over twice the usual again. */
async function afterFreeze(page: Page, usualMs: number): Promise<string> {
  process.kill(server.pid, 'SIGSTOP');
  await sleep(options.freeze * 1000);
  process.kill(server.pid, 'SIGCONT');
  const fromMs = Date.now();
  await sleep(afterFreezeMs);
  const late = percentile(await ages(page, fromMs + afterFreezeMs - 2000), 0.5);
  let backAfter = afterFreezeMs / 1000;
  while (backAfter > 0) {
    const second = await agesBetween(page, fromMs + (backAfter - 1) * 1000, fromMs + backAfter * 1000);
    if (second.length === 0 || percentile(second, 0.5) > 2 * usualMs) break;
    backAfter -= 1;
  }
  return `${late} / ${backAfter === afterFreezeMs / 1000 ? 'not' : `${backAfter} s`}`;
}

async function agesBetween(page: Page, fromMs: number, toMs: number): Promise<number[]> {
  const { pictures } = await readMeter(page);
  return pictures.filter(({ atMs }) => atMs >= fromMs && atMs < toMs).map(({ ageMs }) => ageMs);
}

/** Many players on one page; each is read for a while as all play. */
async function measureTiles(tab: Browser, demo: string): Promise<void> {
  const page = await open(
    tab,
    Array.from({ length: options.tiles }, () => `camera="${demo}" tile muted`),
  );
  await sleep(settleTilesMs);
  const medians: number[] = [];
  for (let tile = 0; tile < options.tiles; tile += 1) {
    await startMeter(page, tile);
    await sleep(perTileMs);
    medians.push(percentile(await ages(page, 0), 0.5));
  }
  console.log(`age p50 of each of ${options.tiles} pictures on one page: ${medians.join(' ')} ms`);
  await page.close();
}
