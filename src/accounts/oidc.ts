/**
 * Signing in with OpenID Connect: the code flow with PKCE, state and nonce (OpenID Connect Core 1.0, 3.1; RFC 9700).
 *
 * In:  a browser that wants in, and what it brings back from the provider. Out: where to send it, what it has to keep
 * meanwhile (sealed: nothing is kept here), and in the end what the provider says of the person.
 */
import * as client from 'openid-client';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { SecretBox } from '../io/secret-box.ts';
import { detailOf, OidcProvider } from './oidc-provider.ts';
import type { OidcOptions } from './options.ts';
import type { Outsider } from './outsiders.ts';

export interface OidcParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly box: SecretBox;
  readonly options: OidcOptions;
}

/** What a browser wants. */
export interface OidcWish {
  /** Page to go on with, `/…`. */
  readonly to: string;
  /** The user whose account is to be linked, and in which session; absent: to sign in. */
  readonly link?: { readonly userId: string; readonly sessionId: string | null };
}

export interface OidcStart {
  /** At the provider. */
  readonly url: string;
  /** For a cookie. */
  readonly sealed: string;
}

type OidcFault =
  /** The provider cannot be asked. */
  | 'provider'
  /** What the browser kept is missing, is another's, or is too old. */
  | 'expired'
  /** The answer is for another question: another state or nonce, a code that was used. */
  | 'mismatch'
  /** The person, or the provider, said no. */
  | 'denied'
  /** Clocks here and there differ too much. */
  | 'clock';

export interface OidcEnd {
  /** Undefined where nothing is known of what was wanted. */
  readonly wish: OidcWish | undefined;
  readonly said: Result<Outsider, OidcFault>;
}

/** For somebody who has to find a password and a second factor first. */
export const oidcTripMs = 10 * 60_000;
const boundTo = 'oidc/trip';
const maxGroups = 1000;
const maxNameLength = 200;

interface Trip extends OidcWish {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly redirectUri: string;
  readonly untilMs: number;
}

export class Oidc {
  readonly options: OidcOptions;
  readonly #parts: OidcParts;
  readonly #provider: OidcProvider;

  constructor(parts: OidcParts) {
    this.#parts = parts;
    this.options = parts.options;
    this.#provider = new OidcProvider(parts);
  }

  /** Why it cannot be used now, for people; undefined: nothing is known against it. */
  problem(): string | undefined {
    return this.#provider.problem();
  }

  /** @param redirectUri where the provider sends the browser back to; the provider has to know it */
  async begin(redirectUri: string, wish: OidcWish): Promise<Result<OidcStart, string>> {
    const config = await this.#provider.config();
    if (!config.ok) return config;
    const trip: Trip = {
      ...wish,
      state: client.randomState(),
      nonce: client.randomNonce(),
      verifier: client.randomPKCECodeVerifier(),
      redirectUri,
      untilMs: this.#parts.clock.nowMs() + oidcTripMs,
    };
    const url = client.buildAuthorizationUrl(config.value, {
      redirect_uri: redirectUri,
      scope: [...new Set(['openid', ...this.options.scopes])].join(' '),
      code_challenge: await client.calculatePKCECodeChallenge(trip.verifier),
      code_challenge_method: 'S256',
      state: trip.state,
      nonce: trip.nonce,
    });
    return ok({ url: url.href, sealed: this.#parts.box.seal(JSON.stringify(trip), boundTo) });
  }

  /**
   * @param sealed what the browser kept
   * @param query of the address that the provider sent it to
   */
  async end(sealed: string | undefined, query: string): Promise<OidcEnd> {
    const trip = this.#tripIn(sealed);
    if (!trip) return { wish: undefined, said: err('expired') };
    const { to, link } = trip;
    const wish = link ? { to, link } : { to };
    if (this.#parts.clock.nowMs() >= trip.untilMs) return { wish, said: err('expired') };
    const config = await this.#provider.config();
    if (!config.ok) return { wish, said: err('provider') };
    try {
      return { wish, said: ok(await this.#said(config.value, trip, query)) };
    } catch (error) {
      const detail = detailOf(error);
      this.#parts.log.warn(`Somebody could not sign in with ${this.options.name}`, { detail });
      return { wish, said: err(faultOf(error)) };
    }
  }

  /** @throws what the library does when an answer is wrong. */
  async #said(config: client.Configuration, trip: Trip, query: string): Promise<Outsider> {
    const tokens = await client.authorizationCodeGrant(config, new URL(`${trip.redirectUri}?${query}`), {
      pkceCodeVerifier: trip.verifier,
      expectedState: trip.state,
      expectedNonce: trip.nonce,
      idTokenExpected: true,
    });
    const claims = tokens.claims();
    if (!claims) throw new Error('the provider sent no ID token');
    // Some say no more than the subject in the token.
    const more = config.serverMetadata().userinfo_endpoint
      ? await client.fetchUserInfo(config, tokens.access_token, claims.sub)
      : {};
    return outsiderOf({ ...more, ...claims }, this.options);
  }

  #tripIn(sealed: string | undefined): Trip | undefined {
    const opened = sealed === undefined ? undefined : this.#parts.box.open(sealed, boundTo);
    // Only this server can have sealed it.
    return opened?.ok ? (JSON.parse(opened.value) as Trip) : undefined;
  }
}

type Claims = Readonly<Record<string, unknown>>;

/** What the claims say of somebody. Exported for its tests. */
function outsiderOf(claims: Claims, options: OidcOptions): Outsider {
  const email = claims['email_verified'] === true ? textIn(claims['email']) : undefined;
  const called = textIn(claims['preferred_username']);
  const names = email === undefined ? [] : [email, called].filter((name) => name !== undefined);
  return {
    subject: subjectKey(options.issuer, String(claims['sub'])),
    names: options.linkByName ? names : [],
    newName: called ?? email ?? textIn(claims['name']) ?? '',
    groups: options.roleClaim === undefined ? undefined : groupsIn(claims, options.roleClaim),
  };
}

export function subjectKey(issuer: string, subject: string): string {
  return `${issuer}|${subject}`;
}

/** A name to the letter, or else a way into objects with dots between. */
function groupsIn(claims: Claims, name: string): readonly string[] {
  let value: unknown = Object.hasOwn(claims, name) ? claims[name] : undefined;
  if (value === undefined) {
    value = claims;
    for (const part of name.split('.'))
      value = isObject(value) && Object.hasOwn(value, part) ? value[part] : undefined;
  }
  const values: readonly unknown[] = Array.isArray(value) ? value.slice(0, maxGroups) : [value];
  return values.filter((one) => typeof one === 'string');
}

function isObject(value: unknown): value is Claims {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= maxNameLength ? value : undefined;
}

function faultOf(error: unknown): OidcFault {
  if (error instanceof client.AuthorizationResponseError) {
    const provider = ['server_error', 'temporarily_unavailable'];
    return provider.includes(error.error) ? 'provider' : 'denied';
  }
  const detail = detailOf(error);
  if (detail.includes('TIMESTAMP_CHECK') || /"(?:exp|iat|nbf)"/.test(detail)) return 'clock';
  if (/fetch failed|TIMEOUT|ABORT|RESPONSE_IS_NOT/i.test(detail)) return 'provider';
  if (error instanceof client.ResponseBodyError && error.error === 'invalid_client') return 'provider';
  return 'mismatch';
}
