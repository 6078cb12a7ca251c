/**
 * What a request asks for: by file name, and for playlists by delivery directives (RFC 8216bis, 6.2.5).
 */
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';

const multivariantName = 'index.m3u8';
export const mediaPlaylistName = 'live.m3u8';

export type AskedFile =
  | { readonly kind: 'multivariant' }
  | { readonly kind: 'media-playlist' }
  | { readonly kind: 'media'; readonly name: string }
  | { readonly kind: 'unknown' };

/** Hold the playlist until it has segment `msn`, or its part `part`. */
export interface Directives {
  readonly wait: { readonly msn: number; readonly part: number | undefined } | undefined;
  readonly delta: boolean;
}

const mediaName = /^(?:init|seg|part)-[0-9a-z]{4,32}-\d{1,15}\.mp4$/;
const wholeNumber = /^\d{1,15}$/;

export function readFileName(name: string): AskedFile {
  if (name === multivariantName) return { kind: 'multivariant' };
  if (name === mediaPlaylistName) return { kind: 'media-playlist' };
  return mediaName.test(name) ? { kind: 'media', name } : { kind: 'unknown' };
}

/** The error is a sentence for the client. Parameters we do not know are nobody's fault. */
export function readDirectives(query: URLSearchParams): Result<Directives, string> {
  const msn = query.get('_HLS_msn');
  const part = query.get('_HLS_part');
  const skip = query.get('_HLS_skip');
  const delta = skip === 'YES' || skip === 'v2';
  if (part !== null && msn === null) return err('_HLS_part is given without _HLS_msn.');
  if (msn === null) return ok({ wait: undefined, delta });
  if (!wholeNumber.test(msn)) return err('_HLS_msn is not a whole number.');
  if (part !== null && !wholeNumber.test(part)) return err('_HLS_part is not a whole number.');
  return ok({ wait: { msn: Number(msn), part: part === null ? undefined : Number(part) }, delta });
}
