/**
 * The dashboard as its owner uses it: by keyboard alone, with mistakes, on a phone, without the internet.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import axe from 'axe-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { Camera } from '../../src/api/contract/cameras.ts';
import type { GstRtsp } from '../rigs/gstreamer-rtsp.ts';
import { startGstRtsp } from '../rigs/gstreamer-rtsp.ts';
import { openBrowser } from '../support/browser.ts';
import type { RunningServer } from '../support/server.ts';
import { startServer } from '../support/server.ts';

const desktop = { width: 1440, height: 900 };
const phone = { width: 390, height: 844 };
/** More stops than any page here has: a focus that does not arrive is a trap. */
const mostTabs = 40;

let server: RunningServer;
let browser: Browser;
let camera: GstRtsp;
let demo: Camera;
/** Of every page that was opened here. */
const requested: string[] = [];
const errors: string[] = [];

before(async () => {
  const auth = { kind: 'digest', user: 'viewer', password: 'right' } as const;
  [server, browser, camera] = await Promise.all([
    startServer(),
    openBrowser(),
    startGstRtsp({ media: { video: 'h264' }, auth }),
  ]);
  demo = (await server.api<Camera[]>('GET', '/api/v1/cameras')).body[0]!;
});

after(async () => {
  await browser?.close();
  await camera?.kill();
  await server?.stop();
});

async function open(path: string, viewport = desktop, theme = 'dark'): Promise<Page> {
  const context: BrowserContext = await browser.newContext({ viewport, reducedMotion: 'reduce' });
  context.on('request', (request) => requested.push(request.url()));
  const page = await context.newPage();
  page.on('pageerror', (error) => errors.push(error.message));
  await page.addInitScript((chosen) => localStorage.setItem('sightline-theme', chosen), theme);
  await page.goto(server.url + path);
  return page;
}

async function tabTo(page: Page, role: 'textbox' | 'button' | 'link', name: string): Promise<void> {
  const wanted = page.getByRole(role, { name, exact: true });
  for (let pressed = 0; pressed < mostTabs; pressed++) {
    await page.keyboard.press('Tab');
    if (await wanted.evaluate((element) => element === document.activeElement)) return;
  }
  assert.fail(`Tab never reached the ${role} “${name}”`);
}

/** Waits until the player with this label shows moving pictures. */
async function plays(page: Page, label: string): Promise<void> {
  await page.waitForFunction(
    (wanted) => {
      const player = document.querySelector<HTMLElement & { screen?: HTMLVideoElement }>(
        `sightline-player[label="${wanted}"]`,
      );
      return (player?.screen?.getVideoPlaybackQuality().totalVideoFrames ?? 0) > 10;
    },
    label,
    { timeout: 25_000 },
  );
}

const names = async (): Promise<string[]> =>
  (await server.api<Camera[]>('GET', '/api/v1/cameras')).body.map(({ name }) => name);

describe('without a mouse', () => {
  let page: Page;
  before(async () => {
    page = await open('/');
    await page.getByRole('heading', { name: 'Cameras' }).waitFor();
  });
  after(() => page?.context().close());

  it('a wrong password is called that, and the address stays to be mended', async () => {
    await page.keyboard.press('n');
    await page.getByRole('dialog', { name: 'Add camera' }).waitFor();
    await page.keyboard.type(camera.url.replace('//', '//viewer:secret-typo@'));
    await page.keyboard.press('Enter');
    const words = await page.getByRole('alert').innerText();
    assert.match(words, /The camera refused the user name or password/);
    assert.doesNotMatch(words, /secret-typo|\b401\b|Unauthorized/);
    assert.match(await page.getByRole('textbox', { name: 'Address' }).inputValue(), /secret-typo/);
  });

  it('a camera is tested, seen, named and added, and is live among the others', async () => {
    await page.getByRole('textbox', { name: 'Address' }).evaluate((field) => field.focus());
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.type(camera.urlWithLogin);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'It works' }).waitFor();
    await plays(page, 'Preview');
    await tabTo(page, 'textbox', 'Name');
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.type('Gate');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await plays(page, 'Gate');
    await page.getByText('2 of 2 live').waitFor();
  });

  it('a camera that loses power keeps its tile, which says since when and when it is tried again', async () => {
    await camera.kill();
    const tile = page.getByRole('article').filter({ hasText: 'Gate' });
    await tile.getByText(/^Offline since \d\d:\d\d · (next try in \d+ s|trying now)$/).waitFor();
    await page.getByText('1 of 2 live · 1 without a picture').waitFor();
  });

  it('a camera is deleted only after a second word', async () => {
    await tabTo(page, 'link', 'Gate');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Gate' }).waitFor();
    await tabTo(page, 'button', 'Delete');
    await page.keyboard.press('Enter');
    await page.getByRole('alertdialog', { name: 'Delete “Gate”?' }).waitFor();
    // What is focused first is the harmless one.
    await page.keyboard.press('Enter');
    await page.getByRole('alertdialog').waitFor({ state: 'detached' });
    assert.deepEqual(await names(), ['Demo camera', 'Gate']);
    await tabTo(page, 'button', 'Delete');
    await page.keyboard.press('Enter');
    // It takes the focus itself, a moment after it opens.
    const focused = page.getByRole('alertdialog').locator(':focus');
    await focused.waitFor();
    await tabTo(page, 'button', 'Delete camera');
    await page.keyboard.press('Enter');
    await page.getByText('1 of 1 live').waitFor();
    assert.deepEqual(await names(), ['Demo camera']);
  });
});

describe('with news that overtake answers', () => {
  it('a deleted camera leads back to the grid', async () => {
    const gone = await server.addCamera({ name: 'Gone', source: { kind: 'demo' }, enabled: false });
    const page = await open(`/cameras/${gone.id}`);
    await page.route(`**/api/v1/cameras/${gone.id}`, async (route) => {
      const answer = await route.fetch();
      // The event of it has long arrived by then.
      await pause(1000);
      await route.fulfill({ response: answer });
    });
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'Delete camera' }).click();
    await page.getByRole('heading', { name: 'Cameras' }).waitFor();
    await page.context().close();
  });
});

describe('for everybody', () => {
  before(async () => {
    await server.addCamera({ name: 'Off', source: { kind: 'demo' }, enabled: false });
    // Nobody listens there any more.
    await server.addCamera({ name: 'Away', source: { kind: 'rtsp', url: camera.url } });
  });

  for (const theme of ['dark', 'light']) {
    for (const [device, size] of Object.entries({ desktop, phone })) {
      it(`axe finds nothing serious (${theme}, ${device})`, async () => {
        const page = await open('/', size, theme);
        await plays(page, demo.name);
        await page.getByText(/^Offline since/).waitFor();
        await assertAccessible(page, 'grid');
        await page.getByRole('button', { name: 'Add camera' }).click();
        await page.getByRole('dialog').waitFor();
        await assertAccessible(page, 'dialogue');
        await page.keyboard.press('Escape');
        await page.getByRole('link', { name: demo.name }).click();
        await plays(page, demo.name);
        await assertAccessible(page, 'camera');
        await page.context().close();
      });
    }
  }

  it('fits a phone without sideways scrolling', async () => {
    for (const path of ['/', `/cameras/${demo.id}`]) {
      const page = await open(path, phone);
      await plays(page, demo.name);
      const [content, window] = await page.evaluate(() => [
        document.documentElement.scrollWidth,
        document.documentElement.clientWidth,
      ]);
      assert.equal(content, window, path);
      await page.context().close();
    }
  });

  it('nothing on any page came from elsewhere, and no script failed', () => {
    assert.ok(requested.length > 100);
    const foreign = requested.filter(
      (url) => !url.startsWith(`${server.url}/`) && !/^(blob|data):/.test(url),
    );
    assert.deepEqual(foreign, []);
    assert.deepEqual(errors, []);
  });
});

async function assertAccessible(page: Page, where: string): Promise<void> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => window.axe.run({ resultTypes: ['violations'] }));
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  const found = serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  assert.deepEqual(found, [], where);
}

declare global {
  interface Window {
    axe: typeof axe;
  }
}
