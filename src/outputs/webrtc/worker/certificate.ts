/**
 * One self-signed certificate for all connections of a worker (RFC 8827, 6.5; RFC 5280): made once, as a key for each
 * connection would cost a millisecond each. Browsers check its fingerprint only, which stands in the answer.
 */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

export interface Certificate {
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
}

const dayMs = 86_400_000;
/** A worker may live for years. */
const validDays = 3650;

export function makeCertificate(nowMs: number): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = commonName('sightline');
  const body = sequence(
    der(0xa0, der(0x02, Buffer.of(2))), // version 3
    der(0x02, Buffer.concat([Buffer.of(1), randomBytes(15)])), // serial number
    ecdsaWithSha256(),
    name, // issuer
    sequence(time(nowMs - dayMs), time(nowMs + validDays * dayMs)),
    name, // subject
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const signature = sign('sha256', body, privateKey);
  const whole = sequence(body, ecdsaWithSha256(), der(0x03, Buffer.of(0), signature));
  return { certificate: pem(whole), key: privateKey.export({ type: 'pkcs8', format: 'pem' }) };
}

/** 1.2.840.10045.4.3.2 */
function ecdsaWithSha256(): Buffer {
  return sequence(der(0x06, Buffer.of(0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2)));
}

/** 2.5.4.3 */
function commonName(name: string): Buffer {
  return sequence(der(0x31, sequence(der(0x06, Buffer.of(0x55, 4, 3)), der(0x0c, Buffer.from(name)))));
}

/** UTCTime, YYMMDDHHMMSSZ (RFC 5280, 4.1.2.5.1). */
function time(atMs: number): Buffer {
  const digits = new Date(atMs).toISOString().replaceAll(/[-:T]|\.\d+/g, '');
  return der(0x17, Buffer.from(digits.slice(2)));
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

function pem(bytes: Buffer): string {
  const lines = bytes.toString('base64').replaceAll(/.{1,64}/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}-----END CERTIFICATE-----\n`;
}
