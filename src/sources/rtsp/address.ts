/**
 * The address of a camera as people paste it.
 *
 * In:  text like `rtsp://user:p@ss/word@192.168.1.20:554/stream?channel=1`.
 * Out: its parts, with the credentials taken out of the address that is sent; or a sentence.
 * The rules are laxer than RFC 3986: passwords come with `@`, `/`, `#` and `%` in them, unescaped.
 */
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import type { Credentials } from '../../media/rtsp/auth.ts';

export interface RtspAddress {
  /** TLS: the scheme was `rtsps`. */
  readonly secure: boolean;
  /** Name or IP address, without brackets, lower case. */
  readonly host: string;
  readonly port: number;
  /** For request lines: without credentials. */
  readonly url: string;
  readonly credentials: Credentials | undefined;
}

/** RFC 2326, 3.2; 322 is registered for rtsps. */
const defaultPort = { rtsp: 554, rtsps: 322 } as const;
const maxAddressCharacters = 4096;

/** Never throws. The error holds no part of the text, which may be a password. */
export function parseAddress(text: string): Result<RtspAddress, string> {
  const scheme = /^\s*(rtsps?):\/\/(\S+)\s*$/i.exec(text);
  if (!scheme || text.length > maxAddressCharacters) {
    return err('The address must begin with rtsp:// or rtsps:// and contain no spaces.');
  }
  const name = scheme[1]?.toLowerCase() === 'rtsps' ? 'rtsps' : 'rtsp';
  const split = splitLogin(scheme[2] ?? '');
  const host = readHost(split.rest);
  if (!host)
    return err('The address has no readable host and port. Write it like rtsp://192.168.1.20:554/stream.');
  return ok({
    secure: name === 'rtsps',
    host: host.name,
    port: host.port ?? defaultPort[name],
    url: `${name}://${split.rest}`,
    credentials: split.login === undefined ? undefined : readLogin(split.login),
  });
}

/** True when credentials for `from` may be shown to `to`: the same machine, and not less protected. */
export function mayShareCredentials(from: RtspAddress, to: RtspAddress): boolean {
  return from.host === to.host && (to.secure || !from.secure);
}

/**
 * The login ends at the last `@` before the path. Only when what then stands there is no host
 * is it taken to end later: the password has a `/`, `?` or `#` in it.
 */
function splitLogin(text: string): { login: string | undefined; rest: string } {
  const authority = /^[^/?#]*/.exec(text)?.[0] ?? '';
  const within = authority.lastIndexOf('@');
  if (within >= 0) return { login: text.slice(0, within), rest: text.slice(within + 1) };
  if (readHost(text)) return { login: undefined, rest: text };
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    const rest = text.slice(at + 1);
    if (readHost(rest)) return { login: text.slice(0, at), rest };
  }
  return { login: undefined, rest: text };
}

function readHost(text: string): { name: string; port: number | undefined } | undefined {
  const match = /^(?:\[([0-9a-f:.%]+)\]|([a-z0-9._-]+))(?::(\d{1,5}))?(?=[/?#]|$)/i.exec(text);
  const name = match?.[1] ?? match?.[2];
  if (!match || name === undefined) return undefined;
  const port = match[3] === undefined ? undefined : Number(match[3]);
  if (port !== undefined && (port < 1 || port > 65_535)) return undefined;
  return { name: name.toLowerCase(), port };
}

function readLogin(login: string): Credentials | undefined {
  if (login === '') return undefined;
  const colon = login.indexOf(':');
  if (colon < 0) return { user: unescape(login), password: '' };
  return { user: unescape(login.slice(0, colon)), password: unescape(login.slice(colon + 1)) };
}

/** Percent signs that begin no escape mean themselves. */
function unescape(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
