/**
 * `/api/v1/session/oidc`: browsers are sent to a provider of OpenID Connect, and come back signed in, or linked.
 *
 * What goes wrong is told on the page that the person started from: it gets a word for it in its address.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { nobody } from '../../accounts/access.ts';
import type { Accounts } from '../../accounts/accounts.ts';
import type { Oidc, OidcWish } from '../../accounts/oidc.ts';
import { oidcTripMs } from '../../accounts/oidc.ts';
import type { Outsider } from '../../accounts/outsiders.ts';
import { admit } from '../../accounts/outsiders.ts';
import type { User } from '../../accounts/user.ts';
import { always, badRequest, tooMany } from '../answers.ts';
import { noteForAudit } from '../audit.ts';
import { beginSession, originOf } from '../browser-session.ts';
import { clientOf } from '../client.ts';
import type { OidcFaultCode } from '../contract/accounts.ts';
import { oidcLinkSchema, oidcLinkStartedSchema } from '../contract/accounts.ts';
import { readCookie, setCookie } from '../cookies.ts';
import { ProblemError, problem, sendProblem } from '../problems.ts';

const tags = ['accounts'];
const tripCookie = 'sightline_oidc';
const startQuery = z.object({ to: z.string().max(500).optional() });
const redirected = z.undefined().meta({ description: 'To another page' });
const done = z.undefined().meta({ description: 'Done' });

export interface OidcRoutesParts {
  readonly accounts: Accounts;
  readonly oidc: Oidc;
  /** Where on its site the server is shown. */
  readonly basePath: string;
}

type App = Parameters<FastifyPluginAsyncZod>[0];

export function oidcRoutes(parts: OidcRoutesParts): FastifyPluginAsyncZod {
  return async (app) => {
    signInRoutes(app, parts);
    linkRoutes(app, parts);
  };
}

function signInRoutes(app: App, parts: OidcRoutesParts): void {
  app.get('/session/oidc', {
    config: { action: 'session.create' },
    schema: {
      tags,
      summary: 'Sign in elsewhere: sends the browser there',
      querystring: startQuery,
      response: { 303: redirected, 400: badRequest, ...always },
    },
    handler: async (request, reply) => {
      const wish = { to: ownPage(request.query.to) };
      const begun = await parts.oidc.begin(redirectUri(request, parts.basePath), wish);
      if (!begun.ok) return backWith(reply, wish, 'provider');
      keepTrip(request, reply, begun.value.sealed);
      return reply.redirect(begun.value.url, 303);
    },
  });
  app.get('/session/oidc/callback', {
    config: { action: 'session.create' },
    schema: {
      tags,
      summary: 'Where the provider sends the browser back to: signs in',
      response: { 303: redirected, ...always },
    },
    handler: async (request, reply) => {
      const [, query = ''] = (request.raw.url ?? '').split(/\?(.*)/s);
      const { wish, said } = await parts.oidc.end(readCookie(request, tripCookie), query);
      // Once only, however it ended.
      forgetTrip(request, reply);
      if (!said.ok) return refuse(request, reply, { wish, fault: said.error });
      return wish?.link
        ? link(request, reply, parts, { wish, outsider: said.value })
        : signIn(request, reply, parts, { wish, outsider: said.value });
    },
  });
}

function linkRoutes(app: App, { accounts, oidc, basePath }: OidcRoutesParts): void {
  app.post('/account/oidc', {
    config: { action: 'account.change' },
    schema: {
      tags,
      summary: 'Link the own account with a sign-in elsewhere: says where the browser has to go',
      body: oidcLinkSchema,
      response: { 200: oidcLinkStartedSchema, 400: badRequest, 503: tooMany, ...always },
    },
    handler: async (request, reply) => {
      const { id, sessionId = null } = ownUser(accounts, request) && request.principal;
      const wish = { to: ownPage(request.body.to), link: { userId: id, sessionId } };
      const begun = await oidc.begin(redirectUri(request, basePath), wish);
      if (!begun.ok) return sendProblem(reply, notNow(oidc, begun.error));
      keepTrip(request, reply, begun.value.sealed);
      noteForAudit(request, { detail: `about to be linked with ${oidc.options.name}` });
      return reply.send({ url: begun.value.url });
    },
  });
  app.delete('/account/oidc', {
    config: { action: 'account.change' },
    schema: {
      tags,
      summary: 'Do not sign in elsewhere any more',
      response: { 204: done, 409: tooMany, ...always },
    },
    handler: async (request, reply) => {
      const user = ownUser(accounts, request);
      if (user.passwordHash === null) return sendProblem(reply, onlyWay);
      await accounts.change(user.id, { externalSubject: null });
      noteForAudit(request, { detail: `not linked with ${oidc.options.name} any more` });
      return reply.code(204).send();
    },
  });
}

interface Arrival {
  readonly wish: OidcWish | undefined;
  readonly outsider: Outsider;
}

async function signIn(
  request: FastifyRequest,
  reply: FastifyReply,
  { accounts, oidc }: OidcRoutesParts,
  { wish, outsider }: Arrival,
): Promise<FastifyReply> {
  const admitted = await admit(accounts, oidc.options, outsider);
  if (!admitted.ok) return refuse(request, reply, { wish, fault: admitted.error, outsider });
  const { user, changes } = admitted.value;
  const begun = await accounts.signIn(user, { ...originOf(request), method: 'oidc' });
  if (!begun) return refuse(request, reply, { wish, fault: 'disabled', outsider });
  const who = await beginSession(request, reply, accounts, { ...begun, user });
  const detail = [`with ${oidc.options.name}`, changes].filter((words) => words !== '').join(': ');
  auditOf(request)?.record({ ...entryOf(request), who, target: user.name, detail });
  return reply.redirect(wish?.to ?? '/', 303);
}

/** Only for whoever asked for it, in the session in which they did. */
async function link(
  request: FastifyRequest,
  reply: FastifyReply,
  { accounts, oidc }: OidcRoutesParts,
  { wish, outsider }: Arrival,
): Promise<FastifyReply> {
  const { principal: who } = request;
  const isSame = who.kind === 'user' && who.id === wish?.link?.userId;
  if (!isSame || (who.sessionId ?? null) !== wish.link?.sessionId)
    return refuse(request, reply, { wish, fault: 'expired' });
  const changed = await accounts.change(who.id, { externalSubject: outsider.subject });
  if (!changed.ok) return refuse(request, reply, { wish, fault: 'linked-already' });
  const detail = `linked with ${oidc.options.name}`;
  auditOf(request)?.record({ ...entryOf(request), who, action: 'account.change', detail });
  return reply.redirect(wish.to, 303);
}

function refuse(
  request: FastifyRequest,
  reply: FastifyReply,
  { wish, fault, outsider }: { wish: OidcWish | undefined; fault: OidcFaultCode; outsider?: Outsider },
): FastifyReply {
  // Who that is, is known from the provider: an administrator wants to know whom to add, and by which subject.
  const called = outsider && `${outsider.newName}, ${outsider.subject ?? ''}: `;
  const entry = { ...entryOf(request), who: nobody, detail: `${called ?? ''}${fault}` };
  auditOf(request)?.recordRefusal(entry);
  return backWith(reply, wish, fault);
}

function auditOf({ server }: FastifyRequest) {
  return server.auditLog;
}

function entryOf(request: FastifyRequest) {
  return { address: clientOf(request).address, action: 'session.create' };
}

/** To the page that they came from, with the reason. */
function backWith(reply: FastifyReply, wish: OidcWish | undefined, fault: OidcFaultCode): FastifyReply {
  const to = wish?.to ?? '/';
  if (wish?.link) return reply.redirect(`${to}${to.includes('?') ? '&' : '?'}fault=${fault}`, 303);
  return reply.redirect(`/sign-in?${new URLSearchParams({ to, fault }).toString()}`, 303);
}

/** By the name that the browser knows us by: another is refused before (`network-rules.ts`), and by the provider. */
function redirectUri(request: FastifyRequest, basePath: string): string {
  const { secure, host } = clientOf(request);
  return `${secure ? 'https' : 'http'}://${host}${basePath}/api/v1/session/oidc/callback`;
}

/** The first page where it is none of ours: an address in a link must not lead elsewhere. */
function ownPage(wanted: string | undefined): string {
  const here = 'http://sightline.invalid';
  if (!wanted?.startsWith('/') || !URL.canParse(wanted, here)) return '/';
  const { origin, pathname, search } = new URL(wanted, here);
  return origin === here && !pathname.startsWith('//') ? pathname + search : '/';
}

function keepTrip(request: FastifyRequest, reply: FastifyReply, sealed: string): void {
  const maxAgeSeconds = oidcTripMs / 1000;
  reply.header('set-cookie', setCookie(request, { name: tripCookie, maxAgeSeconds }, sealed));
}

function forgetTrip(request: FastifyRequest, reply: FastifyReply): void {
  reply.header('set-cookie', setCookie(request, { name: tripCookie, maxAgeSeconds: 0 }, ''));
}

function ownUser(accounts: Accounts, { principal: who }: FastifyRequest): User {
  const user = who.kind === 'user' ? accounts.user(who.id) : undefined;
  if (!user) throw new ProblemError(noPerson);
  return user;
}

const noPerson = problem(403, 'not-a-user', 'Only somebody who signs in has an account of their own.');
const onlyWay = problem(
  409,
  'no-password',
  'This account has no password: without the other sign-in nobody could use it. An administrator can give it one.',
);

function notNow({ options }: Oidc, why: string) {
  return problem(503, 'provider-unavailable', `Signing in with ${options.name} does not work now: ${why}`);
}
