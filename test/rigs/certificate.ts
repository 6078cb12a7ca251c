/**
 * Self-signed certificates for tests, made by the openssl command.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TestCertificate {
  /** PEM file with certificate and key. */
  readonly pemFile: string;
  readonly cert: string;
  readonly key: string;
  remove(): void;
}

/** For `name` and 127.0.0.1, valid for two days. */
export function makeCertificate(name = 'localhost'): TestCertificate {
  const folder = mkdtempSync(join(tmpdir(), 'sightline-cert-'));
  const keyFile = join(folder, 'key.pem');
  const certFile = join(folder, 'cert.pem');
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name},IP:127.0.0.1`];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync('openssl', ['req', '-x509', ...kind, ...subject, '-keyout', keyFile, '-out', certFile], {
    stdio: 'pipe',
  });
  const cert = readFileSync(certFile, 'utf8');
  const key = readFileSync(keyFile, 'utf8');
  const pemFile = join(folder, 'both.pem');
  writeFileSync(pemFile, cert + key);
  return { pemFile, cert, key, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
