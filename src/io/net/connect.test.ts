import assert from 'node:assert/strict';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { ManualClock } from '../../base/clock.ts';
import { makeCertificate } from '../../../test/rigs/certificate.ts';
import { AddressPolicy } from './address-policy.ts';
import { connectTcp, connectTls } from './connect.ts';
import type { Resolve } from './lookup.ts';

const loopback = new AddressPolicy({ allow: ['127.0.0.0/8'] });

const twoAddresses: Resolve = (_host, done) =>
  done(undefined, [
    { address: '127.0.0.2', family: 4 },
    { address: '127.0.0.1', family: 4 },
  ]);

function options(port: number, host = '127.0.0.1', policy = loopback) {
  return { host, port, policy, clock: new ManualClock(), timeoutMs: 5000 };
}

/** A server whose connections are closed with the test; tells its port. */
async function listen(t: TestContext, server: Server): Promise<number> {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket.on('error', () => undefined));
  });
  t.after(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return (server.address() as AddressInfo).port;
}

test('connects to the address that was checked, without asking for the name again', async (t) => {
  let asked = 0;
  const resolve: Resolve = (_host, done) => {
    asked += 1;
    done(undefined, [{ address: asked === 1 ? '127.0.0.1' : '127.9.9.9', family: 4 }]);
  };
  const port = await listen(t, createServer());
  const result = await connectTcp(
    options(port, 'rebind.example', new AddressPolicy({ allow: ['127.0.0.0/8'], resolve })),
  );
  assert.ok(result.ok);
  assert.equal(result.value.remoteAddress, '127.0.0.1');
  assert.equal(asked, 1);
  result.value.destroy();
});

test('of several checked addresses one that answers is used', async (t) => {
  const port = await listen(t, createServer());
  const policy = new AddressPolicy({ allow: ['127.0.0.0/8'], resolve: twoAddresses });
  const result = await connectTcp(options(port, 'two.example', policy));
  assert.ok(result.ok);
  assert.equal(result.value.remoteAddress, '127.0.0.1');
  result.value.destroy();
});

test('a port where nothing listens is “refused”', async () => {
  const free = createServer();
  await new Promise<void>((ready) => free.listen(0, '127.0.0.1', ready));
  const { port } = free.address() as AddressInfo;
  await new Promise((closed) => free.close(closed));
  const result = await connectTcp(options(port));
  assert.ok(!result.ok);
  assert.equal(result.error.kind, 'refused');
  assert.ok(result.error.message.includes(`127.0.0.1:${port}`));
});

test('a forbidden address is never connected to', async (t) => {
  let connections = 0;
  const port = await listen(
    t,
    createServer(() => (connections += 1)),
  );
  const result = await connectTcp(options(port, '127.0.0.1', new AddressPolicy()));
  assert.ok(!result.ok);
  assert.equal(result.error.kind, 'forbidden-address');
  assert.equal(connections, 0);
});

test('a name server that never answers ends in a timeout', async () => {
  const clock = new ManualClock();
  const policy = new AddressPolicy({ resolve: () => undefined });
  const pending = connectTcp({ ...options(554, 'slow.example', policy), clock, timeoutMs: 5000 });
  clock.advance(5000);
  const result = await pending;
  assert.ok(!result.ok);
  assert.equal(result.error.kind, 'timeout');
  assert.match(result.error.message, /slow\.example could not be looked up in time/);
});

test('a server that accepts and never shakes hands ends in a timeout, and the socket is closed', async (t) => {
  const server = createServer((socket) => socket.resume());
  const port = await listen(t, server);
  const clock = new ManualClock();
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
  const pending = connectTls({ ...options(port), clock, verify: false });
  const closed = accepted.then((socket) => new Promise((resolve) => socket.once('close', resolve)));
  await accepted;
  clock.advance(5000);
  const result = await pending;
  assert.ok(!result.ok);
  assert.equal(result.error.kind, 'timeout');
  await closed;
});

test('giving up early closes the attempt', async (t) => {
  const server = createServer((socket) => socket.resume());
  const port = await listen(t, server);
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
  const abort = new AbortController();
  const pending = connectTls({ ...options(port), verify: false, signal: abort.signal });
  const closed = accepted.then((socket) => new Promise((resolve) => socket.once('close', resolve)));
  await accepted;
  abort.abort();
  assert.equal((await pending).ok, false);
  await closed;
});

test('a self-signed certificate is a TLS fault when it is checked, and fine when it is not', async (t) => {
  const certificate = makeCertificate();
  t.after(() => certificate.remove());
  const port = await listen(t, createTlsServer({ cert: certificate.cert, key: certificate.key }));
  const checked = await connectTls({ ...options(port), verify: true });
  assert.ok(!checked.ok);
  assert.equal(checked.error.kind, 'tls');
  assert.match(checked.error.message, /signed itself.*switch off the certificate check/);
  const unchecked = await connectTls({ ...options(port), verify: false });
  assert.ok(unchecked.ok);
  unchecked.value.destroy();
});

test('a camera that knows only TLS 1.0 can be used when its certificate is not checked', async (t) => {
  const certificate = makeCertificate();
  t.after(() => certificate.remove());
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const;
  const port = await listen(t, createTlsServer({ cert: certificate.cert, key: certificate.key, ...old }));
  const result = await connectTls({ ...options(port), verify: false });
  assert.ok(result.ok);
  result.value.destroy();
});

test('a server that speaks no TLS is a TLS fault', async (t) => {
  const port = await listen(
    t,
    createServer((socket) => socket.end('RTSP/1.0 400 Bad Request\r\n\r\n')),
  );
  const result = await connectTls({ ...options(port), verify: false });
  assert.ok(!result.ok);
  assert.equal(result.error.kind, 'tls');
});
