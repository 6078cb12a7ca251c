/**
 * The certificate of the encrypted ports. In: where the owner wants it from. Out: the best one there is: files or an
 * authority of the internet when they have one, else one that is made here; and word whenever it changes.
 */
import { join } from 'node:path';
import { networkInterfaces } from 'node:os';
import type { CertificateReport } from '../api/contract/network.ts';
import { machineNames } from '../api/network-rules.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Random } from '../io/random.ts';
import { AcmeCertificate } from '../io/tls/acme.ts';
import type { ServerCertificate } from '../io/tls/certificate.ts';
import { CertificateFiles } from '../io/tls/certificate-files.ts';
import type { HttpsOptions } from '../io/tls/options.ts';
import { SelfSigned } from '../io/tls/self-signed.ts';
import type { CertificateSource } from '../io/tls/source.ts';

export interface CertificateParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  readonly options: HttpsOptions;
  /** Data folder of the server. */
  readonly data: string;
  /** Names besides those of this machine. */
  readonly publicNames: readonly string[];
  readonly onChange: (certificate: ServerCertificate) => void;
}

/** How many names and addresses a certificate of ours holds: a machine with more has containers, not people. */
const maxOwnNames = 100;

export class Certificates {
  readonly #own: SelfSigned;
  readonly #clock: Clock;
  #wanted: CertificateSource | undefined;

  private constructor(own: SelfSigned, clock: Clock) {
    this.#own = own;
    this.#clock = clock;
  }

  /** @throws what the file system throws when the folder of certificates cannot be written */
  static async open(parts: CertificateParts): Promise<Certificates> {
    const { options, onChange, publicNames, data } = parts;
    const folder = join(data, 'tls');
    const own = await SelfSigned.open({
      ...parts,
      folder,
      names: () => ownNames(publicNames),
      onChange: (certificate) => {
        if (!certificates.#wanted?.current()) onChange(certificate);
      },
    });
    const certificates = new Certificates(own, parts.clock);
    if (options.certificate !== undefined && options.key !== undefined) {
      const files = { certificate: options.certificate, key: options.key };
      certificates.#wanted = await CertificateFiles.open({ ...parts, ...files, onChange });
    } else if (options.acme) {
      certificates.#wanted = await AcmeCertificate.open({
        ...parts,
        options: options.acme,
        folder,
        onChange,
      });
    }
    return certificates;
  }

  current(): ServerCertificate {
    return this.#wanted?.current() ?? this.#own.current();
  }

  report(): CertificateReport {
    const wanted = this.#wanted;
    const inUse = wanted?.current() ? wanted : this.#own;
    const { facts } = this.current();
    const expired = facts.untilMs < this.#clock.nowMs() ? 'The certificate has expired.' : undefined;
    const { certificate, fingerprint } = this.#own.authority();
    return {
      ...facts,
      names: [...facts.names],
      kind: inUse.kind,
      problem: wanted?.problem() ?? this.#own.problem() ?? expired ?? null,
      authority: inUse === this.#own ? { certificate, fingerprint } : null,
    };
  }

  close(): void {
    this.#wanted?.close();
    this.#own.close();
  }
}

/** Of this machine, as it stands on its networks now; the name first. */
function ownNames(publicNames: readonly string[]): string[] {
  const names = new Set([...machineNames(), ...publicNames, 'localhost', ...interfaceAddresses()]);
  return [...names].filter((name) => certifiable.test(name)).slice(0, maxOwnNames);
}

/** An address, or a name that may stand in a certificate. */
const certifiable = /^[\w.:-]{1,253}$/;

/** IPv4 and IPv6, those of loopback included. */
export function interfaceAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .map(({ address }) => address.replace(/%.*$/, ''))
    .sort();
}
