/**
 * The page of addresses and commands: what is copied from it is pasted into the program that it names, and works.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import type { Camera } from '../../src/api/contract/cameras.ts';
import { openBrowser } from '../support/browser.ts';
import type { RunningServer } from '../support/server.ts';
import { startServer } from '../support/server.ts';

const run = promisify(execFile);
const withinMs = 30_000;

describe('addresses and commands of a camera', { timeout: 180_000 }, () => {
  let server: RunningServer;
  let browser: Browser;
  let page: Page;
  let folder: string;

  before(async () => {
    [server, browser, folder] = await Promise.all([
      startServer(),
      openBrowser(),
      mkdtemp(join(tmpdir(), 'sightline-ways-')),
    ]);
    const { body } = await server.api<Camera[]>('GET', '/api/v1/cameras');
    const context = await browser.newContext({
      viewport: { width: 390, height: 844 },
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    page = await context.newPage();
    await page.goto(`${server.url}/cameras/${body[0]?.id}`);
    await page.getByRole('link', { name: 'Addresses and commands' }).click();
    await page.getByRole('heading', { name: 'Demo camera: ways to watch' }).waitFor();
  });

  after(async () => {
    await browser?.close();
    await server?.stop();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  async function copied(name: string): Promise<string> {
    const line = page.getByRole('listitem').filter({ has: page.getByText(name, { exact: true }) });
    await line.getByRole('button').click();
    await line.getByRole('button', { name: 'Copied' }).waitFor();
    return page.evaluate(() => navigator.clipboard.readText());
  }

  /** As a person's shell would. */
  async function shell(command: string): Promise<string> {
    const { stdout, stderr } = await run('/bin/sh', ['-c', command], { cwd: folder, timeout: withinMs });
    return stdout + stderr;
  }

  it('fit a phone without sideways scrolling', async () => {
    const [content, window] = await page.evaluate(() => [
      document.documentElement.scrollWidth,
      document.documentElement.clientWidth,
    ]);
    assert.equal(content, window);
  });

  it('FFmpeg records', async () => {
    const command = await copied('FFmpeg: record a minute');
    await shell(`${command.replace('-t 60', '-t 2')} -v error`);
    const frames = await shell(
      'ffprobe -v error -count_frames -select_streams v -show_entries stream=nb_read_frames -of csv=p=0 recording.mp4',
    );
    assert.ok(Number.parseInt(frames, 10) >= 40, `${frames} pictures in two seconds`);
  });

  it('ffplay’s address and options play', async () => {
    const command = await copied('ffplay');
    await shell(`${command.replace('ffplay', 'ffprobe -v error')} -show_entries stream=codec_name`);
  });

  it('GStreamer plays', async () => {
    const command = await copied('GStreamer');
    await shell(command.replace('autovideosink', 'identity eos-after=30 ! fakesink'));
  });

  it('OpenCV reads', async () => {
    const script = await copied('OpenCV (Python)');
    // It would go on for ever.
    const three = script.replace('while True:', 'for _ in range(3):');
    const said = await shell(`/usr/bin/python3 - <<'END'\n${three}\nEND`);
    assert.equal(said.match(/\(720, 1280, 3\)/g)?.length, 3, said);
  });

  it('curl saves the newest picture', async () => {
    await shell(`${await copied('Newest picture')} -sS`);
    const size = await shell(
      'ffprobe -v error -show_entries stream=codec_name,width -of csv=p=0 picture.jpg',
    );
    assert.match(size, /^mjpeg,1280/);
  });

  it('a page with the player’s two lines, and one with the picture, show moving pictures', async () => {
    const lines = [await copied('Player'), await copied('Picture without a player')];
    const own = await browser.newPage();
    // Of this server: other origins are listed in its settings.
    await own.route(`${server.url}/my-page`, (route) =>
      route.fulfill({ contentType: 'text/html', body: `<!doctype html>${lines.join('\n')}` }),
    );
    await own.goto(`${server.url}/my-page`);
    await own.waitForFunction(() => {
      const player = document.querySelector<HTMLElement & { state?: { kind: string } }>('sightline-player');
      return player?.state?.kind === 'playing' && (document.querySelector('img')?.naturalWidth ?? 0) === 640;
    });
    await own.close();
  });

  it('Home Assistant’s and the other addresses answer as what they are called', async () => {
    const kinds: Readonly<Record<string, RegExp>> = {
      'Still image URL': /^image\/jpeg/,
      HLS: /mpegurl/,
      'Motion JPEG': /^multipart\/x-mixed-replace/,
    };
    for (const [name, kind] of Object.entries(kinds)) {
      const answer = await fetch(await copied(name));
      assert.match(answer.headers.get('content-type') ?? '', kind, name);
      await answer.body?.cancel();
    }
    assert.equal(await copied('Stream source URL'), await copied('Address'));
    assert.match(await copied('WebRTC (WHEP)'), /\/whep\/cam_/);
  });
});
