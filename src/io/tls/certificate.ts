/**
 * What a certificate says. In: PEM of a chain and its key. Out: both, and facts for people and for the server, or words
 * for what is wrong with them. Expired certificates are read, too: who uses one, tells.
 */
import { X509Certificate, createPrivateKey } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';

export interface ServerCertificate {
  /** PEM: the server's own first. */
  readonly certificate: string;
  /** PEM. */
  readonly key: string;
  readonly facts: CertificateFacts;
}

interface CertificateFacts {
  /** Names and addresses it is for, lower case. */
  readonly names: readonly string[];
  /** SHA-256 in pairs of hexadecimal digits with colons, as browsers show it. */
  readonly fingerprint: string;
  readonly fromMs: number;
  readonly untilMs: number;
  /** Whoever has signed it. */
  readonly issuer: string;
  /** Browsers trust it without being told to. */
  readonly trusted: boolean;
}

export function readCertificate(certificate: string, key: string): Result<ServerCertificate, string> {
  const chain = readChain(certificate);
  if (!chain.ok) return chain;
  const [own] = chain.value;
  let privateKey;
  try {
    privateKey = createPrivateKey(key);
  } catch {
    return err('the key is no private key in PEM, or it has a password');
  }
  if (!own.checkPrivateKey(privateKey)) {
    return err(
      'the key does not belong to the first certificate of the file: the certificate of the server comes first',
    );
  }
  return ok({ certificate, key, facts: factsOf(chain.value) });
}

type Chain = readonly [X509Certificate, ...X509Certificate[]];

function readChain(pem: string): Result<Chain, string> {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  try {
    const [own, ...others] = blocks.map((block) => new X509Certificate(block));
    return own
      ? ok([own, ...others])
      : err('the certificate is not in PEM: it begins with -----BEGIN CERTIFICATE-----');
  } catch {
    return err('the certificate cannot be read');
  }
}

function factsOf(chain: Chain): CertificateFacts {
  const [own] = chain;
  return {
    names: namesOf(own),
    fingerprint: own.fingerprint256,
    fromMs: own.validFromDate.getTime(),
    untilMs: own.validToDate.getTime(),
    issuer: lastOf(/^(?:CN|O)=(.*)$/gm, own.issuer) ?? own.issuer,
    trusted: endsAtKnownRoot(chain),
  };
}

function lastOf(form: RegExp, text: string): string | undefined {
  return [...text.matchAll(form)].at(-1)?.[1];
}

function namesOf({ subjectAltName = '' }: X509Certificate): string[] {
  return [...subjectAltName.matchAll(/(?:DNS|IP Address):([^,\s"]+)/g)].map(([, name = '']) =>
    name.toLowerCase(),
  );
}

/** Every certificate is signed by the next one, and the last one by a root that comes with Node (Mozilla's). */
function endsAtKnownRoot(chain: Chain): boolean {
  const linked = chain.every((one, at) => {
    const next = chain[at + 1];
    return !next || (one.checkIssued(next) && one.verify(next.publicKey));
  });
  if (!linked) return false;
  const last = chain.at(-1) ?? chain[0];
  if (last.subject === last.issuer) return rootTexts().has(bare(last.toString()));
  return knownRoots().some((root) => last.checkIssued(root) && last.verify(root.publicKey));
}

/** An authority of our own is found missing here at once. */
function rootTexts(): ReadonlySet<string> {
  return new Set(rootCertificates.map(bare));
}

const bare = (pem: string): string => pem.replaceAll(/\s/g, '');

let roots: readonly X509Certificate[] | undefined;

/** Read when first needed: there are more than a hundred. */
function knownRoots(): readonly X509Certificate[] {
  roots ??= rootCertificates.map((pem) => new X509Certificate(pem));
  return roots;
}
