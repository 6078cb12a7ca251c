/**
 * Cameras that are sent to: FFmpeg pushes over RTSP, others watch.
 */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { after, before, describe, it } from 'node:test';
import type { Camera } from '../../src/api/contract/cameras.ts';
import { LiveClient } from '../support/live-client.ts';
import type { RunningServer } from '../support/server.ts';
import { startServer } from '../support/server.ts';
import { decodeMp4 } from './support/foreign.ts';
import { until } from './support/until.ts';

interface Sender {
  readonly child: ChildProcess;
  complaints(): string;
  /** Resolves to its exit status; null when it was killed. */
  readonly ended: Promise<number | null>;
}

const sound = ['-f', 'lavfi', '-i', 'sine=sample_rate=48000', '-c:a', 'aac'];

/** Test pictures at 25 a second, a keyframe each second, until killed. */
function send(
  t: TestContext,
  url: string | null,
  lower: 'tcp' | 'udp',
  more: readonly string[] = [],
): Sender {
  assert.ok(url);
  const picture = ['-re', '-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25'];
  const coder = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '25'];
  const words = ['-v', 'error', '-nostdin', ...picture, ...more, ...coder, '-pix_fmt', 'yuv420p', '-t', '60'];
  const child = spawn('ffmpeg', [...words, '-f', 'rtsp', '-rtsp_transport', lower, url], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  let complaints = '';
  child.stderr.on('data', (text) => (complaints += String(text)));
  const ended = once(child, 'exit').then(([status]) => status as number | null);
  return { child, complaints: () => complaints, ended };
}

describe('a camera that is sent to', () => {
  let server: RunningServer;

  before(async () => {
    server = await startServer({ config: 'rtsp:\n  port: 0\n' });
  });
  after(() => server?.stop());

  function pushed(name: string): Promise<Camera> {
    return server.addCamera({ name, source: { kind: 'push' }, start: 'always' });
  }

  const live = (camera: Camera): Promise<Camera> =>
    server.waitFor(camera.id, 'live', ({ status }) => status.state === 'live');

  async function watch(t: TestContext, camera: Camera): Promise<LiveClient> {
    const viewer = await LiveClient.open(server.url);
    t.after(() => viewer.leave());
    return viewer.say({ type: 'subscribe', channel: 0, camera: camera.id });
  }

  for (const lower of ['tcp', 'udp'] as const) {
    it(`shows what FFmpeg sends over ${lower.toUpperCase()}, picture and sound, without a loss`, async (t) => {
      const camera = await pushed(`Sent over ${lower}`);
      assert.equal(camera.status.state, 'offline');
      send(t, camera.links.rtsp, lower, sound);
      const { status } = await live(camera);
      assert.match(status.transport ?? '', new RegExp(`^RTSP push over ${lower.toUpperCase()}`));
      assert.deepEqual(
        status.tracks.map(({ codec }) => codec),
        ['h264', 'aac'],
      );
      const viewer = await watch(t, camera);
      await viewer.until('two seconds', () => viewer.mediaOf(0).length > 140);
      const { pictures, complaints } = await decodeMp4(viewer.mediaOf(0));
      assert.equal(complaints, '');
      assert.ok(pictures > 40, `${pictures} pictures`);
      const { stats } = (await server.camera(camera.id)).status;
      assert.deepEqual([stats.packetsLost, stats.damaged], [0, 0]);
    });
  }

  it('keeps its viewers when the sender is gone, and goes on with the next one', async (t) => {
    const camera = await pushed('Comes and goes');
    const first = send(t, camera.links.rtsp, 'tcp');
    await live(camera);
    const viewer = await watch(t, camera);
    await viewer.until('pictures', () => viewer.mediaOf(0).length > 10);
    first.child.kill('SIGKILL');
    await viewer.until('the news', () => viewer.said('state').at(-1)?.state === 'offline');
    assert.match(viewer.said('state').at(-1)?.reason ?? '', /Nobody is sending to this camera/);
    const before = viewer.mediaOf(0).length;
    send(t, camera.links.rtsp, 'udp');
    await viewer.until('pictures again', () => viewer.mediaOf(0).length > before + 10);
    const [next] = viewer
      .mediaOf(0)
      .slice(before)
      .filter(({ kind }) => kind === 'fragment');
    assert.equal(next?.key, true);
    assert.equal(viewer.said('state').at(-1)?.state, 'live');
  });

  it('takes one sender at a time; others are told why not', async (t) => {
    const camera = await pushed('Taken');
    const first = send(t, camera.links.rtsp, 'tcp');
    await live(camera);
    const second = send(t, camera.links.rtsp, 'tcp');
    assert.notEqual(await second.ended, 0);
    assert.match(second.complaints(), /453/);
    assert.equal(first.child.exitCode, null);
    assert.equal((await server.camera(camera.id)).status.state, 'live');
  });

  it('is none where no such camera is, or it fetches its media itself', async (t) => {
    const own = await server.addCamera({ name: 'Own', source: { kind: 'demo' } });
    for (const [id, status] of [
      ['cam_0000000000000000', /404/],
      [own.id, /405/],
    ] as const) {
      const sender = send(t, own.links.rtsp?.replace(own.id, id) ?? null, 'tcp');
      assert.notEqual(await sender.ended, 0);
      assert.match(sender.complaints(), status);
    }
  });

  it('sends its sender away when it is deleted', async (t) => {
    const camera = await pushed('Deleted');
    const sender = send(t, camera.links.rtsp, 'tcp');
    await live(camera);
    assert.equal((await server.api('DELETE', `/api/v1/cameras/${camera.id}`)).status, 204);
    await until('FFmpeg has ended', () => sender.child.exitCode !== null);
  });
});
