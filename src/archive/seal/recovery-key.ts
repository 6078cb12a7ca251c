/**
 * A key pair for the day the master key is lost (X25519, RFC 7748). The server keeps the public half and wraps each data
 * key for it; the private half is shown once, and is the only thing that opens those wraps.
 */
import type { KeyObject } from 'node:crypto';
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
} from 'node:crypto';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';

const x25519Bytes = 32;
const prefix = 'sightline-recovery-1:';

export interface RecoveryPublicKey {
  /** 16 hex digits, to tell keys apart. */
  readonly id: string;
  readonly bytes: Uint8Array;
}

export interface RecoveryPrivateKey extends RecoveryPublicKey {
  readonly key: KeyObject;
}

export interface Agreement {
  readonly secret: Uint8Array;
  /** Both public halves: binds the secret to this exchange. */
  readonly salt: Uint8Array;
}

/** A new pair; `text` is what its owner keeps. */
export function makeRecoveryKey(): { readonly publicKey: RecoveryPublicKey; readonly text: string } {
  const { privateKey } = generateKeyPairSync('x25519');
  const publicBytes = rawPublic(privateKey);
  const text = prefix + (privateKey.export({ format: 'jwk' }).d ?? '');
  return { publicKey: recoveryPublicKey(publicBytes), text };
}

export function recoveryPublicKey(bytes: Uint8Array): RecoveryPublicKey {
  const id = createHash('sha256').update('sightline recovery key').update(bytes).digest('hex').slice(0, 16);
  return { id, bytes };
}

/** Reads what `makeRecoveryKey` printed; spaces around it do not matter. The error never repeats the text. */
export function parseRecoveryKey(text: string): Result<RecoveryPrivateKey, string> {
  const found = new RegExp(`^${prefix}([A-Za-z0-9_-]{43})$`).exec(text.trim())?.[1];
  if (found === undefined) return err(`This is no recovery key: it is one line that begins with ${prefix}`);
  // PKCS #8 of X25519 (RFC 8410, 7) is these bytes and the key.
  const head = Buffer.from('302e020100300506032b656e04220420', 'hex');
  const der = Buffer.concat([head, Buffer.from(found, 'base64url')]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return ok({ ...recoveryPublicKey(rawPublic(key)), key });
}

/** For wrapping: with a pair that is thrown away. */
export function agreeForSealing(recovery: RecoveryPublicKey): {
  readonly shared: Agreement;
  readonly publicKey: Uint8Array;
} {
  const { privateKey } = generateKeyPairSync('x25519');
  const publicKey = rawPublic(privateKey);
  const secret = diffieHellman({ privateKey, publicKey: fromRaw(recovery.bytes) });
  return { shared: { secret, salt: Buffer.concat([publicKey, recovery.bytes]) }, publicKey };
}

/** For opening; undefined when `publicKey` is no such key. */
export function agreeForOpening(recovery: RecoveryPrivateKey, publicKey: Uint8Array): Agreement | undefined {
  if (publicKey.length !== x25519Bytes) return undefined;
  try {
    const secret = diffieHellman({ privateKey: recovery.key, publicKey: fromRaw(publicKey) });
    return { secret, salt: Buffer.concat([publicKey, recovery.bytes]) };
  } catch {
    return undefined; // a point of low order
  }
}

function rawPublic(privateKey: KeyObject): Uint8Array {
  return Buffer.from(createPublicKey(privateKey).export({ format: 'jwk' }).x ?? '', 'base64url');
}

function fromRaw(bytes: Uint8Array): KeyObject {
  const x = Buffer.from(bytes).toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' });
}
