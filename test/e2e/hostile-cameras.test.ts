/**
 * Cameras and files that lie, flood or hang: told in plain words, and nobody else notices.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Camera } from '../../src/api/contract/cameras.ts';
import type { GstRtsp } from '../rigs/gstreamer-rtsp.ts';
import { startGstRtsp } from '../rigs/gstreamer-rtsp.ts';
import { hostileKinds, startHostileRtsp } from '../rigs/hostile-rtsp.ts';
import type { RunningServer } from '../support/server.ts';
import { startServer } from '../support/server.ts';
import { play } from './support/foreign.ts';
import { openFilesBesides, residentBytes, udpPorts } from './support/processes.ts';
import { until } from './support/until.ts';

/** All hostile cameras at once, each with its buffers and what the collector has not yet taken. */
const maxGrowthBytes = 160 * 1024 * 1024;
/** Sockets that are closing, and the log. */
const spareFiles = 6;
/** The longest patience with a camera that was reached but sends nothing, and some. */
const faultWithinMs = 35_000;

/** `stalled`: noise that now and then looks like a picture. */
const troubled: ReadonlySet<string> = new Set(['error', 'offline', 'stalled']);

let server: RunningServer;
let gst: GstRtsp;
let good: Camera;

before(async () => {
  [server, gst] = await Promise.all([startServer(), startGstRtsp({ media: { video: 'h264' } })]);
  good = await server.addCamera({ name: 'Good', source: { kind: 'rtsp', url: gst.url }, start: 'always' });
  await server.waitFor(good.id, 'live', ({ status }) => status.state === 'live');
});

after(async () => {
  await server?.stop();
  await gst?.kill();
});

/** Health answers, and the good camera's pictures go on without having been interrupted. */
async function allIsWell(): Promise<void> {
  assert.equal((await fetch(`${server.url}/health`)).status, 200);
  const { status } = await server.camera(good.id);
  await server.waitFor(good.id, 'going on', (now) => {
    return now.status.stats.unitsReceived > status.stats.unitsReceived + 5;
  });
  const { stats, state } = (await server.camera(good.id)).status;
  assert.deepEqual([state, stats.reconnects, stats.damaged], ['live', 0, 0]);
}

async function remove(cameras: readonly Camera[]): Promise<void> {
  const answers = await Promise.all(cameras.map(({ id }) => server.api('DELETE', `/api/v1/cameras/${id}`)));
  assert.ok(answers.every(({ status }) => status === 204));
}

describe('hostile cameras', () => {
  it('all at once: each is told with a reason and logged; the good one goes on; nothing is left of them', async (t) => {
    const port = Number(new URL(server.url).port);
    const filesBefore = openFilesBesides(server.pid, port);
    const memoryBefore = residentBytes(server.pid);
    const rigs = await Promise.all(hostileKinds.map((kind) => startHostileRtsp(kind)));
    t.after(() => rigs.forEach((rig) => rig.close()));
    const cameras = await Promise.all(
      rigs.map(({ url }, index) =>
        server.addCamera({
          name: String(hostileKinds[index]),
          source: { kind: 'rtsp', url },
          start: 'always',
        }),
      ),
    );
    const faults = await Promise.all(
      cameras.map(async ({ id, name }) => {
        const { status } = await server.waitFor(
          id,
          `a fault (${name})`,
          (now) => troubled.has(now.status.state),
          faultWithinMs,
        );
        return { id, name, reason: status.reason ?? '' };
      }),
    );
    for (const { id, name, reason } of faults) {
      assert.match(reason, /^\S+ \S+ .+\.$/, name);
      assert.ok(server.output().includes(id), `${name} is in the log`);
    }
    await allIsWell();
    const grownBytes = residentBytes(server.pid) - memoryBefore;
    await remove(cameras);
    await until(
      'their files are closed',
      () => openFilesBesides(server.pid, port) <= filesBefore + spareFiles,
      10_000,
      () => ({
        before: filesBefore,
        now: openFilesBesides(server.pid, port),
      }),
    );
    await until('their connections are closed', () =>
      rigs.every(({ connections }) => connections.open === 0),
    );
    t.diagnostic(`${cameras.length} cameras; memory grew by ${Math.round(grownBytes / 1024 / 1024)} MiB`);
    assert.ok(grownBytes < maxGrowthBytes, `grew by ${grownBytes} bytes`);
    await allIsWell();
  });
});

describe('strangers', () => {
  it('that throw bytes at the UDP ports of a camera change nothing', async (t) => {
    const source = { kind: 'rtsp', url: gst.url, transport: 'udp' };
    const camera = await server.addCamera({ name: 'Over UDP', source, start: 'always' });
    await server.waitFor(camera.id, 'live', ({ status }) => status.state === 'live');
    const ports = udpPorts(server.pid);
    assert.ok(ports.length >= 2, `${ports.length} ports`);
    const played = play(`${server.url}${camera.links.hls}`, 3);
    const stranger = createSocket('udp4').bind(0, '127.0.0.2');
    t.after(() => stranger.close());
    for (let round = 0; round < 300; round += 1) {
      for (const port of ports) stranger.send(strangerPacket(round), port, '127.0.0.1');
      await new Promise((next) => setTimeout(next, 5));
    }
    const { pictures, complaints } = await played;
    assert.equal(complaints, '');
    assert.ok(pictures >= 70, `${pictures} pictures in 3 s`);
    const { stats, state } = (await server.camera(camera.id)).status;
    assert.deepEqual([state, stats.reconnects, stats.damaged], ['live', 0, 0]);
    await remove([camera]);
    await until('its ports are closed', () => udpPorts(server.pid).length === 0);
    await allIsWell();
  });
});

/** Noise, an RTP header before noise, an RTCP BYE, nothing at all, the largest there can be. */
function strangerPacket(round: number): Buffer {
  const kinds = [
    () => randomBytes(1 + (round % 1400)),
    () => Buffer.concat([Buffer.from([0x80, 96]), randomBytes(200)]),
    () => Buffer.concat([Buffer.from([0x81, 203, 0, 1]), randomBytes(4)]),
    () => Buffer.alloc(0),
    () => randomBytes(60_000),
  ];
  return kinds[round % kinds.length]?.() ?? Buffer.alloc(0);
}

describe('a file camera', { concurrency: 4 }, () => {
  before(async () => {
    const media = join(server.data, 'media');
    await mkdir(join(media, 'folder.mp4'), { recursive: true });
    await symlink('/etc/passwd', join(media, 'passwd.mp4'));
    await symlink('/etc', join(media, 'etc'));
    await symlink('/dev/zero', join(media, 'zero.mp4'));
    await symlink('loop.mp4', join(media, 'loop.mp4'));
    execFileSync('mkfifo', [join(media, 'pipe.mp4')]);
    await writeFile(join(media, 'noise.mp4'), randomBytes(500_000));
    await writeFile(join(media, 'noise.ts'), randomBytes(500_000));
    await writeFile(
      join(media, 'noise.mkv'),
      Buffer.concat([Buffer.from('1a45dfa3', 'hex'), randomBytes(500_000)]),
    );
    await writeFile(join(media, 'sparse.mp4'), '');
    await truncate(join(media, 'sparse.mp4'), 4_000_000_000);
    await writeFile(join(media, 'huge-box.mp4'), Buffer.from('0000000166747970ffffffffffffff0000', 'hex'));
  });

  const paths = [
    '../../etc/passwd',
    '/etc/passwd',
    'x/../../../../etc/passwd',
    '..\\..\\etc\\passwd',
    'passwd.mp4',
    'etc/passwd',
    'zero.mp4',
    'loop.mp4',
    'pipe.mp4',
    'folder.mp4',
    'noise.mp4',
    'noise.ts',
    'noise.mkv',
    'sparse.mp4',
    'huge-box.mp4',
    'a\0b',
    'file:///etc/passwd',
    'http://127.0.0.1/x.mp4',
  ];
  for (const path of paths) {
    it(`${JSON.stringify(path)} is refused in plain words`, async () => {
      const { status, body } = await server.api<{ ok?: boolean; fault?: string; message?: string }>(
        'POST',
        '/api/v1/cameras/probe',
        { source: { kind: 'file', path } },
      );
      assert.ok(status === 400 || (status === 200 && body.ok === false), `${status} ${JSON.stringify(body)}`);
      assert.doesNotMatch(JSON.stringify(body), /root:|ENOENT|EACCES|\bat \w+ \(/);
      if (status === 200) assert.match(body.fault ?? '', /^(file|unsupported)$/);
    });
  }

  it('leaves all well', () => allIsWell());
});
