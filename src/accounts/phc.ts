/**
 * A password hash as text, as the PHC string format has it: `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>`, with base64
 * without padding. In: any text. Out: its parts, when it is one that may be computed without harm.
 */

export interface PhcArgon2id {
  readonly memoryKib: number;
  readonly passes: number;
  readonly parallelism: number;
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
}

/** Longer ones are none of ours. */
const maxTextLength = 300;
/** Of hashes that were made elsewhere; one sign-in must not take more memory or time. */
const maxMemoryKib = 256 * 1024;
const maxPasses = 16;
const maxParallelism = 16;
const minSaltBytes = 8;
const minHashBytes = 16;
const maxPartBytes = 64;

const pattern =
  /^\$argon2id\$v=19\$m=(\d{1,9}),t=(\d{1,9}),p=(\d{1,9})\$([A-Za-z0-9+/]{2,100})\$([A-Za-z0-9+/]{2,100})$/;

export function formatPhc({ memoryKib, passes, parallelism, salt, hash }: PhcArgon2id): string {
  return `$argon2id$v=19$m=${memoryKib},t=${passes},p=${parallelism}$${base64(salt)}$${base64(hash)}`;
}

/** Undefined: it is none, of another version, or asks for too much. */
export function parsePhc(text: string): PhcArgon2id | undefined {
  const found = text.length > maxTextLength ? null : pattern.exec(text);
  if (!found) return undefined;
  const [memoryKib = 0, passes = 0, parallelism = 0] = found.slice(1, 4).map(Number);
  const salt = Buffer.from(found[4] ?? '', 'base64');
  const hash = Buffer.from(found[5] ?? '', 'base64');
  const fits =
    isWithin(parallelism, 1, maxParallelism) &&
    // RFC 9106, 3.1
    isWithin(memoryKib, 8 * parallelism, maxMemoryKib) &&
    isWithin(passes, 1, maxPasses) &&
    isWithin(salt.length, minSaltBytes, maxPartBytes) &&
    isWithin(hash.length, minHashBytes, maxPartBytes);
  return fits ? { memoryKib, passes, parallelism, salt, hash } : undefined;
}

function isWithin(value: number, least: number, most: number): boolean {
  return value >= least && value <= most;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replaceAll('=', '');
}
