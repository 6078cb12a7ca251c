/**
 * Takes the pictures of the tour (docs/tour.md): `node docs/images/take.ts`, or with names of pictures, only those.
 *
 * In:  a built dashboard, Chromium and FFmpeg. A server is started in a folder of its own, on free ports, set up in the
 *      browser as a new one is, and given cameras that show drawings. Takes about six minutes.
 * Out: every page at the width of a desk and of a phone, `name.png` and `name-phone.png` beside this file. Exit code 1
 *      when a page threw an error or a picture failed; the others are taken.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { openBrowser } from '../../test/support/browser.ts';
import { Person, password } from '../../test/support/people.ts';
import type { RunningServer } from '../../test/support/server.ts';
import { startServer } from '../../test/support/server.ts';
import { makeFilms } from './tour/films.ts';
import type { House } from './tour/house.ts';
import { furnish } from './tour/house.ts';
import type { Shot } from './tour/shots.ts';
import { restMs, shots } from './tour/shots.ts';

const run = promisify(execFile);

const sizes = [
  { suffix: '', viewport: { width: 1440, height: 900 }, touch: false },
  { suffix: '-phone', viewport: { width: 390, height: 844 }, touch: true },
] as const;
type Size = (typeof sizes)[number];

const owner = 'Ada';
const wanted = new Set(process.argv.slice(2));
const isWanted = (name: string): boolean => wanted.size === 0 || wanted.has(name);
const failures: string[] = [];

const browser = await openBrowser();
const data = await mkdtemp(join(tmpdir(), 'sightline-'));
const server = await startServer({ accounts: true, data, config: 'https:\n  port: 0\n' });
try {
  await firstSteps(browser, server);
  const films = await makeFilms(browser, server.data);
  const house = await furnish(await Person.signIn(server, owner), films);
  for (const size of sizes) {
    const [inside, outside] = [await openContext(browser, size), await openContext(browser, size)];
    await signIn(inside, server);
    for (const shot of shots.filter(({ name }) => isWanted(name))) {
      await takeShot(shot.isPublic ? outside : inside, shot, house, size);
    }
    await inside.close();
    await outside.close();
  }
} finally {
  await browser.close();
  await server.stop();
  await rm(data, { recursive: true, force: true });
}
for (const failure of failures) process.stderr.write(`${failure}\n`);
process.exitCode = failures.length > 0 ? 1 : 0;

/** The pages that are there once: what a new server asks, taken on the way. */
async function firstSteps(open: Browser, started: RunningServer): Promise<void> {
  const context = await open.newContext({ reducedMotion: 'reduce' });
  const page = await watched(context, 'first steps');
  const link = /\/setup\?token=\S+/.exec(started.output())?.[0] ?? '/setup';
  await page.goto(started.url + link);
  await page.getByLabel('Name').fill(owner);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await inBothSizes(page, 'first-steps');
  await page.getByRole('button', { name: 'Make the account' }).click();
  await page.getByText('Works', { exact: true }).waitFor();
  await inBothSizes(page, 'first-steps-storage');
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByRole('button', { name: 'Let other devices in' }).click();
  await page.getByText(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/).waitFor();
  await inBothSizes(page, 'first-steps-network');
  await page.getByRole('button', { name: 'Go on' }).click();
  await inBothSizes(page, 'first-steps-camera');
  await page.getByRole('button', { name: 'Start the demo camera' }).click();
  await page.getByText('1 of 1 live').waitFor({ timeout: 30_000 });
  await context.close();
}

async function inBothSizes(page: Page, name: string): Promise<void> {
  if (!isWanted(name)) return;
  for (const { suffix, viewport } of sizes) {
    await page.setViewportSize(viewport);
    await page.waitForTimeout(300);
    await save(page, name + suffix);
  }
}

function openContext(open: Browser, { viewport, touch }: Size): Promise<BrowserContext> {
  return open.newContext({ viewport, reducedMotion: 'reduce', hasTouch: touch, isMobile: touch });
}

async function watched(context: BrowserContext, name: string): Promise<Page> {
  const page = await context.newPage();
  page.on('pageerror', (error) => failures.push(`${name}: ${error.message}`));
  return page;
}

async function signIn(context: BrowserContext, { url }: RunningServer): Promise<void> {
  const page = await watched(context, 'sign-in');
  await page.goto(`${url}/sign-in`);
  await page.getByLabel('Name').fill(owner);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText(/of \d+ live/).waitFor();
  await page.close();
}

async function takeShot(context: BrowserContext, shot: Shot, house: House, size: Size): Promise<void> {
  const name = shot.name + size.suffix;
  const page = await watched(context, name);
  try {
    await page.goto(server.url + shot.path(house));
    await page.getByRole('heading').first().waitFor();
    await shot.until?.(page);
    await page.waitForTimeout(restMs);
    await save(page, name);
  } catch (error) {
    failures.push(`${name}: ${String(error)}`);
  } finally {
    await page.close();
  }
}

/** With 256 colours, which drawings and words are content with: a third of the bytes. */
async function save(page: Page, name: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'sightline-picture-'));
  const raw = join(folder, 'raw.png');
  await page.screenshot({ path: raw });
  const colours = 'split[a][b];[a]palettegen=stats_mode=full[p];[b][p]paletteuse=dither=bayer:bayer_scale=4';
  const words = ['-v', 'error', '-i', raw, '-vf', colours, '-compression_level', '9', '-y'];
  await run('ffmpeg', [...words, join(import.meta.dirname, `${name}.png`)]);
  await rm(folder, { recursive: true });
  process.stdout.write(`${name}\n`);
}
