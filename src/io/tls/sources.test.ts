import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { ManualClock } from '../../base/clock.ts';
import { silentLog } from '../../base/log.ts';
import { systemRandom } from '../random.ts';
import type { ServerCertificate } from './certificate.ts';
import { CertificateFiles } from './certificate-files.ts';
import { makeAuthority, makeServerCertificate } from './make-certificate.ts';
import { SelfSigned } from './self-signed.ts';

const dayMs = 86_400_000;
const folders: string[] = [];
async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sightline-tls-'));
  folders.push(folder);
  return folder;
}
after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

/** Until what runs beside has happened: it has no name that could be waited for. */
async function until(what: () => boolean): Promise<void> {
  while (!what()) await new Promise((wake) => setTimeout(wake, 5));
}

interface Made {
  readonly own: SelfSigned;
  readonly clock: ManualClock;
  readonly changes: ServerCertificate[];
  names: string[];
}

async function openOwn(folder: string, names: string[], clock = new ManualClock(Date.now())): Promise<Made> {
  const changes: ServerCertificate[] = [];
  const made = { clock, changes, names };
  const own = await SelfSigned.open({
    clock,
    log: silentLog,
    random: systemRandom,
    folder: join(folder, 'tls'),
    names: () => made.names,
    onChange: (certificate) => changes.push(certificate),
  });
  return Object.assign(made, { own });
}

describe('the certificate that a server makes itself', () => {
  it('is kept, and read by nobody else', async () => {
    const folder = await newFolder();
    const first = await openOwn(folder, ['nvr', '192.168.1.5', 'fe80::1']);
    first.own.close();
    const again = await openOwn(folder, ['nvr', '192.168.1.5', 'fe80::1']);
    again.own.close();
    assert.equal(again.own.current().facts.fingerprint, first.own.current().facts.fingerprint);
    for (const file of ['authority.key', 'server.key']) {
      assert.equal((await stat(join(folder, 'tls', file))).mode & 0o777, 0o600, file);
    }
  });

  it('follows the addresses of the machine, under the same authority', async () => {
    const made = await openOwn(await newFolder(), ['nvr', '192.168.1.5']);
    const authority = made.own.authority();
    made.clock.advance(60_000);
    made.names = ['nvr', '192.168.1.77'];
    made.clock.advance(60_000);
    await until(() => made.changes.length > 0);
    made.own.close();
    const { facts, certificate } = made.own.current();
    assert.deepEqual(facts.names, ['nvr', '192.168.1.77']);
    assert.equal(made.own.authority().fingerprint, authority.fingerprint);
    assert.ok(new X509Certificate(certificate).checkIssued(new X509Certificate(authority.certificate)));
    assert.equal(made.changes.length, 1);
  });

  it('is renewed thirty days before its end, while running and at a start', async () => {
    const folder = await newFolder();
    const first = await openOwn(folder, ['nvr']);
    first.own.close();
    const { untilMs } = first.own.current().facts;
    const made = await openOwn(folder, ['nvr'], new ManualClock(untilMs - 31 * dayMs));
    assert.equal(made.own.current().facts.untilMs, untilMs);
    made.clock.advance(2 * dayMs);
    await until(() => made.changes.length > 0);
    made.own.close();
    assert.ok(made.own.current().facts.untilMs > untilMs);
    const later = await openOwn(folder, ['nvr'], new ManualClock(made.clock.nowMs() + 380 * dayMs));
    later.own.close();
    assert.ok(later.own.current().facts.untilMs > made.own.current().facts.untilMs);
    assert.equal(later.own.authority().fingerprint, made.own.authority().fingerprint);
  });

  it('is made anew when what was kept is broken', async () => {
    const folder = await newFolder();
    const first = await openOwn(folder, ['nvr']);
    first.own.close();
    await writeFile(join(folder, 'tls/server.key'), 'rubbish');
    const again = await openOwn(folder, ['nvr']);
    again.own.close();
    assert.notEqual(again.own.current().facts.fingerprint, first.own.current().facts.fingerprint);
    assert.equal(again.own.authority().fingerprint, first.own.authority().fingerprint);
    assert.equal(again.clock.timers, 0);
  });
});

async function openFiles(folder: string) {
  const clock = new ManualClock();
  const changes: string[] = [];
  const told: string[] = [];
  const log = { ...silentLog, warn: (words: string) => void told.push(words) };
  const files = await CertificateFiles.open({
    clock,
    log,
    certificate: join(folder, 'a.crt'),
    key: join(folder, 'a.key'),
    onChange: ({ facts }) => changes.push(facts.names.join()),
  });
  return { clock, changes, told, files };
}

async function write(
  folder: string,
  { certificate, key }: { certificate: string; key: string },
): Promise<void> {
  await writeFile(join(folder, 'a.crt'), certificate);
  await writeFile(join(folder, 'a.key'), key);
}

describe('the certificate files of the owner', () => {
  const life = { fromMs: Date.now() - dayMs, untilMs: Date.now() + dayMs };
  const authority = { ...makeAuthority('A', life, systemRandom), name: 'A' };
  const pairFor = (name: string) => makeServerCertificate(authority, [name], life, systemRandom);

  it('are used at once when they are renewed; broken ones are told and change nothing', async () => {
    const folder = await newFolder();
    await write(folder, pairFor('one'));
    const { clock, changes, told, files } = await openFiles(folder);
    assert.deepEqual(files.current()?.facts.names, ['one']);
    assert.equal(files.problem(), undefined);

    const two = pairFor('two');
    await writeFile(join(folder, 'a.crt'), two.certificate);
    clock.advance(10_000);
    await until(() => told.length > 0);
    assert.match(told[0] ?? '', /does not belong/);
    assert.match(files.problem() ?? '', /The one before stays in use/);
    assert.deepEqual(files.current()?.facts.names, ['one']);

    await write(folder, two);
    await until(() => clock.advance(10_000) === undefined && changes.length > 0);
    files.close();
    assert.deepEqual(changes, ['two']);
    assert.equal(files.problem(), undefined);
    assert.equal(told.length, 1);
  });

  it('are waited for when they are not there yet', async () => {
    const folder = await newFolder();
    const { clock, changes, told, files } = await openFiles(folder);
    assert.equal(files.current(), undefined);
    assert.equal(told.length, 1);
    await write(folder, pairFor('late'));
    await until(() => clock.advance(10_000) === undefined && changes.length > 0);
    files.close();
    assert.deepEqual(changes, ['late']);
    assert.ok((await readFile(join(folder, 'a.crt'), 'utf8')).startsWith('-----BEGIN'));
  });
});
