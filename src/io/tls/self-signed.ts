/**
 * Certificates that the server makes for itself, so that pictures are encrypted from the first day on.
 *
 * In:  a folder and the names and addresses of this machine, asked again and again. Out: a certificate that fits them.
 * The authority behind it stays: whoever has told a browser to trust it is not asked again when an address changes.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isIP } from 'node:net';
import type { Clock, Timer } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { writeFileAtomically } from '../files.ts';
import { canonicalAddress } from '../net/address-rules.ts';
import type { Random } from '../random.ts';
import type { ServerCertificate } from './certificate.ts';
import { readCertificate } from './certificate.ts';
import type { PemPair } from './make-certificate.ts';
import { makeAuthority, makeServerCertificate } from './make-certificate.ts';
import type { CertificateSource } from './source.ts';

export interface SelfSignedParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  /** Made when missing; nobody else may read it. */
  readonly folder: string;
  /** Of this machine, as they are now. */
  readonly names: () => readonly string[];
  /** A new certificate is there. */
  readonly onChange: (certificate: ServerCertificate) => void;
}

const dayMs = 86_400_000;
/** Browsers refuse certificates of servers that last longer than 398 days. */
const serverLifeMs = 397 * dayMs;
const authorityLifeMs = 3650 * dayMs;
/** A new one comes this long before the end: nobody finds a server with an expired certificate. */
const renewBeforeMs = 30 * dayMs;
/** Clocks of phones and cameras are a little slow. */
const backdatedMs = dayMs;
/** How soon a new address of this machine is in the certificate. */
const lookAgainMs = 60_000;

interface Authority extends PemPair {
  readonly name: string;
  /** Colons and hexadecimal digits. */
  readonly fingerprint: string;
}

export class SelfSigned implements CertificateSource {
  readonly kind = 'self-signed';
  readonly #parts: SelfSignedParts;
  readonly #authority: Authority;
  #current: ServerCertificate;
  #problem: string | undefined;
  #timer: Timer | undefined;

  private constructor(parts: SelfSignedParts, authority: Authority, current: ServerCertificate) {
    this.#parts = parts;
    this.#authority = authority;
    this.#current = current;
    this.#lookLater();
  }

  /** @throws what the file system throws */
  static async open(parts: SelfSignedParts): Promise<SelfSigned> {
    await mkdir(parts.folder, { recursive: true, mode: 0o700 });
    const authority = (await readAuthority(parts)) ?? (await newAuthority(parts));
    const kept = await readServer(parts.folder);
    const current = kept && fits(kept, authority, parts) ? kept : await newServer(parts, authority);
    return new SelfSigned(parts, authority, current);
  }

  current(): ServerCertificate {
    return this.#current;
  }

  /** What browsers may be told to trust. */
  authority(): { readonly certificate: string; readonly fingerprint: string } {
    return this.#authority;
  }

  problem(): string | undefined {
    return this.#problem;
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #lookLater(): void {
    this.#timer = this.#parts.clock.after(lookAgainMs, () => void this.#look());
  }

  async #look(): Promise<void> {
    try {
      if (!fits(this.#current, this.#authority, this.#parts)) {
        this.#current = await newServer(this.#parts, this.#authority);
        this.#parts.log.info('the self-signed certificate was renewed', {
          fingerprint: this.#current.facts.fingerprint,
        });
        this.#parts.onChange(this.#current);
      }
      this.#problem = undefined;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#problem = `The self-signed certificate cannot be renewed: ${why}`;
      this.#parts.log.warn(this.#problem);
    }
    if (this.#timer) this.#lookLater();
  }
}

/** Undefined when there is none, none that can be read, or none that lasts as long as a new server's. */
async function readAuthority({ folder, clock }: SelfSignedParts): Promise<Authority | undefined> {
  const read = await readPair(folder, 'authority');
  if (!read || read.facts.untilMs < clock.nowMs() + serverLifeMs) return undefined;
  const { certificate, key, facts } = read;
  return { certificate, key, name: facts.issuer, fingerprint: facts.fingerprint };
}

async function newAuthority(parts: SelfSignedParts): Promise<Authority> {
  const nowMs = parts.clock.nowMs();
  const name = `Sightline on ${parts.names()[0] ?? 'this machine'}`.slice(0, 60);
  const life = { fromMs: nowMs - backdatedMs, untilMs: nowMs + authorityLifeMs };
  const pair = makeAuthority(name, life, parts.random);
  await writePair(parts.folder, 'authority', pair);
  return { ...pair, name, fingerprint: mustRead(pair).facts.fingerprint };
}

function readServer(folder: string): Promise<ServerCertificate | undefined> {
  return readPair(folder, 'server');
}

async function newServer(parts: SelfSignedParts, authority: Authority): Promise<ServerCertificate> {
  const nowMs = parts.clock.nowMs();
  const life = { fromMs: nowMs - backdatedMs, untilMs: nowMs + serverLifeMs };
  const pair = makeServerCertificate(authority, parts.names(), life, parts.random);
  await writePair(parts.folder, 'server', pair);
  return mustRead(pair);
}

/** Signed by the authority, for exactly these names, and for long enough. */
function fits(
  { certificate, facts }: ServerCertificate,
  authority: Authority,
  { names, clock }: SelfSignedParts,
): boolean {
  return (
    certificate.includes(authority.certificate.trim()) &&
    facts.untilMs - clock.nowMs() > renewBeforeMs &&
    facts.fromMs <= clock.nowMs() &&
    spelling(facts.names) === spelling(names())
  );
}

/** The same text for the same names. */
function spelling(names: readonly string[]): string {
  return [...new Set(names.map((name) => (isIP(name) === 0 ? name.toLowerCase() : canonicalAddress(name))))]
    .sort()
    .join(' ');
}

type PairName = 'authority' | 'server';

async function readPair(folder: string, name: PairName): Promise<ServerCertificate | undefined> {
  const [certificate, key] = await Promise.all(
    ['crt', 'key'].map((end) => readFile(join(folder, `${name}.${end}`), 'utf8').catch(() => '')),
  );
  const read = readCertificate(certificate ?? '', key ?? '');
  return read.ok ? read.value : undefined;
}

/** The key first: a certificate without its key is no use, and made anew. */
async function writePair(folder: string, name: PairName, pair: PemPair): Promise<void> {
  await writeFileAtomically(join(folder, `${name}.key`), pair.key);
  await writeFileAtomically(join(folder, `${name}.crt`), pair.certificate);
}

function mustRead(pair: PemPair): ServerCertificate {
  const read = readCertificate(pair.certificate, pair.key);
  if (!read.ok) throw new Error(read.error);
  return read.value;
}
