/**
 * Playlists for players that know no cookies: asked for with `?token=`, every address in them carries it.
 * Made for each request from what all share; what is shared is not touched.
 */
import { gzipSync } from 'node:zlib';
import type { FastifyRequest } from 'fastify';
import { withQuery } from '../media/hls/with-query.ts';
import { tokenOf } from './machine-ways.ts';

/** What a token looks like; anything else is not repeated to anybody. */
const tokenForm = /^[\w.-]{1,2048}$/;

/** What the addresses of a playlist are to carry; undefined for players that need nothing. */
export function carriedQuery(request: FastifyRequest): string | undefined {
  const token = tokenOf(request);
  return token !== undefined && tokenForm.test(token) ? `token=${token}` : undefined;
}

export interface Playlist {
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array;
}

/** @param shared not compressed */
export function carrying(shared: Playlist, query: string, gzip: boolean): Playlist {
  const text = Buffer.from(withQuery(Buffer.from(shared.bytes).toString(), query));
  // The token is most of it, over and over: the fastest compression finds that.
  const bytes = gzip ? gzipSync(text, { level: 1 }) : text;
  const headers = {
    ...shared.headers,
    'content-length': String(bytes.length),
    ...(gzip && { 'content-encoding': 'gzip' }),
  };
  return { headers, bytes };
}
