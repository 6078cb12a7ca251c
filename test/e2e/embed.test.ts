/**
 * The player in somebody else's page: one script tag, one element, another origin.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import type { Camera } from '../../src/api/contract/cameras.ts';
import { openBrowser, openPage } from '../support/browser.ts';
import type { ForeignPage } from '../support/foreign-page.ts';
import { openForeignPage, pageWithPlayers } from '../support/foreign-page.ts';
import type { RunningServer } from '../support/server.ts';
import { startServer } from '../support/server.ts';

/** Of the player, as a page sees it. */
interface Player extends HTMLElement {
  readonly state: { readonly kind: string };
  readonly ageMs: number | undefined;
  readonly way: string | undefined;
  readonly wayReason: string | undefined;
  readonly screen: HTMLVideoElement | undefined;
}

describe('a page of another origin', () => {
  let server: RunningServer;
  let browser: Browser;
  let shop: ForeignPage;
  let page: Page;
  let errors: string[];

  before(async () => {
    server = await startServer();
    browser = await openBrowser();
    const { body } = await server.api<Camera[]>('GET', '/api/v1/cameras');
    shop = await openForeignPage();
    shop.show(pageWithPlayers(server.url, [`camera="${body[0]?.id}" label="The shop" muted`]));
    ({ page, errors } = await openPage(browser, `${shop.origin}/shop`));
  });

  after(async () => {
    await browser?.close();
    shop?.close();
    await server?.stop();
  });

  it('plays a camera from one script tag, and knows how old the picture is', async () => {
    await page.waitForFunction(
      () => {
        const player = document.querySelector<Player>('sightline-player');
        const shown = player?.screen?.getVideoPlaybackQuality().totalVideoFrames ?? 0;
        return player?.state.kind === 'playing' && shown > 25 && player.ageMs !== undefined;
      },
      undefined,
      { timeout: 30_000 },
    );
    assert.deepEqual(errors, []);
  });

  it('that the owner has not named gets HLS, and is told what was refused', async () => {
    const { way, reason } = await page.evaluate(() => {
      const player = document.querySelector<Player>('sightline-player');
      return { way: player?.way, reason: player?.wayReason };
    });
    assert.equal(way, 'hls');
    assert.match(reason ?? '', /^(WebRTC|WebSocket): \w+/);
  });

  it('asks its own origin for nothing but itself', async () => {
    const asked = await page.evaluate(() =>
      performance
        .getEntriesByType('resource')
        .map(({ name }) => name)
        .filter((name) => name.startsWith(location.origin) && !name.endsWith('/favicon.ico')),
    );
    assert.deepEqual(asked, []);
  });

  it('can neither read the list of cameras nor change it', async () => {
    const answers = await page.evaluate(async (origin) => {
      const cameras = `${origin}/api/v1/cameras`;
      const body = JSON.stringify({ name: 'x', source: { kind: 'demo' } });
      const tries = [
        fetch(cameras),
        fetch(`${origin}/api/v1/events`),
        fetch(cameras, { method: 'POST', body, headers: { 'content-type': 'application/json' } }),
        fetch(cameras, { method: 'POST', body, mode: 'no-cors' }),
      ];
      const settled = await Promise.allSettled(tries);
      return settled.map(({ status }) => status);
    }, server.url);
    assert.deepEqual(answers, ['rejected', 'rejected', 'rejected', 'rejected']);
    assert.equal((await server.api<Camera[]>('GET', '/api/v1/cameras')).body.length, 1);
  });
});
