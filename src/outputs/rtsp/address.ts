/**
 * What an RTSP address of this server means: `rtsp://host:8554/<camera>[/<source>][?start=…&token=…][/trackID=n]`.
 */
import type { StartMode } from './start.ts';
import { startModes } from './start.ts';

export interface StreamAddress {
  /** Decoded, without slashes at its ends. */
  readonly path: string;
  /** Of the description: controls of tracks are appended to it. */
  readonly base: string;
  /** Index of the track, when the address is that of one. */
  readonly track: number | undefined;
  readonly start: StartMode;
  /** A media token that came in it. */
  readonly token: string | undefined;
}

/** Undefined when it is no address of ours, or cannot be decoded. */
export function readStreamAddress(url: string): StreamAddress | undefined {
  // Clients append the control after a query too.
  const control = /\/trackID=(\d{1,3})\/?$/.exec(url);
  const base = (control ? url.slice(0, control.index) : url).replace(/\/$/, '');
  const match = /^rtsps?:\/\/[^/?#]*\/?([^?#]*)(?:\?([^#]*))?$/i.exec(base);
  if (!match) return undefined;
  const path = decode(match[1] ?? '');
  if (path === undefined) return undefined;
  const query = new URLSearchParams(match[2] ?? '');
  const wanted = query.get('start')?.replace(/\/$/, '');
  const start = startModes.find((mode) => mode === wanted) ?? 'live';
  const token = query.get('token')?.replace(/\/$/, '');
  return { path, base, track: control ? Number(control[1]) : undefined, start, token };
}

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path).replaceAll(/^\/+|\/+$/g, '');
  } catch {
    return undefined;
  }
}
