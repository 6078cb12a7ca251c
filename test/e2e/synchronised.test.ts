/**
 * The past of four cameras on one clock, in a real browser. They look at the same scene, whose clock is burned into each
 * picture: it tells which moment each tile really shows. One of them has a gap.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import type { Camera } from '../../src/api/contract/cameras.ts';
import { openBrowser } from '../support/browser.ts';
import { percentile } from '../support/clock-meter.ts';
import { prepareSpread, readClocks, spreadsOf } from '../support/clock-spread.ts';
import { recorded, startOneScene } from './support/one-scene.ts';
import type { OneScene } from './support/one-scene.ts';
import { until } from './support/until.ts';

/** Beyond it a video is brought back by a jump: no pair stays further apart. */
const jumpMs = 400;
/** At 25 pictures a second, and what rounding adds. Cameras may disagree by one more about when a picture was taken. */
const onePictureMs = 45;
const videos = '[aria-label^="Recorded picture"]';

let scene: OneScene;
let browser: Browser;
let gapped: Camera;
/** All four have footage from here on. */
let fromMs: number;
let gap: { readonly startMs: number; readonly endMs: number };
const errors: string[] = [];

before(async () => {
  [scene, browser] = await Promise.all([startOneScene(), openBrowser()]);
  gapped = scene.cameras[3]!;
  const change = (body: unknown) => scene.server.api('PATCH', `/api/v1/cameras/${gapped.id}`, body);
  await recorded(scene, scene.cameras, 22_000);
  const lines = await Promise.all(scene.cameras.map((camera) => scene.timeline(camera)));
  fromMs = Math.max(...lines.map((line) => line.recorded[0]!.startMs)) + 500;
  await change({ enabled: false });
  await pause(8000);
  await change({ enabled: true });
  await recorded(scene, [gapped], 32_000);
  const closed = await scene.timeline(gapped);
  gap = closed.gaps.find((one) => !one.open && one.endMs - one.startMs > 5000)!;
});

after(async () => {
  await browser?.close();
  await scene?.stop();
});

async function open(atMs?: number): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.on('pageerror', (error) => errors.push(error.message));
  await prepareSpread(page);
  const at = atMs === undefined ? '' : `?at=${new Date(atMs).toISOString()}`;
  await page.goto(`${scene.server.url}/views/${scene.view.id}${at}`);
  return page;
}

const clocks = (page: Page, ms = 300) => readClocks(page, `video${videos}`, ms);

/** The times that are seen, once so many tiles show one. */
async function shown(page: Page, count: number): Promise<number[]> {
  return until(
    `${count} tiles show a recorded picture`,
    async () => {
      const times = (await clocks(page, 100)).at(-1)?.timesMs.filter((time) => time !== null) ?? [];
      return times.length >= count && times;
    },
    60_000,
    () => page.locator('[data-tile]').allInnerTexts(),
  );
}

const headMs = (page: Page) => Date.parse(new URL(page.url()).searchParams.get('at') ?? '');

describe('four cameras on one clock', () => {
  it('show the moment of the address, and come and stay together', async () => {
    const page = await open(fromMs);
    const first = await shown(page, 4);
    // For a moment it may be the keyframe before it: the film has one every two seconds.
    for (const time of first)
      assert.ok(time >= fromMs - 2000 && time < fromMs + 30_000, `${time - fromMs} ms`);
    await pause(4000);
    const spreads = spreadsOf(await clocks(page, 5000), 4);
    const [middle, high] = [percentile(spreads, 0.5), percentile(spreads, 0.95)];
    process.stdout.write(`# four tiles, 5 s: ${middle} ms apart in the middle, p95 ${high} ms\n`);
    assert.ok(spreads.length > 10);
    assert.ok(middle < jumpMs, `${middle} ms apart`);
    await page.close();
  });

  it('show the very same picture when they stand still', async () => {
    const page = await open(fromMs + 3000);
    await shown(page, 4);
    await page.keyboard.press(' ');
    const isOne = async () =>
      spreadsOf((await clocks(page, 100)).slice(-1), 4).some((ms) => ms <= 2 * onePictureMs);
    await until('all show one picture', isOne, 60_000, () => clocks(page, 50));
    const before = await shown(page, 4);
    await page.keyboard.press('.');
    await until('one picture on, and not two', async () => {
      const times = (await clocks(page, 100)).at(-1)?.timesMs ?? [];
      const steps = times.map((time, at) => (time ?? -Infinity) - (before[at] ?? 0));
      return (
        steps.length === 4 && steps.every((ms) => ms >= 0 && ms < 2 * onePictureMs) && Math.max(...steps) > 0
      );
    });
    await page.close();
  });

  it('go on where one has a gap, which says why, and that one comes back', async () => {
    const page = await open(gap.startMs + 1000);
    const tile = page.locator('[data-tile="3"]');
    await tile.getByText(/^No recording .*switched off$/).waitFor({ timeout: 60_000 });
    const [before] = await shown(page, 3);
    await until('the others go on', async () => (await shown(page, 3)).some((time) => time > before!));
    await until(
      'all show what came after the gap',
      async () => Math.min(...(await shown(page, 4))) >= gap.endMs - 500,
    );
    await page.close();
  });

  it('are enlarged at the same moment; those behind let go of their footage', async () => {
    const page = await open(fromMs);
    await shown(page, 4);
    await page.locator('[data-tile="1"]').dblclick();
    await until('one is left', async () => {
      const times = (await clocks(page, 100)).at(-1)?.timesMs ?? [];
      return times.filter((time) => time !== null).length === 1;
    });
    const sources = () =>
      page.evaluate(
        (matching) =>
          [...document.querySelectorAll<HTMLVideoElement>(matching)].filter((video) => video.src).length,
        `video${videos}`,
      );
    await until('three videos are let go', async () => (await sources()) === 1, 20_000, sources);
    await page.keyboard.press('Escape');
    await shown(page, 4);
    await page.close();
  });

  it('out of step move alone, and are brought together again', async () => {
    const page = await open(fromMs + 10_000);
    await shown(page, 4);
    await page.keyboard.press(' ');
    await page.getByRole('button', { name: 'Play', exact: true }).waitFor();
    await page.locator('[data-tile="0"]').focus();
    await page.keyboard.press('s');
    await page.keyboard.press('Shift+ArrowLeft');
    await until('the first one is ten seconds behind', async () => {
      const [first, second] = (await clocks(page, 100)).at(-1)?.timesMs ?? [];
      return (
        typeof first === 'number' && typeof second === 'number' && Math.abs(second - first - 10_000) < 1000
      );
    });
    await page.keyboard.press('s');
    const together = async () => spreadsOf((await clocks(page, 100)).slice(-1), 4);
    const isTogether = async () => (await together()).some((ms) => ms <= 2 * onePictureMs);
    await until('all are together', isTogether, 60_000, () => clocks(page, 50));
    await page.close();
  });

  it('are reached from live with one press, and left again', async () => {
    const page = await open();
    await page.getByRole('button', { name: '30 s ago' }).click();
    await page.waitForURL(/at=/);
    await shown(page, 3);
    assert.ok(Math.abs(Date.now() - headMs(page)) < 120_000);
    await page.keyboard.press('l');
    await page.waitForURL((url) => !url.search.includes('at='));
    await until('live plays', () =>
      page.evaluate(() =>
        [...document.querySelectorAll('[data-tile] sightline-player')].some(
          (player) => (player as HTMLElement & { state: { kind: string } }).state.kind === 'playing',
        ),
      ),
    );
    await page.close();
  });
});

it('no page had an error', () => {
  assert.deepEqual(errors, []);
});
