/**
 * Passwords: argon2id (RFC 9106) with 19 MiB, two passes, one lane, as OWASP's password storage sheet advises.
 *
 * In:  passwords and PHC strings. Out: a PHC string, or whether they belong together.
 * Promises: a few at one time, so that people who sign in take neither memory nor processors from the cameras; an
 * account that does not exist takes as long as one that does.
 */
import { argon2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { Random } from '../io/random.ts';
import type { PhcArgon2id } from './phc.ts';
import { formatPhc, parsePhc } from './phc.ts';

const memoryKib = 19 * 1024;
const passes = 2;
const parallelism = 1;
const saltBytes = 16;
const hashBytes = 32;

/** Threads of Node's pool that hash at one time, of four: files and names are looked up on the others. */
const maxAtOnce = 2;
/** Who comes when so many wait is told to come again: each waits a tenth of a second for each before. */
const maxWaiting = 30;

const compute = promisify(argon2);

export class Passwords {
  readonly #random: Random;
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  /** Of no password; stands in for accounts without one. */
  readonly #nothing: PhcArgon2id;

  constructor(random: Random) {
    this.#random = random;
    this.#nothing = { memoryKib, passes, parallelism, salt: random(saltBytes), hash: random(hashBytes) };
  }

  /** A PHC string. */
  async hash(password: string): Promise<Result<string, 'busy'>> {
    const salt = this.#random(saltBytes);
    const wanted = { memoryKib, passes, parallelism, salt };
    const hash = await this.#inTurn(() => derive(password, wanted, hashBytes));
    return hash.ok ? ok(formatPhc({ ...wanted, hash: hash.value })) : hash;
  }

  /** @param phc null, undefined or damaged: false, after as much work */
  async verify(password: string, phc: string | null | undefined): Promise<Result<boolean, 'busy'>> {
    const stored = parsePhc(phc ?? '');
    const wanted = stored ?? this.#nothing;
    const hash = await this.#inTurn(() => derive(password, wanted, wanted.hash.length));
    if (!hash.ok) return hash;
    return ok(timingSafeEqual(hash.value, wanted.hash) && stored !== undefined);
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<Result<T, 'busy'>> {
    if (this.#running >= maxAtOnce) {
      if (this.#waiting.length >= maxWaiting) return err('busy');
      // Whoever ends hands over its place.
      await new Promise<void>((turn) => this.#waiting.push(turn));
    } else this.#running++;
    try {
      return ok(await work());
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }
}

/** The same password may be typed in several ways; RFC 8265, 4.2 compares in NFC. */
function derive(
  password: string,
  { memoryKib: memory, passes: times, parallelism: lanes, salt }: Omit<PhcArgon2id, 'hash'>,
  tagLength: number,
): Promise<Buffer> {
  const message = Buffer.from(password.normalize('NFC'));
  return compute('argon2id', {
    message,
    nonce: salt,
    parallelism: lanes,
    tagLength,
    memory,
    passes: times,
  });
}
