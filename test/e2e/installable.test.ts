/**
 * The dashboard on the home screen of a device: what a browser needs to install it, what it keeps, and what it shows
 * when the server is not reached.
 */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from '../support/browser.ts';
import type { RunningServer } from '../support/server.ts';
import { startServer } from '../support/server.ts';

let server: RunningServer;
let browser: Browser;
let page: Page;

before(async () => {
  [server, browser] = await Promise.all([startServer(), openBrowser()]);
  page = await browser.newPage();
});

after(async () => {
  await browser?.close();
  await server?.stop();
  // The server that was started again does not own its folder.
  if (server) await rm(server.data, { recursive: true, force: true });
});

interface Manifest {
  readonly start_url: string;
  readonly display: string;
  readonly icons: readonly { readonly src: string; readonly type: string; readonly purpose: string }[];
}

const kept = (): Promise<string[]> =>
  page.evaluate(async () => {
    const paths: string[] = [];
    for (const name of await caches.keys()) {
      for (const { url } of await (await caches.open(name)).keys()) paths.push(new URL(url).pathname);
    }
    return paths;
  });

describe('the dashboard as an app', () => {
  it('has a manifest whose icons are there', async () => {
    const answer = await fetch(`${server.url}/manifest.webmanifest`);
    assert.match(answer.headers.get('content-type') ?? '', /application\/manifest\+json/);
    const manifest = (await answer.json()) as Manifest;
    assert.equal(manifest.display, 'standalone');
    assert.ok(manifest.icons.some(({ purpose }) => purpose === 'maskable'));
    for (const { src, type } of manifest.icons) {
      const icon = await fetch(`${server.url}/${src}`);
      assert.equal(icon.headers.get('content-type'), type, src);
    }
  });

  it('keeps the shell, and nothing of what cameras saw or the server said', async () => {
    await page.goto(server.url);
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await page.reload();
    await page.getByText('1 of 1 live').waitFor();
    await page.waitForFunction(
      () =>
        document.querySelector<HTMLElement & { screen?: HTMLVideoElement }>('sightline-player')?.screen
          ?.currentTime,
    );
    const paths = await kept();
    assert.ok(paths.some((path) => path.startsWith('/assets/')));
    const others = paths.filter(
      (path) => !/^\/(assets\/[\w.-]+|offline\.(html|css)|theme\.js|icon\.svg)$/.test(path),
    );
    assert.deepEqual(others, []);
  });

  it('says in words that the server is not reached, and goes on when it is back', async () => {
    const port = Number(new URL(server.url).port);
    const { data } = server;
    await server.kill();
    await page.goto(server.url);
    await page.getByRole('heading', { name: 'The server is not reached' }).waitFor();
    server = await startServer({ port, data });
    await page.getByRole('link', { name: 'Try again' }).click();
    await page.getByText('1 of 1 live').waitFor();
  });
});

describe('under a path of another site', () => {
  let under: RunningServer;

  before(async () => {
    under = await startServer({ config: 'basePath: /cams\n' });
    page = await browser.newPage();
  });
  after(() => under?.stop());

  it('it is installed with that path, and keeps nothing outside of it', async () => {
    await page.goto(`${under.url}/cams/`);
    const scope = await page.evaluate(() => navigator.serviceWorker.ready.then((kept) => kept.scope));
    assert.equal(new URL(scope).pathname, '/cams/');
    const link = await page.locator('link[rel=manifest]').getAttribute('href');
    const manifest = new URL(link ?? '', page.url());
    const { start_url: start, icons } = (await (await fetch(manifest)).json()) as Manifest;
    assert.equal(new URL(start, manifest).pathname, '/cams/');
    for (const { src } of icons) assert.equal((await fetch(new URL(src, manifest))).status, 200, src);
    await page.reload();
    await page.getByText('1 of 1 live').waitFor();
    const paths = await kept();
    assert.ok(paths.includes('/cams/offline.html') && paths.some((path) => path.startsWith('/cams/assets/')));
    assert.deepEqual(
      paths.filter((path) => !path.startsWith('/cams/')),
      [],
    );
  });

  it('says that the server is not reached, with its own style and picture', async () => {
    await under.kill();
    await page.goto(`${under.url}/cams/views`);
    await page.getByRole('heading', { name: 'The server is not reached' }).waitFor();
    const mark = page.locator('main img');
    await mark.evaluate((image: HTMLImageElement) => image.decode());
    assert.equal(new URL((await mark.getAttribute('src')) ?? '', page.url()).pathname, '/cams/icon.svg');
    assert.ok(await page.evaluate(() => (document.styleSheets[0]?.cssRules.length ?? 0) > 0));
  });
});
