/**
 * A person before hls.js in a real Chromium plays yesterday: across gaps and another picture size, here and there.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { testCamera } from '../../src/archive/archive.testing.ts';
import { cameraId } from '../../src/base/ids.ts';
import type { PlaybackSession } from '../../src/api/contract/playback.ts';
import { filmTracks, recordStory } from '../../src/playback/films.testing.ts';
import { openBrowser } from '../support/browser.ts';
import { withArchive } from '../support/footage.ts';
import type { RunningServer } from '../support/server.ts';
import { startServer } from '../support/server.ts';
import { until } from './support/until.ts';

const minute = 60_000;
/** Yesterday at some full minute. */
const beganMs = Math.floor((Date.now() - 24 * 60 * minute) / minute) * minute;
const jumps = 100;
const brokenCamera = cameraId(new Uint8Array(16).fill(9));

interface Part {
  readonly startMs: number;
  readonly minutes: number;
  readonly size: string;
}

/** Three minutes, a hole of one, two minutes; then another size without a hole, a hole, and the first size again. */
const parts: readonly Part[] = [
  { startMs: beganMs, minutes: 3, size: '160x96' },
  { startMs: beganMs + 4 * minute, minutes: 2, size: '160x96' },
  { startMs: beganMs + 6 * minute, minutes: 2, size: '320x192' },
  { startMs: beganMs + 8 * minute + 20_000, minutes: 2, size: '160x96' },
];

/** What the page tells of itself. */
interface Told {
  readonly fatal: readonly string[];
  readonly sizes: readonly string[];
  readonly seconds: number;
}

const hlsScript = readFileSync(createRequire(import.meta.url).resolve('hls.js/dist/hls.min.js'));
const markup = (
  url: string,
): string => `<!doctype html><video muted width="320"></video><script src="/hls.js"></script>
<script>
  const video = document.querySelector('video');
  const fatal = [], sizes = [];
  video.addEventListener('resize', () => sizes.push(video.videoWidth + 'x' + video.videoHeight));
  const hls = new Hls();
  hls.on(Hls.Events.ERROR, (_, { fatal: isFatal, details }) => isFatal && fatal.push(details));
  hls.loadSource('${url}');
  hls.attachMedia(video);
  window.tell = () => ({ fatal, sizes, seconds: video.duration });
  window.play = () => video.play();
  const frameAt = (place) => new Promise((shown) => {
    const look = (_, { mediaTime }) =>
      Math.abs(mediaTime - place) < 1.5 ? shown() : video.requestVideoFrameCallback(look);
    video.requestVideoFrameCallback(look);
  });
  window.jump = async (place) => {
    const beganMs = performance.now();
    const shown = frameAt(place);
    video.currentTime = place;
    await shown;
    return performance.now() - beganMs;
  };
  window.isAt = (time) => Math.abs(hls.playingDate - time) < 1500;
</script>`;

let data: string;
let server: RunningServer;
let browser: Browser;

before(async () => {
  data = await mkdtemp(join(tmpdir(), 'sightline-playback-'));
  await withArchive(data, async (archive) => {
    for (const { startMs, minutes, size } of parts) {
      const tracks = filmTracks('h264', size, 'aac');
      for (let at = 0; at < minutes; at += 1) {
        const story = { tracks, startMs: startMs + at * minute, seconds: 60, continues: at > 0 };
        await recordStory(archive, story);
      }
    }
    for (const at of [0, 1, 2]) {
      const story = { startMs: beganMs + at * 20_000, seconds: 20, continues: at > 0 };
      await recordStory(archive, { ...story, cameraId: brokenCamera, tracks: filmTracks('h264') });
    }
  });
  await breakSecond(join(data, 'recordings', brokenCamera));
  [server, browser] = await Promise.all([startServer({ data }), openBrowser()]);
});

/** Nothing of the second recording can be read any more. */
async function breakSecond(folder: string): Promise<void> {
  const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.mp4')).sort();
  const path = join(folder, files[1] ?? '');
  const file = await readFile(path);
  await writeFile(path, file.fill(0, file.indexOf('moof')));
}

after(async () => {
  await browser?.close();
  await server?.stop();
  await rm(data, { recursive: true, force: true });
});

async function startSession(format: string, camera = testCamera): Promise<PlaybackSession> {
  const body = { camera_id: camera, start_time: beganMs, end_time: beganMs + 20 * minute, format };
  const started = await server.api<PlaybackSession>('POST', '/api/v1/playback/start', body);
  assert.equal(started.status, 200, JSON.stringify(started.body));
  return started.body;
}

async function watch(url: string): Promise<Page> {
  const page = await browser.newPage();
  await page.route('**/watch', (route) => route.fulfill({ contentType: 'text/html', body: markup(url) }));
  await page.route('**/hls.js', (route) =>
    route.fulfill({ contentType: 'text/javascript', body: hlsScript }),
  );
  await page.goto(`${server.url}/watch`);
  await page.waitForFunction('document.querySelector("video").readyState >= 3', undefined, {
    timeout: 20_000,
  });
  await page.evaluate('play()');
  return page;
}

const recordedSeconds = parts.reduce((sum, { minutes }) => sum + minutes * 60, 0);

/** Where in the footage a place of the player is: gaps take no time there. */
function momentOf(place: number): number {
  let left = place * 1000;
  for (const { startMs, minutes } of parts) {
    if (left < minutes * minute) return startMs + left;
    left -= minutes * minute;
  }
  return Number.NaN;
}

/** The same places in every run. */
function* places(): Generator<number> {
  let state = 12345;
  for (let at = 0; at < jumps; at += 1) {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    yield 1 + (state / 2 ** 31) * (recordedSeconds - 4);
  }
}

for (const [format, list] of [
  ['ts', 'playlist.m3u8'],
  ['fmp4', 'index.m3u8'],
] as const) {
  describe(`hls.js with ${list} of ${format} segments`, { timeout: 180_000 }, () => {
    test('jumps anywhere, and the picture there is the one of that time', async (context) => {
      const session = await startSession(format);
      const page = await watch(session.url.replace('playlist.m3u8', list));
      const took: number[] = [];
      for (const place of places()) {
        took.push(await page.evaluate<number>(`jump(${place})`));
        // hls.js finds out a little later which segment it is in.
        await page.waitForFunction(`isAt(${momentOf(place)})`, undefined, { polling: 20, timeout: 5000 });
      }
      const told = (await page.evaluate('tell()')) as Told;
      await page.close();
      took.sort((a, b) => a - b);
      context.diagnostic(
        `jump to picture: median ${Math.round(took[jumps >> 1] ?? 0)} ms, longest ${Math.round(took.at(-1) ?? 0)} ms`,
      );
      assert.deepEqual(told.fatal, []);
      assert.ok(Math.abs(told.seconds - recordedSeconds) < 0.5, `${told.seconds} s long`);
      assert.deepEqual([...new Set(told.sizes)].sort(), ['160x96', '320x192']);
    });

    test('plays on through a gap and into another picture size', async () => {
      const session = await startSession(format);
      const page = await watch(session.url.replace('playlist.m3u8', list));
      for (const border of [180, 300, 420]) {
        await page.evaluate(`jump(${border - 1.5})`);
        await page.waitForFunction(
          `document.querySelector('video').currentTime > ${border + 1.5}`,
          undefined,
          {
            timeout: 15_000,
          },
        );
      }
      const told = (await page.evaluate('tell()')) as Told;
      await page.close();
      assert.deepEqual(told.fatal, []);
    });
  });
}

test(
  'a stretch that was found damaged is a gap for later sessions, and players pass it',
  { timeout: 60_000 },
  async () => {
    const first = await startSession('ts', brokenCamera);
    const folder = first.url.replace('playlist.m3u8', '');
    assert.equal((await fetch(`${server.url}${folder}segment/4.ts`)).headers.get('x-damaged'), 'true');
    for (const format of ['ts', 'fmp4']) {
      const session = await startSession(format, brokenCamera);
      const page = await watch(session.url);
      await page.evaluate('jump(16)');
      await page.waitForFunction('document.querySelector("video").currentTime > 42', undefined, {
        timeout: 20_000,
      });
      const told = (await page.evaluate('tell()')) as Told;
      await page.close();
      assert.deepEqual(told.fatal, []);
    }
  },
);

test('what is being recorded is played on, as long as it is', { timeout: 90_000 }, async () => {
  const recording = { mode: 'continuous' };
  const source = { kind: 'demo' };
  const camera = await server.addCamera({ name: 'Now', source, start: 'always', recording });
  const body = { camera_id: camera.id, start_time: Date.now(), end_time: Date.now() + 60 * minute };
  const started = await until('something is recorded', async () => {
    const answer = await server.api<PlaybackSession>('POST', '/api/v1/playback/start', body);
    return answer.status === 200 ? answer.body : undefined;
  });
  assert.equal(started.growing, true);
  const page = await watch(started.url);
  await page.waitForFunction('document.querySelector("video").currentTime > 12', undefined, {
    timeout: 60_000,
  });
  const told = (await page.evaluate('tell()')) as Told;
  await page.close();
  assert.deepEqual(told.fatal, []);
});
