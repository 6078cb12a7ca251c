/**
 * A guest in a real Chromium: opens a share link without an account, and sees that camera until the link is revoked. And a
 * player with a media token in the page of another site.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import type { Camera } from '../../src/api/contract/cameras.ts';
import { openBrowser, openPage } from '../support/browser.ts';
import type { ForeignPage } from '../support/foreign-page.ts';
import { openForeignPage, pageWithPlayers } from '../support/foreign-page.ts';
import { Person } from '../support/people.ts';
import type { RunningServer } from '../support/server.ts';
import { startServer } from '../support/server.ts';

interface Player extends HTMLElement {
  readonly state: { readonly kind: string };
  readonly ageMs: number | undefined;
  readonly way: string | undefined;
}

let server: RunningServer;
let browser: Browser;
let shop: ForeignPage;
let admin: Person;
let camera: Camera;

before(async () => {
  [browser, shop] = await Promise.all([openBrowser(), openForeignPage()]);
  server = await startServer({ accounts: true, config: `embedOrigins: ['${shop.origin}']\n` });
  admin = await Person.firstAdministrator(server);
  const demo = { name: 'Door', source: { kind: 'demo' }, start: 'always' };
  camera = await admin.must<Camera>(201, 'POST', '/api/v1/cameras', demo);
});
after(async () => {
  await browser?.close();
  shop?.close();
  await server?.stop();
});

async function plays(page: Page): Promise<void> {
  await page.waitForFunction(
    () => {
      const player = document.querySelector<Player>('sightline-player');
      return player?.state.kind === 'playing' && player.ageMs !== undefined;
    },
    undefined,
    { timeout: 30_000 },
  );
}

describe('a share link in a browser', () => {
  it('plays, loses its secret from the address, outlives a reload, and ends when it is revoked', async () => {
    const wanted = { cameraId: camera.id, live: true, lastsMs: 3_600_000 };
    const { id, url } = await admin.must<{ id: string; url: string }>(201, 'POST', '/api/v1/shares', wanted);
    const { page, errors } = await openPage(browser, server.url + url);
    await plays(page);
    assert.equal(new URL(page.url()).pathname, '/s/opened');
    await page.reload();
    await plays(page);
    assert.equal(await page.getByRole('navigation').count(), 0, 'no way to anything else');
    await admin.must(204, 'DELETE', `/api/v1/shares/${id}`);
    await page.getByText('This link shows nothing any more').waitFor({ timeout: 20_000 });
    assert.deepEqual(errors, []);
  });

  it('that never was one says so', async () => {
    const { page } = await openPage(browser, `${server.url}/s/${'A'.repeat(43)}`);
    await page.getByText('This link shows nothing any more').waitFor();
  });
});

describe('a player in the page of another site', () => {
  it('plays with its token in the best way, and with none is told to sign in', async () => {
    const wanted = { cameraId: camera.id, actions: ['live'] };
    const { token } = await admin.must<{ token: string }>(201, 'POST', '/api/v1/media-tokens', wanted);
    for (const way of ['webrtc', 'socket', 'hls', 'snapshots']) {
      shop.show(pageWithPlayers(server.url, [`camera="${camera.id}" token="${token}" way="${way}" muted`]));
      const { page } = await openPage(browser, `${shop.origin}/shop`);
      await page.waitForFunction(
        () => document.querySelector<Player>('sightline-player')?.state.kind === 'playing',
        undefined,
        { timeout: 30_000 },
      );
      await page.close();
    }
    shop.show(pageWithPlayers(server.url, [`camera="${camera.id}" way="hls" muted`]));
    const { page } = await openPage(browser, `${shop.origin}/shop`);
    await page.waitForFunction(
      () => document.querySelector<Player>('sightline-player')?.state.kind === 'offline',
      undefined,
      { timeout: 30_000 },
    );
  });
});
