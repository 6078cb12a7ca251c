/**
 * RTSP viewers when something is wrong with a camera, a network or another viewer.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, stat } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Camera } from '../../src/api/contract/cameras.ts';
import { startGstRtsp } from '../rigs/gstreamer-rtsp.ts';
import { RtspReader } from '../rigs/rtsp-reader.ts';
import type { RunningServer } from '../support/server.ts';
import { startServer } from '../support/server.ts';
import { ffprobe, run } from './support/foreign.ts';
import { until } from './support/until.ts';

interface CameraViewer {
  readonly client: string;
  readonly unitsDropped: number;
  readonly network: { readonly jitterMs: number | null; readonly roundTripMs: number | null };
}

describe('viewers over RTSP', { concurrency: 3 }, () => {
  let server: RunningServer;

  before(async () => {
    server = await startServer({ config: 'rtsp: { multicast: { enabled: true } }\n' });
  });
  after(() => server?.stop());

  const viewersOf = async ({ id }: Camera): Promise<readonly CameraViewer[]> =>
    (await server.api<CameraViewer[]>('GET', `/api/v1/cameras/${id}/viewers`)).body;

  it('lose nothing while another one never reads, which is told and cut off', async (t) => {
    const media = join(server.data, 'media');
    await mkdir(media, { recursive: true });
    // Noise: some 20 Mbit/s, so that the buffers of the system are full soon.
    const noise = ['-f', 'lavfi', '-i', 'color=gray:size=640x360:rate=25,noise=alls=100:allf=t', '-t', '4'];
    const coding = [
      '-c:v',
      'libx264',
      '-preset',
      'ultrafast',
      '-tune',
      'zerolatency',
      '-qp',
      '22',
      '-g',
      '25',
    ];
    const made = await run('ffmpeg', ['-v', 'error', ...noise, ...coding, join(media, 'noise.mp4')]);
    assert.equal(made.complaints, '');
    const camera = await server.addCamera({ name: 'Noise', source: { kind: 'file', path: 'noise.mp4' } });
    const url = camera.links.rtsp ?? '';
    const [reader, stuck] = await Promise.all([RtspReader.play(url), RtspReader.play(url)]);
    t.after(() => reader.end());
    t.after(() => stuck.end());
    stuck.hang();
    await until(
      'it misses pictures',
      async () => (await viewersOf(camera)).some(({ unitsDropped }) => unitsDropped > 0),
      30_000,
      () => viewersOf(camera),
    );
    await until('it is cut off', async () => (await viewersOf(camera)).length === 1, 30_000);
    assert.equal(reader.missing, 0);
    assert.ok(reader.packets > 1000);
    assert.equal(reader.closed, false);
  });

  it('see the picture go on, on the same connection, when a camera was away', async (t) => {
    const gst = await startGstRtsp({ media: { video: 'h264' } });
    const source = { kind: 'rtsp', url: gst.url, transport: 'tcp' };
    const camera = await server.addCamera({ name: 'Away and back', source, start: 'always' });
    await server.waitFor(camera.id, 'live', ({ status }) => status.state === 'live');
    const reader = await RtspReader.play(camera.links.rtsp ?? '');
    t.after(() => reader.end());
    await until('packets come', () => reader.packets > 50);
    await gst.kill();
    await server.waitFor(camera.id, 'away', ({ status }) => status.state !== 'live');
    const again = await startGstRtsp({ media: { video: 'h264' }, port: gst.port });
    t.after(() => again.kill());
    const before = reader.packets;
    await until('packets come again', () => reader.packets > before + 50, 30_000);
    assert.equal(reader.missing, 0, 'sequence numbers go on');
    assert.equal(reader.closed, false);
  });

  it('share one copy over multicast: GStreamer joins the group and decodes', async () => {
    const { body } = await server.api<Camera[]>('GET', '/api/v1/cameras');
    const demo = body.find(({ source }) => source?.kind === 'demo');
    const file = join(server.data, 'multicast.yuv');
    const size = 'video/x-raw,format=I420,width=160,height=90';
    const words = ['rtspsrc', 'protocols=udp-mcast', 'multicast-iface=lo', `location=${demo?.links.rtsp}`];
    const chain = `! rtph264depay ! avdec_h264 ! identity eos-after=30 ! videoscale ! videoconvert ! ${size} ! filesink`;
    // Its exit status is not asked: now and then it complains of its own hanging up.
    const { complaints } = await run('gst-launch-1.0', [
      '-q',
      ...words,
      ...chain.split(' '),
      `location=${file}`,
    ]);
    const bytesOfPicture = 160 * 90 * 1.5;
    assert.ok((await stat(file)).size >= 29 * bytesOfPicture, complaints + server.output());
  });

  it('are listed with jitter and round trip once their reports came, over UDP', async () => {
    const { body } = await server.api<Camera[]>('GET', '/api/v1/cameras');
    const demo = body.find(({ source }) => source?.kind === 'demo');
    assert.ok(demo);
    const words = ['-v', 'error', '-rtsp_transport', 'udp', '-i', demo.links.rtsp ?? '', '-t', '16'];
    const watching = run('ffmpeg', [...words, '-f', 'null', '-']);
    await until(
      'the figures are there',
      async () => (await viewersOf(demo)).some(({ network }) => network.jitterMs !== null),
      14_000,
      () => viewersOf(demo),
    );
    await watching;
  });
});

describe('a server whose RTSP port another program has', () => {
  it('runs without RTSP, says so, and has it once the port is free', async (t) => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const server = await startServer({ rtspPort: port });
    t.after(() => server.stop());
    const link = async () => (await server.api<Camera[]>('GET', '/api/v1/cameras')).body[0]?.links.rtsp;
    assert.equal(await link(), null);
    assert.match(server.output(), new RegExp(`RTSP waits for port ${port}, .*set another rtsp\\.port`));
    other.close();
    const url = await until('RTSP is there', async () => (await link()) ?? undefined);
    assert.deepEqual(
      (await ffprobe(url)).streams.map(({ codec_name: codec }) => codec),
      ['h264'],
    );
  });
});
