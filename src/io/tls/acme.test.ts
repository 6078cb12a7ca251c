/**
 * Against Pebble, the ACME server that Let's Encrypt made for tests: it asks the name, which a name server of the test
 * leads to this machine, for the proof.
 */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import type { Socket } from 'node:dgram';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { connect } from 'node:tls';
import { ManualClock } from '../../base/clock.ts';
import { silentLog } from '../../base/log.ts';
import { systemRandom } from '../random.ts';
import { AcmeCertificate } from './acme.ts';
import { makeAuthority, makeServerCertificate } from './make-certificate.ts';
import { httpsOption } from './options.ts';

const pebble = '/usr/bin/pebble';
const missing = existsSync(pebble) ? false : `${pebble} is not installed (Debian: pebble)`;
const dayMs = 86_400_000;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function until(what: () => boolean): Promise<void> {
  while (!what()) await new Promise((wake) => setTimeout(wake, 10));
}

/** Every name is 127.0.0.1, for every question of type A (RFC 1035, 4.1). */
async function nameServer(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.on('message', (question, { port, address }) => {
    let end = 12;
    while (question[end] !== 0 && end < question.length) end += (question[end] ?? 0) + 1;
    const asked = question.subarray(12, end + 5);
    const isA = asked.readUInt16BE(asked.length - 4) === 1;
    const head = Buffer.from(question.subarray(0, 12));
    head.writeUInt16BE(0x8180, 2);
    head.writeUInt16BE(isA ? 1 : 0, 6);
    head.writeUInt32BE(0, 8);
    const answer = Buffer.from([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
    socket.send(Buffer.concat(isA ? [head, asked, answer] : [head, asked]), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

describe('certificates from an authority', { skip: missing }, () => {
  let folder: string;
  let names: Socket;
  let authority: ChildProcess;
  let port: number;
  let challengePort: number;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sightline-acme-'));
    const life = { fromMs: Date.now() - dayMs, untilMs: Date.now() + dayMs };
    const root = { ...makeAuthority('Test', life, systemRandom), name: 'Test' };
    const own = makeServerCertificate(root, ['127.0.0.1'], life, systemRandom);
    port = await freePort();
    challengePort = await freePort();
    names = await nameServer();
    const config = {
      listenAddress: `127.0.0.1:${port}`,
      managementListenAddress: `127.0.0.1:${await freePort()}`,
      certificate: join(folder, 'pebble.crt'),
      privateKey: join(folder, 'pebble.key'),
      httpPort: challengePort,
      tlsPort: await freePort(),
    };
    await writeFile(join(folder, 'root.crt'), root.certificate);
    await writeFile(config.certificate, own.certificate);
    await writeFile(config.privateKey, own.key);
    await writeFile(join(folder, 'pebble.json'), JSON.stringify({ pebble: config }));
    const dns = `127.0.0.1:${names.address().port}`;
    authority = spawn(pebble, ['-config', join(folder, 'pebble.json'), '-dnsserver', dns], {
      stdio: 'ignore',
      env: { ...process.env, PEBBLE_VA_NOSLEEP: '1' },
    });
    await listening(port);
  });
  after(async () => {
    authority.kill();
    names.close();
    await rm(folder, { recursive: true });
  });

  function optionsFor(domain: string) {
    return httpsOption.parse({
      acme: {
        domains: [domain],
        email: 'owner@example.org',
        agreeToTerms: true,
        directoryUrl: `https://127.0.0.1:${port}/dir`,
        directoryAuthority: join(folder, 'root.crt'),
        challengePort,
      },
    }).acme!;
  }

  it('are ordered, proven, kept, and renewed after two thirds of their life with the same account', async () => {
    const clock = new ManualClock(Date.now());
    const issued: number[] = [];
    const options = optionsFor('cams.example.org');
    const parts = {
      clock,
      log: silentLog,
      options,
      folder: join(folder, 'tls'),
      onChange: () => void issued.push(clock.nowMs()),
    };
    const first = await AcmeCertificate.open(parts);
    await until(() => issued.length === 1 || first.problem() !== undefined);
    assert.equal(first.problem(), undefined);
    const made = first.current()!;
    assert.deepEqual(made.facts.names, ['cams.example.org']);
    assert.match(made.facts.issuer, /Pebble/);
    for (const file of ['acme-account.key', 'acme.key']) {
      assert.equal((await stat(join(folder, 'tls', file))).mode & 0o777, 0o600);
    }
    const account = await readFile(join(folder, 'tls/acme-account.key'), 'utf8');
    first.close();

    // A new start uses what was kept, until it is due.
    const again = await AcmeCertificate.open(parts);
    assert.equal(again.current()?.facts.fingerprint, made.facts.fingerprint);
    const { fromMs, untilMs } = made.facts;
    const dueMs = fromMs + ((untilMs - fromMs) * 2) / 3;
    clock.advance(dueMs - clock.nowMs() - 60_000);
    assert.equal(issued.length, 1);
    clock.advance(120_000);
    await until(() => issued.length === 2 || again.problem() !== undefined);
    assert.equal(again.problem(), undefined);
    assert.notEqual(again.current()?.facts.fingerprint, made.facts.fingerprint);
    assert.equal(await readFile(join(folder, 'tls/acme-account.key'), 'utf8'), account);
    again.close();
    assert.equal(clock.timers, 0);
  });

  it('are tried again, later each time, and what went wrong is told', async () => {
    const clock = new ManualClock(Date.now());
    const busy = createServer().listen(challengePort);
    await once(busy, 'listening');
    const told: string[] = [];
    const acme = await AcmeCertificate.open({
      clock,
      log: { ...silentLog, warn: (words: string) => void told.push(words) },
      options: optionsFor('other.example.org'),
      folder: join(folder, 'other'),
      onChange: () => undefined,
    });
    await until(() => told.length === 1);
    assert.match(told[0] ?? '', /challengePort\) is used by another program.*in 10 minutes/);
    clock.advance(10 * 60_000);
    await until(() => told.length === 2);
    assert.match(told[1] ?? '', /in 20 minutes/);
    assert.equal(acme.current(), undefined);

    busy.close();
    await once(busy, 'close');
    clock.advance(20 * 60_000);
    await until(() => acme.current() !== undefined || told.length > 2);
    assert.equal(acme.problem(), undefined);
    acme.close();
  });
});

async function listening(port: number): Promise<void> {
  for (;;) {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
    const met = await once(socket, 'secureConnect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (met) return;
    await new Promise((wake) => setTimeout(wake, 20));
  }
}
