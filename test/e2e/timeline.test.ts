/**
 * The timeline of a camera in the dashboard: real footage of the demo camera with a gap in it, a real server, a real
 * browser. Which picture is seen is read from the clock in the picture itself.
 */
import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import type { Camera } from '../../src/api/contract/cameras.ts';
import type { Timeline } from '../../src/api/contract/recording.ts';
import { openBrowser } from '../support/browser.ts';
import { prepareMeter } from '../support/clock-meter.ts';
import type { RunningServer } from '../support/server.ts';
import { startServer } from '../support/server.ts';

const desktop = { width: 1440, height: 900 };
const phone = { width: 390, height: 844 };
/** At 25 pictures a second, and what rounding adds. */
const onePictureMs = 45;

let server: RunningServer;
let browser: Browser;
let camera: Camera;
/** Footage, a gap because the camera was switched off, footage that goes on. */
let timeline: Timeline;
const errors: string[] = [];

before(async () => {
  [server, browser] = await Promise.all([startServer(), openBrowser()]);
  camera = (await server.api<Camera[]>('GET', '/api/v1/cameras')).body[0]!;
  const change = (body: unknown) => server.api('PATCH', `/api/v1/cameras/${camera.id}`, body);
  // Live first: on a busy machine a camera takes a moment, which would be a gap of its own.
  await change({ start: 'always' });
  await server.waitFor(camera.id, 'live', ({ status }) => status.state === 'live', 60_000);
  await change({ recording: { mode: 'continuous' } });
  await recorded((now) => lengthOf(now) > 14_000);
  await change({ enabled: false });
  await recorded((now) => now.gaps.length === 1 && !now.recorded.some((one) => one.live));
  await pause(4000);
  await change({ enabled: true });
  timeline = await recorded((now) => now.recorded.length === 2 && lengthOf(now) > 34_000);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const lengthOf = ({ recorded }: Timeline) => recorded.reduce((sum, one) => sum + one.endMs - one.startMs, 0);

/** Polls until the server's timeline is as wanted. */
async function recorded(wanted: (now: Timeline) => boolean): Promise<Timeline> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const now = Date.now();
    const path = `/api/v1/cameras/${camera.id}/timeline?from=${now - 600_000}&to=${now + 60_000}`;
    const { body } = await server.api<Timeline>('GET', path);
    if (wanted(body)) return body;
    assert.ok(Date.now() < deadline, `the timeline never was as wanted: ${JSON.stringify(body)}`);
    await pause(500);
  }
}

async function open(
  atMs?: number,
  options: { viewport?: typeof desktop; theme?: string } = {},
): Promise<Page> {
  const { viewport = desktop, theme = 'dark' } = options;
  const touch = viewport === phone ? { hasTouch: true, isMobile: true } : {};
  const context = await browser.newContext({
    viewport,
    reducedMotion: 'reduce',
    timezoneId: 'Europe/Berlin',
    ...touch,
  });
  const page = await context.newPage();
  page.on('pageerror', (error) => errors.push(error.message));
  await page.addInitScript((chosen) => localStorage.setItem('sightline-theme', chosen), theme);
  await prepareMeter(page);
  const at = atMs === undefined ? '' : `?at=${new Date(atMs).toISOString()}`;
  await page.goto(`${server.url}/cameras/${camera.id}${at}`);
  // The timeline is there, and what is on it.
  await page
    .getByText(/^In view: /)
    .first()
    .waitFor({ state: 'attached' });
  return page;
}

interface Seen {
  /** Capture time from the picture; undefined: no recorded picture is seen, or it has no clock. */
  readonly timeMs: number | undefined;
  readonly frame: number | undefined;
  readonly on: 'video' | 'canvas' | undefined;
}

/** The recorded picture that is on the screen now. */
async function seen(page: Page): Promise<Seen> {
  return page.evaluate(() => {
    const video = document.querySelector<HTMLVideoElement>('video[aria-label^="Recorded picture"]');
    const canvas = video?.parentElement?.querySelector('canvas');
    const still = canvas?.style.visibility === 'visible';
    const picture = still ? canvas : video?.style.visibility === 'visible' ? video : undefined;
    if (!picture) return { timeMs: undefined, frame: undefined, on: undefined };
    const [width, height] =
      picture instanceof HTMLVideoElement
        ? [picture.videoWidth, picture.videoHeight]
        : [picture.width, picture.height];
    const context = new OffscreenCanvas(256, 4).getContext('2d', { willReadFrequently: true });
    context?.drawImage(picture, 0, height - height / 36 - 2, width, 4, 0, 0, 256, 4);
    const pixels = context?.getImageData(0, 0, 256, 4).data ?? [];
    const bits = Array.from({ length: 64 }, (_, block) =>
      (pixels[(512 + block * 4 + 2) * 4] ?? 0) > 125 ? 1 : 0,
    );
    const row = window.decodeClockRow(bits);
    return { timeMs: row?.timeMs, frame: row?.frame, on: still ? ('canvas' as const) : ('video' as const) };
  });
}

/** Waits until the recorded picture is as wanted. */
async function sees(
  page: Page,
  what: string,
  wanted: (now: Seen) => boolean,
  withinMs = 15_000,
): Promise<Seen> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const now = await seen(page);
    if (wanted(now)) return now;
    if (Date.now() > deadline) {
      const text = await page.getByRole('slider', { name: /^Timeline of/ }).getAttribute('aria-valuetext');
      assert.fail(`${what} was never seen, but ${JSON.stringify(now)} at ${text}`);
    }
    await pause(80);
  }
}

/** Waits until a picture of the video stands, and nothing is under way. */
async function stands(page: Page): Promise<Seen> {
  const group = page.getByRole('group', { name: 'Playback' });
  await group.getByRole('button', { name: 'Play', exact: true }).waitFor();
  let last: number | undefined;
  let times = 0;
  return sees(page, 'a standing picture', ({ frame, on }) => {
    times = on === 'video' && frame !== undefined && frame === last ? times + 1 : 0;
    last = frame;
    return times >= 4;
  });
}

const within = (a: number | undefined, b: number, ms: number) => a !== undefined && Math.abs(a - b) <= ms;

/** Where the playhead stands, from the address. */
const addressMs = (page: Page) => {
  const at = new URL(page.url()).searchParams.get('at');
  return at === null ? undefined : Date.parse(at);
};

/** A place on the drawn timeline. */
async function placeOf(page: Page, ms: number): Promise<{ x: number; y: number }> {
  const slider = page.getByRole('slider', { name: /^Timeline of/ });
  const box = await slider.boundingBox();
  const [from, to] = await Promise.all(
    ['aria-valuemin', 'aria-valuemax'].map(async (name) => Number(await slider.getAttribute(name)) * 1000),
  );
  assert.ok(box && from !== undefined && to !== undefined);
  return { x: box.x + ((ms - from) / (to - from)) * box.width, y: box.y + box.height * 0.7 };
}

const show = (page: Page, milliseconds: number) =>
  page.getByRole('combobox', { name: 'Time shown' }).selectOption(String(milliseconds));

describe('seeking', () => {
  it('a link to a moment shows exactly its picture, then plays on', async () => {
    const atMs = timeline.recorded[0]!.startMs + 5000;
    const page = await open(atMs);
    const first = await sees(
      page,
      'the linked moment',
      (now) => now.on === 'video' && now.timeMs !== undefined,
    );
    assert.ok((first.timeMs ?? 0) >= atMs - onePictureMs, 'not earlier than the moment');
    await sees(page, 'a second later', ({ timeMs }) => timeMs !== undefined && timeMs > atMs + 1000);
    await page.context().close();
  });

  it('from live, back and on by keys, standing: each time the picture of that moment', async () => {
    const page = await open();
    await page.keyboard.press('Space');
    for (const [key, byMs] of [
      ['ArrowLeft', -10_000],
      ['ArrowUp', 1000],
      ['ArrowDown', -1000],
      ['ArrowDown', -1000],
    ] as const) {
      const wantedMs = ((await stands(page)).timeMs ?? 0) + byMs;
      await page.keyboard.press(key);
      const what = `the picture ${byMs} ms from there`;
      await sees(page, what, (now) => now.on === 'video' && within(now.timeMs, wantedMs, onePictureMs));
    }
    await page.context().close();
  });

  it('one picture on is one picture on, and back again', async () => {
    const page = await open(timeline.recorded[0]!.startMs + 6000);
    await sees(page, 'footage', ({ on }) => on === 'video');
    await page.keyboard.press('Space');
    const start = await stands(page);
    for (const [key, by] of [
      ['.', 1],
      ['.', 2],
      [',', 1],
      [',', 0],
    ] as const) {
      await page.keyboard.press(key);
      const wanted = (start.frame! + by) % 256;
      await sees(page, `picture ${wanted} after ${key}`, ({ frame }) => frame === wanted, 3000);
    }
    await page.context().close();
  });

  it('the dialogue goes to a day and a time of its time zone', async () => {
    const page = await open();
    const atMs = Math.ceil(timeline.recorded[0]!.startMs / 1000) * 1000 + 3000;
    await page.keyboard.press('j');
    const dialog = page.getByRole('dialog', { name: 'Jump to a time' });
    assert.match(await dialog.getByRole('combobox', { name: 'Time zone' }).inputValue(), /Europe\/Berlin/);
    const berlin = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Berlin', day: 'numeric' });
    const today = dialog.getByRole('button', { name: new RegExp(`^${berlin.format(atMs)}: .* recorded`) });
    await today.click();
    const clock = new Date(atMs).toLocaleTimeString('en-GB', { timeZone: 'Europe/Berlin' });
    await dialog.getByRole('textbox', { name: 'Time of day' }).fill(clock);
    await dialog.getByRole('button', { name: 'Go there' }).click();
    await sees(page, clock, (now) => now.on === 'video' && within(now.timeMs, atMs + 500, 700));
    await page.context().close();
  });
});

describe('scrubbing', () => {
  it('pictures follow the pointer; where it rests the sharp one comes; let go, it plays from exactly there', async () => {
    const { startMs, endMs } = timeline.recorded[0]!;
    const page = await open(startMs + 8000);
    await sees(page, 'footage', ({ on }) => on === 'video');
    await page.keyboard.press('Space');
    await show(page, 60_000);
    const from = await placeOf(page, startMs + 2000);
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    const restMs = endMs - 4000;
    for (let step = 1; step <= 12; step++) {
      const { x, y } = await placeOf(page, startMs + 2000 + ((restMs - startMs - 2000) * step) / 12);
      await page.mouse.move(x, y);
      await pause(30);
    }
    const under = (now: Seen) => now.on === 'canvas' && within(now.timeMs, restMs, 1000);
    await sees(page, 'the picture under the pointer', under);
    await page.mouse.up();
    const played = await sees(page, 'the same moment as video', ({ on }) => on === 'video');
    await page.waitForFunction(() => location.search.includes('at='));
    assert.ok(within(addressMs(page), restMs, 1000), 'where the pointer was');
    await stands(page);
    await page.waitForFunction(() => !document.querySelector('[aria-label="Loading"]'));
    const standing = await seen(page);
    assert.ok(
      within(standing.timeMs, addressMs(page) ?? 0, onePictureMs),
      JSON.stringify({ played, standing }),
    );
    await page.context().close();
  });
});

describe('a gap', () => {
  const isGap = /^No recording .+: the camera was switched off$/;

  it('says in words since when and why, to the pointer and to screen readers', async () => {
    const gap = timeline.gaps[0]!;
    const page = await open((gap.startMs + gap.endMs) / 2);
    // The live player's own video is in its shadow tree.
    const under = await page.evaluate(() => {
      const stage = document.querySelector('video')?.parentElement?.parentElement;
      return stage && getComputedStyle(stage).backgroundColor;
    });
    assert.equal(under, 'rgb(0, 0, 0)', 'what the live player says does not show through');
    await show(page, 60_000);
    const { x, y } = await placeOf(page, (gap.startMs + gap.endMs) / 2);
    await page.mouse.move(x, y);
    const card = page.locator('canvas + [role=status]');
    await card.getByText(isGap).waitFor();
    const slider = page.getByRole('slider', { name: /^Timeline of/ });
    assert.match(
      (await slider.getAttribute('aria-valuetext')) ?? '',
      /No recording .+: the camera was switched off/,
    );
    await page
      .getByText(/^In view: 1 gap/)
      .first()
      .click();
    await page.getByRole('button', { name: /^No recording/ }).waitFor();
    await page.context().close();
  });

  it('is passed: the playhead goes on, says why, and does not come back', async () => {
    const gap = timeline.gaps[0]!;
    const page = await open(gap.startMs - 2500);
    await sees(page, 'footage before the gap', ({ on }) => on === 'video');
    await page.getByText(isGap).first().waitFor();
    const after = await sees(
      page,
      'footage after the gap',
      (now) => now.on === 'video' && (now.timeMs ?? 0) >= gap.endMs - onePictureMs,
    );
    let last = after.timeMs ?? 0;
    for (let round = 0; round < 15; round++) {
      await pause(100);
      const { timeMs } = await seen(page);
      if (timeMs === undefined) continue;
      assert.ok(timeMs >= last, 'never back');
      last = timeMs;
    }
    assert.ok(last > gap.endMs + 800, 'it plays on');
    await page.context().close();
  });
});

describe('speed', () => {
  it('four times as fast is four times as fast, and sixteen times shows keyframes', async () => {
    const { startMs } = timeline.recorded[0]!;
    const page = await open(startMs + 1000);
    await sees(page, 'footage', ({ on }) => on === 'video');
    await page.getByRole('combobox', { name: 'Speed' }).selectOption('4');
    const from = await sees(page, 'a picture', ({ timeMs }) => timeMs !== undefined);
    await sees(page, 'six seconds on', ({ timeMs }) => (timeMs ?? 0) > (from.timeMs ?? 0) + 6000, 4000);
    await page.keyboard.press('Shift+ArrowLeft');
    await page.getByRole('combobox', { name: 'Speed' }).selectOption('16');
    await sees(page, 'keyframes', (now) => now.on === 'canvas' && now.timeMs !== undefined);
    await page.context().close();
  });
});

describe('trouble', () => {
  it('a failed read is called that, and is tried again until it works', async () => {
    const page = await open();
    await page.route('**/api/v1/playback/start', (route) => route.abort());
    await page.keyboard.press('ArrowLeft');
    await page.getByText('Playback failed').waitFor();
    assert.equal(
      await page
        .getByText(/No recording/)
        .filter({ visible: true })
        .count(),
      0,
    );
    await page.unroute('**/api/v1/playback/start');
    await sees(page, 'footage', ({ on }) => on === 'video');
    assert.equal(await page.getByText('Playback failed').count(), 0);
    await page.context().close();
  });
});

describe('live and recorded', () => {
  it('are one page: L leads to live, the way back leads to live, too', async () => {
    const page = await open();
    const title = page.getByRole('heading', { name: camera.name });
    const handle = await title.elementHandle();
    await page.keyboard.press('ArrowLeft');
    await sees(page, 'footage', ({ on }) => on === 'video');
    assert.notEqual(addressMs(page), undefined);
    await page.keyboard.press('l');
    await page.waitForFunction(() => !location.search.includes('at='));
    assert.equal((await seen(page)).on, undefined);
    await page.waitForFunction(() => {
      const player = document.querySelector<HTMLElement & { state?: { kind: string } }>('sightline-player');
      return player?.state?.kind === 'playing';
    });
    assert.ok(await handle?.evaluate((element) => element.isConnected), 'the same page');
    await page.keyboard.press('ArrowLeft');
    await sees(page, 'footage', ({ on }) => on === 'video');
    await page.goBack();
    await page.getByRole('button', { name: 'Live', pressed: true }).waitFor();
    await page.context().close();
  });

  it('marks of an export are set by keys, with their length', async () => {
    const page = await open(timeline.recorded[0]!.startMs + 4000);
    await sees(page, 'footage', ({ on }) => on === 'video');
    await page.keyboard.press('Space');
    await stands(page);
    await page.keyboard.press('[');
    const region = page.getByRole('region', { name: 'Export' });
    await region.waitFor();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press(']');
    await pause(500);
    assert.match(await region.innerText(), /\b2 s\b/);
    await page.context().close();
  });
});

describe('an export', () => {
  it('tells its size before it starts, goes on when the page is left, and is a file of that footage', async () => {
    const { startMs } = timeline.recorded[0]!;
    let page = await open(startMs + 4000);
    await sees(page, 'footage', ({ on }) => on === 'video');
    await show(page, 10_000);
    await page.getByRole('button', { name: 'Export', exact: true }).click();
    const region = page.getByRole('region', { name: 'Export' });
    await region.getByText(/about \d.* [kM]B, \d+ s recorded/).waitFor();
    await region.getByRole('button', { name: 'Start export' }).click();
    await page
      .getByText(/^Exports: 1/)
      .first()
      .waitFor();
    await page.context().close();
    page = await open();
    await page
      .getByText(/^Exports: 1/)
      .first()
      .click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: /\.mp4/ }).click(),
    ]);
    const { size } = await stat(await download.path());
    assert.ok(size > 50_000, `${size} bytes`);
    await page.getByRole('button', { name: /^Delete the export/ }).click();
    await page
      .getByText(/^Exports: 1/)
      .first()
      .waitFor({ state: 'detached' });
    await page.context().close();
  });
});

describe('for everybody', () => {
  for (const theme of ['dark', 'light']) {
    it(`has names, roles and contrast, ${theme}`, async () => {
      const page = await open(timeline.recorded[0]!.startMs + 4000, { theme });
      await sees(page, 'footage', ({ on }) => on === 'video');
      await page.getByRole('button', { name: 'Export' }).click();
      await page.evaluate(axe.source);
      const { violations } = await page.evaluate(() =>
        (window as unknown as { axe: typeof axe }).axe.run(document, {
          runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa'],
        }),
      );
      assert.deepEqual(
        violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`),
        [],
      );
      await page.context().close();
    });
  }

  it('on a phone the timeline stands at the foot, nothing is wider than the screen, all can be hit with a finger', async () => {
    const page = await open(undefined, { viewport: phone });
    const section = page.getByRole('region', { name: 'Timeline' });
    const box = await section.boundingBox();
    assert.ok(box && Math.abs(box.y + box.height - phone.height) < 2, JSON.stringify(box));
    const small = await section.evaluate((element) =>
      [...element.querySelectorAll('button, select, input, a')]
        .filter((one) => one.getClientRects().length > 0)
        .map(
          (one) => [one.getAttribute('aria-label') ?? one.textContent, one.getBoundingClientRect()] as const,
        )
        .filter(([, { width, height }]) => Math.min(width, height) < 43.5)
        .map(([name, { width, height }]) => `${name} ${width}×${height}`),
    );
    assert.deepEqual(small, []);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
    const { x, y } = await placeOf(page, timeline.recorded[0]!.startMs + 5000);
    await page.touchscreen.tap(x, y);
    await sees(page, 'footage', ({ on }) => on === 'video');
    await page.context().close();
  });

  it('no script failed on any of these pages', () => assert.deepEqual(errors, []));
});
