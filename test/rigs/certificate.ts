/**
 * A self-signed certificate for tests (RFC 5280), so that no test needs the openssl command.
 */
import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TestCertificate {
  /** PEM file with certificate and key. */
  readonly pemFile: string;
  readonly cert: string;
  readonly key: string;
  remove(): void;
}

const dayMs = 86_400_000;

/** For `name` and 127.0.0.1, valid from yesterday until tomorrow. */
export function makeCertificate(name = 'localhost'): TestCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' });
  const body = sequence(
    der(0xa0, integer(2)), // version 3
    integer(1), // serial number
    ecdsaWithSha256(),
    commonName(name), // issuer
    sequence(time(Date.now() - dayMs), time(Date.now() + dayMs)),
    commonName(name), // subject
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(alternativeNames(name))),
  );
  const signature = sign('sha256', body, privateKey);
  const cert = pem('CERTIFICATE', sequence(body, ecdsaWithSha256(), der(0x03, Buffer.of(0), signature)));
  const folder = mkdtempSync(join(tmpdir(), 'sightline-cert-'));
  const pemFile = join(folder, 'both.pem');
  writeFileSync(pemFile, cert + key);
  return {
    pemFile,
    cert,
    key,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** 1.2.840.10045.4.3.2 */
function ecdsaWithSha256(): Buffer {
  return sequence(der(0x06, Buffer.of(0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2)));
}

/** 2.5.4.3 */
function commonName(name: string): Buffer {
  return sequence(der(0x31, sequence(der(0x06, Buffer.of(0x55, 4, 3)), der(0x0c, Buffer.from(name)))));
}

/** 2.5.29.17: a DNS name and an IP address. */
function alternativeNames(name: string): Buffer {
  const names = sequence(der(0x82, Buffer.from(name)), der(0x87, Buffer.of(127, 0, 0, 1)));
  return sequence(der(0x06, Buffer.of(0x55, 0x1d, 0x11)), der(0x04, names));
}

/** UTCTime, YYMMDDHHMMSSZ. */
function time(atMs: number): Buffer {
  const digits = new Date(atMs).toISOString().replaceAll(/[-:T]|\.\d+/g, '');
  return der(0x17, Buffer.from(digits.slice(2)));
}

function integer(value: number): Buffer {
  return der(0x02, Buffer.of(value));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, ...parts);
}

/** Tag, length, contents (X.690, 8.1). */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').replaceAll(/.{1,64}/g, '$&\n');
  return `-----BEGIN ${label}-----\n${lines}-----END ${label}-----\n`;
}
