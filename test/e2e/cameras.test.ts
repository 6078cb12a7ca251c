/**
 * Cameras and players of others: GStreamer sends, FFmpeg and a browser watch, the real server is between them.
 */
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import type { Camera } from '../../src/api/contract/cameras.ts';
import { parseMediaPlaylist } from '../../src/media/hls/parse.ts';
import type { GstMedia, GstRtsp } from '../rigs/gstreamer-rtsp.ts';
import { startGstRtsp } from '../rigs/gstreamer-rtsp.ts';
import { startLossyRelay } from '../rigs/lossy-relay.ts';
import { openBrowser } from '../support/browser.ts';
import type { RunningServer } from '../support/server.ts';
import { startServer } from '../support/server.ts';
import { listen } from './support/feed.ts';
import { ffprobe, makeFilm, play, run } from './support/foreign.ts';
import { until } from './support/until.ts';
import { Viewer } from './support/viewer.ts';

let server: RunningServer;
let browser: Browser;

before(async () => {
  [server, browser] = await Promise.all([startServer(), openBrowser()]);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

async function gstreamer(t: TestContext, media: GstMedia): Promise<GstRtsp> {
  const started = await startGstRtsp({ media });
  t.after(() => started.kill());
  return started;
}

function rtsp(url: string, transport: 'auto' | 'tcp' | 'udp' = 'auto') {
  return { kind: 'rtsp', url, transport };
}

function playlistOf(camera: Camera): string {
  return `${server.url}${camera.links.hls}`;
}

async function openPage(t: TestContext, camera: Camera): Promise<Viewer> {
  const viewer = await Viewer.open(browser, `${server.url}/cameras/${camera.id}`);
  t.after(() => viewer.close());
  return viewer;
}

/** Discontinuities in the media playlist now. */
async function discontinuities(camera: Camera): Promise<number> {
  const address = new URL('live.m3u8', playlistOf(camera));
  const read = parseMediaPlaylist(await (await fetch(address)).text());
  return read.ok ? read.value.segments.filter((segment) => segment.discontinuity).length : 0;
}

const h264 = { video: 'h264', audio: 'aac', widthPixels: 320, heightPixels: 240 } as const;
const h265 = { video: 'h265', widthPixels: 384, heightPixels: 216 } as const;

describe('a camera from the connection test to the player', { concurrency: 2 }, () => {
  const cases = [
    ['H.264 with AAC', h264, 'h264', 'avc1.'],
    ['H.265', h265, 'hevc', 'hvc1.'],
  ] as const;
  for (const [name, media, codec, codecString] of cases) {
    it(`${name}: is what the test said, over TCP and UDP, and plays in FFmpeg without a complaint`, async (t) => {
      await Promise.all(
        (['tcp', 'udp'] as const).map(async (transport) => {
          // A camera for each: GStreamer can lose a track when TCP and UDP begin to play on one at the same moment.
          const gst = await gstreamer(t, media);
          const source = rtsp(gst.url, transport);
          const probed = await server.probe(source);
          assert.ok(probed.ok, JSON.stringify(probed));
          const [video, ...others] = probed.tracks;
          assert.equal(video?.codec, media.video);
          assert.ok(video?.codecString?.startsWith(codecString), String(video?.codecString));
          assert.deepEqual([video?.width, video?.height], [media.widthPixels, media.heightPixels]);
          assert.deepEqual(
            others.map((track) => [track.codec, track.sampleRateHz, track.channels]),
            'audio' in media ? [['aac', 44_100, 2]] : [],
          );
          assert.ok(Math.abs((probed.framesPerSecond ?? 0) - 25) < 1.5, `${probed.framesPerSecond} fps`);
          assert.ok(Math.abs((probed.gopSeconds ?? 0) - 1) < 0.1, `${probed.gopSeconds} s between keyframes`);
          assert.match(probed.transport, transport === 'tcp' ? /TCP/ : /UDP/);
          const camera = await server.addCamera({ name: `${name} ${transport}`, source });
          const seen = await ffprobe(playlistOf(camera));
          assert.equal(seen.complaints, '');
          assert.deepEqual(
            seen.streams.map((stream) => stream.codec_name),
            'audio' in media ? [codec, 'aac'] : [codec],
          );
          assert.equal(seen.streams[0]?.width, media.widthPixels);
          assert.equal(seen.streams[0]?.height, media.heightPixels);
          const { pictures, complaints } = await play(playlistOf(camera), 3);
          assert.equal(complaints, '');
          assert.ok(pictures >= 70, `${pictures} pictures in 3 s`);
        }),
      );
    });
  }

  it('1 % loss and overtaking on UDP: stays live, counts what is missing, plays on', async (t) => {
    const gst = await gstreamer(t, { ...h264, pattern: 'snow', bitrateKbps: 3000 });
    const relay = await startLossyRelay({
      cameraPort: gst.port,
      seed: 11,
      loss: 0.01,
      reorder: 0.02,
      duplicate: 0.01,
    });
    t.after(() => relay.close());
    const source = rtsp(gst.url.replace(String(gst.port), String(relay.port)), 'udp');
    const camera = await server.addCamera({ name: 'Lossy', source, start: 'always' });
    const lossy = await server.waitFor(camera.id, 'counting lost packets', ({ status }) => {
      return status.state === 'live' && status.stats.packetsLost >= 10;
    });
    const { streams } = await ffprobe(playlistOf(camera));
    assert.deepEqual(
      streams.map((stream) => stream.codec_name),
      ['h264', 'aac'],
    );
    const { pictures } = await play(playlistOf(camera), 3);
    assert.ok(pictures > 0);
    const { status } = await server.camera(camera.id);
    assert.equal(status.state, 'live');
    assert.equal(status.stats.reconnects, 0);
    // On a busy machine one that was overtaken may come after its picture was given up: then it is lost, too.
    const { lost, reordered } = relay.counts;
    assert.ok(status.stats.packetsLost <= lost + reordered, 'nothing is counted that arrived in time');
    t.diagnostic(
      `${status.stats.packetsLost} of ${relay.counts.lost} lost packets noticed, ${pictures} pictures played, ` +
        `health ${lossy.status.health.level}: ${lossy.status.health.reasons.join(' ')}`,
    );
    await server.api('DELETE', `/api/v1/cameras/${camera.id}`);
  });
});

describe('a camera in the browser', () => {
  it('H.265 that this browser cannot play comes as single pictures, which says why, and FFmpeg is still served', async (t) => {
    const gst = await gstreamer(t, h265);
    const camera = await server.addCamera({ name: 'Modern', source: rtsp(gst.url) });
    const viewer = await openPage(t, camera);
    const { way, wayReason } = await viewer.seesMovement();
    assert.equal(way, 'jpeg');
    assert.match(wayReason ?? '', /H\.265|hvc1|not offered|does not/);
    assert.equal((await ffprobe(playlistOf(camera))).streams[0]?.codec_name, 'hevc');
    await viewer.page.evaluate(() =>
      document.querySelector('sightline-player')?.setAttribute('way', 'socket'),
    );
    const pinned = await viewer.waitsFor('told why', ({ state }) => state.kind === 'unsupported');
    assert.match(pinned.text, /cannot play H\.265/);
    assert.match(pinned.text, /H\.264/, 'says what to choose instead');
  });

  it('goes on by itself when the camera loses power, and when it comes back with another size', async (t) => {
    const gst = await gstreamer(t, h264);
    const feed = await listen(server.url);
    t.after(() => feed.leave());
    const camera = await server.addCamera({ name: 'Door', source: rtsp(gst.url) });
    const viewer = await openPage(t, camera);
    // The way whose playlists tell what happened.
    await viewer.page.evaluate(() => document.querySelector('sightline-player')?.setAttribute('way', 'hls'));
    await viewer.waitsFor('HLS', ({ way }) => way === 'hls');
    const first = await viewer.seesMovement();
    assert.deepEqual([first.width, first.height], [320, 240]);

    await gst.kill();
    const { status } = await server.waitFor(camera.id, 'offline', (now) => now.status.state === 'offline');
    assert.match(status.reason ?? '', /\w+ \w+/);
    await server.waitFor(camera.id, 'waiting for the next try', (now) => now.status.nextTryMs !== null);
    const again = await startGstRtsp({ media: h264, port: gst.port });
    t.after(() => again.kill());
    await server.waitFor(camera.id, 'live again', (now) => now.status.state === 'live', 30_000);
    await until('a discontinuity in the playlist', async () => (await discontinuities(camera)) > 0);
    await viewer.seesMovement();

    await again.restart({ ...h264, widthPixels: 480, heightPixels: 272 }).then((other) => {
      t.after(() => other.kill());
    });
    const other = await viewer.waitsFor(
      'another size',
      ({ width, height }) => width === 480 && height === 272,
    );
    assert.equal(other.height, 272);
    await viewer.seesMovement();
    assert.ok(await viewer.wasNeverReloaded());
    assert.deepEqual(viewer.errors, []);
    await until('the feed told it', () => {
      return /connecting,live,offline,(connecting,)?live/.test(feed.statesOf(camera.id).join());
    });
    assert.ok(feed.events.some((event) => event.type === 'camera.created' && event.camera.id === camera.id));
    const { stats } = (await server.camera(camera.id)).status;
    t.diagnostic(`states told: ${feed.statesOf(camera.id).join(' → ')}; ${stats.reconnects} failed attempts`);
  });
});

describe('a file as a camera', { concurrency: 3 }, () => {
  before(async () => {
    const media = join(server.data, 'media');
    await mkdir(media, { recursive: true });
    await makeFilm(join(media, 'film.mp4'), 6);
    await Promise.all(
      ['ts', 'mkv'].map((kind) =>
        run('ffmpeg', [
          '-v',
          'error',
          '-i',
          join(media, 'film.mp4'),
          '-c',
          'copy',
          join(media, `film.${kind}`),
        ]),
      ),
    );
  });

  for (const kind of ['mp4', 'ts', 'mkv']) {
    it(`${kind}: plays with picture and sound`, async () => {
      const camera = await server.addCamera({ name: kind, source: { kind: 'file', path: `film.${kind}` } });
      const { streams, complaints } = await ffprobe(playlistOf(camera));
      assert.equal(complaints, '');
      assert.deepEqual(
        streams.map((stream) => stream.codec_name),
        ['h264', 'aac'],
      );
      assert.equal(streams[0]?.width, 320);
      const played = await play(playlistOf(camera), 3);
      assert.equal(played.complaints, '');
      assert.ok(played.pictures >= 70, `${played.pictures} pictures in 3 s`);
    });
  }
});
