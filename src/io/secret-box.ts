/**
 * Keeps short secrets in a database: AES-256-GCM (NIST SP 800-38D) with a key that only this server has.
 *
 * In:  text and what it is bound to, for example `cameras/cam_…/source`: sealed text that was moved to another row or
 *      column does not open there.
 * Out: printable text, and back. What is damaged, bound elsewhere or sealed with another key is an error, never a throw.
 */
import type { KeyObject } from 'node:crypto';
import { createCipheriv, createDecipheriv, createHash, createSecretKey, hkdfSync } from 'node:crypto';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { Random } from './random.ts';

export interface SecretBox {
  /** @param boundTo whoever opens has to say the same; is not stored */
  seal(plain: string, boundTo: string): string;
  open(sealed: string, boundTo: string): Result<string, SealFault>;
}

/** Holds nothing secret. */
interface SealFault {
  /** `other-key`: a key that this server does not have, perhaps that of an older `secret.key`. */
  readonly kind: 'malformed' | 'other-key' | 'damaged';
  /** For people. */
  readonly message: string;
}

export const secretBytes = 32;

const cipherName = 'aes-256-gcm';
/** Random nonces: with one key they may be drawn 2^32 times (SP 800-38D, 8.3). */
const nonceBytes = 12;
const tagBytes = 16;
/** `s1.<key id>.<base64url of nonce, text, tag>`. */
const sealedPattern = /^s1\.([0-9a-f]{16})\.([A-Za-z0-9_-]{38,})$/;

/** @param secret 32 bytes; the key is derived from them, so that they may serve for other things, too (RFC 5869) */
export function makeSecretBox(secret: Uint8Array, random: Random): SecretBox {
  const key = createSecretKey(new Uint8Array(hkdfSync('sha256', secret, '', 'sightline secret box', 32)));
  const keyId = createHash('sha256').update('sightline secret').update(secret).digest('hex').slice(0, 16);
  return {
    seal: (plain, boundTo) => `s1.${keyId}.${encrypt(key, plain, boundTo, random(nonceBytes))}`,
    open: (sealed, boundTo) => {
      const [, sealedWith, body] = sealedPattern.exec(sealed) ?? [];
      if (sealedWith === undefined || body === undefined)
        return err({ kind: 'malformed', message: 'This is no sealed text.' });
      if (sealedWith !== keyId) return err(otherKey(sealedWith, keyId));
      const plain = decrypt(key, Buffer.from(body, 'base64url'), boundTo);
      return plain === undefined ? err(damaged) : ok(plain);
    },
  };
}

const damaged: SealFault = {
  kind: 'damaged',
  message: 'The sealed text is damaged, or belongs to something else.',
};

function otherKey(sealedWith: string, keyId: string): SealFault {
  return {
    kind: 'other-key',
    message:
      `It is sealed with the key ${sealedWith}, and this server has ${keyId}. Put the older secret.key back ` +
      '(or SIGHTLINE_SECRET_KEY), or enter the secret anew.',
  };
}

function encrypt(key: KeyObject, plain: string, boundTo: string, nonce: Uint8Array): string {
  const cipher = createCipheriv(cipherName, key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(Buffer.from(boundTo));
  const sealed = cipher.update(plain, 'utf8');
  cipher.final();
  return Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString('base64url');
}

function decrypt(key: KeyObject, bytes: Uint8Array, boundTo: string): string | undefined {
  if (bytes.length < nonceBytes + tagBytes) return undefined;
  const nonce = bytes.subarray(0, nonceBytes);
  const tag = bytes.subarray(bytes.length - tagBytes);
  const decipher = createDecipheriv(cipherName, key, nonce, { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(boundTo));
  decipher.setAuthTag(tag);
  const plain = decipher.update(bytes.subarray(nonceBytes, bytes.length - tagBytes));
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  return plain.toString('utf8');
}
