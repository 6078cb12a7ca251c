/**
 * `/hls/{camera}/{file}`: live video. The answers are made elsewhere; here they become HTTP with as little
 * work as possible, because every viewer asks several times a second.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { always, badRequest, notFound, tooMany } from '../answers.ts';
import type { Problem } from '../contract/problem.ts';
import type { Metrics } from '../metrics.ts';
import { problemType } from '../problems.ts';

export interface HlsRequest {
  /** `cam_…`, or `probe_…` for a preview. */
  readonly stream: string;
  /** Last part of the address, for example `index.m3u8`. Anything a client may send. */
  readonly file: string;
  /** Without `?`; empty when there is none. */
  readonly query: string;
  /** Of the request, for compression and conditional requests. */
  readonly headers: IncomingMessage['headers'];
  /** Of the client, or of the proxy before it. */
  readonly remoteAddress: string;
  /** Fires when the client has gone: a held request is given up. */
  readonly signal: AbortSignal;
}

export interface HlsAnswer {
  readonly status: number;
  /** Lower case names; caching, CORS and type. Not the length. */
  readonly headers: Readonly<Record<string, string>>;
  /** Shared by all viewers and never changed; a list is sent piece after piece. */
  readonly body: Uint8Array | readonly Uint8Array[] | Problem;
}

/** Live playback, as the API needs it; `app` fills it from `outputs/hls`. */
export interface HlsHandler {
  /** Never rejects; for a held request the answer comes later. */
  handle(request: HlsRequest): HlsAnswer | Promise<HlsAnswer>;
}

/** What a browser asks before a page of another site may read: allowed, without credentials. */
const preflightHeaders = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, HEAD, OPTIONS',
  'access-control-allow-headers': 'range',
  'access-control-max-age': '86400',
};

/** Media is for every page that a viewer opens; it is never a page itself. */
const mediaHeaders = { 'x-content-type-options': 'nosniff', 'cross-origin-resource-policy': 'cross-origin' };

export function hlsRoutes(hls: HlsHandler, metrics: Metrics): FastifyPluginAsyncZod {
  return async (app) => {
    app.options('/hls/:camera/:file', {
      config: { action: 'camera.watch', cameraParam: 'camera' },
      schema: { hide: true },
      handler: (_, reply) => reply.code(204).headers(preflightHeaders).send(),
    });
    app.get('/hls/:camera/:file', {
      config: { action: 'camera.watch', cameraParam: 'camera' },
      schema: {
        tags: ['media'],
        summary: 'Live video as LL-HLS (RFC 8216bis): begin with index.m3u8',
        params: z.object({ camera: z.string(), file: z.string() }),
        response: {
          200: {
            description: 'Playlist, initialization segment, part or segment',
            content: {
              'application/vnd.apple.mpegurl': { schema: z.string() },
              'video/mp4': { schema: z.string().meta({ contentEncoding: 'binary' }) },
            },
          },
          400: badRequest,
          404: notFound,
          503: tooMany,
          ...always,
        },
      },
      handler: async (request, reply) => {
        reply.hijack();
        const { camera: stream, file } = request.params;
        const { raw } = request;
        const { signal } = watchForLeaving(reply.raw);
        const answer = await hls.handle({
          stream,
          file,
          query: queryOf(raw.url),
          headers: raw.headers,
          remoteAddress: raw.socket.remoteAddress ?? '',
          signal,
        });
        metrics.hlsAnswered(file, answer.status);
        send(reply.raw, answer, raw.method === 'HEAD');
      },
    });
  };
}

function watchForLeaving(response: ServerResponse): AbortController {
  const leaving = new AbortController();
  response.once('close', () => leaving.abort());
  return leaving;
}

function queryOf(url = ''): string {
  const mark = url.indexOf('?');
  return mark < 0 ? '' : url.slice(mark + 1);
}

function send(response: ServerResponse, { status, headers, body }: HlsAnswer, headOnly: boolean): void {
  if (response.destroyed) return;
  if (isProblem(body)) {
    const bytes = Buffer.from(JSON.stringify(body));
    response.writeHead(status, {
      ...mediaHeaders,
      ...headers,
      'content-type': problemType,
      'content-length': bytes.length,
    });
    response.end(headOnly ? undefined : bytes);
    return;
  }
  const pieces = body instanceof Uint8Array ? [body] : body;
  let length = 0;
  for (const piece of pieces) length += piece.length;
  response.writeHead(status, { ...mediaHeaders, ...headers, 'content-length': length });
  if (headOnly) {
    response.end();
    return;
  }
  response.cork(); // headers and pieces leave in one write
  for (const piece of pieces) response.write(piece);
  response.end();
  response.uncork();
}

function isProblem(body: HlsAnswer['body']): body is Problem {
  return !(body instanceof Uint8Array) && !Array.isArray(body);
}
