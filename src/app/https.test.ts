/**
 * The encrypted port of the running server, in this process: switched on and off, with other certificates, and what
 * reaches it.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { connect } from 'node:tls';
import { after, before, describe, it } from 'node:test';
import { WebSocket } from 'ws';
import { liveProtocol } from '../api/contract/live.ts';
import { startTestApi } from '../api/testing.ts';
import type { TestApi } from '../api/testing.ts';
import { systemClock } from '../io/clock.ts';
import type { Clock } from '../base/clock.ts';
import { ManualClock } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import { systemRandom } from '../io/random.ts';
import { httpsOption } from '../io/tls/options.ts';
import { makeAuthority, makeServerCertificate } from '../io/tls/make-certificate.ts';
import { Https } from './https.ts';

const dayMs = 86_400_000;
const life = { fromMs: Date.now() - dayMs, untilMs: Date.now() + dayMs };

async function get(
  port: number,
  path: string,
  ca: string,
): Promise<{ status: number; headers: object; text: string }> {
  const sent = request({ port, host: '127.0.0.1', path, ca, agent: false });
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const pieces: Buffer[] = [];
  for await (const piece of response) pieces.push(piece as Buffer);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    text: Buffer.concat(pieces).toString(),
  };
}

describe('the encrypted port', () => {
  let api: TestApi;
  let folder: string;
  const ports: number[] = [];
  const made: Https[] = [];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sightline-https-'));
    api = await startTestApi();
  });
  after(async () => {
    for (const https of made) https.close();
    await api.close();
    await rm(folder, { recursive: true });
  });

  function open(options: object = {}, clock: Clock = systemClock): Https {
    const https = new Https({
      clock,
      log: silentLog,
      random: systemRandom,
      options: httpsOption.parse({ host: '127.0.0.1', port: 0, ...options }),
      data: folder,
      publicNames: ['nvr.example'],
      basePath: '',
      ports,
    });
    https.serve(api.app);
    made.push(https);
    return https;
  }

  it('serves the same routes to who trusts the authority made here', async () => {
    const https = open();
    assert.equal(https.certificate(), undefined);
    const port = await started(https);
    const report = https.certificate()!;
    assert.equal(report.kind, 'self-signed');
    assert.ok(report.names.includes('127.0.0.1') && report.names.includes('nvr.example'));
    const answer = await get(port, '/api/v1/cameras', report.authority!.certificate);
    assert.equal(answer.status, 200);
    assert.deepEqual(ports, [port]);
    assert.deepEqual(https.state(), { kind: 'on', port });
    https.stop();
    assert.deepEqual(ports, []);
    assert.deepEqual(https.state(), { kind: 'off' });
  });

  it('carries the live WebSocket', async () => {
    const https = open();
    const port = await started(https);
    const ca = https.certificate()!.authority!.certificate;
    const socket = new WebSocket(`wss://127.0.0.1:${port}/ws/live`, liveProtocol, { ca });
    await once(socket, 'open');
    assert.equal(socket.protocol, liveProtocol);
    socket.terminate();
  });

  it('moves to another port, or stays where the other is taken', async () => {
    const https = open();
    const first = await started(https);
    const ca = https.certificate()!.authority!.certificate;
    const refused = await https.start(api.port);
    assert.ok(!refused.ok);
    assert.match(refused.error, /used by another program/);
    assert.equal(https.port, first);
    const second = await started(https);
    assert.notEqual(second, first);
    assert.equal((await get(second, '/health', ca)).status, 200);
    await assert.rejects(get(first, '/health', ca), { code: 'ECONNREFUSED' });
  });

  it('that is switched off while it is being made is not there, and of two moves the last one counts', async () => {
    const https = open();
    const before = [...ports];
    const starting = https.start();
    https.stop();
    assert.equal((await starting).ok, false);
    assert.deepEqual([https.state().kind, https.port], ['off', undefined]);
    const [overtaken, last] = await Promise.all([https.start(0), https.start(0)]);
    assert.ok(!overtaken.ok && last.ok);
    assert.equal(https.port, last.value);
    https.close();
    assert.deepEqual(ports, before);
  });

  it('says why it is not there', async () => {
    const https = open();
    const refused = await https.start(api.port);
    assert.ok(!refused.ok);
    assert.deepEqual(https.state(), { kind: 'failed', why: refused.error });
    https.stop();
    assert.equal(https.state().kind, 'off');
  });

  it('uses a renewed certificate for new connections, and ends no old one', async () => {
    const authority = { ...makeAuthority('Owner', life, systemRandom), name: 'Owner' };
    const files = { certificate: join(folder, 'own.crt'), key: join(folder, 'own.key') };
    const write = async (name: string): Promise<void> => {
      const pair = makeServerCertificate(authority, [name, '127.0.0.1'], life, systemRandom);
      await writeFile(files.certificate, pair.certificate);
      await writeFile(files.key, pair.key);
    };
    await write('one.example');
    const clock = new ManualClock(Date.now());
    const https = open(files, clock);
    const port = await started(https);
    assert.equal(https.certificate()!.kind, 'files');
    const old = await secure(port, authority.certificate);
    assert.equal(old.getPeerCertificate().subject.CN, 'one.example');
    const shared: string[] = [];
    await https.shared(({ facts }) => shared.push(facts.names[0] ?? ''));
    await write('two.example');
    while (https.names[0] !== 'two.example') {
      clock.advance(10_000);
      await new Promise((wake) => setTimeout(wake, 5));
    }
    const fresh = await secure(port, authority.certificate);
    assert.equal(fresh.getPeerCertificate().subject.CN, 'two.example');
    assert.deepEqual(shared, ['two.example']);
    old.write('GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n');
    const [answer] = (await once(old, 'data')) as [Buffer];
    assert.match(answer.toString(), /^HTTP\/1\.1 200/);
    old.destroy();
    fresh.destroy();
  });

  it('answers bytes that are no request like the plain port, and bears what is no TLS', async () => {
    const https = open();
    const port = await started(https);
    const ca = https.certificate()!.authority!.certificate;
    const socket = await secure(port, ca);
    socket.write('rubbish\r\n\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    assert.match(answer.toString(), /^HTTP\/1\.1 400.*malformed-request/s);
    const large = await secure(port, ca);
    large.write(`GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'x'.repeat(100_000)}\r\n\r\n`);
    const [refused] = (await once(large, 'data')) as [Buffer];
    assert.match(refused.toString(), /^HTTP\/1\.1 431/);
    const plain = await fetch(`http://127.0.0.1:${port}/`).catch((error: Error) => error);
    assert.ok(plain instanceof Error);
    assert.equal((await get(port, '/health', ca)).status, 200);
    assert.ok((await readFile(join(folder, 'tls/server.key'), 'utf8')).includes('PRIVATE KEY'));
  });
});

async function started(https: Https, port = 0): Promise<number> {
  const result = await https.start(port);
  if (!result.ok) throw new Error(result.error);
  return result.value;
}

async function secure(port: number, ca: string): Promise<TLSSocket> {
  const socket = connect({ port, host: '127.0.0.1', ca });
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  return socket;
}
