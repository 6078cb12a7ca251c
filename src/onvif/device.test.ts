import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, describe, it } from 'node:test';
import type { OnvifDevice, OnvifDeviceOptions } from '../../test/rigs/onvif-device.ts';
import { startOnvifDevice } from '../../test/rigs/onvif-device.ts';
import { systemClock } from '../io/clock.ts';
import { AddressPolicy } from '../io/net/address-policy.ts';
import { systemRandom } from '../io/random.ts';
import type { ClientParts } from './client.ts';
import { readDevice, reachDevice } from './device.ts';
import type { FoundDevice } from './discovery.ts';
import { discover } from './discovery.ts';
import type { Login } from './soap.ts';

const policy = new AddressPolicy({ allow: ['127.0.0.0/8'] });
const login = { user: 'ädmin', password: 'p@ss/<&>"' };

const parts: ClientParts = {
  policy,
  clock: systemClock,
  random: systemRandom,
  signal: new AbortController().signal,
  timeoutMs: 5000,
  // RFC 7616, for the one challenge of the rig; the server gets its own from its RTSP client.
  answerChallenge: ([challenge = ''], request) => {
    const field = (name: string): string => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1] ?? '';
    if (!challenge.startsWith('Digest')) return undefined;
    const nc = request.count.toString(16).padStart(8, '0');
    const ha1 = md5(`${request.login.user}:${field('realm')}:${request.login.password}`);
    const ha2 = md5(`POST:${request.url}`);
    const response = md5([ha1, field('nonce'), nc, 'c', 'auth', ha2].join(':'));
    return `Digest username="${request.login.user}", uri="${request.url}", nc=${nc}, cnonce="c", response="${response}"`;
  },
};

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

const streams = [
  { token: 'Small', codec: 'H264', width: 640, height: 360, framesPerSecond: 15, kbps: 512, gopFrames: 30 },
  {
    token: 'Large',
    codec: 'H265',
    width: 2560,
    height: 1440,
    framesPerSecond: 20,
    kbps: 4096,
    gopFrames: 80,
  },
  { token: 'Still', codec: 'JPEG', width: 4000, height: 3000, framesPerSecond: 1, kbps: 8000, gopFrames: 1 },
].map((one) => ({
  ...one,
  url: `rtsp://127.0.0.1:8554/${one.token}?a=1&b=2`,
})) as OnvifDeviceOptions['streams'];

const devices: OnvifDevice[] = [];
after(() => Promise.all(devices.map((device) => device.close())));

async function start(options: Partial<OnvifDeviceOptions>): Promise<OnvifDevice> {
  const device = await startOnvifDevice({ kind: 'modern', name: 'Rig', streams, ...options });
  devices.push(device);
  return device;
}

async function read(device: { readonly port: number }, known: Login | undefined) {
  const service = new URL(`http://127.0.0.1:${device.port}/onvif/device_service`);
  const reached = await reachDevice(parts, [service], known);
  return reached.ok ? readDevice(reached.value) : reached;
}

const ascii = { user: 'admin', password: login.password };

describe('a device', () => {
  it('with Media2 and HTTP Digest tells what it is and which streams it has', async () => {
    const device = await start({ login: ascii });
    const told = await read(device, ascii);
    assert.ok(told.ok, JSON.stringify(told));
    const { maker, model, firmware, hasPtz, snapshotUrl, named } = told.value;
    assert.deepEqual([maker, model, firmware, hasPtz, named], ['Rig & Sons', 'RIG-2000', '1.10', true, []]);
    assert.equal(snapshotUrl, `http://127.0.0.1:${device.port}/snap.jpg`);
    const [small, large] = told.value.streams;
    assert.equal(large?.url, 'rtsp://127.0.0.1:8554/Large?a=1&b=2');
    assert.deepEqual([large.codec, large.width, large.framesPerSecond], ['h265', 2560, 20]);
    assert.deepEqual([large.bitrateBps, large.keyframeSeconds], [4_096_000, 4]);
    assert.equal(large.suggested?.role, 'main');
    assert.equal(small?.suggested?.role, 'sub');
    assert.equal(device.wrongLogins(), 0);
  });

  it('that is old, with a clock of years ago and addresses of another network, is read at the address it answers at', async () => {
    const device = await start({ kind: 'old', login, skewMs: -1e11, believes: '192.168.77.5' });
    const told = await read(device, login);
    assert.ok(told.ok, JSON.stringify(told));
    assert.deepEqual(told.value.named, ['192.168.77.5']);
    assert.ok(told.value.streams.every(({ url }) => url.startsWith('rtsp://127.0.0.1:8554/')));
    assert.ok(Math.abs(told.value.skewMs + 1e11) < 5000);
    assert.equal(device.wrongLogins(), 0);
  });

  for (const kind of ['modern', 'old'] as const) {
    it(`is shown a wrong password once only, for it may lock the account (${kind})`, async () => {
      const device = await start({ kind, login: ascii });
      const told = await read(device, { user: 'admin', password: 'wrong' });
      assert.ok(!told.ok);
      assert.equal(told.error.kind, 'wrong-password');
      assert.equal(device.wrongLogins(), 1);
    });
  }

  it('that wants a login and is shown none says so, and no wrong one was tried', async () => {
    const device = await start({ login: ascii });
    const told = await read(device, undefined);
    assert.ok(!told.ok);
    assert.match(told.error.message, /wants a user name/);
    assert.equal(device.wrongLogins(), 0);
  });

  it('that is open needs none', async () => {
    const told = await read(await start({ kind: 'old' }), undefined);
    assert.ok(told.ok);
    assert.equal(told.value.streams.length, 3);
  });
});

describe('what is no device', () => {
  const cases: Record<string, (body: (text: string) => void) => void> = {
    'a page': (send) => send('<!doctype html><p>Hello'),
    nothing: (send) => send(''),
    'an answer without an end': (send) => send('x'.repeat(3_000_000)),
    'a redirect to the metadata of a cloud': (send) => send('<a/>'),
  };
  for (const [what, answer] of Object.entries(cases)) {
    it(`is called that: ${what}`, async () => {
      const server = createServer((_request, response) => {
        const isRedirect = what.startsWith('a redirect');
        response.writeHead(isRedirect ? 302 : 200, isRedirect ? { location: 'http://169.254.169.254/' } : {});
        answer((text) => void response.end(text));
      });
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
      const told = await read({ port: (server.address() as AddressInfo).port }, undefined);
      server.closeAllConnections();
      server.close();
      assert.ok(!told.ok);
      assert.match(told.error.kind, /not-onvif|ended/);
    });
  }

  it('is not asked at all when the address is forbidden', async () => {
    const device = await start({});
    const service = new URL(`http://127.0.0.1:${device.port}/`);
    const reached = await reachDevice({ ...parts, policy: new AddressPolicy() }, [service], undefined);
    assert.ok(!reached.ok);
    assert.equal(reached.error.kind, 'forbidden-address');
    assert.deepEqual(device.asked, []);
  });
});

describe('the search', () => {
  it('finds each device once, with its name as text', async () => {
    // Any free port will do: only this test listens there.
    const holder = createServer();
    await new Promise<void>((done) => holder.listen(0, '127.0.0.1', done));
    const { port } = holder.address() as AddressInfo;
    holder.close();
    await start({ name: '<b>Door</b>', discoveryPort: port });
    await start({ name: 'Yard', kind: 'old', discoveryPort: port });
    const found: FoundDevice[] = [];
    const enough = new AbortController();
    await discover({
      clock: systemClock,
      random: systemRandom,
      addresses: ['127.0.0.1', '192.0.2.250'],
      lastsMs: 5000,
      signal: enough.signal,
      onDevice: (device) => {
        found.push(device);
        if (found.length === 2) enough.abort();
      },
      port,
    });
    assert.deepEqual(found.map(({ name, address }) => `${name} ${address}`).toSorted(), [
      '<b>Door</b> 127.0.0.1',
      'Yard 127.0.0.1',
    ]);
  });
});
