/**
 * Camera credentials come in and stay in: shown as `***@`, kept when `***@` comes back.
 */
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import { redactUrls } from '../base/redact.ts';
import type { SourceInput } from './contract/cameras.ts';

/** The source as anyone may see it. */
export function shownSource(source: SourceInput): SourceInput {
  return source.kind === 'rtsp' ? { ...source, url: redactUrls(source.url) } : source;
}

const hidden = /^(rtsps?:\/\/)\*\*\*@/i;

/** A password in the path or query. */
const hiddenValue = /=\*\*\*(?=_|[&/?#;]|$)/;

/**
 * The source to store when `wanted` comes in and `stored` are there; the one at the same address is taken, else the first of
 * the same host.
 * Credentials go back only to the host they were entered for: else a change of address would hand them to anyone.
 */
export function withStoredCredentials(
  wanted: SourceInput,
  stored: readonly (SourceInput | null)[],
): Result<SourceInput, string> {
  if (wanted.kind !== 'rtsp' || !(hidden.test(wanted.url) || hiddenValue.test(wanted.url))) return ok(wanted);
  const addresses = stored.flatMap((source) => (source?.kind === 'rtsp' ? [source.url] : []));
  const unchanged = addresses.find((address) => redactUrls(address) === wanted.url);
  if (unchanged !== undefined) return ok({ ...wanted, url: unchanged });
  if (hiddenValue.test(wanted.url)) return err('The password stands in the address: enter the address anew.');
  if (addresses.length === 0) {
    return err('There are no stored credentials for ***: enter user name and password anew.');
  }
  const userInfo = addresses
    .map((address) => userInfoFor(wanted.url, address))
    .find((found) => found !== undefined);
  if (userInfo === undefined) {
    return err('The address has another host than the stored one: enter user name and password anew.');
  }
  return ok({ ...wanted, url: wanted.url.replace(hidden, (_, scheme: string) => `${scheme}${userInfo}`) });
}

/** The user part of `stored`, if `wanted` goes to the same server. */
function userInfoFor(wanted: string, stored: string): string | undefined {
  const open = splitUrl(stored);
  const next = splitUrl(wanted);
  if (!open || next?.userInfo !== '***@') return undefined;
  return open.authority === next.authority && open.scheme === next.scheme ? open.userInfo : undefined;
}

interface UrlParts {
  readonly scheme: string;
  /** With its `@`; empty when there is none. */
  readonly userInfo: string;
  /** Host and port, lower case. */
  readonly authority: string;
}

/**
 * Split by hand: cameras have passwords with characters that `URL` would encode or refuse, and the
 * text has to come back as it was entered. Like `redact.ts`, the last `@` before the path ends the user part.
 */
function splitUrl(url: string): UrlParts | undefined {
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^/?#\s]*@)?([^/?#@\s]*)/i.exec(url);
  if (!match) return undefined;
  const [, scheme = '', userInfo = '', authority = ''] = match;
  return { scheme: scheme.toLowerCase(), userInfo, authority: authority.toLowerCase() };
}
