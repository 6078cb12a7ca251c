/**
 * Single pictures as people use them: an `<img>` in a browser, OpenCV, FFmpeg, a snapshot; with the real media worker.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import type { Camera } from '../../src/api/contract/cameras.ts';
import type { DefaultCameraStatus } from '../../src/api/contract/default-camera.ts';
import { decode, timeShown } from '../../src/processing/encoded.testing.ts';
import { openBrowser, openPage } from '../support/browser.ts';
import { prepareMeter } from '../support/clock-meter.ts';
import type { RunningServer } from '../support/server.ts';
import { startServer } from '../support/server.ts';

const run = promisify(execFile);

describe('pictures of the demo camera', { timeout: 120_000 }, () => {
  let server: RunningServer;
  let demo: Camera;
  before(async () => {
    server = await startServer();
    const { body } = await server.api<Camera[]>('GET', '/api/v1/cameras');
    assert.ok(body[0]);
    [demo] = body;
  });
  after(() => server?.stop());

  describe('in a browser', () => {
    let browser: Browser;
    before(async () => {
      browser = await openBrowser();
    });
    after(() => browser?.close());

    it('move in an <img>, also after the media worker was killed', async () => {
      const { page, errors } = await openPage(browser, 'about:blank');
      await prepareMeter(page);
      await page.goto(`${server.url}/cameras`);
      await showImage(page, `${server.url}/live/stream?width=640&fps=20`);
      const first = await readTimes(page, 10);
      assert.deepEqual(
        first,
        first.toSorted((a, b) => a - b),
      );
      const agesMs = await readAges(page, 10);
      assert.ok(Math.min(...agesMs) < 1000, `a picture is ${Math.min(...agesMs)} ms old when it is seen`);

      process.kill(mediaWorkerOf(server.pid), 'SIGKILL');
      await sleep(500);
      const next = await readTimes(page, 10);
      assert.ok(next[0]! > first.at(-1)!);
      assert.deepEqual(errors, []);
      await page.close();
    });

    it('are made once for two viewers, who are counted, and no longer than they stay', async () => {
      const { page } = await openPage(browser, `${server.url}/cameras`);
      await showImage(page, `${server.url}/live/stream?width=320&fps=5`);
      await showImage(page, `${server.url}/live/${demo.id}/stream?width=320&fps=5`);
      await server.waitFor(
        demo.id,
        'watched by two',
        (camera) => camera.status.stats.viewersByOutput.mjpeg === 2,
      );
      await page.close();
      await server.waitFor(demo.id, 'watched by nobody', (camera) => camera.status.stats.viewers === 0);
    });
  });

  it('are read by OpenCV', async () => {
    const program = [
      'import cv2',
      `video = cv2.VideoCapture("${server.url}/live/stream?width=480&fps=25")`,
      'count = 0',
      'for _ in range(20):',
      '    ok, picture = video.read()',
      '    count += ok',
      'print(count, picture.shape)',
    ].join('\n');
    const { stdout } = await run('/usr/bin/python3', ['-c', program], { timeout: 60_000 });
    assert.equal(stdout.trim(), '20 (270, 480, 3)');
  });

  it('are read by FFmpeg', async () => {
    const address = `${server.url}/live/${demo.id}/stream?fps=25`;
    const counting = [
      '-count_frames',
      '-read_intervals',
      '%+#10',
      '-show_entries',
      'stream=codec_name,width,height,nb_read_frames',
    ];
    const { stdout } = await run('ffprobe', ['-v', 'error', ...counting, '-of', 'csv=p=0', address], {
      timeout: 60_000,
    });
    assert.match(stdout, /^mjpeg,1280,720,\d+/);
  });

  it('show in a snapshot what the camera saw at the time it is said to have', async () => {
    const took = await fetch(`${server.url}${demo.links.snapshot}?width=1280&quality=90`);
    assert.equal(took.status, 200);
    const captureMs = Date.parse(took.headers.get('x-capture-time') ?? '');
    const shown = timeShown(decode(new Uint8Array(await took.arrayBuffer())));
    assert.equal(shown, captureMs);
    // A keyframe comes every two seconds.
    assert.ok(Date.now() - captureMs < 10_000);
    const etag = took.headers.get('etag') ?? '';
    assert.match(etag, /^".+"$/);
  });

  it('stop with the default camera and start with it', async () => {
    const stream = await fetch(`${server.url}/live/stream?width=320`);
    assert.equal(stream.status, 200);
    const stopped = await server.api<DefaultCameraStatus>('POST', '/live/stop');
    assert.deepEqual([stopped.status, stopped.body.state], [200, 'disabled']);
    await assert.doesNotReject(stream.arrayBuffer(), 'the answer ends');
    assert.equal((await fetch(`${server.url}/live/stream`)).status, 503);
    assert.equal((await server.api('POST', '/live/start')).status, 200);
    const again = await fetch(`${server.url}/live/stream?width=320`);
    assert.equal(again.status, 200);
    await again.body?.cancel();
    const { body } = await server.api<DefaultCameraStatus>('GET', '/camera/status');
    assert.deepEqual(
      [body.enabled, body.streaming, body.resolution],
      [true, true, { width: 1280, height: 720 }],
    );
  });

  it('of a camera that is away say why, and show the last there was when asked to', async () => {
    const camera = await server.addCamera({
      name: 'Away',
      source: { kind: 'rtsp', url: 'rtsp://127.0.0.1:9/none' },
    });
    const refused = await server.api<{ code: string; detail: string; sinceMs: number }>(
      'GET',
      camera.links.snapshot,
    );
    assert.deepEqual([refused.status, refused.body.code], [503, 'camera-offline']);
    assert.ok(refused.body.detail.length > 10 && refused.body.sinceMs > 0);
    assert.equal((await server.api('GET', `${camera.links.snapshot}?stale=allow`)).status, 503);

    // The same camera shows the demo for a while, and goes away again.
    await server.api('PATCH', `/api/v1/cameras/${camera.id}`, { source: { kind: 'demo' } });
    assert.equal((await fetch(server.url + camera.links.snapshot)).status, 200);
    await server.api('PATCH', `/api/v1/cameras/${camera.id}`, { source: camera.source, start: 'always' });
    await server.waitFor(camera.id, 'offline', ({ status }) => status.state === 'offline');
    const last = await fetch(`${server.url}${camera.links.snapshot}?stale=allow`);
    assert.deepEqual([last.status, last.headers.get('x-stale')], [200, 'true']);
    assert.ok(
      timeShown(decode(new Uint8Array(await last.arrayBuffer()))) ===
        Date.parse(last.headers.get('x-capture-time') ?? ''),
    );
  });
});

async function showImage(page: Page, address: string): Promise<void> {
  await page.evaluate(async (src) => {
    const image = document.createElement('img');
    image.src = src;
    document.body.append(image);
    while (image.naturalWidth === 0) await new Promise((wake) => setTimeout(wake, 20));
  }, address);
}

/** Capture times of so many different pictures that the image shows, in the order of showing. */
async function readTimes(page: Page, count: number): Promise<number[]> {
  return (await readPictures(page, count)).map(({ timeMs }) => timeMs);
}

async function readAges(page: Page, count: number): Promise<number[]> {
  return (await readPictures(page, count)).map(({ timeMs, atMs }) => atMs - timeMs);
}

function readPictures(page: Page, count: number): Promise<{ timeMs: number; atMs: number }[]> {
  return page.evaluate(async (wanted) => {
    const image = document.querySelector('img[src*="/live/"]') as HTMLImageElement;
    const context = new OffscreenCanvas(256, 4).getContext('2d', { willReadFrequently: true })!;
    const pictures: { timeMs: number; atMs: number }[] = [];
    while (pictures.length < wanted) {
      await new Promise((wake) => requestAnimationFrame(wake));
      const rowPixels = image.naturalHeight / 18;
      context.drawImage(
        image,
        0,
        image.naturalHeight - rowPixels / 2 - 2,
        image.naturalWidth,
        4,
        0,
        0,
        256,
        4,
      );
      const { data } = context.getImageData(0, 0, 256, 4);
      const bits = Array.from({ length: 64 }, (_, block) =>
        data[4 * (256 * 2 + block * 4 + 2)]! > 125 ? 1 : 0,
      );
      const row = window.decodeClockRow(bits);
      if (row && row.timeMs !== pictures.at(-1)?.timeMs)
        pictures.push({ timeMs: row.timeMs, atMs: Date.now() });
    }
    return pictures;
  }, count);
}

/** Of this server alone: others may run on the machine. */
function mediaWorkerOf(serverPid: number): number {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const isChild =
        readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1] === String(serverPid);
      if (isChild && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('processing/worker/main.ts'))
        return Number(pid);
    } catch {
      // It ended meanwhile.
    }
  }
  throw new Error('The server has no media worker.');
}
