/**
 * WebRTC clients that are broken or evil: damaged offers, damaged RTCP, floods. The worker lives, others are served, and
 * nothing is left behind. `HOSTILE_OFFERS` and `HOSTILE_PACKETS` set how many (6,000 and 20,000 for the long run).
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { after, before, describe, it } from 'node:test';
import type { Clock } from '../src/base/clock.ts';
import { silentLog } from '../src/base/log.ts';
import { err, ok } from '../src/base/result.ts';
import { hertz, monotonicMs } from '../src/base/units.ts';
import { Viewers } from '../src/hub/viewers.ts';
import { systemClock } from '../src/io/clock.ts';
import { systemRandom } from '../src/io/random.ts';
import type { Track } from '../src/media/track.ts';
import { webrtcOption } from '../src/outputs/webrtc/options.ts';
import { WebRtcOutput } from '../src/outputs/webrtc/output.ts';
import type { WebRtcStream } from '../src/outputs/webrtc/stream.ts';
import { childrenOf, residentBytes } from './e2e/support/processes.ts';
import { until } from './e2e/support/until.ts';
import { seededRandom } from './rigs/lossy-relay.ts';
import { runWebRtcClient } from './rigs/webrtc-client.ts';
import type { RunningServer } from './support/server.ts';
import { startServer } from './support/server.ts';

const offers = Number(process.env['HOSTILE_OFFERS'] ?? 300);
const packets = Number(process.env['HOSTILE_PACKETS'] ?? 3000);
const testdata = new URL('../src/media/sdp/testdata/', import.meta.url);
const worker = 'webrtc/worker/main.ts';

describe('damaged offers', () => {
  it(`${offers} of them: each has an answer or a refusal, the worker lives, and nothing is left`, async (t) => {
    const output = makeOutput();
    t.after(() => output.close());
    const stream = makeStream();
    const originals = ['chromium-watch.sdp', 'chromium-send.sdp'].map((name) =>
      readFileSync(new URL(name, testdata), 'latin1'),
    );
    const random = seededRandom(7);
    const counts = new Map<string, number>();
    const [pid] = await until('the worker', () => {
      const pids = childrenOf(process.pid, worker);
      return pids.length > 0 && pids;
    });
    for (let i = 0; i < offers; i += 1) {
      const offer = mutated(originals[i % originals.length] ?? '', random);
      const client = { offer, address: `10.0.${i >> 8}.${i & 255}`, client: 'test' };
      const made = i % 3 === 0 ? await output.publish('camera', client) : await output.watch(stream, client);
      const outcome = made.ok ? 'answered' : made.error.code;
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
      if (made.ok) assert.ok(output.end(made.value.session));
      else assert.notEqual(made.error.code, 'webrtc-unavailable', `offer ${i}: ${made.error.detail}`);
    }
    t.diagnostic(JSON.stringify(Object.fromEntries(counts)));
    assert.ok((counts.get('answered') ?? 0) > 0);
    assert.ok((counts.get('bad-offer') ?? 0) > 0);
    assert.equal(output.sessions, 0);
    assert.deepEqual(childrenOf(process.pid, worker), [pid], 'the same worker');
  });
});

describe('a server that is attacked', () => {
  let server: RunningServer;
  let whep: string;

  before(async () => {
    server = await startServer();
    const { body } = await server.api<{ id: string }[]>('GET', '/api/v1/cameras');
    const id = body[0]?.id ?? '';
    whep = `${server.url}/whep/${id}`;
    await server.waitFor(id, 'live', ({ status }) => status.state === 'live' || status.state === 'idle');
  });
  after(() => server?.stop());

  it(`${packets} damaged RTCP packets of a viewer: the worker lives, and the next viewer is served`, async (t) => {
    assert.equal((await runWebRtcClient(whep)).connected, 1);
    const [pid = 0] = childrenOf(server.pid, worker);
    const result = await runWebRtcClient(whep, { packets, seed: 3 });
    t.diagnostic(JSON.stringify(result));
    assert.equal(result.connected, 1);
    assert.ok(result.packetsSent > packets * 0.8);
    assert.ok(result.packetsReceived > 0);
    const next = await runWebRtcClient(whep);
    assert.equal(next.connected, 1);
    assert.ok(next.packetsReceived > 0, 'pictures come');
    assert.deepEqual(childrenOf(server.pid, worker), [pid], 'the same worker');
  });

  it('viewers that come and go leave nothing behind', async (t) => {
    await runWebRtcClient(whep, { rounds: 5 });
    const [pid = 0] = childrenOf(server.pid, worker);
    const before = [residentBytes(pid), residentBytes(server.pid)];
    const result = await runWebRtcClient(whep, { rounds: 25 });
    assert.equal(result.connected, 25);
    const grown = [residentBytes(pid), residentBytes(server.pid)].map((now, i) => now - (before[i] ?? 0));
    t.diagnostic(`grown by ${grown.map((bytes) => `${(bytes / 1e6).toFixed(1)} MB`).join(' and ')}`);
    assert.ok(grown.every((bytes) => bytes < 40e6));
  });

  it('a flood of offers is refused with 429, while others are served', async () => {
    const statuses = await Promise.all(Array.from({ length: 200 }, () => post(whep, '127.0.0.1')));
    assert.ok(statuses.filter((status) => status === 429).length > 100);
    assert.ok(statuses.every((status) => status === 429 || status === 400));
    assert.equal(await post(whep, '127.0.0.2'), 400, 'another address is looked at');
    assert.equal((await server.api('GET', '/api/v1/cameras')).status, 200);
  });
});

/** From that loopback address. Resolves to the status. */
function post(url: string, localAddress: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/sdp' };
    const sent = request(url, { method: 'POST', localAddress, headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    sent.on('error', reject);
    sent.end('v=0\r\ns=-\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n');
  });
}

/** Its seconds are short, so that limits of offers per second do not hold up the test. */
const hurriedClock: Clock = {
  nowMs: () => systemClock.nowMs(),
  monotonicMs: () => monotonicMs(systemClock.monotonicMs() * 1000),
  after: (delayMs, run) => systemClock.after(delayMs, run),
};

function makeOutput(): WebRtcOutput {
  return new WebRtcOutput({
    clock: hurriedClock,
    log: silentLog,
    random: systemRandom,
    publish: () =>
      ok({
        tracks: () => undefined,
        unit: () => undefined,
        ended: () => undefined,
        arrived: () => undefined,
      }),
    reorderMs: () => 50,
    address: '127.0.0.1',
    options: webrtcOption.parse({ port: 0 }),
  });
}

const track: Track = {
  id: 0,
  clockHz: hertz(90_000),
  codec: {
    kind: 'h264',
    sps: Uint8Array.of(0x67, 0x42, 0xc0, 0x1e),
    pps: [Uint8Array.of(0x68, 0xce)],
    widthPixels: 640,
    heightPixels: 360,
    framesPerSecond: 25,
    codecString: 'avc1.42c01e',
    reorderFrames: 0,
  },
};

function makeStream(): WebRtcStream {
  const viewers = new Viewers(systemClock);
  return {
    id: 'cam',
    latency: 'low',
    attach: (reader) => {
      reader.onTracks([track]);
      return ok({ droppedUnits: 0, detach: () => undefined });
    },
    admitViewer: (viewer) => (viewer.address === '' ? err({ kind: 'closed' }) : viewers.admit(viewer, 0)),
    status: () => ({ state: 'live', reason: null, sinceMs: 0, nextTryMs: null }),
  };
}

/** A few changes to an offer: bytes, lines, numbers, repetitions. */
function mutated(original: string, random: () => number): string {
  const pick = (below: number): number => Math.floor(random() * below);
  const lines = original.split('\r\n');
  for (let left = pick(4); left > 0; left -= 1) {
    const at = pick(lines.length);
    const line = lines[at] ?? '';
    const changes: (() => void)[] = [
      () => lines.splice(at, 1),
      () => lines.splice(at, 0, ...Array.from({ length: pick(300) }, () => line)),
      () => (lines[at] = line.slice(0, pick(line.length + 1))),
      () => (lines[at] = line + 'A'.repeat(pick(2000))),
      () => (lines[at] = line.replaceAll(/\d+/g, () => String(pick(2) === 0 ? pick(300) : 2 ** pick(70)))),
      () =>
        (lines[at] =
          line.slice(0, pick(line.length + 1)) +
          String.fromCharCode(pick(256)) +
          line.slice(pick(line.length + 1))),
      () => lines.splice(pick(lines.length), 0, lines[pick(lines.length)] ?? ''),
      () => lines.push(`a=candidate:1 1 UDP 1 evil-${pick(1e6)}.example 9 typ host`),
    ];
    changes[pick(changes.length)]?.();
  }
  return lines.join(pick(10) === 0 ? '\n' : '\r\n');
}
