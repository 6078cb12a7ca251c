/**
 * Cameras that are broken, lost or evil: each ends in the right fault, in plain words, with nothing left behind.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { silentLog } from '../src/base/log.ts';
import type { SourceFault } from '../src/hub/source.ts';
import { systemClock } from '../src/io/clock.ts';
import { AddressPolicy } from '../src/io/net/address-policy.ts';
import { systemRandom } from '../src/io/random.ts';
import { RtspSource } from '../src/sources/rtsp/source.ts';
import { hostileKinds, startHostileRtsp, type HostileKind } from './rigs/hostile-rtsp.ts';
import { watch } from './rigs/watch.ts';

const expected: Readonly<Record<HostileKind, readonly [SourceFault['kind'], RegExp]>> = {
  'silent-after-connect': ['timeout', /did not answer OPTIONS in time/],
  'closes-at-once': ['ended', /closed the connection/],
  nonsense: ['not-rtsp', /does not speak RTSP/],
  'web-server': ['not-rtsp', /a web server\. Check the port/],
  'tls-alert': ['not-rtsp', /does not speak RTSP/],
  'random-bytes': ['not-rtsp', /does not speak RTSP/],
  'endless-headers': ['protocol', /cannot be read/],
  'endless-line': ['protocol', /cannot be read/],
  'byte-at-a-time': ['timeout', /did not answer OPTIONS in time/],
  'huge-content-length': ['protocol', /cannot be read/],
  'huge-sdp': ['unsupported', /Usable are H\.264/],
  'empty-sdp': ['unsupported', /offers no stream at all/],
  'unknown-codec': ['unsupported', /offers only video H261, audio G723/],
  'not-found': ['not-found', /no stream at this path/],
  'refuses-every-login': ['wrong-password', /refused the password for user admin/],
  'redirects-in-a-circle': ['protocol', /from address to address/],
  'redirects-to-metadata': ['forbidden-address', /metadata service/],
  'redirects-to-another-host': ['not-found', /localhost:\d+ has no stream at this path/],
  'refuses-every-transport': ['unsupported', /neither over TCP nor over UDP/],
  'closes-in-the-middle': ['ended', /closed the connection/],
  'wrong-cseq': ['protocol', /a question that was not asked/],
  'silent-after-play': ['stalled', /sends no media/],
  'random-frames': ['stalled', /sends no media/],
  'cut-off-packets': ['stalled', /sends no media/],
  'random-payloads': ['stalled', /no picture to start with/],
  'wrong-lengths': ['stalled', /no picture to start with/],
  'half-frames': ['stalled', /no picture to start with/],
  'random-reports': ['stalled', /sends no media/],
  'asks-without-end': ['protocol', /takes no answers/],
  'says-goodbye': ['ended', /ended the stream/],
};

/** Behaviours that send damaged media, which must be counted. */
const damaging: ReadonlySet<HostileKind> = new Set([
  'random-frames',
  'cut-off-packets',
  'random-payloads',
  'half-frames',
]);
/** What 80 connections would keep that each left a body of the largest size (256 KiB); 8 MiB come and go. */
const maxGrowthBytes = 20 * 1024 * 1024;
const shortLimits = { connectMs: 1500, answerMs: 700, firstPacketMs: 500, firstPictureMs: 800 };

function sourceFor(url: string): RtspSource {
  return new RtspSource({
    url: url.replace('//', '//admin:geheim@'),
    transport: 'auto',
    verifyTls: true,
    policy: new AddressPolicy({ allow: ['127.0.0.0/8'] }),
    clock: systemClock,
    log: silentLog,
    random: systemRandom,
    limitChanges: shortLimits,
  });
}

describe('a hostile camera', { concurrency: 6 }, () => {
  for (const kind of hostileKinds) {
    test(`that does “${kind}” is a fault in plain words`, async (t) => {
      const camera = await startHostileRtsp(kind);
      t.after(() => camera.close());
      const from = watch(sourceFor(camera.url));
      const fault = await from.ended();
      const [wanted, words] = expected[kind];
      assert.equal(fault.kind, wanted, fault.message);
      assert.match(fault.message, words);
      assert.doesNotMatch(fault.message, /geheim/);
      assert.equal(from.units.length, 0);
      if (damaging.has(kind)) assert.ok(from.connection.counters().damaged > 0);
      await until(() => camera.connections.open === 0);
    });
  }
});

test('a refused password is tried once, so that the camera does not lock the account', async (t) => {
  const camera = await startHostileRtsp('refuses-every-login');
  t.after(() => camera.close());
  await watch(sourceFor(camera.url)).ended();
  assert.equal(camera.requests.filter((request) => /^Authorization:/m.test(request)).length, 1);
});

test('credentials do not follow a redirect to another host', async (t) => {
  const camera = await startHostileRtsp('redirects-to-another-host');
  t.after(() => camera.close());
  await watch(sourceFor(camera.url)).ended();
  const [here, there] = [/rtsp:\/\/127\.0\.0\.1:/, /rtsp:\/\/localhost:/].map((host) =>
    camera.requests.filter((request) => host.test(request)),
  );
  assert.ok(here?.some((request) => /^Authorization:/m.test(request)));
  assert.ok((there?.length ?? 0) > 0);
  assert.ok(there?.every((request) => !/^Authorization:/m.test(request)));
});

test('closing during the dialogue leaves nothing open and says nothing', async (t) => {
  const camera = await startHostileRtsp('silent-after-connect');
  t.after(() => camera.close());
  const from = watch(sourceFor(camera.url));
  await until(() => camera.connections.open === 1);
  from.connection.close();
  await until(() => camera.connections.open === 0);
  assert.equal(from.fault, undefined);
});

test('many hostile connections leave no memory behind', async (t) => {
  const floods: HostileKind[] = ['endless-headers', 'huge-content-length', 'huge-sdp', 'random-bytes'];
  const flood = async (rounds: number): Promise<void> => {
    for (const kind of floods) {
      const camera = await startHostileRtsp(kind);
      t.after(() => camera.close());
      const source = sourceFor(camera.url);
      for (let round = 0; round < rounds; round += 1) await watch(source).ended();
    }
  };
  await flood(1); // code is compiled, buffers have their size
  const before = heldBytes();
  await flood(20);
  const grown = heldBytes() - before;
  assert.ok(grown < maxGrowthBytes, `grew by ${Math.round(grown / 1024)} KiB`);
});

/** What is still referred to; unlike the resident set it does not depend on when memory is given back. */
function heldBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

test('an address that cannot be read is told as a fault, without its password', async () => {
  const fault = await watch(sourceFor('rtsp://no host here/x')).ended();
  assert.equal(fault.kind, 'not-found');
  assert.doesNotMatch(fault.message, /geheim/);
});

async function until(holds: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 300 && !holds(); attempt += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.ok(holds());
}
