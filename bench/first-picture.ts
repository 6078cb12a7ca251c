/**
 * How soon does a viewer see a picture who joins while another is watching already? The real server, a camera on
 * demand with keyframes 4 s apart, and Chromium with our player and with hls.js as it comes. Each join is measured
 * from opening the page's script to the first shown picture, some time after the first viewer asked.
 *
 * `node bench/first-picture.ts [--rounds 2]`
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import { startGstRtsp } from '../test/rigs/gstreamer-rtsp.ts';
import { openBrowser } from '../test/support/browser.ts';
import { startServer } from '../test/support/server.ts';
import { readOptions } from './support/options.ts';
import { printTable } from './support/table.ts';

const { rounds } = readOptions({ rounds: 2 });
const joinAfterMs = [0, 500, 1000, 1500, 2500, 6000];
const hlsScript = readFileSync(createRequire(import.meta.url).resolve('hls.js/dist/hls.min.js'));

const measure = `const seen = (video) => video.requestVideoFrameCallback(() => {
  window.firstMs ??= performance.now() - window.beganMs;
});`;

const pages = {
  'our player': (id: string) => `<script type="module">
    ${measure}
    await import('/player.js');
    window.beganMs = performance.now();
    const player = document.createElement('sightline-player');
    player.setAttribute('camera', '${id}');
    document.body.append(player);
    seen(player.shadowRoot.querySelector('video'));
  </script>`,
  'hls.js': (id: string) => `<video muted autoplay width="320"></video><script src="/hls.js"></script><script>
    ${measure}
    const video = document.querySelector('video');
    seen(video);
    window.beganMs = performance.now();
    const hls = new Hls({ lowLatencyMode: true });
    hls.loadSource('/hls/${id}/index.m3u8');
    hls.attachMedia(video);
  </script>`,
};

/** Returns ms to the first picture; not a number when none came. */
async function join(browser: Browser, url: string, body: string): Promise<number> {
  const page = await browser.newPage();
  await page.route('**/join', (route) =>
    route.fulfill({ contentType: 'text/html', body: `<!doctype html><body>${body}` }),
  );
  await page.route('**/hls.js', (route) =>
    route.fulfill({ contentType: 'text/javascript', body: hlsScript }),
  );
  try {
    await page.goto(`${url}/join`);
    await page.waitForFunction('window.firstMs !== undefined', undefined, { polling: 20, timeout: 15_000 });
    return Math.round(await page.evaluate<number>('window.firstMs'));
  } catch {
    return Number.NaN;
  } finally {
    await page.close();
  }
}

const server = await startServer();
const rig = await startGstRtsp({ media: { video: 'h264', gopFrames: 100, bitrateKbps: 1000 } });
const browser = await openBrowser();
try {
  const rows: string[][] = [];
  for (const [name, body] of Object.entries(pages)) {
    for (const afterMs of joinAfterMs) {
      const took: number[] = [];
      for (let round = 0; round < rounds; round += 1) {
        const source = { kind: 'rtsp', url: rig.url, transport: 'tcp' };
        const camera = await server.addCamera({ name: `Camera ${afterMs}`, source, start: 'on-demand' });
        if (afterMs > 0) {
          await (await fetch(`${server.url}/hls/${camera.id}/live.m3u8`)).text();
          await sleep(afterMs);
        }
        took.push(await join(browser, server.url, body(camera.id)));
        await server.api('DELETE', `/api/v1/cameras/${camera.id}`);
      }
      rows.push([name, afterMs === 0 ? 'first viewer' : `${afterMs / 1000} s`, took.join(', ')]);
      console.error(rows.at(-1)?.join('  '));
    }
  }
  printTable(['player', 'joins after', 'ms to the first picture, each round'], rows);
} finally {
  await browser.close();
  await rig.kill();
  await server.stop();
}
