/**
 * What a failed TLS handshake means, in plain words.
 */
import type { NetFault } from './fault.ts';
import { errorCode, faultOfSocketError, netFault } from './fault.ts';

const ownCertificate =
  'If this is your own camera, switch off the certificate check for it or install its authority on this server.';

/** Codes of OpenSSL's certificate check, as Node names them. */
const certificateWords: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: `shows a certificate that it signed itself. ${ownCertificate}`,
  SELF_SIGNED_CERT_IN_CHAIN: `shows a certificate of an authority that is not known here. ${ownCertificate}`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `shows a certificate of an authority that is not known here. ${ownCertificate}`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: `shows a certificate of an authority that is not known here. ${ownCertificate}`,
  CERT_HAS_EXPIRED: 'shows a certificate that has expired. Renew it, or switch off the certificate check.',
  CERT_NOT_YET_VALID:
    'shows a certificate that is not valid yet. Check the clock of this server and of the camera.',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'shows a certificate for another name. Use the name in the certificate, or switch off the certificate check.',
};

export function faultOfTlsError(error: unknown, where: string): NetFault {
  const code = errorCode(error);
  const words = certificateWords[code];
  if (words) return netFault('tls', `${where} ${words}`);
  if (code === 'ECONNRESET' || isProtocolError(code)) {
    return netFault(
      'tls',
      `${where} answers, but no encrypted connection could be agreed. Check that this port is for rtsps, and the firmware.`,
    );
  }
  return faultOfSocketError(error, where);
}

/** `ERR_SSL_…` and `EPROTO` come from OpenSSL when the far side speaks something else or too old a version. */
function isProtocolError(code: string): boolean {
  return code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_') || code === 'EPROTO';
}
