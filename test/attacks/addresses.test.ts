/**
 * Addresses that lead the server where whoever wrote them cannot go: to itself, to the machine's network, to the metadata
 * of a cloud. Written down, looked up anew at each connection, or told by a camera that redirects.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { Camera } from '../../src/api/contract/cameras.ts';
import { silentLog } from '../../src/base/log.ts';
import { systemClock } from '../../src/io/clock.ts';
import { AddressPolicy } from '../../src/io/net/address-policy.ts';
import type { Resolve } from '../../src/io/net/lookup.ts';
import { systemRandom } from '../../src/io/random.ts';
import { RtspSource } from '../../src/sources/rtsp/source.ts';
import { watch } from '../rigs/watch.ts';
import { until } from '../e2e/support/until.ts';
import type { House } from './house.ts';
import { openHouse } from './house.ts';

/** Where nobody may be led: it says who came. */
interface Canary {
  readonly port: number;
  readonly came: string[];
  close(): void;
}

/** @param answer what it says to whoever asks; a silent one when absent */
async function startCanary(host: string, port = 0, answer?: (asked: string) => string): Promise<Canary> {
  const came: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    came.push(socket.remoteAddress ?? '');
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    socket.on('data', (bytes) => answer && socket.end(answer(bytes.toString('latin1'))));
  });
  server.listen(port, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    came,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

const allowed = '127.0.0.2';
const forbidden = '127.0.0.1';

/** A name server of the attacker: each look-up of a name has the next answer; the last one stays. */
function rebinding(answers: readonly (readonly string[])[]): { resolve: Resolve; asked: () => number } {
  let asked = 0;
  const resolve: Resolve = (host, done) => {
    if (/^[\d.:]+$/.test(host)) return done(undefined, [{ address: host, family: 4 }]);
    const found = answers[Math.min(asked, answers.length - 1)] ?? [];
    asked += 1;
    done(
      undefined,
      found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
  return { resolve, asked: () => asked };
}

/** The network's own cameras may be reached; this machine may not. */
function sourceAt(url: string, resolve: Resolve): RtspSource {
  return new RtspSource({
    url,
    transport: 'tcp',
    verifyTls: false,
    policy: new AddressPolicy({ allow: [`${allowed}/32`], resolve }),
    clock: systemClock,
    log: silentLog,
    random: systemRandom,
    limitChanges: { connectMs: 1500, answerMs: 700 },
  });
}

describe('a name that changes where it leads', () => {
  it('between the check and the connection, between two connections, or in one answer of several', async (t) => {
    const camera = await startCanary(allowed, 0, () => '');
    const canary = await startCanary(forbidden, camera.port);
    t.after(() => [camera, canary].forEach((one) => one.close()));
    const { resolve, asked } = rebinding([
      [allowed],
      [forbidden],
      ['::ffff:127.0.0.1'],
      ['169.254.169.254'],
      [forbidden, allowed],
    ]);
    const source = sourceAt(`rtsp://camera.example:${camera.port}/`, resolve);
    const faults: string[] = [];
    for (let connection = 0; connection < 5; connection += 1) faults.push((await watch(source).ended()).kind);
    const refused = 'forbidden-address';
    assert.deepEqual(faults, ['ended', refused, refused, refused, 'ended']);
    assert.equal(asked(), 5, 'once for each connection');
    assert.deepEqual([camera.came.length, canary.came.length], [2, 0]);
  });

  it('when a camera redirects to it', async (t) => {
    let target = '';
    const redirects = (asked: string): string =>
      `RTSP/1.0 302 Found\r\nCSeq: ${/CSeq: *(\d+)/i.exec(asked)?.[1] ?? 1}\r\nLocation: ${target}\r\n\r\n`;
    const camera = await startCanary(allowed, 0, redirects);
    const canary = await startCanary(forbidden, camera.port);
    t.after(() => [camera, canary].forEach((one) => one.close()));
    const port = camera.port;
    const { resolve } = rebinding([[forbidden]]);
    for (const host of [
      'inside.example',
      forbidden,
      '127.1',
      '0x7f.1',
      '2130706433',
      '0',
      '[::1]',
      '[::ffff:127.0.0.1]',
    ]) {
      target = `rtsp://${host}:${port}/x`;
      const { kind } = await watch(sourceAt(`rtsp://${allowed}:${port}/`, resolve)).ended();
      assert.ok(kind === 'forbidden-address' || kind === 'protocol', `${host}: ${kind}`);
    }
    for (const url of [
      'http://127.0.0.1/',
      'file:///etc/passwd',
      'exec:id',
      '//127.0.0.1/',
      'gopher://127.0.0.1:70/x',
    ]) {
      target = url;
      assert.equal(
        (await watch(sourceAt(`rtsp://${allowed}:${port}/`, resolve)).ended()).kind,
        'protocol',
        url,
      );
    }
    assert.equal(canary.came.length, 0);
  });
});

/** This machine in the spellings that something understands. */
function inside(port: number): readonly string[] {
  return [
    '127.0.0.1',
    'localhost',
    'LOCALHOST',
    'localhost.',
    '127.1',
    '0x7f.1',
    '0x7f000001',
    '0177.0.0.1',
    '2130706433',
    '0.0.0.0',
    '0',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[0:0:0:0:0:ffff:127.0.0.1]',
    '[64:ff9b::7f00:1]',
    '127.0.0.1%00.example',
    '①②⑦.⓪.⓪.①',
  ].map((host) => `rtsp://${host}:${port}/x`);
}

describe('an address that is entered', () => {
  let house: House;
  let canary: Canary;
  before(async () => {
    house = await openHouse({ localCameras: false, config: 'https:\n  host: 127.0.0.1\n  port: 0\n' });
    canary = await startCanary('127.0.0.1');
  });
  after(async () => {
    canary?.close();
    await house?.server.stop();
  });

  /** The last is what is said of an address that cannot be read. */
  const refusals = new Set(['forbidden-address', 'no-route', 'not-found']);
  const isRefused = async (url: string): Promise<boolean> => {
    const source = { kind: 'rtsp', url };
    const { status, body } = await house.admin.send<{ fault?: string }>('POST', '/api/v1/cameras/probe', {
      source,
    });
    return status === 400 || refusals.has(body.fault ?? '');
  };
  const metadata = [
    '169.254.169.254',
    '[fd00:ec2::254]',
    '100.100.100.200',
    '[::ffff:169.254.169.254]',
    '2852039166',
  ].map((host) => `rtsp://${host}:80/latest/meta-data`);
  const schemes = [
    'exec:id',
    'echo:x',
    'ffmpeg:rtsp://x',
    'http://127.0.0.1/',
    'https://169.254.169.254/',
    'file:///etc/passwd',
    'gopher://x',
    'concat:a|b',
    'subfile,,start,0,end,0,,:/etc/passwd',
    'data:x',
    'pipe:0',
    'unix:/run/x',
    '-i /etc/passwd',
    ' rtsp://x',
    'rtsp:exec:id',
    'javascript:alert(1)',
  ];

  it('of another kind than RTSP is refused wherever a camera can be brought', async () => {
    const { admin, one } = house;
    for (const url of schemes) {
      const source = { kind: 'rtsp', url };
      const requests: readonly (readonly [method: string, path: string, body: unknown])[] = [
        ['POST', '/api/v1/cameras', { name: 'x', source }],
        ['POST', '/api/v1/cameras', { name: 'x', source: { kind: 'push' }, sub: source }],
        ['PATCH', `/api/v1/cameras/${one.id}`, { source }],
        ['PATCH', `/api/v1/cameras/${one.id}`, { sub: source }],
        ['POST', '/api/v1/cameras/probe', { source }],
        ['PUT', '/api/v1/cameras', { cameras: [{ externalId: 'x', name: 'x', source }] }],
        // Those trim what people paste.
        ...(url.startsWith(' ')
          ? []
          : ([
              ['POST', '/api/cameras/', { name: 'x', stream_url: url, location: '' }],
              ['POST', '/cameras/provision', { camera_id: 'x', rtsp_url: url, name: 'x' }],
            ] as const)),
      ];
      for (const [method, path, body] of requests) {
        const { status } = await admin.send(method, path, body);
        assert.ok(status === 400 || status === 422, `${method} ${path} ${url}: ${status}`);
      }
    }
    const text = schemes.map((url, n) => `  c${n}: ${JSON.stringify(url)}`).join('\n');
    const read = await admin.send<{ cameras?: unknown[] }>('POST', '/api/v1/cameras/import', {
      text: `streams:\n${text}\n`,
      dryRun: true,
    });
    assert.ok(read.status === 400 || (read.body.cameras ?? []).length <= 2, JSON.stringify(read.body));
  });

  it('of this machine is not connected to, whatever way brings it', async () => {
    const { admin } = house;
    for (const url of inside(canary.port)) assert.ok(await isRefused(url), url);
    const url = `rtsp://127.0.0.1:${canary.port}/x`;
    const source = { kind: 'rtsp', url };
    const push = { kind: 'push' };
    const made = (camera: object) =>
      admin.must(201, 'POST', '/api/v1/cameras', { start: 'always', ...camera });
    await made({ name: 'Main', source });
    await made({ name: 'Sub', source: push, sub: source });
    const listed = [{ externalId: 'x', name: 'Listed', source, start: 'always' }];
    await admin.must(200, 'PUT', '/api/v1/cameras', { cameras: listed });
    await admin.must(201, 'POST', '/api/cameras/', { name: 'Plain', stream_url: url, location: '' });
    await admin.must(201, 'POST', '/cameras/provision', {
      camera_id: 'y',
      rtsp_url: url,
      name: 'Provisioned',
    });
    await admin.must(200, 'POST', '/api/v1/cameras/import', { text: `streams:\n  door: ${url}\n` });
    const cameras = await admin.must<Camera[]>(200, 'GET', '/api/v1/cameras');
    for (const { id, name, source: its, sub } of cameras) {
      if (its?.kind !== 'rtsp' && !sub) continue;
      // Somebody watches: that connects it.
      void admin.send('GET', `/hls/${id}${sub ? '.sub' : ''}/index.m3u8`);
      await until(`${name} says why not`, async () => {
        const { status, subStatus } = await admin.must<Camera>(200, 'GET', `/api/v1/cameras/${id}`);
        return /this machine itself/.test(`${status.reason} ${subStatus?.reason}`);
      });
    }
    assert.deepEqual(canary.came, []);
  });

  it('of a cloud machine’s metadata is not connected to', async () => {
    for (const url of metadata) {
      const source = { kind: 'rtsp', url };
      const { body } = await house.admin.send<{ fault?: string }>('POST', '/api/v1/cameras/probe', {
        source,
      });
      assert.equal(body.fault, 'forbidden-address', url);
    }
  });

  it('of this server itself is not connected to, on any of its ports, although the owner allowed this machine', async () => {
    const { admin, one, port } = house;
    const rtspPort = Number(new URL((one.links.rtsp ?? '').replace('rtsp:', 'http:')).port);
    await admin.must(200, 'PATCH', '/api/v1/settings', {
      values: { httpsEnabled: true, networkAllow: ['127.0.0.0/8'] },
    });
    const httpsPort = await until('https listens', async () => {
      const report = await admin.must<{ https: { port: number | null } }>(200, 'GET', '/api/v1/network');
      return report.https.port ?? undefined;
    });
    const ports = [port, rtspPort, httpsPort];
    assert.ok(
      ports.every((one) => one > 0),
      'all listen',
    );
    for (const own of ports) {
      for (const url of inside(own)) assert.ok(await isRefused(url), url);
    }
  });
});
