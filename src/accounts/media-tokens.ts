/**
 * Signed media tokens: one camera, a few actions, a short life; for players that cannot sign in.
 *
 * In:  who makes one, for what. Out: a JWT (RFC 7519) signed with ES256 (RFC 7518, 3.4); later who sends it, and the
 * public keys (RFC 7517). Promises: a token never may more than who made it may now; what is signed in any other way, or
 * by anybody else, is nobody; tokens that were checked are remembered, at most so many.
 */
import { createHash } from 'node:crypto';
import type { JWK, JWTPayload, JWTVerifyGetKey } from 'jose';
import {
  SignJWT,
  createLocalJWKSet,
  exportJWK,
  exportPKCS8,
  generateKeyPair,
  importPKCS8,
  jwtVerify,
} from 'jose';
import type { Clock } from '../base/clock.ts';
import { namedId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import type { SigningKeyRow } from '../database/signing-keys.ts';
import { insertSigningKey, listSigningKeys } from '../database/signing-keys.ts';
import type { Random } from '../io/random.ts';
import type { SecretBox } from '../io/secret-box.ts';
import type { Permission, Principal } from './access.ts';
import type { MachineParts } from './api-keys.ts';
import type { Issuers } from './issuers.ts';

const tokenActions = ['live', 'playback', 'publish'] as const;
export type TokenAction = (typeof tokenActions)[number];

export interface TokenRequest {
  readonly cameraId: string;
  readonly actions: readonly TokenAction[];
  readonly lastsSeconds: number;
}

interface Claims {
  readonly id: string;
  readonly issuerId: string;
  readonly cameraId: string;
  readonly actions: readonly TokenAction[];
  readonly expiresMs: number;
}

const algorithm = 'ES256';
const issuerName = 'sightline';
/** Ours are about 600 characters long. */
const maxTokenCharacters = 2048;
/** Players that ask several times a second are checked once; more tokens than a large wall has tiles. */
const maxRemembered = 4096;
/** What the actions are called in MediaMTX, so that its servers can check our tokens by themselves. */
const mediamtxNames: Readonly<Record<TokenAction, string>> = {
  live: 'read',
  playback: 'playback',
  publish: 'publish',
};

export class MediaTokens {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #issuers: Issuers;
  readonly #keys: Keys;
  readonly #publicKeys: JWTVerifyGetKey;
  /** By the hash of the token; the one that was used last is the last. */
  readonly #remembered = new Map<string, Claims>();

  private constructor({ clock, random }: MachineParts, issuers: Issuers, keys: Keys) {
    this.#clock = clock;
    this.#random = random;
    this.#issuers = issuers;
    this.#keys = keys;
    this.#publicKeys = createLocalJWKSet(keys.jwks);
  }

  /** Makes a pair of keys when there is none that can be read. */
  static async open(
    parts: MachineParts & { readonly box: SecretBox },
    issuers: Issuers,
  ): Promise<MediaTokens> {
    const rows = await listSigningKeys(parts.queries);
    const usable = await firstUsable(rows, parts.box, parts.log);
    const made = usable ?? (await makeKey(parts));
    const publics = [...(usable ? [] : [made.publicJwk]), ...rows.flatMap(readPublic)];
    return new MediaTokens(parts, issuers, { ...made, jwks: { keys: publics } });
  }

  /** For `/.well-known/jwks.json`. */
  get jwks(): { readonly keys: JWK[] } {
    return this.#keys.jwks;
  }

  /** That the issuer may do what is wanted is for the caller to ask. */
  async create(
    issuer: Principal,
    { cameraId, actions, lastsSeconds }: TokenRequest,
  ): Promise<{ readonly token: string; readonly expiresMs: number }> {
    const nowSeconds = Math.floor(this.#clock.nowMs() / 1000);
    const expirySeconds = nowSeconds + lastsSeconds;
    const token = await new SignJWT({
      camera: cameraId,
      actions,
      mediamtx_permissions: actions.map((action) => ({ action: mediamtxNames[action], path: cameraId })),
    })
      .setProtectedHeader({ alg: algorithm, typ: 'JWT', kid: this.#keys.id })
      .setIssuer(issuerName)
      .setSubject(issuer.id)
      .setJti(namedId('tok', this.#random(16)))
      .setIssuedAt(nowSeconds)
      .setExpirationTime(expirySeconds)
      .sign(this.#keys.privateKey);
    return { token, expiresMs: expirySeconds * 1000 };
  }

  /** Who sends this token; undefined when it is none of ours, is over, or who made it is no more. */
  async check(token: string): Promise<Principal | undefined> {
    if (token.length > maxTokenCharacters || !token.startsWith('ey')) return undefined;
    const claims = await this.#claims(token);
    if (!claims || claims.expiresMs <= this.#clock.nowMs()) return undefined;
    const issuer = this.#issuers.principalOf(claims.issuerId);
    return issuer && principalOf(claims, issuer);
  }

  async #claims(token: string): Promise<Claims | undefined> {
    const hash = createHash('sha256').update(token).digest('base64url');
    const known = this.#remembered.get(hash);
    this.#remembered.delete(hash);
    const claims = known ?? (await this.#verify(token));
    if (!claims || claims.expiresMs <= this.#clock.nowMs()) return undefined;
    this.#remembered.set(hash, claims);
    for (const oldest of this.#remembered.keys()) {
      if (this.#remembered.size <= maxRemembered) break;
      this.#remembered.delete(oldest);
    }
    return claims;
  }

  async #verify(token: string): Promise<Claims | undefined> {
    try {
      const { payload } = await jwtVerify(token, this.#publicKeys, {
        algorithms: [algorithm],
        issuer: issuerName,
        typ: 'JWT',
        requiredClaims: ['sub', 'jti', 'exp', 'iat'],
        // It was set by this very clock.
        clockTolerance: 0,
        currentDate: new Date(this.#clock.nowMs()),
      });
      return readClaims(payload);
    } catch {
      // Everything that jose throws says that the token is not to be believed.
      return undefined;
    }
  }
}

interface SigningKey {
  readonly id: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

interface Keys extends SigningKey {
  readonly jwks: { readonly keys: JWK[] };
}

function principalOf(claims: Claims, issuer: Principal): Principal {
  const { id, cameraId, actions, expiresMs } = claims;
  const permissions = new Set<Permission>(['media:read']);
  if (actions.includes('publish')) permissions.add('media:write');
  return {
    kind: 'token',
    id,
    name: `a media token of ${issuer.name}`,
    permissions,
    grants: { every: [], cameras: { [cameraId]: actions } },
    issuer,
    expiresMs,
  };
}

function readClaims({ sub, jti, exp, camera, actions }: JWTPayload): Claims | undefined {
  if (typeof camera !== 'string' || !Array.isArray(actions) || exp === undefined) return undefined;
  return {
    id: jti ?? '',
    issuerId: sub ?? '',
    cameraId: camera,
    actions: tokenActions.filter((action) => actions.includes(action)),
    expiresMs: exp * 1000,
  };
}

async function firstUsable(
  rows: readonly SigningKeyRow[],
  box: SecretBox,
  log: Log,
): Promise<SigningKey | undefined> {
  for (const row of rows) {
    const opened = box.open(row.private_sealed, boundTo(row.id));
    const [publicJwk] = readPublic(row);
    if (opened.ok && publicJwk)
      return { id: row.id, privateKey: await importPKCS8(opened.value, algorithm), publicJwk };
    const message = opened.ok ? 'Its public part cannot be read.' : opened.error.message;
    log.warn('A key that media tokens are signed with cannot be used', { key: row.id, message });
  }
  return undefined;
}

async function makeKey({
  queries,
  clock,
  random,
  box,
}: MachineParts & { readonly box: SecretBox }): Promise<SigningKey> {
  const pair = await generateKeyPair(algorithm, { extractable: true });
  const id = namedId('sig', random(16));
  const publicJwk = { ...(await exportJWK(pair.publicKey)), kid: id, alg: algorithm, use: 'sig' };
  await insertSigningKey(queries, {
    id,
    public_jwk: JSON.stringify(publicJwk),
    private_sealed: box.seal(await exportPKCS8(pair.privateKey), boundTo(id)),
    created_ms: clock.nowMs(),
  });
  return { id, privateKey: pair.privateKey, publicJwk };
}

function boundTo(id: string): string {
  return `signing_keys/${id}/private_sealed`;
}

/** Only what is public, whatever stands there. */
function readPublic({ id, public_jwk: text }: SigningKeyRow): JWK[] {
  try {
    const { kty, crv, x, y } = JSON.parse(text) as JWK;
    if (kty !== 'EC' || crv !== 'P-256' || x === undefined || y === undefined) return [];
    return [{ kty, crv, x, y, kid: id, alg: algorithm, use: 'sig' }];
  } catch {
    return [];
  }
}
