/**
 * A shared view of four cameras, opened by somebody who may see two of them, and replay one. Another browser changes
 * something: it is seen here at once.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import type { User } from '../../src/api/contract/accounts.ts';
import type { Camera } from '../../src/api/contract/cameras.ts';
import type { SavedView } from '../../src/api/contract/views.ts';
import { openBrowser } from '../support/browser.ts';
import { Person, password } from '../support/people.ts';
import type { RunningServer } from '../support/server.ts';
import { startServer } from '../support/server.ts';
import { tilesOf } from './support/house.ts';
import { until } from './support/until.ts';

let server: RunningServer;
let browser: Browser;
let admin: Person;
let cameras: Camera[];
let vera: User;
let view: SavedView;
let page: Page;
/** Addresses that the page asked for. */
const asked: string[] = [];

before(async () => {
  [server, browser] = await Promise.all([
    startServer({ accounts: true, config: 'https:\n  port: 0\n' }),
    openBrowser(),
  ]);
  admin = await Person.firstAdministrator(server);
  cameras = [];
  for (const name of ['Door', 'Yard', 'Safe', 'Vault']) {
    const camera = { name, source: { kind: 'demo' } };
    cameras.push(await admin.must<Camera>(201, 'POST', '/api/v1/cameras', camera));
  }
  vera = await admin.must<User>(201, 'POST', '/api/v1/users', { name: 'vera', password, role: 'viewer' });
  await grant({ 0: ['live', 'playback'], 1: ['live'] });
  const wall = { name: 'Wall', shared: true, tiles: tilesOf(cameras, 2) };
  view = await admin.must<SavedView>(201, 'POST', '/api/v1/views', wall);
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.on('request', (request) => asked.push(`${request.url()} ${request.postData() ?? ''}`));
  await page.goto(`${server.url}/sign-in`);
  await page.getByLabel('Name').fill('vera');
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL((url) => url.pathname !== '/sign-in');
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** What vera may do from now on: rights by number of the camera. */
async function grant(rights: Readonly<Record<number, readonly string[]>>): Promise<void> {
  const ofCameras = Object.entries(rights).map(([at, held]) => [cameras[Number(at)]?.id, held]);
  const grants = { every: [], cameras: Object.fromEntries(ofCameras) as unknown };
  await admin.must(200, 'PATCH', `/api/v1/users/${vera.id}`, { grants });
}

const tilesSeen = () => page.locator('[data-tile] h2').allInnerTexts();

describe('a shared view, for who may see two of its four cameras', () => {
  it('shows these two, and says nothing of the others', async () => {
    await page.goto(`${server.url}/views/${view.id}`);
    await until(
      'two tiles are seen',
      async () => (await tilesSeen()).join() === 'Door,Yard',
      15_000,
      tilesSeen,
    );
    const content = await page.content();
    for (const word of ['Safe', 'Vault', cameras[2]!.id, cameras[3]!.id])
      assert.equal(content.includes(word), false, word);
  });

  it('says of a camera that only live may be seen that its past may not, and asks for none', async () => {
    asked.length = 0;
    const at = new Date(Date.now() - 60_000).toISOString();
    await page.goto(`${server.url}/views/${view.id}?at=${encodeURIComponent(at)}`);
    const yard = page.locator('[data-tile="1"]');
    await yard.getByText('You may not see recordings of this camera.').waitFor({ timeout: 15_000 });
    await page.locator('[data-tile="0"]').getByText('Nothing was recorded').first().waitFor();
    const ofPast = asked.filter((one) => /playback|timeline|frame\.jpg|thumbs/.test(one));
    assert.ok(ofPast.some((one) => one.includes(String(cameras[0]?.id))));
    assert.deepEqual(
      ofPast.filter((one) => one.includes(String(cameras[1]?.id))),
      [],
    );
    await page.goto(`${server.url}/views/${view.id}`);
  });

  it('is seen under another name as soon as it has one, without being asked for', async () => {
    await page.getByRole('heading', { name: 'Wall' }).waitFor();
    await admin.must(200, 'PATCH', `/api/v1/views/${view.id}`, { name: 'Long wall' });
    // Less than any time after which a page asks by itself.
    await page.getByRole('heading', { name: 'Long wall' }).waitFor({ timeout: 5000 });
  });

  it('loses a tile with the right to see its camera, and says so when none is left', async () => {
    await grant({ 0: ['live'] });
    await until('one tile is left', async () => (await tilesSeen()).join() === 'Door', 10_000, tilesSeen);
    await grant({});
    await until('no tile is left', async () => (await tilesSeen()).length === 0, 10_000, tilesSeen);
    await page.getByText('You may see none of the cameras of this view').waitFor();
  });
});
