/**
 * What a newcomer does: starts the server, opens the page, sees the demo camera move.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import type { Camera } from '../../src/api/contract/cameras.ts';
import { openBrowser, openPage } from '../support/browser.ts';
import { percentile, prepareMeter, readMeter, startMeter } from '../support/clock-meter.ts';
import type { RunningServer } from '../support/server.ts';
import { startServer } from '../support/server.ts';

describe('a first start', () => {
  let server: RunningServer;
  let browser: Browser;
  let demo: Camera;

  before(async () => {
    server = await startServer();
    browser = await openBrowser();
    const { body } = await server.api<Camera[]>('GET', '/api/v1/cameras');
    demo = body[0]!;
  });

  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  it('has a demo camera ready', () => {
    assert.equal(demo.source?.kind, 'demo');
  });

  it('shows it moving, in order, with its true age, on the camera page', async (t) => {
    const { page, errors } = await openPage(browser, 'about:blank');
    await prepareMeter(page);
    await page.goto(`${server.url}/cameras/${demo.id}`);
    await startMeter(page);
    await page.waitForFunction(() => window.sightlineMeter.pictures.length >= 100, undefined, {
      timeout: 30_000,
    });
    const { pictures, unreadable, stalls } = await readMeter(page);
    const ages = pictures.map((picture) => picture.ageMs);
    t.diagnostic(`age p50 ${percentile(ages, 0.5)} ms, p95 ${percentile(ages, 0.95)} ms, stalls ${stalls}`);
    assert.equal(unreadable, 0);
    const captured = pictures.map((picture) => picture.atMs - picture.ageMs);
    assert.deepEqual(
      captured,
      captured.toSorted((a, b) => a - b),
      'pictures are shown in the order of capture',
    );
    const shownAgeMs = await page.evaluate(() => {
      const player = document.querySelector('sightline-player') as HTMLElement & { ageMs: number };
      const last = window.sightlineMeter.pictures.at(-1)!;
      return { says: player.ageMs, is: last.ageMs };
    });
    assert.ok(
      Math.abs(shownAgeMs.says - shownAgeMs.is) < 500,
      `the player says ${JSON.stringify(shownAgeMs)}`,
    );
    assert.deepEqual(errors, []);
    await page.close();
  });

  it('closes the demo camera when the last viewer has left, and starts it again for the next', async () => {
    await server.waitFor(demo.id, 'idle', (camera) => camera.status.state === 'idle', 45_000);
    const { page } = await openPage(browser, `${server.url}/cameras/${demo.id}`);
    await server.waitFor(demo.id, 'live again', (camera) => camera.status.state === 'live');
    await page.close();
  });
});
