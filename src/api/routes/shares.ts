/**
 * `/api/v1/shares`: links to one camera for people without an account, and what whoever holds one may ask.
 *
 * Opening a link sets a cookie, so that the page can be loaded again without the secret, and gives a media token in the
 * link's name: what is then watched is watched as the link, also in a browser that is signed in as somebody.
 */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Principal, Share } from '../../accounts/access.ts';
import { ownerOf } from '../../accounts/access.ts';
import type { TokenAction } from '../../accounts/media-tokens.ts';
import type { ShareEntry } from '../../accounts/share-links.ts';
import { SignInThrottle } from '../../accounts/sign-in-throttle.ts';
import type { Clock } from '../../base/clock.ts';
import { isCameraId } from '../../base/ids.ts';
import { unixMs } from '../../base/units.ts';
import type { PlaybackSessions } from '../../playback/sessions.ts';
import { always, badRequest, missing, notFound, tooMany } from '../answers.ts';
import { noteForAudit } from '../audit.ts';
import type { CameraService } from '../camera-service.ts';
import { clientOf } from '../client.ts';
import type { Shared } from '../contract/accounts.ts';
import {
  shareCreateSchema,
  shareLinkSchema,
  shareMadeSchema,
  shareOpenSchema,
  sharedSchema,
} from '../contract/accounts.ts';
import { playbackSessionSchema } from '../contract/playback.ts';
import { readCookie, setCookie } from '../cookies.ts';
import { shareCookie } from '../machine-ways.ts';
import type { MachinesApi } from '../machines.ts';
import { noSuchThing, refuseTooMany, shareAnswer, whoseThings } from '../machines.ts';
import { may, notAllowedProblem } from '../policy.ts';
import { notFoundProblem, problem, sendProblem } from '../problems.ts';
import { describeRecorded, startProblem } from './playback.ts';

export interface SharesApi {
  readonly machines: MachinesApi;
  readonly cameras: Pick<CameraService, 'get'>;
  /** Absent where nothing is recorded. */
  readonly sessions: PlaybackSessions | undefined;
  readonly clock: Clock;
}

const tags = ['accounts'];
/** A page that stays open longer opens its link again. */
const longestTokenSeconds = 86_400;
type App = Parameters<FastifyPluginAsyncZod>[0];

export function shareRoutes(api: SharesApi): FastifyPluginAsyncZod {
  return async (app) => {
    ownRoutes(app, api);
    makeRoute(app, api);
    openRoute(app, api);
    openedRoute(app, api);
    playbackRoute(app, api);
  };
}

function ownRoutes(app: App, { machines }: SharesApi): void {
  const { shares } = machines;
  app.get('/shares', {
    config: { action: 'share.list' },
    schema: {
      tags,
      summary: 'Your share links that are not over; for administrators those of everybody',
      response: { 200: z.array(shareLinkSchema), ...always },
    },
    handler: async ({ principal }) =>
      shares.list(whoseThings(principal)).map((entry) => shareAnswer(machines, entry)),
  });
  app.delete('/shares/:shareId', {
    config: { action: 'share.change' },
    schema: {
      tags,
      summary: 'Revoke a share link: whoever watches with it stops',
      params: z.object({ shareId: z.string() }),
      response: { 204: z.undefined().meta({ description: 'Revoked' }), 404: missing, ...always },
    },
    handler: async (request, reply) => {
      const share = shares.get(request.params.shareId);
      const owner = whoseThings(request.principal);
      if (!share || (owner ?? share.userId) !== share.userId) return sendProblem(reply, noSuchThing);
      noteForAudit(request, { cameraId: share.cameraId, detail: share.note });
      await shares.delete(share.id);
      return reply.code(204).send();
    },
  });
}

function makeRoute(app: App, { machines, cameras }: SharesApi): void {
  app.post('/shares', {
    config: { action: 'share.change' },
    schema: {
      tags,
      summary: 'Share a camera by a link: its live picture, a range of its past, or both; shown this once',
      body: shareCreateSchema,
      response: { 201: shareMadeSchema, 400: badRequest, 404: notFound, 409: tooMany, ...always },
    },
    handler: async (request, reply) => {
      const { cameraId, live, fromMs } = request.body;
      if (!cameras.get(cameraId) || !may(request, 'camera.read', cameraId))
        return sendProblem(reply, notFoundProblem(cameraId));
      const isAllowed =
        may(request, 'share.change', cameraId) &&
        (!live || may(request, 'camera.watch', cameraId)) &&
        (fromMs === null || may(request, 'camera.replay', cameraId));
      if (!isAllowed) return sendProblem(reply, notAllowedProblem('share.change'));
      const made = await machines.shares.create(request.principal.id, request.body);
      if (!made.ok) return refuseTooMany(reply, 'share links');
      const { entry, secret } = made.value;
      noteForAudit(request, { cameraId, target: entry.id, detail: inWords(entry) });
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({ ...shareAnswer(machines, entry), url: `/s/${secret}` });
    },
  });
}

function openRoute(app: App, api: SharesApi): void {
  const throttle = new SignInThrottle(api.clock);
  app.post('/shares/open', {
    config: { action: 'share.open' },
    schema: {
      tags,
      summary: 'Open a share link: sets a cookie, so that this browser need not have its secret any more',
      body: shareOpenSchema,
      response: { 200: sharedSchema, 400: badRequest, 404: missing, 429: tooMany, ...always },
    },
    handler: async (request, reply) => {
      const { secret } = request.body;
      const attempt = { address: clientOf(request).address, name: undefined };
      const waitMs = throttle.begin(attempt);
      if (waitMs > 0) {
        reply.header('retry-after', String(Math.ceil(waitMs / 1000)));
        return sendProblem(reply, tooManyAttempts);
      }
      const link = openedBy(api, api.machines.shares.check(secret));
      if (!link) return sendProblem(reply, noLink);
      throttle.undone(attempt);
      request.principal = link.who;
      noteForAudit(request, { cameraId: link.cameraId, target: link.who.id });
      await api.machines.shares.opened(link.who.id);
      const shape = { name: shareCookie, maxAgeSeconds: link.leftSeconds };
      reply.header('set-cookie', setCookie(request, shape, secret));
      return reply.header('cache-control', 'no-store').send(await sharedAnswer(api, link));
    },
  });
}

function openedRoute(app: App, api: SharesApi): void {
  app.get('/shares/opened', {
    config: { action: 'share.watch' },
    schema: {
      tags,
      summary: 'The link that this browser opened; 404 as soon as it is over',
      response: { 200: sharedSchema, 404: missing, ...always },
    },
    handler: async (request, reply) => {
      const link = openedBy(api, linkOf(request, api.machines));
      if (!link) return sendProblem(reply, noLink);
      noteForAudit(request, { cameraId: link.cameraId });
      return reply.header('cache-control', 'no-store').send(await sharedAnswer(api, link));
    },
  });
}

interface OpenLink {
  readonly who: Principal;
  readonly share: Share;
  readonly cameraId: string;
  readonly cameraName: string;
  readonly expiresMs: number;
  readonly leftSeconds: number;
}

function openedBy({ cameras, clock }: SharesApi, who: Principal | undefined): OpenLink | undefined {
  const camera = who?.share && cameras.get(who.share.cameraId);
  if (!who?.share || !camera || who.expiresMs === undefined) return undefined;
  const { share, expiresMs } = who;
  const leftSeconds = Math.max(1, Math.floor((expiresMs - clock.nowMs()) / 1000));
  return { who, share, cameraId: camera.id, cameraName: camera.name, expiresMs, leftSeconds };
}

async function sharedAnswer({ machines }: SharesApi, link: OpenLink): Promise<Shared> {
  const { who, share, cameraId, cameraName, expiresMs, leftSeconds } = link;
  const lastsSeconds = Math.min(leftSeconds, longestTokenSeconds);
  const { token } = await machines.tokens.create(who, { cameraId, actions: actionsOf(share), lastsSeconds });
  const { fromMs = null, toMs = null } = share.range ?? {};
  return { cameraId, cameraName, live: share.live, fromMs, toMs, expiresMs, token };
}

function playbackRoute(app: App, { machines, cameras, sessions }: SharesApi): void {
  app.post('/shares/playback', {
    config: { action: 'share.watch' },
    schema: {
      tags,
      summary: 'Begin to play the range of the link that this browser opened',
      response: { 200: playbackSessionSchema, 404: missing, 503: tooMany, ...always },
    },
    handler: async (request, reply) => {
      const who = linkOf(request, machines);
      const { cameraId, range } = who?.share ?? {};
      if (!who || !range || cameraId === undefined || !isCameraId(cameraId) || !sessions)
        return sendProblem(reply, noLink);
      const wanted = { cameraId, fromMs: unixMs(range.fromMs), toMs: unixMs(range.toMs) };
      const started = await sessions.start({ ...wanted, format: 'auto', owner: ownerOf(who) });
      if (!started.ok) return sendProblem(reply, startProblem({ cameras }, cameraId, started.error));
      const { content, expiresMs } = started.value;
      return reply.header('cache-control', 'no-store').send(describeRecorded(content, expiresMs));
    },
  });
}

/** A browser that is signed in acts as somebody else; here its link is meant. */
function linkOf(request: FastifyRequest, { shares }: MachinesApi): Principal | undefined {
  if (request.principal.kind === 'share') return request.principal;
  return shares.check(readCookie(request, shareCookie) ?? '');
}

function actionsOf({ live, range }: Share): TokenAction[] {
  return [...(live ? ['live' as const] : []), ...(range ? ['playback' as const] : [])];
}

function iso(time: number): string {
  return new Date(time).toISOString();
}

function inWords({ live, fromMs, toMs, note }: ShareEntry): string {
  const what = [
    ...(live ? ['live'] : []),
    ...(fromMs !== null && toMs !== null ? [`${iso(fromMs)} to ${iso(toMs)}`] : []),
  ].join(', ');
  return note === '' ? what : `${what}: ${note}`;
}

const noLink = problem(
  404,
  'link-over',
  'This link shows nothing any more: it is over, or it was revoked. Ask whoever sent it for a new one.',
);
const tooManyAttempts = problem(
  429,
  'too-many-attempts',
  'Too many links were tried from here. Wait a minute.',
);
