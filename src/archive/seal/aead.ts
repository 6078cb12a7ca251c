/**
 * The ciphers that sealing stands on: AES-256-GCM (NIST SP 800-38D) and HKDF-SHA-256 (RFC 5869).
 * In: keys, bytes and what they are bound to. Out: bytes that nobody reads or changes without the key.
 */
import type { KeyObject } from 'node:crypto';
import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync } from 'node:crypto';

export const keyBytes = 32;
export const nonceBytes = 12;
export const tagBytes = 16;

const cipherName = 'aes-256-gcm';

/** A key for one purpose: others that come from the same `secret` say nothing about it. */
export function deriveKey(secret: Uint8Array, salt: Uint8Array, purpose: string): KeyObject {
  return createSecretKey(new Uint8Array(hkdfSync('sha256', secret, salt, purpose, keyBytes)));
}

/** What a message is sealed under: the nonce is never used again with the same key. */
export interface Binding {
  readonly nonce: Uint8Array;
  /** Not stored, and not secret: who opens has to give the same. */
  readonly context: Uint8Array;
}

/** Writes `sealed ‖ tag` to `target` at `offset`; takes `plain.length + tagBytes`. */
export function sealInto(
  target: Uint8Array,
  offset: number,
  key: KeyObject,
  plain: Uint8Array,
  { nonce, context }: Binding,
): void {
  const cipher = createCipheriv(cipherName, key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(context);
  target.set(cipher.update(plain), offset);
  cipher.final();
  target.set(cipher.getAuthTag(), offset + plain.length);
}

/** `sealed ‖ tag` of a short message. */
export function sealBytes(key: KeyObject, plain: Uint8Array, binding: Binding): Uint8Array {
  const sealed = new Uint8Array(plain.length + tagBytes);
  sealInto(sealed, 0, key, plain, binding);
  return sealed;
}

/** The message; undefined when a bit of it, of the key or of the binding is another. */
export function openBytes(
  key: KeyObject,
  sealed: Uint8Array,
  { nonce, context }: Binding,
): Uint8Array | undefined {
  if (sealed.length < tagBytes || nonce.length !== nonceBytes) return undefined;
  const end = sealed.length - tagBytes;
  const decipher = createDecipheriv(cipherName, key, nonce, { authTagLength: tagBytes });
  decipher.setAAD(context);
  decipher.setAuthTag(sealed.subarray(end));
  const plain = decipher.update(sealed.subarray(0, end));
  try {
    decipher.final();
    return plain;
  } catch {
    return undefined;
  }
}
