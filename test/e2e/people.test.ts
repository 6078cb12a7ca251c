/**
 * A new server as its people meet it: the link that makes the first account, a second person who may see one camera,
 * and what happens to them the moment something is taken away.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import axe from 'axe-core';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { openBrowser } from '../support/browser.ts';
import type { RunningServer } from '../support/server.ts';
import { startServer } from '../support/server.ts';

const desktop = { width: 1440, height: 900 };
const phone = { width: 390, height: 844 };
const adminPassword = 'copper lantern drifts';
const viewerPassword = 'window table green';

let server: RunningServer;
let browser: Browser;
let admin: Page;
let viewer: Page;
const errors: string[] = [];
/** Another place for recordings. */
let disks: string;

before(async () => {
  disks = await mkdtemp(join(tmpdir(), 'sightline-disks-'));
  [server, browser] = await Promise.all([
    startServer({ accounts: true, config: 'https:\n  port: 0\n' }),
    openBrowser(),
  ]);
  [admin, viewer] = await Promise.all([openContext(desktop), openContext(desktop)]);
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await rm(disks, { recursive: true, force: true });
});

async function openContext(viewport: typeof desktop, from?: BrowserContext): Promise<Page> {
  const storageState = from && (await from.storageState());
  const context = await browser.newContext({
    viewport,
    reducedMotion: 'reduce',
    ...(storageState && { storageState }),
  });
  const page = await context.newPage();
  page.on('pageerror', (error) => errors.push(error.message));
  return page;
}

async function plays(page: Page, label: string): Promise<void> {
  await page.waitForFunction(
    (wanted) => {
      const player = document.querySelector<HTMLElement & { screen?: HTMLVideoElement }>(
        `sightline-player[label="${wanted}"]`,
      );
      return (player?.screen?.getVideoPlaybackQuality().totalVideoFrames ?? 0) > 5;
    },
    label,
    { timeout: 25_000 },
  );
}

const setupLink = (): string => /http:\/\/\S+\/setup\?token=\S+/.exec(server.output())?.[0] ?? '';
const pathOf = (page: Page): string => new URL(page.url()).pathname;
const placesOf = (page: Page): Promise<string[]> =>
  page.getByRole('navigation', { name: 'Places' }).first().getByRole('link').allInnerTexts();

async function signIn(page: Page, name: string, password: string): Promise<void> {
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

describe('the first steps', () => {
  it('whatever is opened, a new server asks to be set up, and says how', async () => {
    await admin.goto(`${server.url}/storage`);
    await admin.getByText('Open the link that the server printed').waitFor();
    assert.equal(pathOf(admin), '/setup');
  });

  it('the link makes the administrator, after words about the password', async () => {
    await admin.goto(setupLink());
    await admin.getByLabel('Name').fill('Ada');
    await admin.getByText('At least 12 characters').waitFor();
    await admin.getByLabel('Password', { exact: true }).fill('short');
    await admin.getByText('7 more characters.').waitFor();
    await admin.getByLabel('Password', { exact: true }).fill(adminPassword);
    await admin.getByText('Strong.').waitFor();
    await admin.getByRole('button', { name: 'Make the account' }).click();
    await admin.getByRole('heading', { name: 'Where footage will lie' }).waitFor();
  });

  it('the storage is tried, and said how far it goes', async () => {
    await admin.getByText('Works', { exact: true }).waitFor();
    await admin.getByText(/There is room for/).waitFor();
    await admin.getByText(/of four cameras at 4 Mbit\/s/).waitFor();
  });

  it('another folder is refused in words, or tried and used', async () => {
    const field = admin.getByLabel('Keep recordings in another folder');
    await field.fill('/nowhere/at/all');
    await admin.getByRole('button', { name: 'Test', exact: true }).click();
    await admin.getByText('is no folder that is there').waitFor();
    const disk = join(disks, 'recordings');
    await field.fill(`${disk}/`);
    await admin.getByRole('button', { name: 'Test', exact: true }).click();
    await admin.getByText(disk, { exact: true }).waitFor();
    await admin.getByRole('button', { name: 'Use this folder' }).click();
    await admin.getByRole('button', { name: 'Use this folder' }).waitFor({ state: 'detached' });
    await admin.getByText(disk, { exact: true }).waitFor();
    const paths = await admin.evaluate(async () => {
      const { volumes } = (await (await fetch('/api/v1/storage')).json()) as { volumes: { path: string }[] };
      return volumes.map(({ path }) => path);
    });
    assert.deepEqual(paths, [disk], 'the first one held nothing');
    await admin.getByRole('button', { name: 'Go on' }).click();
  });

  it('other devices are let in over https, with a fingerprint to compare', async () => {
    await admin.getByRole('button', { name: 'Let other devices in' }).click();
    await admin.getByText(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/).waitFor();
    await admin.getByRole('button', { name: 'Go on' }).click();
  });

  it('the demo camera is there when it is chosen, and plays', async () => {
    await admin.getByRole('button', { name: 'Start the demo camera' }).click();
    await admin.getByText('1 of 1 live').waitFor();
    assert.equal(pathOf(admin), '/');
    await plays(admin, 'Demo camera');
  });

  it('the link works once', async () => {
    await viewer.goto(setupLink());
    await viewer.getByRole('heading', { name: 'Sign in' }).waitFor();
  });
});

describe('a second person', () => {
  it('is made by the administrator, with one camera', async () => {
    await addDemoCamera('Gate');
    await admin.keyboard.press('g');
    await admin.keyboard.press('p');
    await admin.getByRole('heading', { name: 'People' }).waitFor();
    await admin.getByRole('button', { name: 'Add a person' }).click();
    await admin.getByLabel('Name').fill('Grace');
    await admin.getByLabel('Password', { exact: true }).fill(viewerPassword);
    await admin.getByRole('checkbox', { name: 'Gate: Live' }).check();
    await admin.getByRole('button', { name: 'Add', exact: true }).click();
    await admin.getByText('Viewer · One camera').waitFor();
  });

  it('a wrong password is called that, and says not which of the two was wrong', async () => {
    await viewer.goto(`${server.url}/people`);
    await signIn(viewer, 'Grace', 'not this one at all');
    assert.equal(await viewer.getByRole('alert').innerText(), 'The name or the password is wrong.');
  });

  it('comes to the page they wanted, and sees only what they may', async () => {
    await viewer.goto(`${server.url}/?x=1`);
    await signIn(viewer, 'Grace', viewerPassword);
    await plays(viewer, 'Gate');
    assert.equal(await viewer.locator('sightline-player').count(), 1);
    assert.equal(await viewer.getByText('Demo camera').count(), 0);
    assert.deepEqual(await placesOf(viewer), ['Cameras', 'Views']);
    assert.equal(await viewer.getByRole('button', { name: 'Add camera' }).count(), 0);
  });

  it('is offered nothing on the camera that they may not do', async () => {
    await viewer.getByRole('link', { name: 'Gate' }).click();
    await viewer.getByRole('heading', { name: 'Gate' }).waitFor();
    await plays(viewer, 'Gate');
    for (const name of ['Edit', 'Recording', 'Delete', 'Export']) {
      assert.equal(await viewer.getByRole('button', { name, exact: true }).count(), 0, name);
    }
  });

  it('an address of a page for others says so, and shows nothing of it', async () => {
    await viewer.goto(`${server.url}/audit`);
    await viewer.getByText(/may not do this|may not see this/).waitFor();
    assert.equal(await viewer.getByText('Ada').count(), 0);
  });
});

describe('what is taken away', () => {
  it('a camera goes from the screen of who may not see it any more', async () => {
    await viewer.goto(server.url);
    await plays(viewer, 'Gate');
    await admin.getByRole('button', { name: 'Edit: Grace' }).click();
    await admin.getByRole('checkbox', { name: 'Gate: Live' }).uncheck();
    await admin.getByRole('button', { name: 'Save' }).click();
    await viewer.getByRole('heading', { name: 'No camera is shared with you yet' }).waitFor();
    assert.equal(await viewer.locator('sightline-player').count(), 0);
  });

  it('and comes back with the right', async () => {
    await admin.getByRole('button', { name: 'Edit: Grace' }).click();
    await admin.getByRole('checkbox', { name: 'Gate: Live' }).check();
    await admin.getByRole('checkbox', { name: 'Gate: Recordings' }).check();
    await admin.getByRole('button', { name: 'Save' }).click();
    await plays(viewer, 'Gate');
  });

  it('an account that is disabled is signed out at once, and comes back to the same page', async () => {
    await viewer.getByRole('link', { name: 'Gate' }).click();
    await viewer.getByRole('heading', { name: 'Gate' }).waitFor();
    const page = pathOf(viewer);
    await setDisabled(true);
    await viewer.getByText('You were signed out.').waitFor();
    assert.equal(await viewer.locator('sightline-player').count(), 0);
    await setDisabled(false);
    await signIn(viewer, 'Grace', viewerPassword);
    await viewer.getByRole('heading', { name: 'Gate' }).waitFor();
    assert.equal(pathOf(viewer), page);
  });

  it('whoever signs out is out, also on the pages seen before', async () => {
    await viewer.goto(`${server.url}/account`);
    await viewer.getByText('This one').waitFor();
    await viewer.getByRole('main').getByRole('button', { name: 'Sign out' }).click();
    await viewer.getByRole('heading', { name: 'Sign in' }).waitFor();
    await viewer.goBack();
    await viewer.getByRole('heading', { name: 'Sign in' }).waitFor();
  });
});

describe('what was done', () => {
  it('stands in the audit log in words', async () => {
    await admin.keyboard.press('g');
    await admin.keyboard.press('a');
    await admin.getByRole('heading', { name: 'Audit' }).waitFor();
    await admin.getByText(/^Grace signed out/).waitFor();
    await admin
      .getByText(/^Grace watched Gate/)
      .first()
      .waitFor();
    await admin
      .getByText(/tried to sign in/)
      .first()
      .waitFor();
  });
});

/** What stands on a page as soon as it is whole. */
const shown: Readonly<Record<string, RegExp>> = {
  '/people': /Viewer · /,
  '/people?tab=keys': /No keys/,
  '/people?tab=devices': /No devices/,
  '/people?tab=links': /No links/,
  '/audit': /wrong name, password or link/,
  '/account': /This one/,
  '/setup': /There is room/,
};

describe('for everybody', () => {
  for (const [device, size] of Object.entries({ desktop, phone })) {
    it(`axe finds nothing serious, and nothing is wider than the screen (${device})`, async () => {
      const page = await openContext(size, admin.context());
      for (const [path, words] of Object.entries(shown)) {
        await page.goto(server.url + path);
        await page.getByText(words).first().waitFor();
        await assertAccessible(page, path);
        await assertFits(page, path);
      }
      await page.goto(`${server.url}/people`);
      await page.getByRole('button', { name: 'Edit: Grace' }).click();
      await page.getByRole('dialog').waitFor();
      await assertAccessible(page, 'a person');
      await assertFits(page, 'a person');
      await page.context().close();
      const outside = await openContext(size);
      await outside.goto(server.url);
      await outside.getByRole('heading', { name: 'Sign in' }).waitFor();
      await assertAccessible(outside, 'sign in');
      await assertFits(outside, 'sign in');
      await outside.context().close();
    });
  }

  it('no script failed on any page', () => assert.deepEqual(errors, []));
});

async function addDemoCamera(name: string): Promise<void> {
  const status = await admin.evaluate(
    async (camera) =>
      (
        await fetch('/api/v1/cameras', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ name: camera, source: { kind: 'demo' } }),
        })
      ).status,
    name,
  );
  assert.equal(status, 201);
}

async function setDisabled(disabled: boolean): Promise<void> {
  await admin.getByRole('button', { name: 'Edit: Grace' }).click();
  const box = admin.getByRole('checkbox', { name: 'Disabled' });
  await (disabled ? box.check() : box.uncheck());
  await admin.getByRole('button', { name: 'Save' }).click();
  await admin.getByRole('dialog').waitFor({ state: 'detached' });
}

async function assertFits(page: Page, where: string): Promise<void> {
  const [content, window] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    document.documentElement.clientWidth,
  ]);
  assert.ok((content ?? 0) <= (window ?? 0), `${where}: ${content} of ${window} pixels`);
}

async function assertAccessible(page: Page, where: string): Promise<void> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => window.axe.run({ resultTypes: ['violations'] }));
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  const found = serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  assert.deepEqual(found, [], where);
}
