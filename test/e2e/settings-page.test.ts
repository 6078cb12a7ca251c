/**
 * The page of settings as people use it: two administrators at one time, mistakes, what would interrupt viewers, a
 * camera with a value of its own, a viewer, a phone.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import axe from 'axe-core';
import type { Browser, Locator, Page } from 'playwright-core';
import type { Camera } from '../../src/api/contract/cameras.ts';
import { openBrowser } from '../support/browser.ts';
import { Person, password } from '../support/people.ts';
import type { RunningServer } from '../support/server.ts';
import { startServer } from '../support/server.ts';

const desktop = { width: 1440, height: 900 };
const phone = { width: 390, height: 844 };

let server: RunningServer;
let browser: Browser;
let demo: Camera;
let ada: Page;
let bea: Page;
const errors: string[] = [];

before(async () => {
  server = await startServer({ accounts: true, rtspPort: null, config: 'https:\n  port: 0\n' });
  browser = await openBrowser();
  const admin = await Person.firstAdministrator(server, 'ada');
  const all = { every: ['live', 'settings'], cameras: {} };
  for (const [name, role] of [
    ['bea', 'admin'],
    ['vic', 'viewer'],
  ] as const) {
    await admin.must(201, 'POST', '/api/v1/users', { name, password, role, grants: all });
  }
  demo = await admin.must(201, 'POST', '/api/v1/cameras', { name: 'Yard', source: { kind: 'demo' } });
  [ada, bea] = await Promise.all([open('ada'), open('bea')]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

async function open(name: string, viewport = desktop): Promise<Page> {
  const context = await browser.newContext({ viewport, reducedMotion: 'reduce' });
  const page = await context.newPage();
  page.on('pageerror', (error) => errors.push(error.message));
  const signedIn = await context.request.post(`${server.url}/api/v1/session`, {
    data: { name, password },
    headers: { origin: server.url },
  });
  assert.equal(signedIn.status(), 200);
  await page.goto(`${server.url}/settings`);
  await page.getByRole('heading', { name: 'Settings', exact: true }).waitFor();
  return page;
}

const row = (page: Page, key: string): Locator => page.locator(`[data-setting="${key}"]`);
const field = (page: Page, key: string): Locator => page.locator(`#${key}`);
const facts = (page: Page): Locator => page.getByRole('region', { name: 'How this server is reached' });
const save = (page: Page): Locator => page.getByRole('button', { name: 'Save', exact: true });

/** What stands in the field of `key`, once it is `value`. */
async function shows(page: Page, key: string, value: string): Promise<void> {
  await page.waitForFunction(
    ([id, wanted]) => document.querySelector<HTMLInputElement>(`#${id}`)?.value === wanted,
    [key, value] as const,
  );
}

describe('two people', () => {
  it('see what the other one changed, at once, and who it was', async (t: TestContext) => {
    await field(ada, 'healthMaxDrops').fill('42');
    const sentMs = Date.now();
    await save(ada).click();
    await shows(bea, 'healthMaxDrops', '42');
    t.diagnostic(`a change was seen in the other browser ${Date.now() - sentMs} ms after “Save”`);
    await row(bea, 'healthMaxDrops')
      .getByText(/Changed by ada on/)
      .waitFor();
    await row(bea, 'healthMaxDrops').getByRole('button', { name: 'Back to the default (100)' }).click();
    await shows(ada, 'healthMaxDrops', '100');
  });

  it('do not overwrite each other without having seen it', async () => {
    await field(bea, 'logLevel').selectOption('debug');
    await field(ada, 'logLevel').selectOption('warn');
    await save(ada).click();
    await row(bea, 'logLevel').getByText('ada changed it meanwhile to warn.').waitFor();
    assert.ok(await save(bea).isDisabled());
    await row(bea, 'logLevel').getByRole('button', { name: 'keep mine' }).click();
    await save(bea).click();
    await shows(ada, 'logLevel', 'debug');
  });
});

describe('a mistake', () => {
  it('is told beside the field with what is allowed, before anything is sent', async () => {
    await field(ada, 'rtspPort').fill('70000');
    await row(ada, 'rtspPort').getByRole('alert').getByText('A whole number, 0 to 65535.').waitFor();
    assert.ok(await save(ada).isDisabled());
    await ada.getByRole('button', { name: 'Discard' }).click();
    await shows(ada, 'rtspPort', '8554');
  });

  it('that only the server knows is told there, too, and nothing is saved', async () => {
    await field(ada, 'streamResolution').fill('huge');
    await field(ada, 'healthMaxErrors').fill('11');
    await save(ada).click();
    await row(ada, 'streamResolution')
      .getByText(/must be `source` or width and height/)
      .waitFor();
    await ada.getByText('Nothing was saved: one setting is wrong, see above.').waitFor();
    await shows(bea, 'healthMaxErrors', '10');
    await ada.getByRole('button', { name: 'Discard' }).click();
  });
});

describe('a change that viewers notice', () => {
  it('is asked about first', async () => {
    await field(ada, 'rtspEnabled').click();
    await save(ada).click();
    const dialog = ada.getByRole('dialog');
    await dialog.getByText('Switching it off ends everybody who watches or sends over RTSP.').waitFor();
    await dialog.getByRole('button', { name: 'Not now' }).click();
    assert.equal(await field(bea, 'rtspEnabled').getAttribute('aria-checked'), 'true');
    await save(ada).click();
    await dialog.getByRole('button', { name: 'Save anyway' }).click();
    await bea.waitForFunction(
      () => document.querySelector('#rtspEnabled')?.getAttribute('aria-checked') === 'false',
    );
  });
});

describe('a list', () => {
  it('of servers is made entry by entry', async () => {
    const servers = row(ada, 'webrtcIceServers');
    await servers.getByRole('button', { name: 'Add one' }).click();
    await servers.getByLabel(/^urls/).fill('stun:stun.example:3478');
    await save(ada).click();
    await ada.getByText('One change is not saved').waitFor({ state: 'detached' });
    const config = await ada.request.get(`${server.url}/api/webrtc/config`);
    assert.deepEqual(await config.json(), { iceServers: [{ urls: ['stun:stun.example:3478'] }] });
  });

  it('of lines lets a new line be begun', async () => {
    await field(ada, 'embedOrigins').pressSequentially('http://a.example\nhttp://b.example\n');
    await save(ada).click();
    await shows(bea, 'embedOrigins', 'http://a.example\nhttp://b.example');
  });
});

describe('what cannot be changed here', () => {
  it('is locked, and says where it is set', async () => {
    const locked = row(ada, 'networkAllow');
    await locked.getByText(/Set by \S+sightline\.yaml:\d+:\d+: change it there/).waitFor();
    assert.ok(await field(ada, 'networkAllow').isDisabled());
  });

  it('is not shown at all to a viewer when it is about the system; the rest is for reading', async () => {
    const vic = await open('vic');
    const keys = await vic
      .locator('[data-setting]')
      .evaluateAll((rows) =>
        rows.map((one) => (one instanceof HTMLElement ? one.dataset['setting'] : undefined)),
      );
    assert.ok(keys.includes('rtspPort'));
    assert.ok(
      !keys.some((key) => /^(?:log|storage|network|health|clips|exports)/.test(key ?? '')),
      keys.join(),
    );
    assert.equal(await vic.locator('[data-setting] :is(input, select, textarea):enabled').count(), 0);
    await vic.context().close();
  });
});

describe('one camera', () => {
  it('has values of its own, and goes back to those of the server', async () => {
    await ada.getByLabel('Settings of').selectOption({ label: demo.name });
    await ada.getByText('What is not set here is as the server has it.').waitFor();
    await field(ada, 'streamBitrate').fill('1500');
    await save(ada).click();
    await row(ada, 'streamBitrate').getByText('Own value').waitFor();
    await shows(bea, 'streamBitrate', '0');
    await row(ada, 'streamBitrate').getByRole('button', { name: 'As the server (0 kbit/s)' }).click();
    await shows(ada, 'streamBitrate', '0');
    await ada.getByLabel('Settings of').selectOption({ label: 'The whole server' });
  });

  it('has a way there from where it is edited', async () => {
    await ada.goto(`${server.url}/cameras/${demo.id}`);
    await ada.getByRole('button', { name: 'Edit', exact: true }).click();
    await ada.getByRole('link', { name: 'All settings of this camera' }).click();
    await ada.getByText('What is not set here is as the server has it.').waitFor();
    assert.equal(await ada.getByLabel('Settings of').inputValue(), demo.id);
    await ada.goto(`${server.url}/settings`);
  });
});

describe('how the server is reached', () => {
  it('stands below the settings of the network, and follows them', async () => {
    await facts(ada)
      .getByText(/^Only this machine comes in/)
      .waitFor();
    await field(bea, 'httpsEnabled').click();
    await save(bea).click();
    await facts(ada).getByText('Certificate made by this server').waitFor();
    await facts(ada)
      .getByText(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/)
      .waitFor();
    await facts(ada)
      .getByText(/over https on port \d+|over https, on port \d+|listens for others on port \d+/)
      .waitFor();
  });

  it('is told to nobody who may not know', async () => {
    const vic = await open('vic');
    await row(vic, 'rtspPort').waitFor();
    assert.equal(await facts(vic).count(), 0);
    await vic.context().close();
  });
});

describe('the page', () => {
  it('finds a setting by its words', async () => {
    await ada.getByRole('searchbox').fill('keyframe length');
    await row(ada, 'hlsSegmentMs').waitFor();
    assert.equal(await ada.locator('[data-setting]').count(), 1);
    await ada.getByRole('searchbox').fill('');
  });

  it('has nothing serious that axe finds, and no width to scroll, on a desk and on a phone', async () => {
    const small = await open('bea', phone);
    for (const page of [ada, small]) {
      await page.evaluate(axe.source);
      const { violations } = await page.evaluate(() => window.axe.run({ resultTypes: ['violations'] }));
      const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
      const found = serious.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
      assert.deepEqual(found, []);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(wide <= 0, `${wide} pixels too wide`);
    }
    assert.deepEqual(errors, []);
  });
});
