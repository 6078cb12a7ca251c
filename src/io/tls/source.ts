/**
 * Where certificates come from: what every way has in common.
 */
import type { ServerCertificate } from './certificate.ts';

export interface CertificateSource {
  readonly kind: 'self-signed' | 'files' | 'acme';
  /** Undefined while there is none. */
  current(): ServerCertificate | undefined;
  /** What is wrong, in a sentence; undefined when all is well. */
  problem(): string | undefined;
  close(): void;
}
