/**
 * Cookies (RFC 6265). In: the header of a request, any text. Out: the value of one. And the header that sets one.
 */
import type { FastifyRequest } from 'fastify';
import { isSecure } from './client.ts';

/** Name without its prefix. */
export interface CookieShape {
  readonly name: string;
  /** Until the browser forgets it; 0 deletes it. */
  readonly maxAgeSeconds: number;
}

/**
 * Over HTTPS the name says that nobody but this host can have set it, and not over plain HTTP
 * (RFC 6265bis, 4.1.3.2).
 */
function cookieName(request: FastifyRequest, name: string): string {
  return isSecure(request) ? `__Host-${name}` : name;
}

/** Undefined when the request has none of this name; the first one when it has several. */
export function readCookie(request: FastifyRequest, name: string): string | undefined {
  return cookieIn(request.headers.cookie ?? '', cookieName(request, name));
}

/** @param value letters, digits, `-`, `_` and `.` only */
export function setCookie(
  request: FastifyRequest,
  { name, maxAgeSeconds }: CookieShape,
  value: string,
): string {
  const secure = isSecure(request) ? '; Secure' : '';
  return `${cookieName(request, name)}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Lax${secure}`;
}

export function cookieIn(header: string, name: string): string | undefined {
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=');
    if (at > 0 && pair.slice(0, at).trim() === name) return unquoted(pair.slice(at + 1).trim());
  }
  return undefined;
}

function unquoted(value: string): string {
  return value.length >= 2 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
}
