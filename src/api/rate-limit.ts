/**
 * How often one may ask the API: in, who asks; out, a refusal for who asks too often, with the time to wait.
 *
 * It holds back programs that run wild, not people. Pictures are not counted: a wall of cameras asks for hundreds of
 * segments in a minute, and they have limits of their own (`maxReaders`). Nor is what a page is made of, nor whether the
 * server is there. Guessing passwords has a stricter limit, where it is done.
 */
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { clientOf } from './client.ts';
import type { Action } from './policy.ts';
import { ProblemError, problem } from './problems.ts';

/** Throws the refusal. */
export type LimitRequest = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

/** What is counted is forgotten after it. */
const windowMs = 60_000;
/** Who asked last; a hundred bytes each. Whoever is forgotten begins again. */
const maxRemembered = 10_000;

const uncounted: ReadonlySet<Action> = new Set<Action>([
  'camera.watch',
  'camera.replay',
  'camera.publish',
  'clip.watch',
  'clip.upload',
  'share.watch',
  'page.read',
  'events.read',
  'health.read',
]);

/** @param perMinute requests of one user, key or address; 0: as many as they like */
export async function limitRequests(app: FastifyInstance, perMinute: number): Promise<LimitRequest> {
  if (perMinute === 0) return async () => undefined;
  await app.register(rateLimit, { global: false, cache: maxRemembered });
  const count = app.createRateLimit({ max: perMinute, timeWindow: windowMs, keyGenerator: whoAsks });
  return async (request, reply) => {
    const { action } = request.routeOptions.config;
    if (action === undefined || uncounted.has(action) || request.principal.kind === 'local') return;
    const counted = await count(request);
    if (counted.isAllowed || !counted.isExceeded) return;
    reply.header('retry-after', String(Math.max(1, counted.ttlInSeconds)));
    throw tooOften;
  };
}

const tooOften = new ProblemError(
  problem(
    429,
    'too-many-requests',
    'Too many requests in one minute. Wait as long as `retry-after` says; `rateLimit` in the configuration is the limit.',
  ),
);

function whoAsks(request: FastifyRequest): string {
  const { principal } = request;
  if (principal.kind !== 'nobody') return `${principal.kind} ${principal.id}`;
  return `address ${networkOf(clientOf(request).address)}`;
}

/** A household has 2^64 addresses of IPv6 (RFC 6177): all of them are one client. */
function networkOf(address: string): string {
  return address.includes(':') ? address.split(':', 4).join(':') : address;
}
