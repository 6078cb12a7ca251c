/**
 * What a browser may be made to do against us: refused before any route is looked at.
 *
 * - DNS rebinding: another site's name that points to this machine. Its `Host` gives it away.
 * - Cross-site requests: another site's page that sends to our address. `Origin` and `Sec-Fetch-Site` tell.
 *
 * Requests without these headers come from programs, which no site can steer.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ProblemError, problem } from './problems.ts';

/** Names of this machine as seen from itself, with any port: a tunnel may change it. */
const localHost = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i;

export function guardRequests(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(securityHeaders);
    done(refusal(request));
  });
}

function refusal(request: FastifyRequest): ProblemError | undefined {
  if (!localHost.test(request.headers.host ?? '')) return wrongHost;
  return comesFromAnotherSite(request) && !mayCrossSites(request) ? crossSite : undefined;
}

const wrongHost = new ProblemError(
  problem(
    421,
    'host-not-allowed',
    'This server answers to localhost, 127.0.0.1 and [::1] only, as long as it has no accounts.',
  ),
);
const crossSite = new ProblemError(problem(403, 'cross-site', 'A page of another site may not do this.'));

function comesFromAnotherSite({ headers }: FastifyRequest): boolean {
  const { origin, host } = headers;
  if (origin !== undefined) return !URL.canParse(origin) || new URL(origin).host !== host?.toLowerCase();
  const site = headers['sec-fetch-site'];
  return site === 'cross-site' || site === 'same-site';
}

/** Links from elsewhere may open a page; players on other pages may fetch media, whose headers decide. */
function mayCrossSites({ method, url, headers }: FastifyRequest): boolean {
  if (url.startsWith('/hls/')) return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
  return method === 'GET' && headers['sec-fetch-mode'] === 'navigate';
}

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
