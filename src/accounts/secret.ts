/**
 * Secrets of sessions, keys and links: made here, kept as a hash only. 256 random bits need no slow hash: there is nothing to guess.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Random } from '../io/random.ts';

/** 43 characters of base64url. */
export function newSecret(random: Random): string {
  return Buffer.from(random(32)).toString('base64url');
}

/** SHA-256, hex. */
export function secretHash(secret: string): string {
  return createHash('sha256').update(secret, 'utf8').digest('hex');
}

/** In constant time. @param hash SHA-256 in hex */
export function fitsHash(secret: string, hash: string): boolean {
  return timingSafeEqual(Buffer.from(secretHash(secret)), Buffer.from(hash.padEnd(64).slice(0, 64)));
}

/** In a time that says nothing about where they differ, nor about lengths. */
export function sameText(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(secretHash(one)), Buffer.from(secretHash(other)));
}
