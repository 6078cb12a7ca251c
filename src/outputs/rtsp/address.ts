/**
 * What an RTSP address of this server means: `rtsp://host:8554/<camera>[/<source>][?start=…][/trackID=n]`.
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
  const wanted = new URLSearchParams(match[2] ?? '').get('start')?.replace(/\/$/, '');
  const start = startModes.find((mode) => mode === wanted) ?? 'live';
  return { path, base, track: control ? Number(control[1]) : undefined, start };
}

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path).replaceAll(/^\/+|\/+$/g, '');
  } catch {
    return undefined;
  }
}
