/**
 * The player finds a way: each by itself, the next when one is taken away, and back to the picture after trouble.
 */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { TestContext } from 'node:test';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import type { Camera } from '../../src/api/contract/cameras.ts';
import { openBrowser } from '../support/browser.ts';
import type { ForeignPage } from '../support/foreign-page.ts';
import { openForeignPage, pageWithPlayers } from '../support/foreign-page.ts';
import type { RunningServer } from '../support/server.ts';
import { startServer } from '../support/server.ts';
import { makeFilm } from './support/foreign.ts';
import { Viewer } from './support/viewer.ts';

let server: RunningServer;
let browser: Browser;
let shop: ForeignPage;
let demo: Camera;

before(async () => {
  [shop, browser] = await Promise.all([openForeignPage(), openBrowser()]);
  server = await startServer({ config: `embedOrigins: ['${shop.origin}']\n` });
  demo = (await server.api<Camera[]>('GET', '/api/v1/cameras')).body[0]!;
});

after(async () => {
  await browser?.close();
  shop?.close();
  await server?.stop();
});

/** The foreign page with one player, seen by a visitor. */
async function visit(
  t: TestContext,
  attributes: string,
  prepare?: (page: Page) => Promise<void>,
  camera = demo,
): Promise<Viewer> {
  shop.show(pageWithPlayers(server.url, [`camera="${camera.id}" label="Yard / north" muted ${attributes}`]));
  const viewer = await Viewer.open(browser, shop.origin, prepare);
  t.after(() => viewer.close());
  return viewer;
}

const noSocket = (page: Page) => page.routeWebSocket('**/ws/live', (socket) => void socket.close());
/** Else it would win before anybody else has answered. */
const slowSocket = (page: Page) =>
  page.routeWebSocket('**/ws/live', async (socket) => {
    await pause(1500);
    socket.connectToServer();
  });
const noRequests = (pattern: string) => (page: Page) => page.route(pattern, (route) => route.abort());

describe('pinned to one way', () => {
  for (const way of ['socket', 'webrtc', 'hls', 'jpeg']) {
    it(`${way}: the picture moves, says how old it is and how it comes`, async (t) => {
      const viewer = await visit(t, `way="${way}"`);
      const shown = await viewer.seesMovement();
      assert.equal(shown.way, way);
      assert.equal(shown.wayReason, undefined);
      assert.match(shown.text, /LIVE −\d\.\d s/);
      assert.deepEqual(viewer.errors, []);
    });
  }

  it('snapshots: a new picture with each keyframe', async (t) => {
    const viewer = await visit(t, 'way="snapshots"');
    const first = await viewer.waitsFor('a picture', ({ pictures }) => pictures > 0);
    const { way, text } = await viewer.waitsFor(
      'a newer one',
      ({ pictures }) => pictures > first.pictures + 10,
    );
    assert.equal(way, 'snapshots');
    assert.match(text, /LIVE −\d\.\d s/);
    assert.deepEqual(viewer.errors, []);
  });

  it('stays with it when it does not work, and says why', async (t) => {
    const viewer = await visit(t, 'way="socket"', noSocket);
    const { text } = await viewer.waitsFor('told why', ({ state }) => state.kind === 'offline');
    assert.match(text, /The connection does not come through/);
    await pause(3000);
    assert.equal((await viewer.look()).way, undefined);
  });

  it('can be changed while it plays', async (t) => {
    const viewer = await visit(t, 'way="hls"');
    await viewer.seesMovement();
    await viewer.page.evaluate(() =>
      document.querySelector('sightline-player')?.setAttribute('way', 'socket'),
    );
    await viewer.waitsFor('the other way', ({ way }) => way === 'socket');
    await viewer.seesMovement();
  });
});

describe('left to itself', () => {
  it('goes to HLS when the socket is blocked, tells the page and the viewer why', async (t) => {
    const viewer = await visit(t, 'controls', async (page) => {
      await noSocket(page);
      await noRequests('**/whep/**')(page);
    });
    const { way, wayReason, text } = await viewer.seesMovement();
    assert.equal(way, 'hls');
    assert.match(wayReason ?? '', /^(WebRTC|WebSocket): The connection does not come through/);
    assert.match(text, /LIVE −\d\.\d s · HLS/);
  });

  it('goes to single pictures when no video comes through', async (t) => {
    const viewer = await visit(t, '', async (page) => {
      await noSocket(page);
      await noRequests('**/whep/**')(page);
      await noRequests('**/hls/**')(page);
    });
    const first = await viewer.waitsFor('a picture', ({ pictures }) => pictures > 0);
    const { way } = await viewer.waitsFor('a newer one', ({ pictures }) => pictures > first.pictures + 10);
    assert.equal(way, 'snapshots');
  });

  it('shows what WebRTC refuses over the socket: a camera with B-frames, and says why', async (t) => {
    await mkdir(join(server.data, 'media'), { recursive: true });
    await makeFilm(join(server.data, 'media', 'film.mp4'), 4);
    const film = await server.addCamera({ name: 'Film', source: { kind: 'file', path: 'film.mp4' } });
    const viewer = await visit(t, 'controls', slowSocket, film);
    const { way, wayReason, text } = await viewer.seesMovement();
    assert.equal(way, 'socket');
    assert.match(wayReason ?? '', /^WebRTC: The camera sends B-frames/);
    assert.match(text, /LIVE.* · WebSocket.*B-frames/);
  });

  it('comes back after a freeze of the server, in the way it was, without being loaded anew', async (t) => {
    const viewer = await visit(t, '');
    const { way } = await viewer.seesMovement();
    process.kill(server.pid, 'SIGSTOP');
    await pause(1500);
    process.kill(server.pid, 'SIGCONT');
    const after = await viewer.seesMovement();
    assert.equal(after.way, way);
    assert.ok(await viewer.wasNeverReloaded());
  });

  it('plays again after the server was started anew', async (t) => {
    const data = await mkdtemp(join(tmpdir(), 'sightline-test-'));
    t.after(() => rm(data, { recursive: true, force: true }));
    const config = `embedOrigins: ['${shop.origin}']\n`;
    const first = await startServer({ data, config });
    t.after(() => first.kill());
    const { body } = await first.api<Camera[]>('GET', '/api/v1/cameras');
    shop.show(pageWithPlayers(first.url, [`camera="${body[0]?.id}" muted`]));
    const viewer = await Viewer.open(browser, shop.origin);
    t.after(() => viewer.close());
    await viewer.seesMovement();
    await first.kill();
    await viewer.waitsFor('told', ({ state }) => state.kind === 'offline');
    const again = await startServer({ data, config, port: Number(new URL(first.url).port) });
    t.after(() => again.kill());
    const { way, wayReason } = await viewer.seesMovement();
    assert.ok(way === 'socket' || way === 'webrtc', String(way));
    assert.equal(wayReason, undefined, 'that the server was away is no fault of a way');
    assert.ok(await viewer.wasNeverReloaded());
  });

  it('rests when it is paused, and begins again', async (t) => {
    const viewer = await visit(t, '');
    await viewer.seesMovement();
    await viewer.page.evaluate(() => document.querySelector<Pausable>('sightline-player')?.pause());
    const { text } = await viewer.waitsFor('paused', ({ state }) => state.kind === 'idle');
    assert.match(text, /PAUSED/);
    await viewer.page.evaluate(() => document.querySelector<Pausable>('sightline-player')?.play());
    await viewer.seesMovement();
  });
});

interface Pausable extends HTMLElement {
  play(): void;
  pause(): void;
}

describe('nine pictures on one page', () => {
  it('come over one socket, and every one of them moves', async (t) => {
    const players = Array.from({ length: 9 }, () => `camera="${demo.id}" tile muted`);
    shop.show(pageWithPlayers(server.url, players));
    const page = await browser.newPage();
    t.after(() => page.close());
    const sockets: string[] = [];
    page.on('websocket', (socket) => sockets.push(socket.url()));
    await page.goto(shop.origin);
    const frames = () =>
      page.evaluate(() =>
        [...document.querySelectorAll<Screened>('sightline-player')].map(
          ({ screen }) => screen?.getVideoPlaybackQuality().totalVideoFrames ?? 0,
        ),
      );
    await page.waitForFunction(
      () =>
        [...document.querySelectorAll<Screened>('sightline-player')].every(
          ({ screen }) => (screen?.getVideoPlaybackQuality().totalVideoFrames ?? 0) > 10,
        ),
      undefined,
      { timeout: 30_000 },
    );
    const before = await frames();
    await pause(2000);
    const later = await frames();
    assert.equal(later.length, 9);
    assert.ok(
      later.every((count, tile) => count > (before[tile] ?? 0)),
      `${before.join()} then ${later.join()}`,
    );
    assert.deepEqual(sockets, [`${server.url.replace('http', 'ws')}/ws/live`]);
  });
});

interface Screened extends HTMLElement {
  readonly screen: HTMLVideoElement | undefined;
}

describe('by keyboard', () => {
  it('every button is reached, the picture is saved under its name and time, the way is chosen', async (t) => {
    const viewer = await visit(t, 'controls');
    await viewer.seesMovement();
    const { page } = viewer;
    const focused = () =>
      page.evaluate(() => {
        const inside = document.activeElement?.shadowRoot?.activeElement;
        return inside?.getAttribute('aria-label') ?? '';
      });
    const reached: string[] = [];
    for (let stop = 0; stop < 6; stop++) {
      await page.keyboard.press('Tab');
      reached.push(await focused());
      if (reached.at(-1) !== 'Save this picture') continue;
      const [file] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
      assert.match(file.suggestedFilename(), /^Yard north \d{4}-\d\d-\d\d \d\d-\d\d-\d\d\.jpg$/);
    }
    assert.deepEqual(reached, [
      'Pause',
      'This stream has no sound that can be played',
      'How the picture comes',
      'Save this picture',
      'Picture in picture',
      'Full screen',
    ]);
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.fullscreenElement?.localName === 'sightline-player');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.fullscreenElement === null);
    for (let back = 0; back < 3; back++) await page.keyboard.press('Shift+Tab');
    assert.equal(await focused(), 'How the picture comes');
    await page.keyboard.type('HLS');
    await viewer.waitsFor('the chosen way', ({ way }) => way === 'hls');
  });
});
