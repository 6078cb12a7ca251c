/**
 * A certificate of the owner's own, in two files that some other program renews.
 *
 * In:  their names, looked at again and again. Out: what they held when they were last right: files that are missing,
 * half written or do not belong together change nothing, and are told.
 */
import { readFile, stat } from 'node:fs/promises';
import type { Clock, Timer } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Result } from '../../base/result.ts';
import { err } from '../../base/result.ts';
import type { ServerCertificate } from './certificate.ts';
import { readCertificate } from './certificate.ts';
import type { CertificateSource } from './source.ts';

export interface CertificateFilesParts {
  readonly clock: Clock;
  readonly log: Log;
  /** PEM: the certificate of the server first, then those that have signed it. */
  readonly certificate: string;
  /** PEM, without a password. */
  readonly key: string;
  readonly onChange: (certificate: ServerCertificate) => void;
}

/**
 * Looked at rather than watched: files that are renewed by exchanging a folder or on a network drive tell nobody.
 * Programs that renew them do so weeks before the end.
 */
const lookAgainMs = 10_000;
/** A chain has a few kilobytes. */
const maxFileBytes = 1024 * 1024;

export class CertificateFiles implements CertificateSource {
  readonly kind = 'files';
  readonly #parts: CertificateFilesParts;
  #current: ServerCertificate | undefined;
  #problem: string | undefined;
  #timer: Timer | undefined;

  private constructor(parts: CertificateFilesParts) {
    this.#parts = parts;
  }

  /** Files that cannot be used yet are waited for. */
  static async open(parts: CertificateFilesParts): Promise<CertificateFiles> {
    const files = new CertificateFiles(parts);
    files.#use(await read(parts));
    files.#lookLater();
    return files;
  }

  current(): ServerCertificate | undefined {
    return this.#current;
  }

  problem(): string | undefined {
    return this.#problem;
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #lookLater(): void {
    this.#timer = this.#parts.clock.after(lookAgainMs, () => {
      void read(this.#parts).then((found) => {
        if (!this.#timer) return;
        if (this.#use(found) && this.#current) this.#parts.onChange(this.#current);
        this.#lookLater();
      });
    });
  }

  /** @returns whether there is another certificate than before */
  #use(found: Result<ServerCertificate, string>): boolean {
    const { log, certificate } = this.#parts;
    if (!found.ok) {
      const goesOn = this.#current ? 'The one before stays in use.' : 'It is waited for.';
      const words = `The certificate ${certificate} cannot be used: ${found.error}. ${goesOn}`;
      if (words !== this.#problem) log.warn(words);
      this.#problem = words;
      return false;
    }
    this.#problem = undefined;
    if (found.value.certificate === this.#current?.certificate && found.value.key === this.#current.key) {
      return false;
    }
    const isFirst = this.#current === undefined;
    this.#current = found.value;
    const { names, fingerprint, untilMs } = found.value.facts;
    const until = new Date(untilMs).toISOString();
    log.info(isFirst ? 'the certificate is in use' : 'the renewed certificate is in use', {
      names: names.join(' '),
      fingerprint,
      until,
    });
    return true;
  }
}

async function read(files: CertificateFilesParts): Promise<Result<ServerCertificate, string>> {
  try {
    return readCertificate(await readSmall(files.certificate), await readSmall(files.key));
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error));
  }
}

async function readSmall(file: string): Promise<string> {
  const { size } = await stat(file);
  if (size > maxFileBytes) throw new Error(`${file} is too large for a certificate`);
  return readFile(file, 'utf8');
}
