import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { connect, createServer } from 'node:tls';
import * as fc from 'fast-check';
import { systemRandom } from '../random.ts';
import { readCertificate } from './certificate.ts';
import { makeAuthority, makeServerCertificate } from './make-certificate.ts';

const dayMs = 86_400_000;
const life = { fromMs: Date.now() - dayMs, untilMs: Date.now() + dayMs };
const authority = { ...makeAuthority('Test authority', life, systemRandom), name: 'Test authority' };
const names = ['nvr.local', 'localhost', '127.0.0.1', '::1', 'fe80::aa:1'];
const pair = makeServerCertificate(authority, names, life, systemRandom);

describe('a certificate that we make', () => {
  it('says what it is for, until when, and by whom', () => {
    const read = readCertificate(pair.certificate, pair.key);
    assert.ok(read.ok);
    const { facts } = read.value;
    assert.deepEqual(facts.names, [
      'nvr.local',
      'localhost',
      '127.0.0.1',
      '0:0:0:0:0:0:0:1',
      'fe80:0:0:0:0:0:aa:1',
    ]);
    assert.equal(facts.issuer, 'Test authority');
    assert.equal(facts.trusted, false);
    assert.equal(facts.untilMs, Math.floor(life.untilMs / 1000) * 1000);
    assert.match(facts.fingerprint, /^([\dA-F]{2}:){31}[\dA-F]{2}$/);
  });

  it('opens a TLS connection to who trusts the authority, under each of its names', async () => {
    const server = createServer({ cert: pair.certificate, key: pair.key }, (socket) => socket.end('hello'));
    server.on('tlsClientError', () => undefined);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    try {
      for (const name of ['nvr.local', 'localhost', '']) {
        const socket = connect({ port, host: '127.0.0.1', servername: name, ca: authority.certificate });
        await once(socket, 'secureConnect');
        assert.equal(socket.authorized, true);
        socket.destroy();
      }
      const stranger = connect({ port, host: '127.0.0.1', servername: 'localhost' });
      await assert.rejects(once(stranger, 'secureConnect'), { code: 'SELF_SIGNED_CERT_IN_CHAIN' });
      const other = connect({ port, host: '127.0.0.1', servername: 'other', ca: authority.certificate });
      await assert.rejects(once(other, 'secureConnect'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    } finally {
      server.close();
    }
  });

  it('is no authority itself', () => {
    assert.equal(new X509Certificate(pair.certificate).ca, false);
    assert.equal(new X509Certificate(authority.certificate).ca, true);
  });

  it('may last beyond 2049, and has a serial number of its own', () => {
    const far = { fromMs: Date.now(), untilMs: Date.UTC(2061, 4, 6) };
    const one = new X509Certificate(makeAuthority('A', far, systemRandom).certificate);
    const other = new X509Certificate(makeAuthority('A', far, systemRandom).certificate);
    assert.equal(one.validToDate.toISOString(), '2061-05-06T00:00:00.000Z');
    assert.notEqual(one.serialNumber, other.serialNumber);
  });
});

describe('certificate files that cannot be used', () => {
  const otherKey = makeAuthority('B', life, systemRandom).key;
  const wrong: readonly (readonly [string, string, string, RegExp])[] = [
    ['a key of another certificate', pair.certificate, otherKey, /does not belong/],
    ['no key', pair.certificate, '', /no private key/],
    ['the certificate as key', pair.certificate, pair.certificate, /no private key/],
    ['no certificate', '', pair.key, /not in PEM/],
    ['half a certificate', pair.certificate.slice(0, 300), pair.key, /not in PEM/],
    [
      'rubbish in PEM',
      '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
      pair.key,
      /cannot be read/,
    ],
  ];
  for (const [what, certificate, key, words] of wrong) {
    it(`are told: ${what}`, () => {
      const read = readCertificate(certificate, key);
      assert.ok(!read.ok);
      assert.match(read.error, words);
      assert.doesNotMatch(read.error, /PRIVATE KEY-----|MI[A-Za-z\d]{6}/);
    });
  }
});

it('any text makes no trouble', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 300 }), fc.base64String({ maxLength: 300 }), (text, base64) => {
      const pem = `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----`;
      return !readCertificate(text, text).ok && !readCertificate(pem, pair.key).ok;
    }),
    { numRuns: 100 },
  );
});
