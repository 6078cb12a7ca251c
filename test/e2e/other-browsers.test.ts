/**
 * The dashboard in browsers that are not Chromium: the picture moves, and the player says which way it comes.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Camera } from '../../src/api/contract/cameras.ts';
import type { OtherBrowser } from '../support/other-browsers.ts';
import { openFirefox, openWebKit } from '../support/other-browsers.ts';
import type { RunningServer } from '../support/server.ts';
import { startServer } from '../support/server.ts';

const pictureWithinMs = 40_000;

interface Shown {
  readonly state: string | undefined;
  readonly frames: number;
  readonly seconds: number;
}

const look = `
  const player = document.querySelector('sightline-player');
  const video = player?.screen;
  return {
    state: player?.state?.kind,
    frames: video?.getVideoPlaybackQuality?.().totalVideoFrames ?? 0,
    seconds: video?.currentTime ?? 0,
  };
`;

let server: RunningServer;
let demo: Camera;

before(async () => {
  server = await startServer();
  demo = (await server.api<Camera[]>('GET', '/api/v1/cameras')).body[0]!;
});
after(() => server?.stop());

async function plays(browser: OtherBrowser): Promise<void> {
  await browser.open(`${server.url}/cameras/${demo.id}`);
  const deadline = Date.now() + pictureWithinMs;
  let shown: Shown | undefined;
  while (Date.now() < deadline) {
    shown = await browser.ask<Shown>(look);
    if (shown.state === 'playing' && shown.frames > 50) break;
    await new Promise((wake) => setTimeout(wake, 250));
  }
  assert.equal(shown?.state, 'playing', JSON.stringify(shown));
  // The player may just have found a better way, on a screen of its own: it is counted anew then.
  let later = shown;
  do {
    shown = later;
    await new Promise((wake) => setTimeout(wake, 2000));
    later = await browser.ask<Shown>(look);
  } while (later.frames <= shown.frames + 20 && Date.now() < deadline);
  assert.equal(later.state, 'playing');
  assert.ok(later.frames > shown.frames + 20, `${shown.frames} frames, then ${later.frames}`);
}

describe('the dashboard', { concurrency: 1 }, () => {
  const browsers = [
    ['Firefox', openFirefox],
    ['WebKit', openWebKit],
  ] as const;
  for (const [name, open] of browsers) {
    it(`shows a live camera in ${name}`, async (t) => {
      const browser = await open();
      t.after(() => browser.close());
      await plays(browser);
    });
  }
});
