/**
 * The encrypted RTSP port with the certificate of https: what they see who connect, before and after it is renewed.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, describe, it } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { connect } from 'node:tls';
import { ManualClock } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import { err } from '../base/result.ts';
import { systemRandom } from '../io/random.ts';
import { makeAuthority, makeServerCertificate } from '../io/tls/make-certificate.ts';
import { HandDoor } from '../outputs/rtsp/connection.testing.ts';
import { rtspOption } from '../outputs/rtsp/options.ts';
import type { TlsPair } from '../outputs/rtsp/output.ts';
import { RtspOutput } from '../outputs/rtsp/output.ts';
import type { RtspStreams } from '../outputs/rtsp/stream.ts';
import { RtspPorts } from './rtsp-ports.ts';

const dayMs = 86_400_000;
const life = { fromMs: Date.now() - dayMs, untilMs: Date.now() + dayMs };
const authority = { ...makeAuthority('Test', life, systemRandom), name: 'Test' };
const pairFor = (name: string): TlsPair =>
  makeServerCertificate(authority, [name, '127.0.0.1'], life, systemRandom);

const noStreams: RtspStreams = {
  find: () => err('not-found'),
  mayPublish: () => 'unseen',
  publish: () => err({ kind: 'unknown' }),
  lease: () => ({ leave: () => undefined }),
};

async function answerTo(socket: TLSSocket): Promise<string> {
  socket.write('OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n');
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  return bytes.toString();
}

describe('the encrypted RTSP port without files of its own', () => {
  const clock = new ManualClock(0);
  const options = rtspOption.parse({ port: 0, tls: { port: 0 } });
  const output = new RtspOutput({
    clock,
    log: silentLog,
    random: systemRandom,
    streams: noStreams,
    door: new HandDoor(),
    options,
    serverName: 'Test',
  });
  let asked = 0;
  let host = '127.0.0.1';
  let renew: ((pair: TlsPair) => void) | undefined;
  let port: number | undefined;
  const rtsp = new RtspPorts({
    clock,
    log: silentLog,
    output,
    host: () => host,
    options,
    ports: [],
    certificate: async (onChange) => {
      asked += 1;
      renew = onChange;
      return pairFor('first.example');
    },
    onPorts: ({ rtspsPort }) => (port = rtspsPort),
  });
  const clients: TLSSocket[] = [];
  after(async () => {
    for (const client of clients) client.destroy();
    rtsp.close();
    await output.close();
  });

  async function client(to = '127.0.0.1'): Promise<TLSSocket> {
    assert.ok(port);
    const socket = connect({
      port,
      host: to,
      ca: authority.certificate,
      checkServerIdentity: () => undefined,
    });
    clients.push(socket);
    await once(socket, 'secureConnect');
    return socket;
  }

  it('shows that of https, and the renewed one to whoever comes then', async () => {
    await rtsp.follow();
    const before = await client();
    assert.match(await answerTo(before), /^RTSP\/1\.0 200 /);
    assert.equal(before.getPeerCertificate().subject.CN, 'first.example');
    renew?.(pairFor('second.example'));
    assert.equal((await client()).getPeerCertificate().subject.CN, 'second.example');
    assert.match(await answerTo(before), /^RTSP\/1\.0 200 /, 'whoever was there stays');
  });

  it('has the renewed one after RTSP was off and on, and is told of the next', async () => {
    rtsp.close();
    assert.equal(port, undefined);
    await rtsp.follow();
    assert.equal((await client()).getPeerCertificate().subject.CN, 'second.example');
    renew?.(pairFor('third.example'));
    assert.equal((await client()).getPeerCertificate().subject.CN, 'third.example');
    assert.equal(asked, 1);
  });

  it('moves to another address when that is set, and whoever was there stays', async () => {
    const before = await client();
    host = '0.0.0.0';
    await rtsp.follow();
    assert.match(await answerTo(await client('127.0.0.2')), /^RTSP\/1\.0 200 /);
    assert.match(await answerTo(before), /^RTSP\/1\.0 200 /);
  });
});

describe('the option of the encrypted RTSP port', () => {
  it('needs no files, or both', () => {
    assert.deepEqual(rtspOption.parse({ tls: {} }).tls, { port: 8322 });
    const half = rtspOption.safeParse({ tls: { certificate: 'a.pem' } });
    assert.match(half.error?.message ?? '', /go together/);
  });
});
