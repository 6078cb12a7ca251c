/**
 * The master key as text. In: what a file, the environment or a command says. Out: one key, or several while
 * they are being changed: the first wraps, all open.
 *
 * Errors never repeat the text.
 */
import { createHash } from 'node:crypto';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import type { Random } from '../../io/random.ts';
import { keyBytes } from './aead.ts';

export interface MasterKey {
  /** 16 hex digits, to tell keys apart; says nothing about the key. */
  readonly id: string;
  readonly secret: Uint8Array;
}

/** The first wraps new data keys. Never empty. */
export type MasterKeys = readonly [MasterKey, ...MasterKey[]];

/** Ten keys are more than a change of keys ever needs. */
export const maxMasterKeyTextBytes = 4096;
const maxKeys = 10;
const prefix = 'sightline-master-1:';

export function makeMasterKey(random: Random): MasterKey {
  return masterKey(random(keyBytes));
}

/** As `parseMasterKeys` reads it. */
export function masterKeyText(keys: readonly MasterKey[]): string {
  return keys.map(({ secret }) => `${prefix}${Buffer.from(secret).toString('base64url')}\n`).join('');
}

/**
 * Keys apart by space, line or comma; each 32 bytes as base64 or 64 hex digits. `#` begins a comment.
 * @param where where the text comes from, for the error
 */
export function parseMasterKeys(text: string, where: string): Result<MasterKeys, string> {
  const words = text.replaceAll(/#.*/g, '').split(/[\s,]+/);
  const found = words.filter((word) => word !== '').map(parseKey);
  const keys: MasterKey[] = [];
  for (const key of found) {
    if (!key) return err(`${where} holds something else than keys. ${keyHelp}`);
    if (!keys.some(({ id }) => id === key.id)) keys.push(key);
  }
  const [first, ...rest] = keys;
  if (!first) return err(`${where} holds no key. ${keyHelp}`);
  if (keys.length > maxKeys) return err(`${where} holds more than ${maxKeys} keys.`);
  return ok([first, ...rest]);
}

const keyHelp =
  'A master key is 32 random bytes as base64 or hex, for example of `openssl rand -base64 32`; the newest comes first.';

function parseKey(word: string): MasterKey | undefined {
  const text = word.startsWith(prefix) ? word.slice(prefix.length) : word;
  if (/^[0-9a-fA-F]{64}$/.test(text)) return masterKey(Buffer.from(text, 'hex'));
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return undefined;
  return masterKey(Buffer.from(text, 'base64'));
}

function masterKey(secret: Uint8Array): MasterKey {
  const id = createHash('sha256').update('sightline master key').update(secret).digest('hex').slice(0, 16);
  return { id, secret };
}
