/**
 * The dashboard takes over the cameras of another server's file, and shows what the own configuration file has locked.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import type { Camera } from '../../src/api/contract/cameras.ts';
import { openBrowser, openPage } from '../support/browser.ts';
import type { RunningServer } from '../support/server.ts';
import { startServer } from '../support/server.ts';

const config = 'cameras:\n  - { name: Declared, source: { kind: demo }, enabled: false }\n';
const file = `go2rtc:
  streams:
    porch: ['rtsp://{FRIGATE_RTSP_USER}:{FRIGATE_RTSP_PASSWORD}@10.77.0.1:554/main']
cameras:
  porch:
    ffmpeg:
      inputs:
        - { path: 'rtsp://127.0.0.1:8554/porch', roles: [record] }
  attic:
    ffmpeg:
      inputs:
        - { path: 'rtsp://10.77.0.2/1', roles: [detect] }
  nest:
    ffmpeg:
      inputs:
        - { path: 'exec:nest', roles: [detect] }
`;

let server: RunningServer;
let browser: Browser;
before(async () => {
  [server, browser] = await Promise.all([startServer({ config }), openBrowser()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

async function seriousOf(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => window.axe.run({ resultTypes: ['violations'] }));
  return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id }) => id);
}

const cameras = async (): Promise<Camera[]> => (await server.api<Camera[]>('GET', '/api/v1/cameras')).body;

for (const [device, size] of [
  ['desktop', { width: 1440, height: 900 }],
  ['phone', { width: 390, height: 844 }],
] as const) {
  describe(`on a ${device}`, () => {
    it('a file is looked at, completed, and only what is chosen comes', async () => {
      const { page, errors } = await openPage(browser, server.url, size);
      await page.getByRole('button', { name: 'Add camera' }).first().click();
      await page.getByRole('button', { name: 'Import cameras' }).click();
      await page.getByLabel('Or paste it').fill('port: 80');
      await page.getByRole('button', { name: 'See what is in it' }).click();
      await page.getByRole('alert').getByText('no configuration of go2rtc').waitFor();
      assert.deepEqual(await seriousOf(page), []);
      await page.getByLabel('Or paste it').fill(file);
      await page.getByRole('button', { name: 'See what is in it' }).click();
      await page.getByText('exec: runs a program.').waitFor();
      assert.deepEqual(await seriousOf(page), []);
      await page.getByLabel('FRIGATE_RTSP_USER').fill('op');
      await page.getByLabel('FRIGATE_RTSP_PASSWORD').fill('sesame');
      await page.getByRole('button', { name: 'Fill in' }).click();
      await page.getByLabel('FRIGATE_RTSP_USER').waitFor({ state: 'detached' });
      const attic = page.getByRole('checkbox', { name: /Attic/ });
      if (await attic.isChecked()) await attic.uncheck();
      const porch = page.getByRole('checkbox', { name: /Porch/ });
      if (device === 'phone') {
        assert.ok(await porch.isDisabled(), 'what is here already is not chosen again');
      } else {
        await page.getByRole('button', { name: 'Import 1 camera' }).click();
        await page.getByText('1 camera added.').waitFor();
        await page.getByRole('button', { name: 'Show my cameras' }).click();
        await page.getByText('Porch').first().waitFor();
      }
      const names = (await cameras()).map(({ name }) => name);
      assert.deepEqual(names, ['Declared', 'Porch']);
      assert.ok(!(await page.content()).includes('sesame'));
      assert.deepEqual(errors, []);
      await page.close();
    });

    it('what the configuration file says of a camera is greyed, all else can be changed', async () => {
      const [declared] = await cameras();
      assert.ok(declared);
      const { page } = await openPage(browser, `${server.url}/cameras/${declared.id}`, size);
      await page.getByRole('button', { name: 'Edit' }).first().click();
      await page.getByText('declares this camera').waitFor();
      assert.ok(await page.getByRole('textbox', { name: 'Name' }).isDisabled());
      assert.ok(await page.getByLabel('Switched on').isDisabled());
      await page.getByRole('textbox', { name: 'Place' }).fill(`Hall, ${device}`);
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('declares this camera').waitFor({ state: 'detached' });
      assert.equal((await cameras())[0]?.location, `Hall, ${device}`);
      await page.close();
    });
  });
}

declare global {
  interface Window {
    axe: typeof axe;
  }
}
