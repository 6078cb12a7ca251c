/**
 * Certificates from an authority of the internet (ACME, RFC 8555), proven by http-01: the authority asks each name of
 * ours for a text that it has told us.
 *
 * In:  names, whom to ask, a folder. Out: a certificate, ordered when there is none for these names and when two thirds
 * of its life are over. What goes wrong is told and tried again, later each time; the certificate before stays.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { join } from 'node:path';
import type { Client, crypto as AcmeCrypto } from 'acme-client';
import type { Clock, Timer } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { writeFileAtomically } from '../files.ts';
import type { ServerCertificate } from './certificate.ts';
import { readCertificate } from './certificate.ts';
import { ChallengeListener } from './challenge-listener.ts';
import type { AcmeOptions } from './options.ts';
import type { CertificateSource } from './source.ts';

export interface AcmeParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly options: AcmeOptions;
  /** Keeps the key of the account, the certificate and its key. */
  readonly folder: string;
  readonly onChange: (certificate: ServerCertificate) => void;
}

/** Let's Encrypt forgives five failures of a name in an hour; ten minutes, then twice as long, makes three. */
const firstRetryMs = 10 * 60_000;
const longestRetryMs = 24 * 3_600_000;
/** A renewal that is due weeks from now is looked at again sooner: machines sleep, and timers count to 24 days. */
const longestWaitMs = 6 * 3_600_000;
/** An authority that says nothing for so long is not there. */
const answerTimeoutMs = 30_000;
/** How soon the state of an order is asked again, at first. */
const askAgainMs = 1000;
/** A chain has a few kilobytes. */
const maxAnswerBytes = 1024 * 1024;

export class AcmeCertificate implements CertificateSource {
  readonly kind = 'acme';
  readonly #parts: AcmeParts;
  readonly #challenges: ChallengeListener;
  #current: ServerCertificate | undefined;
  #problem: string | undefined;
  #timer: Timer | undefined;
  #failures = 0;
  #closed = false;

  private constructor(parts: AcmeParts, kept: ServerCertificate | undefined) {
    this.#parts = parts;
    this.#current = kept;
    this.#challenges = new ChallengeListener(parts.options.challengePort);
  }

  /** Comes back at once; the first order runs on. @throws when the folder cannot be made */
  static async open(parts: AcmeParts): Promise<AcmeCertificate> {
    await mkdir(parts.folder, { recursive: true, mode: 0o700 });
    const kept = readCertificate(await text(parts, certificateFile), await text(parts, keyFile));
    const acme = new AcmeCertificate(parts, kept.ok ? kept.value : undefined);
    acme.#waitOrOrder();
    return acme;
  }

  current(): ServerCertificate | undefined {
    return this.#current;
  }

  problem(): string | undefined {
    return this.#problem;
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    void this.#challenges.close();
  }

  #waitOrOrder(): void {
    if (this.#closed) return;
    const waitMs = dueMs(this.#current, this.#parts.options.domains) - this.#parts.clock.nowMs();
    if (waitMs <= 0) void this.#order();
    else this.#timer = this.#parts.clock.after(Math.min(waitMs, longestWaitMs), () => this.#waitOrOrder());
  }

  async #order(): Promise<void> {
    const { log, onChange, options } = this.#parts;
    try {
      const made = await this.#fromAuthority();
      if (this.#closed) return;
      this.#current = made;
      this.#failures = 0;
      this.#problem = undefined;
      const until = new Date(made.facts.untilMs).toISOString();
      log.info('a certificate was issued', { names: options.domains.join(' '), until });
      onChange(made);
      this.#waitOrOrder();
    } catch (error) {
      if (!this.#closed) this.#retryLater(error instanceof Error ? error.message : String(error));
    }
  }

  #retryLater(why: string): void {
    const { clock, log, options } = this.#parts;
    const waitMs = Math.min(firstRetryMs * 2 ** this.#failures++, longestRetryMs);
    this.#problem =
      `No certificate was issued for ${options.domains.join(', ')}: ${why}. ` +
      `It is tried again in ${Math.round(waitMs / 60_000)} minutes.`;
    log.warn(this.#problem, { authority: options.directoryUrl, port: options.challengePort });
    this.#timer = clock.after(waitMs, () => void this.#order());
  }

  async #fromAuthority(): Promise<ServerCertificate> {
    const { options, folder } = this.#parts;
    const { crypto, client } = await this.#client();
    const [key, csr] = await crypto.createCsr(
      { altNames: [...options.domains] },
      await crypto.createPrivateEcdsaKey('P-256'),
    );
    await this.#challenges.listen();
    try {
      const certificate = await client.auto({
        csr,
        termsOfServiceAgreed: options.agreeToTerms,
        ...(options.email !== undefined && { email: options.email }),
        challengePriority: ['http-01'],
        // From inside, many networks cannot reach their own name on the internet.
        skipChallengeVerification: true,
        challengeCreateFn: async (_authorization, { token }, answer) => this.#challenges.add(token, answer),
        challengeRemoveFn: async (_authorization, { token }) => this.#challenges.remove(token),
      });
      const read = readCertificate(certificate, key.toString());
      if (!read.ok) throw new Error(read.error);
      await writeFileAtomically(join(folder, keyFile), key);
      await writeFileAtomically(join(folder, certificateFile), certificate);
      return read.value;
    } finally {
      await this.#challenges.close();
    }
  }

  /** Loaded when it is first needed: most servers never order a certificate. */
  async #client(): Promise<{ crypto: typeof AcmeCrypto; client: Client }> {
    const { options, folder } = this.#parts;
    const acme = await import('acme-client');
    const { defaults } = acme.axios;
    defaults.timeout = answerTimeoutMs;
    defaults.maxContentLength = maxAnswerBytes;
    if (options.directoryAuthority !== undefined) {
      defaults.httpsAgent = new Agent({ ca: await readFile(options.directoryAuthority, 'utf8') });
    }
    let accountKey: string | Buffer = await text(this.#parts, accountFile);
    if (accountKey === '') {
      accountKey = await acme.crypto.createPrivateEcdsaKey('P-256');
      await writeFileAtomically(join(folder, accountFile), accountKey);
    }
    return {
      crypto: acme.crypto,
      client: new acme.Client({ directoryUrl: options.directoryUrl, accountKey, backoffMin: askAgainMs }),
    };
  }
}

const accountFile = 'acme-account.key';
const keyFile = 'acme.key';
const certificateFile = 'acme.crt';

/** When the next one is to be ordered: after two thirds of the life of this one. */
function dueMs(kept: ServerCertificate | undefined, domains: readonly string[]): number {
  if (!kept || !domains.every((domain) => kept.facts.names.includes(domain.toLowerCase()))) return 0;
  const { fromMs, untilMs } = kept.facts;
  return fromMs + ((untilMs - fromMs) * 2) / 3;
}

/** '' when there is none. */
function text({ folder }: AcmeParts, file: string): Promise<string> {
  return readFile(join(folder, file), 'utf8').catch(() => '');
}
