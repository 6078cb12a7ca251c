/** What players other than ours make of the output: FFmpeg, and hls.js in Chromium. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { openBrowser, openPage } from '../support/browser.ts';
import { cameraUnits, encodeCamera } from './encoded-camera.ts';
import { HlsServer } from './serve.ts';

const run = promisify(execFile);
const chromiumPath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const hlsScript = createRequire(import.meta.url).resolve('hls.js/dist/hls.min.js');

/** Default settings but for the two that keep hls.js from falling further behind at each hiccup. */
const page = `<!doctype html><video id="video" muted autoplay width="320"></video><script src="/hls.js"></script><script>
  const video = document.getElementById('video');
  const seen = { fatal: [], stalls: 0, firstSeconds: null };
  video.requestVideoFrameCallback((_, { mediaTime }) => (seen.firstSeconds = mediaTime));
  const hls = new Hls({ lowLatencyMode: true, liveSyncOnStallIncrease: 0 });
  hls.on(Hls.Events.ERROR, (_, error) => {
    if (error.fatal) seen.fatal.push(error.details);
    if (error.details === 'bufferStalledError') seen.stalls += 1;
  });
  hls.loadSource('/hls/live/index.m3u8');
  hls.attachMedia(video);
  window.look = () => ({
    ...seen,
    width: video.videoWidth,
    frames: video.getVideoPlaybackQuality().totalVideoFrames,
    ageMs: hls.playingDate ? Date.now() - hls.playingDate.getTime() : null,
  });
</script>`;

const pages = {
  '/': { type: 'text/html', body: page },
  '/hls.js': { type: 'text/javascript', body: readFileSync(hlsScript) },
};

interface Look {
  readonly fatal: string[];
  readonly stalls: number;
  readonly width: number;
  readonly frames: number;
  readonly ageMs: number | null;
  /** Place of the first picture shown; 0 is the first of the playlist. */
  readonly firstSeconds: number | null;
}

const skipBrowser = existsSync(chromiumPath) ? false : 'chromium is not installed';

describe('FFmpeg', () => {
  it('reads and decodes the stream without a complaint', async () => {
    const camera = encodeCamera('320x180');
    const server = new HlsServer();
    const base = await server.listen();
    server.tracks([camera.track]);
    server.pace(cameraUnits(camera, Date.now() / 1000 - 1, 20));
    const address = `${base}/hls/live/index.m3u8`;
    try {
      const probed = await run('ffprobe', ['-v', 'error', '-of', 'json', '-show_streams', address], {
        timeout: 30_000,
      });
      const [stream] = JSON.parse(probed.stdout).streams;
      assert.deepEqual([stream.codec_name, stream.width, stream.height], ['h264', 320, 180]);
      const args = ['-v', 'error', '-t', '2', '-i', address, '-f', 'null', '-'];
      const decoded = await run('ffmpeg', args, { timeout: 30_000 });
      assert.equal(decoded.stderr, '');
    } finally {
      await server.close();
    }
  });
});

describe('hls.js in Chromium', { skip: skipBrowser }, () => {
  it('plays on, without being reloaded, over an outage, a restart and a change of size', async () => {
    const [large, small] = [encodeCamera('640x360'), encodeCamera('320x180')];
    const server = new HlsServer({ pages });
    const base = await server.listen();
    const switchTo = (camera: typeof large): void => {
      server.tracks([camera.track]);
      server.pace(cameraUnits(camera, Date.now() / 1000, 60));
    };
    const lose = (): void => {
      server.pace([]);
      server.source.current.fail('ended');
    };
    switchTo(large);
    try {
      await inBrowser(base, async (tab) => {
        const playing = await until(tab, 'it plays', (look) => look.frames > 40 && look.width === 640);
        assert.ok(playing.ageMs !== null && playing.ageMs < 4_000, `${playing.ageMs} ms behind`);

        lose();
        await sleep(10_000); // longer than a request is held
        switchTo(large);
        const { frames } = await look(tab);
        await until(tab, 'it goes on after the outage', (now) => now.frames > frames + 40);

        lose();
        await sleep(2_000);
        switchTo(small);
        await until(tab, 'the smaller picture is shown', (now) => now.width === 320);
        const before = await look(tab);
        const after = await until(tab, 'the smaller picture moves', (now) => now.frames > before.frames + 40);
        assert.deepEqual(after.fatal, []);
        assert.ok(after.ageMs !== null && after.ageMs < 6_000, `${after.ageMs} ms behind`);
      });
    } finally {
      await server.close();
    }
  });
});

describe('hls.js in Chromium, joining', { skip: skipBrowser }, () => {
  for (const afterMs of [500, 1000, 1500]) {
    it(`${afterMs} ms after the first viewer shows a picture of the GOP in progress`, async () => {
      const camera = encodeCamera('320x180', 4);
      const server = new HlsServer({ pages });
      const base = await server.listen();
      server.tracks([camera.track]);
      server.pace(cameraUnits(camera, Date.now() / 1000, 60));
      try {
        await (await fetch(`${base}/hls/live/live.m3u8`)).text();
        await sleep(afterMs);
        await inBrowser(base, async (tab) => {
          const { firstSeconds } = await until(tab, 'it shows a picture', (now) => now.firstSeconds !== null);
          assert.ok(firstSeconds !== null && firstSeconds < 3.9, `${firstSeconds} s`);
          await until(tab, 'it plays on into the next GOP', (now) => now.frames > 110);
        });
      } finally {
        await server.close();
      }
    });
  }
});

async function inBrowser(address: string, use: (tab: Page) => Promise<void>): Promise<void> {
  const browser = await openBrowser();
  try {
    const { page: tab, errors } = await openPage(browser, address);
    await use(tab);
    assert.deepEqual(errors, []);
  } finally {
    await browser.close();
  }
}

function look(tab: Page): Promise<Look> {
  return tab.evaluate<Look>('window.look()');
}

/** Waits for a state of the player; tells what it was when that never comes. */
async function until(tab: Page, what: string, reached: (look: Look) => boolean): Promise<Look> {
  for (let attempt = 0; attempt < 150; attempt += 1) {
    const seen = await look(tab);
    assert.deepEqual(seen.fatal, [], what);
    if (reached(seen)) return seen;
    await sleep(100);
  }
  assert.fail(`${what}: ${JSON.stringify(await look(tab))}`);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
