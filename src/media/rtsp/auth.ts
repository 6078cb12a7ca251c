/**
 * Basic and Digest authentication for RTSP, both sides (RFC 7617, RFC 7616, RFC 2617; RFC 2326, 14).
 *
 * Client: the challenges of a 401 in, the Authorization value of the next request out.
 * Server: a challenge out, the verdict on an Authorization value in.
 * Nonces and client nonces are arguments; passwords appear in no result but the Basic value itself.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { parseAuthField, type AuthField } from './auth-field.ts';

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

export type DigestAlgorithm = 'MD5' | 'MD5-sess' | 'SHA-256' | 'SHA-256-sess';

export type Challenge =
  | { readonly kind: 'basic'; readonly realm: string }
  | {
      readonly kind: 'digest';
      readonly realm: string;
      readonly nonce: string;
      readonly opaque: string | undefined;
      readonly algorithm: DigestAlgorithm;
      /** Whether the field was there: old devices refuse an answer that names what they did not. */
      readonly namesAlgorithm: boolean;
      /** auth, or the way of RFC 2069 without it. */
      readonly qop: 'auth' | undefined;
      /** The nonce was too old, the password may be right: try again with the new one. */
      readonly stale: boolean;
    };

/** What an answer is for. */
export interface AuthRequest {
  readonly method: string;
  /** Exactly as in the request line. */
  readonly url: string;
}

/** What makes each Digest answer different. */
export interface ClientNonce {
  /** Fresh random text without quotes, used when the challenge has a qop or a -sess algorithm. */
  readonly cnonce: string;
  /** Requests made with this nonce, from 1. */
  readonly count: number;
}

/** Strongest last. */
const strength: readonly DigestAlgorithm[] = ['MD5', 'MD5-sess', 'SHA-256', 'SHA-256-sess'];

/**
 * The strongest challenge we can answer, of all WWW-Authenticate fields of a 401; undefined when there is none.
 * Basic only when nothing else is offered.
 */
export function chooseChallenge(wwwAuthenticate: readonly string[]): Challenge | undefined {
  let best: Challenge | undefined;
  for (const field of wwwAuthenticate.flatMap(parseAuthField)) {
    const challenge = readChallenge(field);
    if (challenge && (!best || rank(challenge) > rank(best))) best = challenge;
  }
  return best;
}

/** The value of the Authorization field. For Basic the client nonce is not used. */
export function authorize(
  challenge: Challenge,
  credentials: Credentials,
  request: AuthRequest,
  client: ClientNonce,
): string {
  if (challenge.kind === 'basic') {
    return `Basic ${Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64')}`;
  }
  const count = client.count.toString(16).padStart(8, '0');
  const response = digestResponse(challenge, credentials, request, {
    cnonce: client.cnonce,
    nc: count,
    qop: challenge.qop,
  });
  const fields = [
    `username="${quoted(credentials.user)}"`,
    `realm="${quoted(challenge.realm)}"`,
    `nonce="${quoted(challenge.nonce)}"`,
    `uri="${quoted(request.url)}"`,
    `response="${response}"`,
  ];
  if (challenge.namesAlgorithm) fields.push(`algorithm=${challenge.algorithm}`);
  if (challenge.qop) fields.push(`qop=${challenge.qop}`, `nc=${count}`);
  if (challenge.qop || isSession(challenge.algorithm)) fields.push(`cnonce="${quoted(client.cnonce)}"`);
  if (challenge.opaque !== undefined) fields.push(`opaque="${quoted(challenge.opaque)}"`);
  return `Digest ${fields.join(', ')}`;
}

/** The value of one WWW-Authenticate field; several fields offer several choices, strongest first. */
export function writeChallenge(challenge: Challenge): string {
  if (challenge.kind === 'basic') return `Basic realm="${quoted(challenge.realm)}", charset="UTF-8"`;
  const fields = [`realm="${quoted(challenge.realm)}"`, `nonce="${quoted(challenge.nonce)}"`];
  if (challenge.namesAlgorithm) fields.push(`algorithm=${challenge.algorithm}`);
  if (challenge.qop) fields.push(`qop="${challenge.qop}"`);
  if (challenge.opaque !== undefined) fields.push(`opaque="${quoted(challenge.opaque)}"`);
  if (challenge.stale) fields.push('stale=true');
  return `Digest ${fields.join(', ')}`;
}

/** Who asks, as an Authorization field says; nothing is proven by it. */
export type Authorization =
  | { readonly kind: 'basic'; readonly user: string; readonly password: string }
  | {
      readonly kind: 'digest';
      readonly user: string;
      readonly realm: string;
      readonly nonce: string;
      readonly uri: string;
      readonly response: string;
      readonly algorithm: DigestAlgorithm;
      readonly qop: 'auth' | undefined;
      readonly cnonce: string;
      readonly nc: string;
    };

/** undefined when the field is no Basic or Digest answer with all its parts. */
export function parseAuthorization(value: string): Authorization | undefined {
  const basic = /^\s*Basic\s+(\S{1,8192})/i.exec(value)?.[1];
  if (basic !== undefined) return readBasic(basic);
  const field = parseAuthField(value)[0];
  if (field?.scheme !== 'digest') return undefined;
  const { parameters } = field;
  const algorithm = readAlgorithm(parameters.get('algorithm'));
  const qop = parameters.get('qop')?.toLowerCase();
  const complete = ['username', 'realm', 'nonce', 'uri', 'response'].every((name) => parameters.has(name));
  if (!complete || algorithm === undefined || (qop !== undefined && qop !== 'auth')) return undefined;
  const text = (name: string): string => parameters.get(name) ?? '';
  return {
    kind: 'digest',
    user: text('username'),
    realm: text('realm'),
    nonce: text('nonce'),
    uri: text('uri'),
    response: text('response').toLowerCase(),
    algorithm,
    qop,
    cnonce: text('cnonce'),
    nc: text('nc'),
  };
}

export type Verdict =
  | 'accepted'
  | 'wrong' // name, password, address or nonce do not fit
  | 'weaker'; // not what was asked for

/**
 * Whether the answer proves the credentials, for this request and challenge. The comparison takes constant time.
 * Whether `nonce` is still fresh, and `nc` not seen before, is for the caller who made the challenge.
 */
export function verify(
  authorization: Authorization,
  challenge: Challenge,
  credentials: Credentials,
  request: AuthRequest,
): Verdict {
  if (authorization.kind === 'basic' || challenge.kind === 'basic') {
    if (authorization.kind !== 'basic' || challenge.kind !== 'basic') return 'weaker';
    const userFits = sameText(authorization.user, credentials.user);
    const passwordFits = sameText(authorization.password, credentials.password);
    return userFits && passwordFits ? 'accepted' : 'wrong';
  }
  if (authorization.algorithm !== challenge.algorithm || authorization.qop !== challenge.qop) return 'weaker';
  const { cnonce, nc, qop, uri } = authorization;
  const expected = digestResponse(
    challenge,
    credentials,
    { method: request.method, url: uri },
    { cnonce, nc, qop },
  );
  const fits = [
    sameText(authorization.response, expected),
    sameText(authorization.user, credentials.user),
    sameText(authorization.nonce, challenge.nonce),
    authorization.realm === challenge.realm,
    isFor(uri, request.url),
  ];
  return fits.every(Boolean) ? 'accepted' : 'wrong';
}

/** RFC 7616, 3.4.1 to 3.4.3; without qop RFC 2617, 3.2.2.1. */
function digestResponse(
  challenge: { readonly algorithm: DigestAlgorithm; readonly realm: string; readonly nonce: string },
  credentials: Credentials,
  request: AuthRequest,
  client: { readonly cnonce: string; readonly nc: string; readonly qop: 'auth' | undefined },
): string {
  const { algorithm, nonce } = challenge;
  const secret = hash(algorithm, `${credentials.user}:${challenge.realm}:${credentials.password}`);
  const first = isSession(algorithm) ? hash(algorithm, `${secret}:${nonce}:${client.cnonce}`) : secret;
  const second = hash(algorithm, `${request.method}:${request.url}`);
  const middle = client.qop ? `${nonce}:${client.nc}:${client.cnonce}:${client.qop}` : nonce;
  return hash(algorithm, `${first}:${middle}:${second}`);
}

function hash(algorithm: DigestAlgorithm, text: string): string {
  const name = algorithm.startsWith('MD5') ? 'md5' : 'sha256';
  return createHash(name).update(text, 'utf8').digest('hex');
}

function isSession(algorithm: DigestAlgorithm): boolean {
  return algorithm.endsWith('-sess');
}

function rank(challenge: Challenge): number {
  return challenge.kind === 'basic' ? -1 : strength.indexOf(challenge.algorithm);
}

function readChallenge(field: AuthField): Challenge | undefined {
  const realm = field.parameters.get('realm') ?? '';
  if (field.scheme === 'basic') return { kind: 'basic', realm };
  const nonce = field.parameters.get('nonce');
  const named = field.parameters.get('algorithm');
  const algorithm = readAlgorithm(named);
  if (field.scheme !== 'digest' || nonce === undefined || algorithm === undefined) return undefined;
  const offered = field.parameters.get('qop');
  const qops = offered?.toLowerCase().split(/[\s,]+/) ?? [];
  // Only auth-int is offered: we do not do it (RFC 7616, 3.3).
  if (offered !== undefined && offered !== '' && !qops.includes('auth')) return undefined;
  return {
    kind: 'digest',
    realm,
    nonce,
    opaque: field.parameters.get('opaque'),
    algorithm,
    namesAlgorithm: named !== undefined,
    qop: qops.includes('auth') ? 'auth' : undefined,
    stale: field.parameters.get('stale')?.toLowerCase() === 'true',
  };
}

/** MD5 when not said (RFC 7616, 3.3). */
function readAlgorithm(text: string | undefined): DigestAlgorithm | undefined {
  if (text === undefined || text === '') return 'MD5';
  const wanted = text.toUpperCase();
  return strength.find((algorithm) => algorithm.toUpperCase() === wanted);
}

/** RFC 7617, 2: the user ends at the first colon. */
function readBasic(token: string): Authorization | undefined {
  const text = Buffer.from(token, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) return undefined;
  return { kind: 'basic', user: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** Hashes first, so that neither content nor length shows in the time taken. */
function sameText(left: string, right: string): boolean {
  return timingSafeEqual(sha256(left), sha256(right));
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}

/**
 * Clients put the whole address, only its path, or leave a last `/` out. Those built on live555 (VLC) put the address
 * of the description for all its tracks.
 */
function isFor(uri: string, url: string): boolean {
  const [named, asked] = [pathOf(uri), pathOf(url)];
  return asked === named || (named !== '' && asked.startsWith(`${named}/`));
}

function pathOf(url: string): string {
  return url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?]*/i, '').replace(/\/$/, '');
}

function quoted(text: string): string {
  return text.replaceAll(/["\\]/g, String.raw`\$&`);
}
