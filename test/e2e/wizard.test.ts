/**
 * A camera is found on the network and added, in a real browser: searched for, logged in to, its streams chosen, tested and
 * seen, saved, and live on its page. The device is ours (see test/rigs/onvif-device.ts), its streams are GStreamer's.
 */
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import type { DeviceStreams, Scan } from '../../src/api/contract/camera-scan.ts';
import type { Camera } from '../../src/api/contract/cameras.ts';
import type { GstRtsp } from '../rigs/gstreamer-rtsp.ts';
import { startGstRtsp } from '../rigs/gstreamer-rtsp.ts';
import type { OnvifDevice } from '../rigs/onvif-device.ts';
import { startOnvifDevice } from '../rigs/onvif-device.ts';
import { openBrowser } from '../support/browser.ts';
import type { RunningServer } from '../support/server.ts';
import { startServer } from '../support/server.ts';

const login = { user: 'viewer', password: 'p@ss/w#rd?&%' };
const auth = { kind: 'digest', ...login } as const;
/** Where to keep pictures of each step; none when absent. */
const pictures = process.env['WIZARD_PICTURES'];

let server: RunningServer;
let browser: Browser;
let large: GstRtsp;
let small: GstRtsp;
let device: OnvifDevice;
let old: OnvifDevice;

before(async () => {
  [server, browser] = await Promise.all([startServer(), openBrowser()]);
  large = await startGstRtsp({
    media: { video: 'h264', widthPixels: 1280, heightPixels: 720, gopFrames: 150, bitrateKbps: 2000 },
    auth,
  });
  small = await startGstRtsp({ media: { video: 'h264', widthPixels: 640, heightPixels: 360 }, auth });
  const shape = { codec: 'H264', framesPerSecond: 25 } as const;
  const streams = [
    { ...shape, token: 'Second', width: 640, height: 360, kbps: 512, gopFrames: 25, url: small.url },
    { ...shape, token: 'First', width: 1280, height: 720, kbps: 2048, gopFrames: 150, url: large.url },
  ];
  const name = 'Garden <b>gate</b>';
  device = await startOnvifDevice({ kind: 'modern', name, login, streams, discoveryPort: 3702 });
  old = await startOnvifDevice({
    kind: 'old',
    name: 'Old one',
    login,
    streams,
    skewMs: -7_200_000,
    believes: '192.168.77.5',
    discoveryPort: 3702,
  });
});
after(async () => {
  await Promise.all([browser?.close(), server?.stop(), large?.kill(), small?.kill()]);
  await Promise.all([device?.close(), old?.close()]);
});

async function open(size: { width: number; height: number }): Promise<Page> {
  const page = await browser.newPage({ viewport: size });
  await page.goto(server.url);
  await page.getByRole('button', { name: 'Add camera' }).first().click();
  await page.getByRole('dialog', { name: 'Add camera' }).waitFor();
  return page;
}

async function picture(page: Page, name: string): Promise<void> {
  if (pictures === undefined) return;
  await mkdir(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}-${page.viewportSize()?.width}.png`) });
}

async function plays(page: Page, label: string): Promise<void> {
  await page.waitForFunction(
    (wanted) => {
      const player = document.querySelector<HTMLElement & { screen?: HTMLVideoElement }>(
        `sightline-player[label="${wanted}"]`,
      );
      return (player?.screen?.getVideoPlaybackQuality().totalVideoFrames ?? 0) > 10;
    },
    label,
    { timeout: 25_000 },
  );
}

async function logIn(page: Page, password: string): Promise<void> {
  await page.getByRole('textbox', { name: 'User name of the camera' }).fill(login.user);
  await page.getByRole('textbox', { name: 'Password of the camera' }).fill(password);
  await page.getByRole('button', { name: 'Show its streams' }).click();
}

const ask = async (address: string, password: string) =>
  (
    await server.api<DeviceStreams>('POST', '/api/v1/cameras/scan/streams', {
      address,
      user: login.user,
      password,
    })
  ).body;

describe('a camera on the network', () => {
  for (const size of [
    { width: 390, height: 844 },
    { width: 1440, height: 900 },
  ]) {
    it(`is found, logged in to, seen, added and live (${size.width} px)`, async () => {
      const page = await open(size);
      await page.getByRole('button', { name: /^Search/ }).click();
      const found = page.getByRole('button', { name: /Garden <b>gate<\/b>/ });
      await found.waitFor();
      await picture(page, '1-search');
      const wrongBefore = device.wrongLogins();
      await found.click();
      await picture(page, '2-login');
      await logIn(page, 'wrong');
      await page.getByText('The camera refused the user name or password').first().waitFor();
      assert.equal(device.wrongLogins() - wrongBefore, 1);
      await logIn(page, login.password);
      await page.getByRole('dialog', { name: 'Choose its streams' }).waitFor();
      await page.getByText('Rig & Sons RIG-2000').waitFor();
      const main = page.getByRole('group', { name: 'Main picture' });
      assert.ok(await main.getByRole('radio', { name: /First.*720p/ }).isChecked());
      const tiles = page.getByRole('group', { name: 'Small picture' });
      assert.ok(await tiles.getByRole('radio', { name: /Second.*360p/ }).isChecked());
      await picture(page, '3-streams');
      await page.getByRole('button', { name: 'Test and preview' }).click();
      await page.getByRole('dialog', { name: 'It works' }).waitFor({ timeout: 30_000 });
      await plays(page, 'Preview');
      const words = await page.getByRole('list', { name: 'Findings' }).innerText();
      assert.match(words, /pictures start slowly/);
      assert.match(words, /No sound: recordings will be silent/);
      assert.equal(await page.getByRole('textbox', { name: 'Name' }).inputValue(), 'Garden <b>gate</b>');
      await picture(page, '4-save');
      // One camera of the two is enough, and what is added is no longer offered.
      if (size.width < 1000) return page.close();
      await page.getByRole('button', { name: 'Add camera' }).last().click();
      await page.getByRole('heading', { name: 'Garden <b>gate</b>' }).waitFor();
      await plays(page, 'Garden <b>gate</b>');
      await picture(page, '5-camera');
      const [added] = (await server.api<Camera[]>('GET', '/api/v1/cameras')).body.filter(
        (camera) => camera.name === 'Garden <b>gate</b>',
      );
      assert.ok(added?.sub, 'the small picture came along');
      assert.equal(added.location, 'Test bench');
      assert.doesNotMatch(JSON.stringify(added), /p@ss|p%40ss/);
      await page.close();
    });
  }

  it('that is there already is said to be', async () => {
    const { body } = await server.api<Scan>('GET', '/api/v1/cameras/scan');
    assert.ok(body.devices.length >= 2);
    assert.ok(body.devices.every(({ alreadyAdded }) => alreadyAdded !== null));
  });
});

describe('a device that is asked', () => {
  it('and is wrong about its address and its time is read all the same, and it is told', async () => {
    const told = await ask(`127.0.0.1:${old.port}`, login.password);
    assert.ok(told.ok, JSON.stringify(told));
    assert.match(
      told.notes.join(' '),
      /calls itself 192\.168\.77\.5 but answers at 127\.0\.0\.1.*2 hours behind/,
    );
    assert.ok(told.streams.every(({ url }) => url.startsWith('rtsp://127.0.0.1:')));
    assert.doesNotMatch(JSON.stringify(told), /p@ss|p%40ss/);
    assert.equal(old.wrongLogins(), 0);
  });

  it('and knows no ONVIF is tried at well-known addresses', async () => {
    const told = await ask(`127.0.0.1:${large.port}`, login.password);
    assert.ok(told.ok, JSON.stringify(told));
    assert.equal(told.way, 'rtsp');
    assert.deepEqual(
      told.streams.map(({ url, codec }) => [url, codec]),
      [[large.url, 'h264']],
    );
    const refused = await ask(`127.0.0.1:${large.port}`, 'wrong');
    assert.equal(!refused.ok && refused.fault, 'wrong-password');
  });

  it('at a forbidden address is left alone', async () => {
    for (const address of ['169.254.169.254', '[::1]:80', `127.0.0.1:${new URL(server.url).port}`]) {
      const told = await ask(address, 'x');
      assert.equal(!told.ok && told.fault, 'forbidden-address', address);
    }
  });
});
