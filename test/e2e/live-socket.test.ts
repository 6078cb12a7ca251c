/**
 * The live WebSocket between a real server and programs of others: what comes is given to FFmpeg, who is slow is slow
 * on a real socket.
 */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { after, before, describe, it } from 'node:test';
import type { Camera, CameraViewer } from '../../src/api/contract/cameras.ts';
import { readFragments, readInit } from '../../src/media/mp4/read.ts';
import type { GstMedia, GstRtsp } from '../rigs/gstreamer-rtsp.ts';
import { startGstRtsp } from '../rigs/gstreamer-rtsp.ts';
import type { LiveMedia } from '../support/live-client.ts';
import { LiveClient, refusedWith } from '../support/live-client.ts';
import type { RunningServer } from '../support/server.ts';
import { startServer } from '../support/server.ts';
import { decodeMp4, run } from './support/foreign.ts';
import { until } from './support/until.ts';

/** 25 pictures a second that hardly compress, a keyframe each second: about 40 Mbit/s. */
async function makeNoise(file: string): Promise<void> {
  const picture = ['-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=25,noise=alls=90:allf=t'];
  const video = ['-c:v', 'libx264', '-preset', 'ultrafast', '-qp', '12', '-g', '25', '-pix_fmt', 'yuv420p'];
  const { status, complaints } = await run('ffmpeg', ['-v', 'error', ...picture, '-t', '8', ...video, file]);
  assert.equal(status, 0, complaints);
}

/** Decoding times of the pictures, in seconds. */
function pictureTimes(media: readonly LiveMedia[]): number[] {
  const [init, ...rest] = media;
  const tracks = readInit(init?.payload ?? Buffer.alloc(0));
  assert.ok(tracks.ok);
  const video = tracks.value.find(({ handler }) => handler === 'vide');
  assert.ok(video);
  const { fragments, fault } = readFragments(Buffer.concat(rest.map(({ payload }) => payload)), tracks.value);
  assert.equal(fault, undefined);
  const samples = fragments.flatMap((fragment) => fragment.samples);
  return samples.filter(({ trackId }) => trackId === video.id).map(({ dts }) => dts / video.timescaleHz);
}

describe('the live WebSocket of a running server', () => {
  let server: RunningServer;
  let data: string;
  let door: Camera;
  let noise: Camera;
  const cameras: GstRtsp[] = [];

  async function gstreamer(name: string, media: GstMedia): Promise<Camera> {
    const started = await startGstRtsp({ media });
    cameras.push(started);
    return server.addCamera({ name, source: { kind: 'rtsp', url: started.url }, start: 'always' });
  }

  before(async () => {
    data = await mkdtemp(join(tmpdir(), 'sightline-test-'));
    await mkdir(join(data, 'media'));
    await makeNoise(join(data, 'media', 'noise.mp4'));
    server = await startServer({ data, config: `media: ${join(data, 'media')}\n` });
    door = await gstreamer('Door', { video: 'h264', audio: 'aac', gopFrames: 25 });
    noise = await server.addCamera({ name: 'Noise', source: { kind: 'file', path: 'noise.mp4' } });
    await server.waitFor(door.id, 'live', ({ status }) => status.state === 'live');
  });

  after(async () => {
    await server?.stop();
    await Promise.all(cameras.map((camera) => camera.kill()));
    await rm(data, { recursive: true, force: true });
  });

  async function client(t: TestContext): Promise<LiveClient> {
    const opened = await LiveClient.open(server.url);
    t.after(() => opened.leave());
    return opened;
  }

  async function droppedFor({ id }: Camera): Promise<number> {
    const { body } = await server.api<CameraViewer[]>('GET', `/api/v1/cameras/${id}/viewers`);
    return body.reduce((sum, { unitsDropped }) => sum + unitsDropped, 0);
  }

  it('plays in FFmpeg without a complaint, picture and sound', async (t) => {
    const viewer = await client(t);
    viewer.say({ type: 'subscribe', channel: 0, camera: door.id });
    await viewer.until('three seconds', () => viewer.mediaOf(0).length > 200);
    const [tracks, ...more] = viewer.said('tracks');
    assert.match(tracks?.mime ?? '', /avc1\.\w{6},mp4a\.40\.2/);
    assert.deepEqual(more, []);
    const media = viewer.mediaOf(0);
    assert.deepEqual([media[0]?.kind, media[1]?.kind, media[1]?.key], ['init', 'fragment', true]);
    const { pictures, complaints } = await decodeMp4(media);
    assert.equal(complaints, '');
    assert.equal(pictures, pictureTimes(media).length);
    assert.ok(pictures > 50);
  });

  it('carries two cameras on one connection, and ends each alone', async (t) => {
    const viewer = await client(t);
    viewer.say({ type: 'subscribe', channel: 1, camera: door.id });
    viewer.say({ type: 'subscribe', channel: 2, camera: noise.id });
    await viewer.until('both', () => [1, 2].every((channel) => viewer.mediaOf(channel).length > 30));
    const sizes = [1, 2].map((channel) => viewer.said('tracks', channel)[0]?.video?.width);
    assert.deepEqual(sizes, [320, 640]);
    viewer.say({ type: 'unsubscribe', channel: 2 });
    // What was on its way comes still; the answer to a question is behind it.
    viewer.say({ type: 'subscribe', channel: 3, camera: 'cam_0000000000000000' });
    await viewer.until('an answer', () => viewer.said('problem', 3)[0]?.code === 'not-found');
    const [left, stays] = [viewer.mediaOf(2).length, viewer.mediaOf(1).length];
    await viewer.until('more of the other', () => viewer.mediaOf(1).length > stays + 30);
    assert.equal(viewer.mediaOf(2).length, left);
  });

  it('leaves pictures out for a viewer that does not read, tells it how many, and harms nobody else', async (t) => {
    const [slow, fast] = [await client(t), await client(t)];
    for (const viewer of [slow, fast]) viewer.say({ type: 'subscribe', channel: 0, camera: noise.id });
    for (const viewer of [slow, fast]) await viewer.until('pictures', () => viewer.mediaOf(0).length > 10);
    // On a busy machine, viewers of tests before may have missed some too.
    const before = await droppedFor(noise);
    slow.stopReading();
    await until('pictures are left out', async () => (await droppedFor(noise)) > before + 5, 30_000);
    slow.readOn();
    await slow.until('a notice', () => slow.said('drop').length > 0);
    const [notice] = slow.said('drop');
    assert.ok(notice && notice.units > 5);
    const holes = () => jumps(pictureTimes(slow.mediaOf(0)));
    await slow.until('the pictures after it', () => holes().length > 0);
    assert.equal(holes()[0], notice.units, 'as many are missing as it was told');
    const { complaints } = await decodeMp4(slow.mediaOf(0));
    assert.equal(complaints, '', 'it begins again at a keyframe');
    assert.deepEqual(fast.said('drop'), []);
    assert.deepEqual(jumps(pictureTimes(fast.mediaOf(0))), []);
  });

  it('shows who watches over which output, and ends one of them for an operator', async (t) => {
    const viewer = await client(t);
    viewer.say({ type: 'subscribe', channel: 5, camera: door.id });
    await viewer.until('a picture', () => viewer.mediaOf(5).length > 1);
    const playlist = await (await fetch(`${server.url}${door.links.hls}`)).text();
    const media = playlist.split('\n').find((line) => line.endsWith('.m3u8') && !line.startsWith('#'));
    await fetch(new URL(media ?? '', `${server.url}${door.links.hls}`));
    const list = async () =>
      (await server.api<CameraViewer[]>('GET', `/api/v1/cameras/${door.id}/viewers`)).body;
    const both = await until('both are listed', async () => {
      const viewers = await list();
      return viewers.length === 2 && viewers;
    });
    assert.deepEqual(both.map(({ output }) => output).toSorted(), ['hls', 'live']);
    const live = both.find(({ output }) => output === 'live');
    assert.ok(live && live.endable && live.bytesSent > 1000);
    assert.deepEqual([live.address, live.transport], ['127.0.0.1', 'MP4 over WebSocket']);
    const { status } = await server.api('DELETE', `/api/v1/cameras/${door.id}/viewers/${live.id}`);
    assert.equal(status, 204);
    await viewer.until('its end', () => viewer.said('problem', 5)[0]?.code === 'ended');
    assert.deepEqual(
      (await list()).map(({ output }) => output),
      ['hls'],
    );
    const again = await server.api('DELETE', `/api/v1/cameras/${door.id}/viewers/${live.id}`);
    assert.equal(again.status, 404);
  });

  it('takes as many viewers as the camera may have', async (t) => {
    const few = await server.addCamera({
      name: 'Few',
      source: { kind: 'file', path: 'noise.mp4' },
      maxReaders: 1,
    });
    const [inside, outside] = [await client(t), await client(t)];
    inside.say({ type: 'subscribe', channel: 0, camera: few.id });
    await inside.until('its tracks', () => inside.said('tracks').length > 0);
    outside.say({ type: 'subscribe', channel: 0, camera: few.id });
    await outside.until('a refusal', () => outside.said('problem', 0).length > 0);
    assert.equal(outside.said('problem')[0]?.code, 'too-many-readers');
  });

  it('is closed to pages of other sites', async () => {
    assert.equal(await refusedWith(server.url, { origin: 'https://evil.example' }), 403);
    assert.equal(await refusedWith(server.url, { origin: server.url }), undefined);
  });

  it('closes with 1001 when the server stops', async (t) => {
    const viewer = await client(t);
    viewer.say({ type: 'subscribe', channel: 0, camera: door.id });
    await viewer.until('a picture', () => viewer.mediaOf(0).length > 1);
    await Promise.all([server.stop(), viewer.until('an end', () => viewer.closed !== undefined)]);
    assert.equal(viewer.closed?.code, 1001);
  });
});

/** Missing pictures at each hole of a stream of 25 a second. */
function jumps(seconds: readonly number[]): number[] {
  return seconds
    .map((time, index) => Math.round((time - (seconds[index - 1] ?? time - 0.04)) * 25) - 1)
    .filter((missing) => missing > 0);
}
