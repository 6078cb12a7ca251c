/**
 * The pages of the server's health and of what happened, in a browser: a camera whose file goes away becomes a finding
 * and a line, both without a reload; when it is back, so is all well.
 */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import type { Camera } from '../../src/api/contract/cameras.ts';
import type { HistoryPage } from '../../src/api/contract/history.ts';
import type { SystemHealth } from '../../src/api/contract/system-health.ts';
import { openBrowser } from '../support/browser.ts';
import { Person, password } from '../support/people.ts';
import type { RunningServer } from '../support/server.ts';
import { startServer } from '../support/server.ts';
import { makeFilm } from './support/foreign.ts';
import { childrenOf } from './support/processes.ts';
import { until } from './support/until.ts';

const desktop = { width: 1440, height: 900 };
const phone = { width: 390, height: 844 };
/** A camera is called away after 15 s, and the server looks every 5 s. */
const findingMs = 45_000;

let data: string;
let server: RunningServer;
let browser: Browser;
let ada: Person;
let system: Page;
let events: Page;
let yard: Camera;
let film: string;
const errors: string[] = [];

before(async () => {
  data = await mkdtemp(join(tmpdir(), 'sightline-test-'));
  await mkdir(join(data, 'media'));
  film = join(data, 'media', 'film.mp4');
  await makeFilm(film, 6);
  server = await startServer({ data, accounts: true, config: `media: ${join(data, 'media')}\n` });
  browser = await openBrowser();
  ada = await Person.firstAdministrator(server, 'ada');
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await rm(data, { recursive: true, force: true });
});

async function open(name: string, path: string, viewport = desktop): Promise<Page> {
  const context = await browser.newContext({ viewport, reducedMotion: 'reduce' });
  const page = await context.newPage();
  page.on('pageerror', (error) => errors.push(error.message));
  const signedIn = await context.request.post(`${server.url}/api/v1/session`, {
    data: { name, password },
    headers: { origin: server.url },
  });
  assert.equal(signedIn.status(), 200);
  await page.goto(server.url + path);
  return page;
}

const health = () => ada.must<SystemHealth>(200, 'GET', '/api/v1/system/health');
const history = async () => (await ada.must<HistoryPage>(200, 'GET', '/api/v1/history')).items;
const state = async () => (await ada.must<Camera>(200, 'GET', `/api/v1/cameras/${yard.id}`)).status.state;

async function complaintsOf(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => window.axe.run({ resultTypes: ['violations'] }));
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  return serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

describe('a server where nothing has happened', () => {
  it('says so, and teaches what will stand there', async () => {
    events = await open('ada', '/events');
    await events.getByRole('heading', { name: 'Nothing has happened yet' }).waitFor();
    system = await open('ada', '/system');
    await system.getByRole('region', { name: 'Findings' }).waitFor();
    await system.getByText('There is no camera yet.').waitFor();
  });
});

describe('a camera that works', () => {
  it('comes into the table of the system page by itself, with what it sends', async () => {
    const recording = { mode: 'continuous' };
    const source = { kind: 'file', path: 'film.mp4' };
    yard = await ada.must(201, 'POST', '/api/v1/cameras', {
      name: 'Yard',
      source,
      start: 'always',
      recording,
    });
    const row = system.getByRole('row', { name: /Yard/ });
    await row.getByText('Live').waitFor();
    await row.getByText(/bit\/s/).waitFor();
    await system.getByText('1 of 1', { exact: true }).waitFor();
  });

  it('figures move on without a question from the page', async () => {
    const foot = system.getByText(/a look each 5 s takes/);
    const charts = system.getByRole('img', { name: /^Now: Machine/ });
    await charts.first().waitFor({ timeout: 20_000 });
    const asked: string[] = [];
    system.on('request', (request) => asked.push(request.url()));
    const before = (await health()).status.atMs;
    await until('the server looked again', async () => (await health()).status.atMs > before);
    const label = await charts.nth(1).getAttribute('aria-label');
    assert.match(label ?? '', /^Now: Machine [\d.]+ [MG]B, Server [\d.]+ MB$/);
    assert.ok(!asked.some((url) => url.includes('history=true')), asked.join());
    await foot.waitFor();
  });

  it('is told of by others: a trigger stands in the list, with its picture, and leads to the moment', async () => {
    const trigger = { label: 'Door bell', kind: 'bell' };
    await until('footage', async () => (await state()) === 'live');
    await new Promise((wake) => setTimeout(wake, 2500));
    await ada.must(200, 'POST', `/api/v1/cameras/${yard.id}/trigger`, trigger);
    const line = events.getByRole('link', { name: /Door bell/ });
    await line.waitFor({ timeout: 30_000 });
    await line.locator('img').evaluate(
      (image: HTMLImageElement) =>
        new Promise<void>((resolve, reject) => {
          if (image.complete && image.naturalWidth > 0) resolve();
          image.onload = () => resolve();
          image.onerror = () => reject(new Error('no picture'));
        }),
    );
    const href = await line.getAttribute('href');
    assert.match(href ?? '', new RegExp(`^/cameras/${yard.id}\\?at=`));
  });
});

describe('a camera whose file goes away', () => {
  it('becomes a finding with what to do and where to look, while the page is open', async () => {
    await rename(film, `${film}.away`);
    for (const program of ['processing/worker/main.ts', 'sources/file/program.ts']) {
      for (const pid of childrenOf(server.pid, program)) process.kill(pid, 'SIGKILL');
    }
    await until('it is away', async () => ['offline', 'error'].includes(await state()));
    const finding = system.getByRole('listitem').filter({ hasText: /Yard (is offline|cannot be shown)/ });
    await finding.waitFor({ timeout: findingMs });
    await finding.getByText(/since \d\d:\d\d/).waitFor();
    await finding.getByText(/Check its power/).waitFor();
    assert.equal(await finding.getByRole('link').getAttribute('href'), `/cameras/${yard.id}`);
    const { status } = await health();
    const media = status.workers.find(({ kind }) => kind === 'media');
    assert.ok((media?.restarts ?? 0) >= 1, 'the worker that was killed is counted');
  });

  it('is a line among the events, while that page is open', async () => {
    await events.getByText(/No recording since then/).waitFor({ timeout: 30_000 });
    const [gap] = (await history()).filter(({ kind }) => kind === 'gap');
    assert.ok(gap?.kind === 'gap');
    assert.deepEqual([gap.cause, gap.endMs], ['camera-offline', null]);
  });

  it('that is back: the finding goes, and the line says how long it was', async () => {
    await rename(`${film}.away`, film);
    await until('it is live', async () => (await state()) === 'live', 60_000);
    const finding = system.getByRole('region', { name: 'Findings' }).getByText('Yard');
    await finding.waitFor({ state: 'detached', timeout: findingMs });
    await events.getByText(/No recording since then/).waitFor({ state: 'detached', timeout: 30_000 });
    const over = events.getByText(/No recording for \d+ (s|min): the camera was offline/);
    await over.first().waitFor();
  });
});

describe('the list', () => {
  it('is filtered by what happened, in the address too', async () => {
    await events.getByLabel('What').selectOption('event');
    await events.getByText('Door bell').waitFor();
    await events.getByText(/No recording/).waitFor({ state: 'detached' });
    assert.equal(new URL(events.url()).search, '?kind=event');
    await events.getByLabel('Day').fill('2020-02-29');
    await events.getByText('Nothing of this kind happened then.').waitFor();
    await events.getByRole('link', { name: 'Show everything' }).click();
    await events.getByText('Door bell').waitFor();
  });

  it('is reached by keys', async () => {
    await events.keyboard.press('g');
    await events.keyboard.press('y');
    await events.getByRole('heading', { name: 'System', exact: true }).waitFor();
    await events.keyboard.press('g');
    await events.keyboard.press('e');
    await events.getByRole('heading', { name: 'Events', exact: true }).waitFor();
  });
});

describe('somebody who may see less', () => {
  it('has neither place nor page of the system, and no event of a camera that they may only watch live', async () => {
    const grants = { every: ['live'], cameras: {} };
    await ada.must(201, 'POST', '/api/v1/users', { name: 'vic', password, role: 'viewer', grants });
    const vic = await open('vic', '/events');
    await vic.getByRole('heading', { name: 'Nothing to replay' }).waitFor();
    const places = vic.getByRole('navigation', { name: 'Places' }).first().getByRole('link');
    assert.deepEqual(await places.allInnerTexts(), ['Cameras', 'Views']);
    await vic.context().close();
  });
});

describe('both pages', () => {
  it('can be used by everybody, on a phone too, and nothing is wider than it', async () => {
    for (const path of ['/system', '/events']) {
      const page = await open('ada', path, phone);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.getByText(path === '/system' ? 'Over time' : 'Door bell').waitFor();
      assert.deepEqual(await complaintsOf(page), [], path);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= phone.width, `${path} is ${width} wide`);
      await page.context().close();
    }
    assert.deepEqual(errors, []);
  });
});
