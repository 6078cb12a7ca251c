/**
 * For tests: a provider of OpenID Connect on loopback, with a page to sign in on; and a browser that does.
 */
import type { KeyObject } from 'node:crypto';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT, decodeJwt } from 'jose';
import { Provider } from 'oidc-provider';

export interface TestProvider {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** What it says of people, by the name they sign in with there; may be changed. */
  readonly people: Map<string, Readonly<Record<string, unknown>>>;
  /** Addresses that browsers may be sent back to; may be changed until one is used. */
  readonly redirectUris: string[];
  /** As a power cut: nothing listens there any more. */
  close(): Promise<void>;
}

export interface TestProviderOptions {
  readonly redirectUris: string[];
  /** How much its clock goes before ours. */
  readonly aheadSeconds?: number;
  readonly port?: number;
}

const scope = 'openid profile email groups';

export async function startProvider(options: TestProviderOptions): Promise<TestProvider> {
  const { redirectUris, aheadSeconds = 0 } = options;
  let answer: ReturnType<Provider['callback']> | undefined;
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const server = createServer((request, response) => {
    if (aheadSeconds !== 0 && request.url === '/token') shiftToken(response, privateKey, aheadSeconds);
    void answer?.(request, response);
  });
  await once(server.listen(options.port ?? 0, '127.0.0.1'), 'listening');
  // Another name than the server has: cookies know no ports.
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;
  const client = { clientId: 'sightline', clientSecret: 'a secret of the test only' };
  const people: TestProvider['people'] = new Map();
  const provider: Provider = new Provider(issuer, {
    clients: [
      { client_id: client.clientId, client_secret: client.clientSecret, redirect_uris: redirectUris },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' }] },
    cookies: { keys: ['of the test'] },
    claims: {
      openid: ['sub'],
      profile: ['preferred_username'],
      email: ['email', 'email_verified'],
      groups: ['groups'],
    },
    scopes: scope.split(' '),
    pkce: { required: () => true },
    ttl: {
      IdToken: 600,
      AccessToken: 600,
      AuthorizationCode: 60,
      Interaction: 600,
      Session: 600,
      Grant: 600,
    },
    features: { devInteractions: { enabled: true } },
    findAccount: (_: unknown, accountId: string) => ({
      accountId,
      claims: () => ({ sub: accountId, ...people.get(accountId) }),
    }),
    loadExistingGrant: async (context: GrantContext) => {
      const accountId = context.oidc.session.accountId;
      const grant = new provider.Grant({ clientId: client.clientId, accountId });
      grant.addOIDCScope(scope);
      await grant.save();
      return grant;
    },
  });
  answer = provider.callback();
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
    if (server.listening) await once(server, 'close');
  };
  return { issuer, ...client, people, redirectUris, close };
}

/** The provider cannot be given a clock: what it says is signed anew, with other times. */
function shiftToken(response: ServerResponse, key: KeyObject, seconds: number): void {
  const end = response.end.bind(response) as (body: string) => ServerResponse;
  const resign = async (body: string): Promise<void> => {
    const answer = JSON.parse(body) as { id_token: string };
    const { iat = 0, exp = 0, ...claims } = decodeJwt(answer.id_token);
    const shifted = { ...claims, iat: iat + seconds, exp: exp + seconds };
    const header = { alg: 'RS256' };
    end(
      JSON.stringify({
        ...answer,
        id_token: await new SignJWT(shifted).setProtectedHeader(header).sign(key),
      }),
    );
  };
  response.end = ((body: string | Buffer) => {
    response.removeHeader('content-length');
    void resign(String(body));
    return response;
  }) as typeof response.end;
}

interface GrantContext {
  readonly oidc: { readonly session: { readonly accountId: string } };
}

/**
 * Signs in there as a person does, from the address that the server sent the browser to.
 *
 * @returns the address that the provider sends the browser back to
 */
export async function signInThere(start: string, name: string): Promise<URL> {
  const cookies = new Map<string, string>();
  let address = start;
  for (let step = 0; step < 10; step += 1) {
    const form = /\/interaction\//.test(address)
      ? new URLSearchParams({ prompt: 'login', login: name, password: 'x' })
      : undefined;
    const response = await fetch(address, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([key, value]) => `${key}=${value}`).join('; ') },
      ...(form && { method: 'POST', body: form }),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, key = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      cookies.set(key, value);
    }
    const location = response.headers.get('location');
    if (location === null)
      throw new Error(`${address} answered ${response.status}: ${await response.text()}`);
    const next = new URL(location, address);
    if (next.origin !== new URL(start).origin) return next;
    address = next.href;
  }
  throw new Error('the provider goes round in circles');
}
