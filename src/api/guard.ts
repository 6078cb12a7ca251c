/**
 * What a browser may be made to do against us by another site's page that sends to our address: refused before any
 * route is looked at. `Origin` and `Sec-Fetch-Site` tell. By which names we may be asked: `network-rules.ts`.
 *
 * Requests without these headers come from programs, which no site can steer. Pages of sites that the owner has named
 * (`embedOrigins`) may watch, in every way there is, and nothing else.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { clientOf } from './client.ts';
import { ProblemError, problem } from './problems.ts';

/** On every answer, refusals included. */
export function sendSecurityHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(securityHeaders);
    if (isForEmbedding(request)) reply.headers(embeddingHeaders);
    done();
  });
}

export interface GuardOptions {
  /** Origins whose pages may show pictures now, for example `https://home.example`. */
  readonly embedOrigins: () => readonly string[];
  /** Nobody signs in: only who sits at this machine is answered. */
  readonly open: boolean;
}

export function guardRequests(app: FastifyInstance, { embedOrigins, open }: GuardOptions): void {
  const isNamed = (origin: string): boolean =>
    embedOrigins().some((named) => named.toLowerCase() === origin.toLowerCase());
  app.addHook('onRequest', (request, reply, done) => {
    const { origin } = request.headers;
    if (origin !== undefined && watching.test(request.url) && isNamed(origin)) {
      reply.headers(corsFor(origin));
      if (request.method === 'OPTIONS') return void reply.code(204).send();
      return done();
    }
    done(comesFromAnotherSite(request) && !mayCrossSites(request, open) ? crossSite : undefined);
  });
}

/** What a player asks for: signalling of WebRTC, the live WebSocket, HLS, pictures. */
const watching =
  /^\/(?:whep\/|ws\/live(?:\?|$)|hls\/|live\/(?:[\w.-]+\/)?stream(?:\?|$)|api\/webrtc\/config(?:\?|$)|api\/v1\/cameras\/[\w.-]+\/snapshot\.jpg(?:\?|$))/;

function corsFor(origin: string): Record<string, string> {
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-methods': 'GET, HEAD, POST, DELETE, OPTIONS',
    'access-control-allow-headers': 'authorization, content-type, range',
    'access-control-expose-headers': 'location, link, etag, x-capture-time, x-stale',
    'access-control-max-age': '86400',
    'cross-origin-resource-policy': 'cross-origin',
    vary: 'origin',
  };
}

const crossSite = new ProblemError(problem(403, 'cross-site', 'A page of another site may not do this.'));

/** As browsers write it in `Origin`: without the port that goes without saying. */
function hostOf(request: FastifyRequest): string {
  const { host, secure } = clientOf(request);
  return host.replace(secure ? /:443$/ : /:80$/, '');
}

/** Told by what browsers add; programs add nothing. */
export function comesFromAnotherSite(request: FastifyRequest): boolean {
  const { origin } = request.headers;
  if (origin !== undefined) {
    if (!URL.canParse(origin)) return true;
    const { host, protocol } = new URL(origin);
    // A page that came unencrypted may have been written by anybody on its way.
    return host !== hostOf(request) || (protocol === 'http:' && clientOf(request).secure);
  }
  const site = request.headers['sec-fetch-site'];
  return site === 'cross-site' || site === 'same-site';
}

/**
 * Links from elsewhere may open a page; players on other pages may fetch themselves, and live media with a token in its
 * address: never with the cookie of whoever looks at that page, which says nothing of what that page may see.
 */
function mayCrossSites(request: FastifyRequest, open: boolean): boolean {
  const { method, url, headers } = request;
  if (url.startsWith('/hls/')) {
    const reads = method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
    return reads && (open || hasToken.test(url));
  }
  return isForEmbedding(request) || (method === 'GET' && headers['sec-fetch-mode'] === 'navigate');
}

const hasToken = /[?&]token=./;

/** What the player is made of, and the server's clock: without secrets, the same for everybody. */
function isForEmbedding({ method, url }: FastifyRequest): boolean {
  return (method === 'GET' || method === 'HEAD') && embeddable.test(url);
}

/** A file name only: with `..` or an escape in it, an address is matched by no route of ours, nor by this. */
const embeddable = /^\/(?:player\.js|assets\/[\w-]+(?:\.[\w-]+)+|api\/v1\/system)(?:\?|$)/;

const embeddingHeaders = {
  'access-control-allow-origin': '*',
  'cross-origin-resource-policy': 'cross-origin',
};

/** Nothing inline and nothing from elsewhere; `blob:` is how players feed video elements and workers. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self' blob:",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const securityHeaders = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
};
