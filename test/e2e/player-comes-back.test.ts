/**
 * What the player does by itself over time: up again to a better way, at rest where nobody sees it, on a small screen.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import type { Camera } from '../../src/api/contract/cameras.ts';
import { openBrowser } from '../support/browser.ts';
import type { ForeignPage } from '../support/foreign-page.ts';
import { openForeignPage, pageWithPlayers } from '../support/foreign-page.ts';
import type { RunningServer } from '../support/server.ts';
import { startServer } from '../support/server.ts';
import { until } from './support/until.ts';
import { Viewer } from './support/viewer.ts';

const stun = 'stun:127.0.0.1:3478';
/** A way that failed is tried again after half a minute. */
const climbedWithinMs = 60_000;

describe('a player on a page of somebody else', { timeout: 150_000 }, () => {
  let server: RunningServer;
  let browser: Browser;
  let shop: ForeignPage;
  let demo: Camera;

  before(async () => {
    [shop, browser] = await Promise.all([openForeignPage(), openBrowser()]);
    const config = `embedOrigins: ['${shop.origin}']\nwebrtc:\n  iceServers: [{ urls: ['${stun}'] }]\n`;
    server = await startServer({ config });
    demo = (await server.api<Camera[]>('GET', '/api/v1/cameras')).body[0]!;
  });

  after(async () => {
    await browser?.close();
    shop?.close();
    await server?.stop();
  });

  const watching = async () => (await server.camera(demo.id)).status.stats.viewers;

  it('goes up again to the better way once that comes through, without a reload', async (t) => {
    shop.show(pageWithPlayers(server.url, [`camera="${demo.id}" muted`]));
    let isBlocked = true;
    const viewer = await Viewer.open(browser, shop.origin, async (page) => {
      await page.route('**/whep/**', (route) => route.abort());
      await page.routeWebSocket('**/ws/live', (socket) => {
        if (isBlocked) void socket.close();
        else socket.connectToServer();
      });
    });
    t.after(() => viewer.close());
    assert.equal((await viewer.seesMovement()).way, 'hls');
    isBlocked = false;
    await viewer.waitsFor('the better way', ({ way }) => way === 'socket', climbedWithinMs);
    assert.equal((await viewer.seesMovement()).way, 'socket');
    assert.ok(await viewer.wasNeverReloaded());
    assert.deepEqual(viewer.errors, []);
  });

  it('rests while it is scrolled out of sight: the server has no viewer then', async (t) => {
    const page = pageWithPlayers(server.url, [`camera="${demo.id}" muted`]);
    shop.show(`${page}<div style="height: 5000px"></div>`);
    const viewer = await Viewer.open(browser, shop.origin);
    t.after(() => viewer.close());
    await viewer.seesMovement();
    await until('it is the one viewer', async () => (await watching()) === 1, 10_000);
    await viewer.page.evaluate(() => window.scrollTo(0, 5000));
    await viewer.waitsFor('at rest', ({ state }) => state.kind === 'idle');
    await until('nobody is counted', async () => (await watching()) === 0, 10_000);
    await viewer.page.evaluate(() => window.scrollTo(0, 0));
    await viewer.seesMovement();
  });

  it('uses the STUN and TURN servers of the settings', async (t) => {
    shop.show(pageWithPlayers(server.url, [`camera="${demo.id}" way="webrtc" muted`]));
    const viewer = await Viewer.open(browser, shop.origin, async (page) => {
      await page.addInitScript(() => {
        const own = Reflect.get(RTCPeerConnection.prototype, 'setConfiguration');
        RTCPeerConnection.prototype.setConfiguration = function set(configuration) {
          document.title = JSON.stringify(configuration?.iceServers);
          own.call(this, configuration);
        };
      });
    });
    t.after(() => viewer.close());
    assert.equal((await viewer.seesMovement()).way, 'webrtc');
    assert.match(await viewer.page.title(), new RegExp(stun));
  });
});
