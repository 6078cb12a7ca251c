/**
 * Makes X.509 certificates (RFC 5280) with keys on P-256: in, whom they are for, from when and until when; out, PEM.
 *
 * Two kinds: an authority, which people may put among those that they trust, and the certificate of a server in its
 * name, which may then change with the server's addresses without asking them again.
 */
import type { KeyObject } from 'node:crypto';
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { isIP } from 'node:net';
import { addressBytes } from '../net/address-rules.ts';
import type { Random } from '../random.ts';
import * as der from './der.ts';

export interface PemPair {
  /** PEM; a server's own certificate first, then who has signed it. */
  readonly certificate: string;
  /** PEM, PKCS#8. */
  readonly key: string;
}

export interface Life {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** @param name as it is shown in lists of authorities */
export function makeAuthority(name: string, life: Life, random: Random): PemPair {
  const keys = newKeys();
  const certificate = certificatePem({
    subject: name,
    issuer: name,
    life,
    serial: serialNumber(random),
    key: keys.publicKey,
    signWith: keys.privateKey,
    extensions: [
      extension('2.5.29.19', der.sequence(der.yes, der.integer(Uint8Array.of(0))), true), // an authority, of servers only
      extension('2.5.29.15', der.bitString(Uint8Array.of(0x06), 1), true), // signs certificates and revocations
      extension('2.5.29.14', der.octetString(keyId(keys.publicKey))),
    ],
  });
  return { certificate, key: pemOf(keys.privateKey) };
}

/**
 * @param authority made by `makeAuthority` with the same `authorityName`
 * @param names names and IP addresses of the server; the first is shown as its name
 */
export function makeServerCertificate(
  authority: PemPair & { readonly name: string },
  names: readonly string[],
  life: Life,
  random: Random,
): PemPair {
  const keys = newKeys();
  const signWith = createPrivateKey(authority.key);
  const certificate = certificatePem({
    subject: names[0] ?? 'localhost',
    issuer: authority.name,
    life,
    serial: serialNumber(random),
    key: keys.publicKey,
    signWith,
    extensions: [
      extension('2.5.29.19', der.sequence(), true), // no authority
      extension('2.5.29.15', der.bitString(Uint8Array.of(0x80), 7), true), // signs handshakes
      extension('2.5.29.37', der.sequence(der.oid('1.3.6.1.5.5.7.3.1'))), // as a server
      extension('2.5.29.17', der.sequence(...names.map(generalName))),
      extension('2.5.29.14', der.octetString(keyId(keys.publicKey))),
      extension('2.5.29.35', der.sequence(der.tagged(contextTag(0), keyId(createPublicKey(authority.key))))),
    ],
  });
  return { certificate: certificate + authority.certificate, key: pemOf(keys.privateKey) };
}

interface Contents {
  readonly subject: string;
  readonly issuer: string;
  readonly life: Life;
  readonly serial: Uint8Array;
  readonly key: KeyObject;
  readonly signWith: KeyObject;
  readonly extensions: readonly Uint8Array[];
}

const ecdsaWithSha256 = der.sequence(der.oid('1.2.840.10045.4.3.2')); // RFC 5758, 3.2
const version3 = der.tagged(0xa0, der.integer(Uint8Array.of(2)));

/** RFC 5280, 4.1. */
function certificatePem(contents: Contents): string {
  const body = der.sequence(
    version3,
    der.integer(contents.serial),
    ecdsaWithSha256,
    commonName(contents.issuer),
    der.sequence(der.time(contents.life.fromMs), der.time(contents.life.untilMs)),
    commonName(contents.subject),
    publicKeyInfo(contents.key),
    der.tagged(0xa3, der.sequence(...contents.extensions)),
  );
  const signature = der.bitString(sign('sha256', body, contents.signWith));
  const base64 = Buffer.from(der.sequence(body, ecdsaWithSha256, signature)).toString('base64');
  const lines = base64.match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

/** The longest common name (RFC 5280, appendix A: ub-common-name). */
const maxCommonName = 64;

function commonName(name: string): Uint8Array {
  return der.sequence(der.set(der.sequence(der.oid('2.5.4.3'), der.utf8(name.slice(0, maxCommonName)))));
}

function extension(id: string, value: Uint8Array, critical = false): Uint8Array {
  return der.sequence(der.oid(id), ...(critical ? [der.yes] : []), der.octetString(value));
}

/** Tag of a choice that holds its bytes as they are. */
const contextTag = (number: number): number => 0x80 | number;

/** RFC 5280, 4.2.1.6: dNSName is [2], iPAddress is [7]. */
function generalName(name: string): Uint8Array {
  const address = isIP(name) === 0 ? undefined : addressBytes(name);
  return address
    ? der.tagged(contextTag(7), address)
    : der.tagged(contextTag(2), Buffer.from(name, 'latin1'));
}

/** 20 bytes of a hash of the key (RFC 7093, 2). */
function keyId(key: KeyObject): Uint8Array {
  return createHash('sha256').update(publicKeyInfo(key)).digest().subarray(0, 20);
}

function publicKeyInfo(key: KeyObject): Uint8Array {
  return key.export({ type: 'spki', format: 'der' });
}

function newKeys(): { publicKey: KeyObject; privateKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' });
}

/** Never used before: half of the 20 bytes that are allowed at most (RFC 5280, 4.1.2.2), by chance, positive. */
function serialNumber(random: Random): Uint8Array {
  const bytes = Uint8Array.from(random(10));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes;
}
