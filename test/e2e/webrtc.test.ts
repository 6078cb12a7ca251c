/**
 * WebRTC as people and programs use it: Chromium and GStreamer watch (WHEP) and send (WHIP); what cannot be sent is
 * refused with a code; when the worker dies or hangs, only its viewers notice.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import type { Camera, CameraViewer } from '../../src/api/contract/cameras.ts';
import type { Problem } from '../../src/api/contract/problem.ts';
import type { GstRtsp } from '../rigs/gstreamer-rtsp.ts';
import { startGstRtsp } from '../rigs/gstreamer-rtsp.ts';
import type { GstWebRtc } from '../rigs/gstreamer-webrtc.ts';
import { startGstWebRtc } from '../rigs/gstreamer-webrtc.ts';
import { startUdpRelay } from '../rigs/udp-relay.ts';
import { openBrowser } from '../support/browser.ts';
import type { RunningServer } from '../support/server.ts';
import { startServer } from '../support/server.ts';
import { leave, publish, watch, watched } from '../support/webrtc-page.ts';
import { childrenOf, openFiles } from './support/processes.ts';
import { until } from './support/until.ts';
import { Viewer } from './support/viewer.ts';

/** Program of the process that talks WebRTC. */
const webRtcWorker = 'webrtc/worker/main.ts';
const stun = 'stun:stun.example:3478';

let gst: GstRtsp;
let browser: Browser;
let server: RunningServer;
let camera: Camera;
let page: Page;

before(async () => {
  [gst, browser, server] = await Promise.all([
    startGstRtsp({ media: { video: 'h264', audio: 'opus', gopFrames: 120 } }),
    openBrowser(),
    startServer({ config: `webrtc:\n  iceServers:\n    - urls: ['${stun}']\n` }),
  ]);
  camera = await addLive('Door', gst.url);
  page = await openPage();
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await gst?.kill();
});

async function addLive(name: string, url: string): Promise<Camera> {
  const added = await server.addCamera({ name, source: { kind: 'rtsp', url }, start: 'always' });
  return server.waitFor(added.id, 'live', ({ status }) => status.state === 'live');
}

/** An address of the server, so that requests are its own. */
async function openPage(): Promise<Page> {
  const opened = await browser.newPage();
  await opened.goto(`${server.url}/api/v1/system`);
  return opened;
}

async function seesMovement(where: Page, slot = 0): Promise<void> {
  const { shown } = await watched(where, slot);
  await until(
    'moving pictures',
    async () => (await watched(where, slot)).shown >= shown + 10,
    15_000,
    () => watched(where, slot),
  );
}

async function viewersOf({ id }: Camera, output = 'webrtc'): Promise<readonly CameraViewer[]> {
  const { body } = await server.api<CameraViewer[]>('GET', `/api/v1/cameras/${id}/viewers`);
  return body.filter((viewer) => viewer.output === output);
}

function told(client: GstWebRtc, wanted: RegExp): Promise<unknown> {
  return until(
    String(wanted),
    () => client.told.some((line) => wanted.test(line)),
    20_000,
    () => client.told,
  );
}

describe('watching in Chromium', () => {
  it('begins with the kept pictures, has sound, is shown with its figures, and ends with DELETE', async (t) => {
    const answer = await watch(page, camera.links.whep);
    assert.equal(answer.status, 201, answer.body);
    assert.equal(answer.link, `<${stun}>; rel="ice-server"`);
    await seesMovement(page);
    const seen = await watched(page);
    t.diagnostic(`first picture after ${Math.round(seen.firstMs ?? 0)} ms, ${seen.dropped} dropped`);
    assert.equal(seen.widthPixels, camera.status.tracks[0]?.width);
    // A keyframe comes every 4.8 s only: without the kept pictures the browser would have asked for one.
    assert.equal(seen.keyframeRequests, 0);
    await until('sound', async () => (await watched(page)).soundEnergy > 0);

    const viewer = await until('figures', async () => {
      const [first] = await viewersOf(camera);
      return first && first.bytesSent > 0 && first.network.roundTripMs !== null && first;
    });
    assert.equal(viewer.transport, 'WebRTC over UDP');
    assert.match(viewer.client, /Chrome/);
    assert.ok((viewer.network.lossRatio ?? 0) < 0.05);

    const ended = await server.api('DELETE', answer.location ?? '');
    assert.equal(ended.status, 200);
    await until('the viewer is gone', async () => (await viewersOf(camera)).length === 0);
    assert.equal((await server.api('DELETE', answer.location ?? '')).status, 404);
  });

  it('a page that goes away is noticed at once', async () => {
    await watch(page, camera.links.whep);
    await seesMovement(page);
    await leave(page);
    await until('the viewer is gone', async () => (await viewersOf(camera)).length === 0, 8000);
  });

  it('works with one JSON request, for the default camera too', async () => {
    const sdp = await page.evaluate(async () => {
      const peer = new RTCPeerConnection();
      (globalThis as { json?: RTCPeerConnection }).json = peer;
      peer.addTransceiver('video', { direction: 'recvonly' });
      await peer.setLocalDescription();
      return peer.localDescription?.sdp ?? '';
    });
    const { status, body } = await server.api<Record<string, string>>('POST', '/api/webrtc/offer', {
      type: 'offer',
      sdp,
    });
    assert.equal(status, 200, JSON.stringify(body));
    const connection = await page.evaluate(async (answer) => {
      const peer = (globalThis as unknown as { json: RTCPeerConnection }).json;
      await peer.setRemoteDescription({ type: 'answer', sdp: answer });
      while (peer.connectionState === 'connecting' || peer.connectionState === 'new') {
        await new Promise((wake) => setTimeout(wake, 50));
      }
      return peer.connectionState;
    }, body['sdp'] ?? '');
    assert.equal(connection, 'connected');
    assert.equal((await server.api('DELETE', body['resource'] ?? '')).status, 200);
  });
});

describe('what cannot be watched', () => {
  it('is refused with a code that tells a player what to try next', async (t) => {
    const [bFrames, jpeg] = await Promise.all([
      startGstRtsp({ media: { video: 'h264-b-frames' } }),
      startGstRtsp({ media: { video: 'mjpeg' } }),
    ]);
    t.after(() => Promise.all([bFrames.kill(), jpeg.kill()]));
    const refusals: [Camera, string][] = [
      [await addLive('B-frames', bFrames.url), 'b-frames'],
      [await addLive('JPEG', jpeg.url), 'codec-not-offered'],
    ];
    for (const [refused, code] of refusals) {
      const { status, body } = await watch(page, refused.links.whep);
      assert.deepEqual([status, (JSON.parse(body) as Problem).code], [406, code], refused.name);
    }
    const away = await server.addCamera({
      name: 'Away',
      source: { kind: 'rtsp', url: 'rtsp://127.0.0.1:9/x' },
    });
    const { status, body } = await watch(page, away.links.whep);
    const problem = JSON.parse(body) as Problem;
    assert.deepEqual([status, problem.code], [503, 'camera-offline']);
    assert.ok(problem.sinceMs);
    assert.equal((await watch(page, '/whep/cam_0000000000000000')).status, 404);
  });

  it('no trickle, no other bodies', async () => {
    const answer = await watch(page, camera.links.whep);
    const patch = await fetch(server.url + answer.location, { method: 'PATCH' });
    assert.deepEqual([patch.status, patch.headers.get('allow')], [405, 'DELETE, OPTIONS']);
    const options = await fetch(server.url + camera.links.whep, { method: 'OPTIONS' });
    assert.deepEqual([options.status, options.headers.get('accept-post')], [204, 'application/sdp']);
    await leave(page);
    for (const [type, sent, wanted] of [
      ['application/sdp', 'v=0\r\nm=video 9 x 1', 400],
      ['application/json', '{}', 415],
      ['application/sdp', 'x'.repeat(70_000), 413],
    ] as const) {
      const headers = { 'content-type': type };
      const refused = await fetch(server.url + camera.links.whep, { method: 'POST', headers, body: sent });
      assert.equal(refused.status, wanted, await refused.text());
    }
  });
});

describe('on a bad way', () => {
  it('lost packets are sent again; a way that is too narrow gets keyframes, and all pictures when it recovers', async (t) => {
    const snow = await startGstRtsp({
      media: { video: 'h264', pattern: 'snow', bitrateKbps: 3000, gopFrames: 50 },
    });
    t.after(() => snow.kill());
    const watching = await addLive('Snow', snow.url);
    const udpPort = Number(/WebRTC is ready port=(\d+)/.exec(server.output())?.[1]);
    const relay = await startUdpRelay(udpPort);
    t.after(() => relay.close());
    const far = await openPage();
    assert.equal((await watch(far, watching.links.whep, 0, relay.port)).status, 201);
    await seesMovement(far);

    relay.way.loss = 0.03;
    const before = await watched(far);
    await until('losses', () => relay.counts.lost > 30);
    relay.way.loss = 0;
    await seesMovement(far);
    const mended = (await watched(far)).packetsLost - before.packetsLost;
    t.diagnostic(`${relay.counts.lost} packets were lost, ${mended} of them for good`);
    assert.ok(mended < relay.counts.lost / 3);

    relay.way.kbitPerSecond = 1000;
    let worstLoss = 0;
    await until('pictures left out', async () => {
      const [viewer] = await viewersOf(watching);
      worstLoss = Math.max(worstLoss, viewer?.network.lossRatio ?? 0);
      return (viewer?.unitsDropped ?? 0) > 25;
    });
    assert.ok(worstLoss > 0.02, String(worstLoss));
    relay.way.kbitPerSecond = Number.POSITIVE_INFINITY;
    await until('no loss', async () => (await viewersOf(watching))[0]?.network.lossRatio === 0);
    await seesMovement(far);
    await far.close();
  });
});

describe('GStreamer', () => {
  it('watches with webrtcbin', async (t) => {
    const client = startGstWebRtc('watch', server.url + camera.links.whep);
    t.after(() => client.kill());
    await told(client, /^answered 201/);
    await told(client, /^pictures 50/);
    await told(client, /^sound/);
  });
});

describe('sending to a camera', () => {
  it('GStreamer sends: the picture is there to watch, and the place is free again when it leaves', async (t) => {
    const pushed = await server.addCamera({ name: 'Pushed', source: { kind: 'push' } });
    const url = server.url + pushed.links.whip;
    const client = startGstWebRtc('publish', url);
    t.after(() => client.kill());
    await told(client, /^answered 201/);
    const live = await server.waitFor(pushed.id, 'live', ({ status }) => status.tracks.length === 2);
    assert.deepEqual(
      live.status.tracks.map(({ codec }) => codec),
      ['h264', 'opus'],
    );
    assert.equal(live.status.transport, 'WHIP');
    const second = startGstWebRtc('publish', url);
    t.after(() => second.kill());
    await told(second, /^answered 409 taken/);
    // The sender makes a keyframe every ten seconds: another comes because it is asked for.
    assert.equal((await watch(page, pushed.links.whep)).status, 201);
    await seesMovement(page);
    await client.leave();
    await server.waitFor(pushed.id, 'left', ({ status }) => status.state === 'offline');
  });

  it('Chromium sends, Chromium watches', async () => {
    const pushed = await server.addCamera({ name: 'Drawn', source: { kind: 'push' } });
    const sender = await openPage();
    assert.equal(await publish(sender, pushed.links.whip ?? ''), 201);
    await server.waitFor(pushed.id, 'live', ({ status }) => status.state === 'live');
    assert.equal((await watch(page, pushed.links.whep)).status, 201);
    await seesMovement(page);
    await sender.close();
    await server.waitFor(pushed.id, 'left', ({ status }) => status.state !== 'live');
  });

  it('a camera that fetches its picture takes none', async (t) => {
    const client = startGstWebRtc('publish', `${server.url}/whip/${camera.id}`);
    t.after(() => client.kill());
    await told(client, /^answered 403 not-push/);
  });
});

describe('when the worker', () => {
  for (const [what, signal] of [
    ['is killed', 'SIGKILL'],
    ['hangs', 'SIGSTOP'],
  ] as const) {
    it(`${what}, HLS goes on, and viewers can come again`, async () => {
      await watch(page, camera.links.whep);
      await seesMovement(page);
      const [worker = 0] = childrenOf(server.pid, webRtcWorker);
      const files = openFiles(server.pid);
      process.kill(worker, signal);
      const playlist = await fetch(server.url + camera.links.hls);
      assert.equal(playlist.status, 200);
      await until('another worker', () => childrenOf(server.pid, webRtcWorker).some((pid) => pid !== worker));
      assert.ok(!childrenOf(server.pid, webRtcWorker).includes(worker), 'the old one is gone');
      assert.equal((await viewersOf(camera)).length, 0);
      const again = await watch(page, camera.links.whep, 1);
      assert.equal(again.status, 201, again.body);
      await seesMovement(page, 1);
      assert.ok(openFiles(server.pid) <= files + 4, 'nothing is left open');
      assert.equal((await server.camera(camera.id)).status.stats.reconnects, 0, 'the camera did not notice');
      await leave(page, 1);
    });
  }

  it('dies, a page with our player comes back by itself, in the same way', async (t) => {
    const viewer = await Viewer.open(browser, `${server.url}/cameras/${camera.id}`);
    t.after(() => viewer.close());
    await viewer.page.evaluate(() => {
      document.querySelector('sightline-player')?.setAttribute('way', 'webrtc');
    });
    await viewer.waitsFor('the way', ({ way }) => way === 'webrtc');
    await viewer.seesMovement();
    const [worker = 0] = childrenOf(server.pid, webRtcWorker);
    process.kill(worker, 'SIGKILL');
    const killedMs = Date.now();
    await until('its viewer again', async () => (await viewersOf(camera)).length === 1, 30_000);
    assert.equal((await viewer.seesMovement()).way, 'webrtc');
    t.diagnostic(`it moved again within ${Date.now() - killedMs} ms`);
    assert.ok(await viewer.wasNeverReloaded());
  });
});
