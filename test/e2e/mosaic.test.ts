/**
 * A view of sixteen cameras in a real browser: demo, films, one camera that is dead, one that stops in mid-stream. What
 * is fetched is counted at the server.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import axe from 'axe-core';
import type { Browser, Locator, Page } from 'playwright-core';
import type { Camera } from '../../src/api/contract/cameras.ts';
import type { SavedView } from '../../src/api/contract/views.ts';
import { openBrowser } from '../support/browser.ts';
import type { RunningServer } from '../support/server.ts';
import { startServer } from '../support/server.ts';
import { addView, deadAddress, makeFilm, startSender, tilesOf } from './support/house.ts';
import type { Sender } from './support/house.ts';
import { until } from './support/until.ts';

const desktop = { width: 1440, height: 900 };
const phone = { width: 390, height: 844 };

let server: RunningServer;
let sender: Sender;
let stopper: Sender;
let browser: Browser;
let demo: Camera;
let films: Camera[];
let stopping: Camera;
let dead: Camera;
let view: SavedView;
const errors: string[] = [];

before(async () => {
  [server, sender, stopper, browser] = await Promise.all([
    startServer(),
    startSender(),
    startSender(),
    openBrowser(),
  ]);
  demo = (await server.api<Camera[]>('GET', '/api/v1/cameras')).body[0]!;
  const film = await makeFilm(server);
  await server.api('PATCH', `/api/v1/cameras/${demo.id}`, { sub: film });
  films = [];
  for (let at = 1; at <= 13; at++) {
    // A few from disk, the others from another machine.
    const source = at <= 3 ? film : sender.source;
    films.push(await server.addCamera({ name: `Film ${at}`, source, start: 'always' }));
  }
  stopping = await server.addCamera({ name: 'Stopping', source: stopper.source });
  dead = await server.addCamera({ name: 'Dead', source: { kind: 'rtsp', url: await deadAddress() } });
  const tiles = tilesOf([demo, dead, stopping, ...films]);
  view = await addView(server, { name: 'All sixteen', shared: true, tiles });
  for (const { id } of films)
    await server.waitFor(id, 'live', ({ status }) => status.state === 'live', 60_000);
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await sender?.server.stop();
  if (stopper) process.kill(stopper.server.pid, 'SIGCONT');
  await stopper?.server.stop();
});

async function open(path: string, size = desktop): Promise<Page> {
  const page = await browser.newPage({ viewport: size, hasTouch: size === phone });
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto(server.url + path);
  return page;
}

/** Where it is once it stays there: what is loaded moves what is below it. */
async function placeOf(what: Locator) {
  let last = '';
  return until('it stays in its place', async () => {
    const box = await what.boundingBox();
    const now = JSON.stringify(box);
    const stays = now === last;
    last = now;
    await pause(100);
    return stays && box !== null && box;
  });
}

const tile = (page: Page, index: number) => page.locator(`[data-tile="${index}"]`);

/** State of the player of each tile that has one. */
async function states(page: Page): Promise<Record<string, string>> {
  return page.evaluate(() =>
    Object.fromEntries(
      [...document.querySelectorAll('[data-tile] sightline-player')].map((player) => [
        player.getAttribute('label') ?? '',
        (player as HTMLElement & { state: { kind: string } }).state.kind,
      ]),
    ),
  );
}

const playing = async (page: Page) =>
  Object.values(await states(page)).filter((state) => state === 'playing').length;

const allPlay = (page: Page, count: number) =>
  until(
    `${count} tiles play`,
    async () => (await playing(page)) >= count,
    60_000,
    () => states(page),
  );

/** How many pages watch each film, over the live WebSocket. */
async function watched(): Promise<number[]> {
  const cameras = await Promise.all(films.map(({ id }) => server.camera(id)));
  return cameras.map(({ status }) => status.stats.viewersByOutput.live);
}

describe('sixteen tiles', () => {
  it('play over one socket, and the page stays quick', async () => {
    const page = await browser.newPage({ viewport: desktop });
    const sockets: string[] = [];
    page.on('websocket', (socket) => sockets.push(socket.url()));
    await page.goto(`${server.url}/views/${view.id}`);
    await allPlay(page, 15);
    const { frames, longTasks, worstMs } = await page.evaluate(async () => {
      const seen = { frames: 0, longTasks: 0, worstMs: 0 };
      const observer = new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) {
          seen.longTasks++;
          seen.worstMs = Math.max(seen.worstMs, duration);
        }
      });
      observer.observe({ type: 'longtask' });
      const end = performance.now() + 5000;
      while (performance.now() < end) {
        await new Promise(requestAnimationFrame);
        seen.frames++;
      }
      observer.disconnect();
      return seen;
    });
    const words = `${frames} frames, ${longTasks} long tasks, the longest ${Math.round(worstMs)} ms`;
    process.stdout.write(`# sixteen tiles, 5 s: ${words}\n`);
    assert.ok(frames > 25, words);
    assert.equal(sockets.filter((url) => url.endsWith('/ws/live')).length, 1);
    await page.close();
  });

  it('say what is wrong with a dead camera; the others do not care', async () => {
    const page = await open(`/views/${view.id}`);
    await allPlay(page, 15);
    await tile(page, 1)
      .getByText(/Offline since/)
      .waitFor({ timeout: 30_000 });
    assert.equal((await states(page))['Dead'], 'offline');
    await page.close();
  });

  it('go on when one camera stops in mid-stream, and that one says so', async () => {
    const page = await open(`/views/${view.id}`);
    await allPlay(page, 15);
    process.kill(stopper.server.pid, 'SIGSTOP');
    try {
      await tile(page, 2)
        .getByText(/Stalled|Offline/)
        .first()
        .waitFor({ timeout: 40_000 });
      const before = await decoded(page);
      await pause(3000);
      const after = await decoded(page);
      const standing = Object.keys(before).filter((name) => (after[name] ?? 0) <= (before[name] ?? 0));
      assert.deepEqual(
        standing.filter((name) => name !== 'Stopping'),
        [],
      );
    } finally {
      process.kill(stopper.server.pid, 'SIGCONT');
    }
    await page.close();
  });

  it('that nobody sees fetch nothing: behind an enlarged one, and outside of the window', async () => {
    const page = await open(`/views/${view.id}`);
    await allPlay(page, 15);
    await until('every film is watched', async () => (await watched()).every((count) => count === 1));
    await tile(page, 0).dblclick();
    await until(
      'no film is watched',
      async () => (await watched()).every((count) => count === 0),
      20_000,
      watched,
    );
    await page.keyboard.press('Escape');
    await until('every film is watched again', async () => (await watched()).every((count) => count === 1));
    await page.setViewportSize(phone);
    await until('a few films are watched', async () => {
      const seen = (await watched()).filter((count) => count > 0).length;
      return seen < 8;
    });
    await page.close();
    await until('nobody is left', async () => (await watched()).every((count) => count === 0));
  });

  it('keep their memory', async () => {
    const page = await open(`/views/${view.id}`);
    await allPlay(page, 15);
    const session = await page.context().newCDPSession(page);
    await session.send('HeapProfiler.enable');
    const heapBytes = async () => {
      await session.send('HeapProfiler.collectGarbage');
      return (await session.send('Runtime.getHeapUsage')).usedSize;
    };
    await pause(4000);
    const first = await heapBytes();
    await pause(12_000);
    const last = await heapBytes();
    const words = `${(first / 1e6).toFixed(1)} MB, 12 s later ${(last / 1e6).toFixed(1)} MB`;
    process.stdout.write(`# script memory of sixteen tiles: ${words}\n`);
    assert.ok(last - first < 8e6, words);
    await page.close();
  });
});

/** Pictures decoded so far, by camera. */
async function decoded(page: Page): Promise<Record<string, number>> {
  return page.evaluate(() =>
    Object.fromEntries(
      [...document.querySelectorAll('[data-tile] sightline-player')].flatMap((player) => {
        const { screen, state } = player as HTMLElement & { screen: unknown; state: { kind: string } };
        if (!(screen instanceof HTMLVideoElement) || state.kind !== 'playing') return [];
        return [[player.getAttribute('label') ?? '', screen.getVideoPlaybackQuality().totalVideoFrames]];
      }),
    ),
  );
}

describe('one tile', () => {
  it('is enlarged with the large stream, and at no moment without a picture', async () => {
    const page = await open(`/views/${view.id}`);
    await allPlay(page, 15);
    const sourceOf = () =>
      page.evaluate(() =>
        [...document.querySelectorAll('[data-tile="0"] sightline-player')].map((one) =>
          one.getAttribute('source'),
        ),
      );
    assert.deepEqual(await sourceOf(), ['sub']);
    await page.evaluate(() => {
      const seen = { dark: 0, frames: 0 };
      Object.assign(window, { sightlineSwap: seen });
      const look = () => {
        const players = [...document.querySelectorAll('[data-tile="0"] sightline-player')];
        const lit = players.some((player) => {
          const { state } = player as HTMLElement & { state: { kind: string } };
          return state.kind === 'playing' && getComputedStyle(player).opacity === '1';
        });
        seen.frames++;
        if (!lit) seen.dark++;
        requestAnimationFrame(look);
      };
      look();
    });
    await tile(page, 0).focus();
    await page.keyboard.press('Enter');
    await until(
      'the large stream took over',
      async () => (await sourceOf()).join() === 'main',
      30_000,
      sourceOf,
    );
    await page.keyboard.press('Escape');
    await until('the small one is back', async () => (await sourceOf()).join() === 'sub', 30_000, sourceOf);
    const seen = await page.evaluate(
      () => (window as unknown as { sightlineSwap: { dark: number; frames: number } }).sightlineSwap,
    );
    assert.ok(seen.frames > 5);
    assert.equal(seen.dark, 0, `${seen.dark} of ${seen.frames} frames without a picture`);
    await page.close();
  });

  it('is chosen with the arrows and enlarged with its number', async () => {
    const page = await open(`/views/${view.id}`);
    await tile(page, 0).waitFor();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowDown');
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute('data-tile'));
    assert.equal(await focused(), '5');
    await page.keyboard.press('3');
    await until('the third is large', async () => (await tile(page, 2).boundingBox())!.width > 900);
    assert.equal(await tile(page, 3).isVisible(), false);
    await page.keyboard.press('3');
    await until('it is small again', async () => (await tile(page, 2).boundingBox())!.width < 400);
    await page.close();
  });
});

/** Tiles as the server keeps them: camera, x, y, w, h. */
async function stored(id: string): Promise<(string | number)[][]> {
  const { tiles } = (await server.api<SavedView>('GET', `/api/v1/views/${id}`)).body;
  return tiles.map(({ cameraId, x, y, w, h }) => [cameraId, x, y, w, h]);
}

describe('arranging', () => {
  it('by pointer and by keys is kept, and seen in a second browser', async () => {
    const [a, b, c] = films as [Camera, Camera, Camera];
    const made = await addView(server, { name: 'Three', shared: true, tiles: tilesOf([a, b, c], 2) });
    const page = await open(`/views/${made.id}?edit=true`);
    const handle = (index: number) => page.locator(`[data-arrange="${index}"]`);
    const [from, to] = [await placeOf(handle(0)), await placeOf(handle(1))];
    await page.mouse.move(from.x + 60, from.y + from.height - 60);
    await page.mouse.down();
    await page.mouse.move(to.x + to.width / 2, to.y + to.height / 2, { steps: 5 });
    await page.mouse.up();
    // Smaller at its corner.
    const corner = await placeOf(page.locator('[data-resize="2"]'));
    await page.mouse.move(corner.x + 15, corner.y + 15);
    await page.mouse.down();
    await page.mouse.move(corner.x + 15 - from.width / 3, corner.y + 15, { steps: 5 });
    await page.mouse.up();
    await handle(2).focus();
    await page.keyboard.press('Shift+ArrowUp');
    await page.keyboard.press('ArrowRight');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.waitForURL(new RegExp(`/views/${made.id}$`));
    const layout = [
      [a.id, 6, 0, 6, 6],
      [b.id, 0, 0, 6, 6],
      [c.id, 1, 6, 4, 5],
    ];
    assert.deepEqual(await stored(made.id), layout);

    await page.reload();
    const other = await browser.newContext({ viewport: desktop });
    const second = await other.newPage();
    await second.goto(`${server.url}/views`);
    await second.getByRole('link', { name: 'Three' }).click();
    for (const seen of [page, second]) {
      await tile(seen, 2).waitFor();
      const whole = (await seen.locator('.mosaic').boundingBox())!;
      const box = (await tile(seen, 2).boundingBox())!;
      const fields = [box.x - whole.x, box.y - whole.y].map((value, at) =>
        Math.round((value / (at === 0 ? whole.width : whole.height)) * 12),
      );
      assert.deepEqual(fields, [1, 6]);
    }
    await other.close();
    await page.close();
  });

  it('begins with the cameras there are; one is taken out, one arrangement chosen', async () => {
    const page = await open('/views/new');
    await page.getByLabel('Name').fill('Morning round');
    await page.getByRole('checkbox', { name: 'Demo camera' }).click();
    await page.getByRole('button', { name: '12 tiles' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.waitForURL(/\/views\/viw_/);
    const tiles = await stored(page.url().split('/').at(-1)!);
    assert.deepEqual(
      [tiles.length, tiles.some(([id]) => id === demo.id), tiles[1]?.slice(1)],
      [8, false, [3, 0, 3, 4]],
    );
    await page.close();
  });

  it('is possible with a finger, on a phone', async () => {
    const pair = films.slice(0, 2);
    const made = await addView(server, { name: 'Pair', tiles: tilesOf(pair, 2) });
    const page = await open(`/views/${made.id}?edit=true`, phone);
    const [from, to] = [
      await placeOf(page.locator('[data-arrange="0"]')),
      await placeOf(page.locator('[data-arrange="1"]')),
    ];
    const session = await page.context().newCDPSession(page);
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', x: number, y: number) =>
      session.send('Input.dispatchTouchEvent', { type, touchPoints: type === 'touchEnd' ? [] : [{ x, y }] });
    await touch('touchStart', from.x + 20, from.y + from.height - 20);
    for (const share of [0.3, 0.6, 1]) {
      await touch(
        'touchMove',
        from.x + 20 + (to.x + to.width / 2 - from.x - 20) * share,
        from.y + from.height - 20,
      );
    }
    await touch('touchEnd', 0, 0);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.waitForURL(new RegExp(`/views/${made.id}$`));
    assert.deepEqual(
      (await stored(made.id)).map(([id]) => id),
      [pair[0]!.id, pair[1]!.id],
    );
    assert.deepEqual(
      (await stored(made.id)).map(([, x]) => x),
      [6, 0],
    );
    await page.close();
  });
});

it('the pages of views pass the rules of accessibility', async () => {
  for (const path of ['/views', `/views/${view.id}`, `/views/${view.id}?edit=true`]) {
    const page = await open(path);
    await page.getByRole('heading').first().waitFor();
    await pause(1000);
    await page.evaluate(axe.source);
    const found = await page.evaluate(async () => {
      const { axe } = window as unknown as {
        axe: { run(where: string): Promise<{ violations: unknown[] }> };
      };
      return (await axe.run('main')).violations as { id: string; nodes: { html: string }[] }[];
    });
    assert.deepEqual(
      found.map(({ id, nodes }) => `${path} ${id}: ${nodes[0]?.html}`),
      [],
    );
    await page.close();
  }
});

it('no page had an error', () => {
  assert.deepEqual(errors, []);
});
