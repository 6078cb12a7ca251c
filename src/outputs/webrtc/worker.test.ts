/**
 * The supervised process, with real ones.
 */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { describe, it } from 'node:test';
import { silentLog } from '../../base/log.ts';
import { systemClock } from '../../io/clock.ts';
import type { WebRtcWorkerOptions } from './worker.ts';
import { WebRtcWorker } from './worker.ts';

function start(t: TestContext, options: Partial<WebRtcWorkerOptions> = {}): WebRtcWorker {
  const worker = new WebRtcWorker({
    clock: systemClock,
    log: silentLog,
    address: '127.0.0.1',
    port: 0,
    ...options,
  });
  t.after(() => worker.close());
  return worker;
}

const fixture = (name: string): string => new URL(`worker/fixtures/${name}.ts`, import.meta.url).pathname;

const hooks = {
  answer: () => undefined,
  connected: () => undefined,
  packet: () => undefined,
  figures: () => undefined,
};

const remote = {
  iceUfrag: 'abcd',
  icePwd: 'abcdefghijklmnopqrstuvwx',
  fingerprint: Array.from({ length: 32 }, () => 'AB').join(':'),
  setup: 'actpass',
} as const;

describe('the WebRTC worker', () => {
  it('is ready on a port of its own, and answers', async (t) => {
    const worker = start(t);
    await worker.settled(10_000);
    const status = worker.status();
    assert.ok(status.state === 'ready' && status.port > 0);
    const local = await new Promise((answer) => worker.publish(remote, { ...hooks, answer, gone: answer }));
    assert.match(JSON.stringify(local), new RegExp(`127.0.0.1 ${status.port} typ host`));
    assert.equal(worker.connections, 1);
  });

  it('tells of a connection to a stream that it does not have', async (t) => {
    const worker = start(t);
    await worker.settled(10_000);
    const reason = await new Promise((gone) => worker.watch({ stream: 99, remote }, { ...hooks, gone }));
    assert.equal(reason, 'There is no such stream.');
    assert.equal(worker.connections, 0);
  });

  it('loses its connections when it dies, and is there again', async (t) => {
    const worker = start(t);
    await worker.settled(10_000);
    const stream = worker.stream();
    const gone = new Promise<string>((resolve) => worker.publish(remote, { ...hooks, gone: resolve }));
    const { pid = 0 } = worker;
    process.kill(pid, 'SIGKILL');
    assert.match(await gone, /ended and is started again/);
    assert.equal(stream?.isAlive, false);
    while (worker.status().state !== 'ready') await new Promise((wake) => setTimeout(wake, 20));
    assert.notEqual(worker.pid, pid);
  });

  it('says which port is taken, and tries again', async (t) => {
    const other = createSocket('udp4').bind(0, '127.0.0.1');
    await once(other, 'listening');
    t.after(() => other.close());
    const { port } = other.address();
    const worker = start(t, { port });
    await worker.settled(10_000);
    const status = worker.status();
    assert.ok(status.state === 'failed', status.state);
    assert.match(status.reason, new RegExp(`cannot listen on UDP port ${port}`));
    assert.equal(worker.publish(remote, { ...hooks, gone: () => undefined }), undefined);
  });

  it('is not started again when native code is missing, and says what to install', async (t) => {
    const worker = start(t, { program: fixture('unavailable') });
    await worker.settled(10_000);
    const status = worker.status();
    assert.ok(status.state === 'unavailable', status.state);
    assert.match(status.reason, /node-datachannel is not installed/);
  });

  it('is killed when it says what no worker would say', async (t) => {
    const worker = start(t, { program: fixture('nonsense') });
    await worker.settled(10_000);
    const status = worker.status();
    assert.ok(status.state === 'failed', status.state);
    assert.match(status.reason, /control message of an unknown shape/);
  });
});
