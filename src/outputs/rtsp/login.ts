/**
 * Who may use the RTSP server: Digest with SHA-256 or MD5, and Basic (RFC 7616, RFC 7617; RFC 2326, 14).
 *
 * One for each connection: its challenge holds a number that was never used before, so what was overheard on one
 * connection is worth nothing on another.
 */
import type { Challenge, Credentials } from '../../media/rtsp/auth.ts';
import { parseAuthorization, verify, writeChallenge } from '../../media/rtsp/auth.ts';
import type { HeaderField, RtspRequest } from '../../media/rtsp/message.ts';
import { header } from '../../media/rtsp/message.ts';
import type { RtspAuthKind } from './options.ts';

const realm = 'Sightline';

export interface LoginOptions {
  /** Nobody is asked when empty. */
  readonly users: readonly Credentials[];
  readonly kinds: readonly RtspAuthKind[];
  /** Random text without quotes. */
  readonly nonce: string;
}

export class Login {
  readonly #users: readonly Credentials[];
  readonly #challenges: readonly Challenge[];
  failures = 0;

  constructor({ users, kinds, nonce }: LoginOptions) {
    this.#users = users;
    // Old clients keep the last challenge they read: MD5 digest, which all of them can, comes last.
    const offered = (['basic', 'sha-256', 'md5'] as const).filter((kind) => kinds.includes(kind));
    this.#challenges = offered.map((kind) => challenge(kind, nonce));
  }

  /** Undefined when the request may pass; else the fields of a 401. */
  refuse(request: RtspRequest): readonly HeaderField[] | undefined {
    if (this.#users.length === 0) return undefined;
    const value = header(request.headers, 'Authorization');
    if (value !== undefined && this.#accepts(value, request)) return undefined;
    if (value !== undefined) this.failures += 1;
    return this.#challenges.map((offered) => ['WWW-Authenticate', writeChallenge(offered)] as const);
  }

  /** Every account and way is tried, so that the time taken tells nothing. */
  #accepts(value: string, request: RtspRequest): boolean {
    const authorization = parseAuthorization(value);
    if (!authorization) return false;
    let accepted = false;
    for (const user of this.#users) {
      for (const offered of this.#challenges) {
        if (verify(authorization, offered, user, request) === 'accepted') accepted = true;
      }
    }
    return accepted;
  }
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
