/**
 * `/hls/{camera}/{file}`: live video. The answers are made in `outputs/hls`; here they become HTTP with as
 * little work as possible, because every viewer asks several times a second.
 */
import type { ServerResponse } from 'node:http';
import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { HlsOutput } from '../../outputs/hls/output.ts';
import type { HlsProblem, HlsResponse } from '../../outputs/hls/response.ts';
import type { HlsStream } from '../../outputs/hls/stream.ts';
import type { ViewerMark } from '../../outputs/hls/viewers.ts';
import { viewerCookieName } from '../../outputs/hls/viewers.ts';
import { always, badRequest, notFound, tooMany } from '../answers.ts';
import { clientOf } from '../client.ts';
import type { Problem } from '../contract/problem.ts';
import type { Metrics } from '../metrics.ts';
import { carriedQuery, carrying } from '../token-playlists.ts';
import { notFoundProblem, problem, problemType } from '../problems.ts';
import { shownProblem } from '../shown.ts';

/** Live playback, as the API needs it. */
export interface LiveHls {
  readonly output: Pick<HlsOutput, 'handle'>;
  /** The running stream `cam_…` or, for a preview, `probe_…`. */
  readonly stream: (id: string) => HlsStream | undefined;
  /** Whether a camera has this id; it may be switched off. */
  readonly exists: (id: string) => boolean;
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

const watching = { action: 'camera.watch', cameraParam: 'camera' } as const;

const schema = {
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
    501: tooMany,
    503: tooMany,
    ...always,
  },
};

export function hlsRoutes(hls: LiveHls, metrics: Metrics): FastifyPluginAsyncZod {
  return async (app) => {
    app.options('/hls/:camera/:file', {
      config: watching,
      schema: { hide: true },
      handler: (_, reply) => reply.code(204).headers(preflightHeaders).send(),
    });
    app.get('/hls/:camera/:file', {
      config: watching,
      schema,
      handler: async (request, reply) => {
        reply.hijack();
        const { camera, file } = request.params;
        const stream = hls.stream(camera);
        const status = stream
          ? await answer(hls, { stream, file }, request, reply.raw)
          : sendProblem(reply.raw, noStream(camera, hls.exists(camera)), {});
        if (status !== undefined) metrics.hlsAnswered(file, status);
      },
    });
  };
}

/** @returns the status that was sent; undefined when nobody is there any more. */
async function answer(
  { output }: LiveHls,
  { stream, file }: { readonly stream: HlsStream; readonly file: string },
  request: FastifyRequest,
  response: ServerResponse,
): Promise<number | undefined> {
  const leaving = new AbortController();
  // Every answer ends with 'close' too; making an AbortError for it would cost a fifth of the whole.
  response.once('close', () => {
    if (!response.writableFinished) leaving.abort();
  });
  const carried = file.endsWith('.m3u8') ? carriedQuery(request) : undefined;
  const gzip = acceptsGzip.test(String(request.headers['accept-encoding']));
  const shared = await output.handle({
    stream,
    file,
    query: queryOf(request.url),
    viewer: viewerOf(request),
    headOnly: request.method === 'HEAD',
    acceptsGzip: gzip && carried === undefined,
    signal: leaving.signal,
  });
  const made = carried === undefined ? shared : withToken(shared, carried, gzip);
  if (made.kind === 'problem' && !response.destroyed)
    return sendProblem(response, shownProblem(request, stream.id, problemOf(made)), made.headers);
  return send(response, made, request.method === 'HEAD');
}

function withToken(shared: HlsResponse, query: string, gzip: boolean): HlsResponse {
  const [playlist] = shared.kind === 'content' ? shared.body : [];
  if (shared.kind !== 'content' || !playlist) return shared;
  const { headers, bytes } = carrying({ headers: shared.headers, bytes: playlist }, query, gzip);
  return { ...shared, headers, body: [bytes], bytes: bytes.length };
}

const acceptsGzip = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i;

function queryOf(url = ''): URLSearchParams {
  const mark = url.indexOf('?');
  return mark < 0 ? noQuery : new URLSearchParams(url.slice(mark));
}
const noQuery = new URLSearchParams();

function viewerOf(request: FastifyRequest): ViewerMark {
  return {
    cookie: viewerCookie.exec(request.headers.cookie ?? '')?.[1],
    remoteAddress: clientOf(request).address,
    userAgent: request.headers['user-agent'] ?? '',
  };
}
const viewerCookie = new RegExp(`(?:^|;\\s*)${viewerCookieName}=([^;]*)`);

function send(response: ServerResponse, made: HlsResponse, headOnly: boolean): number | undefined {
  if (made.kind !== 'content' || response.destroyed) return undefined;
  response.writeHead(made.status, { ...mediaHeaders, ...made.headers });
  if (headOnly) {
    response.end();
    return made.status;
  }
  response.cork(); // headers and pieces leave in one write
  for (const piece of made.body) response.write(piece);
  response.end();
  response.uncork();
  return made.status;
}

function sendProblem(
  response: ServerResponse,
  body: Problem,
  headers: Readonly<Record<string, string>>,
): number {
  const bytes = Buffer.from(JSON.stringify(body));
  const own = { 'content-type': problemType, 'content-length': bytes.length };
  response.writeHead(body.status, { 'cache-control': 'no-store', ...mediaHeaders, ...headers, ...own });
  response.end(bytes); // which Node leaves out for HEAD
  return body.status;
}

function problemOf(made: HlsProblem): Problem {
  const { headers: _headers, kind: _kind, ...rest } = made;
  return { type: 'about:blank', ...rest };
}

function noStream(id: string, exists: boolean): Problem {
  if (!exists) return notFoundProblem(id);
  return { ...problem(503, 'camera-disabled', 'The camera is switched off.'), state: 'disabled' };
}
