/**
 * `/api/v1/account`: what everybody may do with the own account.
 */
import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Accounts } from '../../accounts/accounts.ts';
import type { User } from '../../accounts/user.ts';
import { newestFirst, noSession, refuseSignIn, sessionAnswer } from '../account-answers.ts';
import type { AccountsApi } from '../accounts.ts';
import { always, answer, badRequest, missing, tooMany } from '../answers.ts';
import { noteForAudit } from '../audit.ts';
import { clientOf } from '../client.ts';
import { passwordChangeSchema, sessionSchema } from '../contract/accounts.ts';
import { ProblemError, problem, sendProblem } from '../problems.ts';

const tags = ['accounts'];
const params = z.object({ sessionId: z.string() });
const done = z.undefined().meta({ description: 'Done' });
const ended = z.object({ ended: z.int() });

type App = Parameters<FastifyPluginAsyncZod>[0];

export function accountRoutes(api: AccountsApi): FastifyPluginAsyncZod {
  return async (app) => {
    sessionsRoutes(app, api);
    passwordRoute(app, api);
  };
}

function sessionsRoutes(app: App, { accounts }: AccountsApi): void {
  app.get('/account/sessions', {
    config: { action: 'account.read' },
    schema: {
      tags,
      summary: 'Where one is signed in, the latest first',
      response: { 200: z.array(sessionSchema), ...always },
    },
    handler: (request) => {
      const sessions = newestFirst(accounts.sessions.ofUser(ownUser(accounts, request).id));
      return sessions.map((session) => sessionAnswer(session, request.principal));
    },
  });
  app.delete('/account/sessions', {
    config: { action: 'account.change' },
    schema: {
      tags,
      summary: 'Sign out everywhere else',
      response: { 200: ended, ...always },
    },
    handler: async (request) => {
      const { id } = ownUser(accounts, request);
      const others = accounts.sessions.ofUser(id).filter((one) => one.id !== request.principal.sessionId);
      const ids = others.map((one) => one.id);
      noteForAudit(request, { detail: 'signed out everywhere else' });
      return { ended: await accounts.endSessions(id, ids) };
    },
  });
  app.delete('/account/sessions/:sessionId', {
    config: { action: 'account.change' },
    schema: {
      tags,
      summary: 'Sign out in one place',
      params,
      response: { 204: done, 404: missing, ...always },
    },
    handler: async (request, reply) => {
      const count = await accounts.endSessions(ownUser(accounts, request).id, [request.params.sessionId]);
      if (count === 0) return sendProblem(reply, noSession);
      noteForAudit(request, { detail: 'signed out in one place' });
      return reply.code(204).send();
    },
  });
}

function passwordRoute(app: App, { accounts, signIn }: AccountsApi): void {
  app.put('/account/password', {
    config: { action: 'account.change' },
    schema: {
      tags,
      summary: 'Change the own password; all other sessions end',
      body: passwordChangeSchema,
      response: { 204: done, 400: badRequest, 409: tooMany, 429: throttled, 503: tooMany, ...always },
    },
    handler: async (request, reply) => {
      const user = ownUser(accounts, request);
      if (user.passwordHash === null) return sendProblem(reply, noPassword);
      const who = { user, sessionId: request.principal.sessionId };
      const { address } = clientOf(request);
      const changed = await signIn.changePassword(who, request.body, address);
      if (!changed.ok) return refuseSignIn(reply, changed.error, wrongPassword);
      noteForAudit(request, { detail: 'another password' });
      return reply.code(204).send();
    },
  });
}

function ownUser(accounts: Accounts, { principal: who }: FastifyRequest): User {
  const user = who.kind === 'user' ? accounts.user(who.id) : undefined;
  if (!user) throw new ProblemError(noPerson);
  return user;
}

const throttled = answer('Too many attempts; `retry-after` says when to try again');
const noPerson = problem(403, 'not-a-user', 'Only somebody who signs in has an account of their own.');
/** Not 401: the browser is signed in, and stays so. */
const wrongPassword = problem(403, 'wrong-password', 'The current password is wrong.');
const noPassword = problem(
  409,
  'no-password',
  'This account has no password: it signs in elsewhere. An administrator can give it one.',
);
