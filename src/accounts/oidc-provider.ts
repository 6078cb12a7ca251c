/**
 * One provider of OpenID Connect, found when it is first needed (OpenID Connect Discovery 1.0).
 *
 * In:  what the configuration file says of it. Out: what is needed to talk to it, or what is wrong in words for people.
 * Promises: the server starts without it; what is down is asked again ever more slowly; every answer is bounded in time
 * and size; no redirect is followed; plain http reaches this machine only.
 */
import { readFile } from 'node:fs/promises';
import * as client from 'openid-client';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { OidcOptions } from './options.ts';
import { isLoopbackUrl } from './options.ts';

interface Parts {
  readonly clock: Clock;
  readonly log: Log;
  readonly options: OidcOptions;
}

/** For people: what does not work, without names of machines. */
export type ProviderProblem = string;

/** For one answer of the provider. */
const answerTimeoutSeconds = 10;
/** Settings and keys of a provider are some kilobytes. */
const maxAnswerBytes = 512 * 1024;
/** Clocks of two machines may differ by so much. */
const clockToleranceSeconds = 30;
/** After the first failure, doubled at each other one. */
const firstPauseMs = 2000;
const longestPauseMs = 60_000;
/** Its settings may change: they are read again after so long. */
const freshMs = 12 * 60 * 60_000;
/** More than any secret. */
const maxSecretLength = 4096;

export class OidcProvider {
  readonly #parts: Parts;
  #known: { readonly config: client.Configuration; readonly untilMs: number } | undefined;
  #asking: Promise<Result<client.Configuration, ProviderProblem>> | undefined;
  #failure:
    { readonly problem: ProviderProblem; readonly untilMs: number; readonly pauseMs: number } | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** What was wrong when it was asked last; asks when that is due, and does not wait for the answer. */
  problem(): ProviderProblem | undefined {
    void this.config();
    return this.#failure?.problem;
  }

  /** What it says of itself; while a pause lasts, why it could not be asked before. */
  async config(): Promise<Result<client.Configuration, ProviderProblem>> {
    const nowMs = this.#parts.clock.monotonicMs();
    if (this.#known && nowMs < this.#known.untilMs) return ok(this.#known.config);
    if (this.#failure && nowMs < this.#failure.untilMs) return this.#stale() ?? err(this.#failure.problem);
    this.#asking ??= this.#ask().finally(() => (this.#asking = undefined));
    return this.#asking;
  }

  async #ask(): Promise<Result<client.Configuration, ProviderProblem>> {
    const { clock, log, options } = this.#parts;
    const found = await discover(options);
    if (found.ok) {
      if (this.#failure) log.info(`Signing in with ${options.name} works again`);
      this.#failure = undefined;
      this.#known = { config: found.value, untilMs: clock.monotonicMs() + freshMs };
      return found;
    }
    const { problem, detail } = found.error;
    const pauseMs = Math.min(longestPauseMs, (this.#failure?.pauseMs ?? firstPauseMs / 2) * 2);
    if (this.#failure?.problem !== problem)
      log.warn(`Signing in with ${options.name} does not work: ${problem}`, {
        issuer: options.issuer,
        detail,
      });
    this.#failure = { problem, pauseMs, untilMs: clock.monotonicMs() + pauseMs };
    return this.#stale() ?? err(problem);
  }

  /** Older settings are better than none. */
  #stale() {
    return this.#known && ok(this.#known.config);
  }
}

interface Trouble {
  readonly problem: ProviderProblem;
  /** For the log. */
  readonly detail: string;
}

async function discover(options: OidcOptions): Promise<Result<client.Configuration, Trouble>> {
  const secret = await secretOf(options);
  if (!secret.ok) return secret;
  const issuer = new URL(options.issuer);
  try {
    const config = await client.discovery(
      issuer,
      options.clientId,
      { [client.clockTolerance]: clockToleranceSeconds },
      authenticationWith(secret.value),
      {
        timeout: answerTimeoutSeconds,
        [client.customFetch]: boundedFetch,
        // `boundedFetch` lets it reach this machine only.
        execute: isLoopbackUrl(issuer) ? [client.allowInsecureRequests] : [],
      },
    );
    const lacking = lackingIn(config.serverMetadata());
    if (lacking === undefined) return ok(config);
    return err({ problem: 'its settings are not those of a provider of OpenID Connect.', detail: lacking });
  } catch (error) {
    return err({ problem: problemOf(error), detail: detailOf(error) });
  }
}

async function secretOf({
  clientSecret,
  clientSecretFile,
}: OidcOptions): Promise<Result<string | undefined, Trouble>> {
  if (clientSecretFile === undefined) return ok(clientSecret);
  const problem = 'the file with its secret (`oidc.clientSecretFile`) cannot be used.';
  try {
    const text = (await readFile(clientSecretFile, 'utf8')).trim();
    if (text !== '' && text.length <= maxSecretLength) return ok(text);
    return err({ problem, detail: 'The file is empty, or far too long.' });
  } catch (error) {
    return err({ problem, detail: detailOf(error) });
  }
}

/** As the provider asks for it; Basic is what goes without saying (OpenID Connect Core 1.0, 9). */
function authenticationWith(secret: string | undefined): client.ClientAuth {
  if (secret === undefined) return client.None();
  const basic = client.ClientSecretBasic(secret);
  const post = client.ClientSecretPost(secret);
  return (server, metadata, body, headers) => {
    const known = server.token_endpoint_auth_methods_supported;
    const way = !known || known.includes('client_secret_basic') ? basic : post;
    way(server, metadata, body, headers);
  };
}

/** Browsers are sent to one of these addresses. */
function lackingIn(server: Readonly<client.ServerMetadata>): string | undefined {
  for (const name of ['authorization_endpoint', 'token_endpoint', 'jwks_uri'] as const) {
    const address = server[name];
    if (address === undefined || !URL.canParse(address) || !mayReach(new URL(address)))
      return `${name} is missing, or no https address`;
  }
  return undefined;
}

function mayReach(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackUrl(url));
}

class AnswerFault extends Error {}

/** As `fetch`, but with an end. */
async function boundedFetch(url: string, options: client.CustomFetchOptions): Promise<Response> {
  if (!mayReach(new URL(url))) throw new AnswerFault('plain http leaves this machine');
  const { body, headers, method, signal } = options;
  const answer = await fetch(url, {
    headers,
    method,
    redirect: 'manual',
    ...(body !== undefined && { body: body as string | URLSearchParams }),
    ...(signal && { signal }),
  });
  const bytes = await allOf(answer);
  const isEmpty = bytes.length === 0 || answer.status === 204 || answer.status === 304;
  return new Response(isEmpty ? null : bytes, { status: answer.status, headers: answer.headers });
}

async function allOf(answer: Response): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of answer.body ?? []) {
    length += piece.length;
    if (length > maxAnswerBytes) throw new AnswerFault('the answer is too long');
    pieces.push(piece);
  }
  return new Uint8Array(Buffer.concat(pieces));
}

/** What people can do something about, told from what the library throws. */
function problemOf(error: unknown): ProviderProblem {
  const text = detailOf(error);
  if (/ABORT|Timeout|timed out/i.test(text)) return 'it does not answer in time.';
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|TLS|SSL/.test(text)) return 'its certificate is not trusted here.';
  if (/issuer/i.test(text))
    return 'it calls itself otherwise than the configuration file (`oidc.issuer`), to the letter.';
  if (/fetch failed|ECONN|ENOTFOUND|EAI_AGAIN|EHOST|ENET/.test(text)) return 'it cannot be reached.';
  return 'at its address (`oidc.issuer`) there is no provider of OpenID Connect.';
}

/** The words and codes of an error and of what caused it. */
export function detailOf(error: unknown): string {
  const words: string[] = [];
  for (let one: unknown = error; one instanceof Error && words.length < 8; one = one.cause) {
    const { code } = one as { code?: unknown };
    words.push(typeof code === 'string' ? `${one.message} (${code})` : `${one.name} ${one.message}`);
    if (isComparison(one.cause)) words.push(`of ${one.cause.attribute ?? one.cause.claim ?? ''}`);
  }
  return words.join(': ').slice(0, 500);
}

/** What the library compares says only there what it is about. */
function isComparison(cause: unknown): cause is { readonly attribute?: string; readonly claim?: string } {
  return typeof cause === 'object' && cause !== null && ('attribute' in cause || 'claim' in cause);
}
