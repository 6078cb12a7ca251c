/**
 * Who sends a request: Digest with SHA-256 or MD5, Basic (RFC 7616, RFC 7617; RFC 2326, 14), or a token in the address.
 *
 * One for each connection: its challenge holds a number that was never used before, so what was overheard on one
 * connection is worth nothing on another. A wrong name takes as long as a wrong password. Players leave the query out
 * when they go on from the description: a token in an address holds for its connection, and is checked every time.
 */
import type { Authorization, Challenge, Credentials } from '../../media/rtsp/auth.ts';
import { parseAuthorization, verify, writeChallenge } from '../../media/rtsp/auth.ts';
import type { HeaderField, RtspRequest } from '../../media/rtsp/message.ts';
import { header } from '../../media/rtsp/message.ts';
import { readStreamAddress } from './address.ts';
import type { Door, Visitor } from './door.ts';
import type { RtspAuthKind } from './options.ts';

const realm = 'Sightline';

export interface LoginOptions {
  readonly door: Door;
  readonly kinds: readonly RtspAuthKind[];
  /** Random text without quotes. */
  readonly nonce: string;
  /** Of the client. */
  readonly address: string;
}

export type Admission =
  | { readonly kind: 'admitted'; readonly visitor: Visitor }
  /** The fields of a 401. */
  | { readonly kind: 'refused'; readonly fields: readonly HeaderField[] }
  /** Too many wrong guesses came from this address. */
  | { readonly kind: 'blocked' };

/** What unknown names are compared with, and what no name and password can be. */
const nobodysAccount: Credentials = { user: '\0', password: '\0' };

export class Login {
  readonly #options: LoginOptions;
  readonly #challenges: readonly Challenge[];
  /** Of the last address that had one. */
  #token: string | undefined;
  failures = 0;

  constructor(options: LoginOptions) {
    this.#options = options;
    // Old clients keep the last challenge they read: MD5 digest, which all of them can, comes last.
    const offered = (['basic', 'sha-256', 'md5'] as const).filter((kind) => options.kinds.includes(kind));
    this.#challenges = offered.map((kind) => challenge(kind, options.nonce));
  }

  async admit(request: RtspRequest): Promise<Admission> {
    const { door } = this.#options;
    const value = header(request.headers, 'Authorization');
    this.#token = readStreamAddress(request.url)?.token ?? this.#token;
    if (value !== undefined) return this.#check(parseAuthorization(value), request);
    if (this.#token !== undefined) return this.#admitted(await door.holder(this.#token));
    return door.everybody ? { kind: 'admitted', visitor: door.everybody } : this.#refused;
  }

  #check(authorization: Authorization | undefined, request: RtspRequest): Admission | Promise<Admission> {
    const { door, nonce, address } = this.#options;
    // The answer to another challenge, as some clients send at first, is no guess: it tells nobody anything.
    if (authorization?.kind === 'digest' && authorization.nonce !== nonce) return this.#refused;
    const secret = secretIn(authorization, door);
    if (secret === undefined && !door.guesses.begin(address)) return { kind: 'blocked' };
    const visitor = authorization && this.#accountOf(authorization, request);
    if (secret !== undefined && !visitor) return door.holder(secret).then((holder) => this.#admitted(holder));
    if (secret === undefined && visitor) door.guesses.right(address);
    return this.#admitted(visitor);
  }

  #admitted(visitor: Visitor | undefined): Admission {
    if (visitor) {
      this.#options.door.entered(visitor);
      return { kind: 'admitted', visitor };
    }
    this.failures += 1;
    this.#options.door.refused(this.#options.address);
    return this.#refused;
  }

  get #refused(): Admission {
    const fields = this.#challenges.map((offered) => ['WWW-Authenticate', writeChallenge(offered)] as const);
    return { kind: 'refused', fields };
  }

  #accountOf(authorization: Authorization, request: RtspRequest): Visitor | undefined {
    const { user } = authorization;
    const account = this.#options.door.account(user);
    const credentials = account ? { user, password: account.password } : nobodysAccount;
    let accepted = false;
    // Every way is tried, so that the time taken tells nothing.
    for (const offered of this.#challenges) {
      if (verify(authorization, offered, credentials, request) === 'accepted') accepted = true;
    }
    return accepted ? account?.visitor : undefined;
  }
}

/** Basic is taken with a secret also where it is not offered: players that are told to use it need not be asked. */
function secretIn(authorization: Authorization | undefined, door: Door): string | undefined {
  if (authorization?.kind !== 'basic' || !door.isSecret(authorization.password)) return undefined;
  return authorization.password;
}

function challenge(kind: RtspAuthKind, nonce: string): Challenge {
  if (kind === 'basic') return { kind: 'basic', realm };
  return {
    kind: 'digest',
    realm,
    nonce,
    opaque: undefined,
    algorithm: kind === 'md5' ? 'MD5' : 'SHA-256',
    // Clients of RFC 2069 refuse a field they do not know, and take its absence for MD5.
    namesAlgorithm: kind === 'sha-256',
    qop: undefined,
    stale: false,
  };
}
