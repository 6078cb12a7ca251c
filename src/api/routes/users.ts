/**
 * `/api/v1/users`: who has an account, with which role and grants. For administrators.
 */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { ownerOf } from '../../accounts/access.ts';
import { subjectKey } from '../../accounts/oidc.ts';
import type { User } from '../../accounts/user.ts';
import { ok } from '../../base/result.ts';
import {
  accountProblems,
  newestFirst,
  noUser,
  refuseBusy,
  sessionAnswer,
  userAnswer,
  yourself,
} from '../account-answers.ts';
import type { AccountsApi } from '../accounts.ts';
import { always, badRequest, missing, tooMany } from '../answers.ts';
import { noteForAudit } from '../audit.ts';
import type { UserChange } from '../contract/accounts.ts';
import { sessionSchema, userChangeSchema, userCreateSchema, userSchema } from '../contract/accounts.ts';
import type { EventFeed } from '../event-feed.ts';
import { ProblemError, problem, sendProblem } from '../problems.ts';

const tags = ['accounts'];
const params = z.object({ userId: z.string() });
const done = z.undefined().meta({ description: 'Done' });
const ended = z.object({ ended: z.int() });
type App = Parameters<FastifyPluginAsyncZod>[0];

export function userRoutes(api: AccountsApi, feed: Pick<EventFeed, 'publish'>): FastifyPluginAsyncZod {
  return async (app) => {
    readRoutes(app, api);
    createRoute(app, api);
    changeRoute(app, api);
    deleteRoute(app, api, feed);
    signOutRoute(app, api);
  };
}

function readRoutes(app: App, { accounts }: AccountsApi): void {
  app.get('/users', {
    config: { action: 'user.list' },
    schema: {
      tags,
      summary: 'All users, the oldest first',
      response: { 200: z.array(userSchema), ...always },
    },
    handler: async () => accounts.users().map((user) => userAnswer(accounts, user)),
  });
  app.get('/users/:userId', {
    config: { action: 'user.list' },
    schema: { tags, summary: 'One user', params, response: { 200: userSchema, 404: missing, ...always } },
    handler: async (request, reply) => {
      const user = accounts.user(request.params.userId);
      return user ? reply.send(userAnswer(accounts, user)) : sendProblem(reply, noUser);
    },
  });
  app.get('/users/:userId/sessions', {
    config: { action: 'user.list' },
    schema: {
      tags,
      summary: 'Where a user is signed in, the latest first',
      params,
      response: { 200: z.array(sessionSchema), 404: missing, ...always },
    },
    handler: async (request, reply) => {
      const user = accounts.user(request.params.userId);
      if (!user) return sendProblem(reply, noUser);
      const sessions = newestFirst(accounts.sessions.ofUser(user.id));
      return reply.send(sessions.map((session) => sessionAnswer(session, request.principal)));
    },
  });
}

function createRoute(app: App, { accounts, signIn, oidc }: AccountsApi): void {
  app.post('/users', {
    config: { action: 'user.change' },
    schema: {
      tags,
      summary: 'Make a user',
      body: userCreateSchema,
      response: { 201: userSchema, 400: badRequest, 409: tooMany, 503: tooMany, ...always },
    },
    handler: async (request, reply) => {
      const { name, password, role, grants, external } = request.body;
      const subject = external === undefined ? undefined : subjectAt(oidc, external);
      const hash = password === undefined ? ok(null) : await signIn.hashPassword(password);
      if (!hash.ok) return refuseBusy(reply);
      const linked = subject === undefined ? {} : { externalSubject: subject };
      const made = await accounts.create({ name, role, grants, passwordHash: hash.value, ...linked });
      if (!made.ok) return sendProblem(reply, accountProblems[made.error]);
      noteForAudit(request, { target: made.value.id, detail: `${name}: made, ${role}` });
      return reply.code(201).send(userAnswer(accounts, made.value));
    },
  });
}

function changeRoute(app: App, { accounts, signIn, oidc }: AccountsApi): void {
  app.patch('/users/:userId', {
    config: { action: 'user.change' },
    schema: {
      tags,
      summary: 'Change a user; what is absent stays',
      params,
      body: userChangeSchema,
      response: { 200: userSchema, 400: badRequest, 404: missing, 409: tooMany, 503: tooMany, ...always },
    },
    handler: async (request, reply) => {
      const { userId } = request.params;
      const user = accounts.user(userId);
      if (!user) return sendProblem(reply, noUser);
      const { password, external, ...patch } = request.body;
      const externalSubject = typeof external === 'string' ? subjectAt(oidc, external) : external;
      const self = request.principal.kind === 'user' && request.principal.id === userId;
      if (self && patch.disabled) return sendProblem(reply, yourself);
      const hash = password === undefined ? undefined : await signIn.hashPassword(password);
      if (hash && !hash.ok) return refuseBusy(reply);
      const keep = self ? request.principal.sessionId : undefined;
      const whole = { ...patch, externalSubject, passwordHash: hash?.value };
      const changed = await accounts.change(userId, whole, keep);
      if (!changed.ok) return sendProblem(reply, accountProblems[changed.error]);
      noteForAudit(request, { target: userId, detail: changeWords(user, request.body) });
      return reply.send(userAnswer(accounts, changed.value));
    },
  });
}

function deleteRoute(app: App, { accounts }: AccountsApi, feed: Pick<EventFeed, 'publish'>): void {
  app.delete('/users/:userId', {
    config: { action: 'user.change' },
    schema: {
      tags,
      summary: 'Delete a user with sessions, keys and links',
      description:
        'Views that nobody else sees are deleted, too; those that are shared are yours from then on.',
      params,
      response: { 204: done, 404: missing, 409: tooMany, ...always },
    },
    handler: async (request, reply) => {
      const { userId } = request.params;
      if (request.principal.id === userId) return sendProblem(reply, yourself);
      const deleted = await accounts.delete(userId, ownerOf(request.principal));
      if (!deleted.ok) return sendProblem(reply, accountProblems[deleted.error]);
      const { user, handedViews } = deleted.value;
      for (const viewId of handedViews) feed.publish({ type: 'view.changed', viewId, ownerId: null });
      noteForAudit(request, { target: userId, detail: `${user.name}: deleted` });
      return reply.code(204).send();
    },
  });
}

function signOutRoute(app: App, { accounts }: AccountsApi): void {
  app.delete('/users/:userId/sessions', {
    config: { action: 'user.change' },
    schema: {
      tags,
      summary: 'Sign a user out everywhere',
      params,
      response: { 200: ended, 404: missing, ...always },
    },
    handler: async (request, reply) => {
      const user = accounts.user(request.params.userId);
      if (!user) return sendProblem(reply, noUser);
      noteForAudit(request, { detail: `${user.name}: signed out everywhere` });
      return reply.send({ ended: await accounts.endSessions(user.id) });
    },
  });
}

/** @throws where there is no provider to be somebody at. */
function subjectAt(oidc: AccountsApi['oidc'], subject: string): string {
  if (!oidc) throw new ProblemError(noProvider);
  return subjectKey(oidc.options.issuer, subject);
}

const noProvider = problem(
  409,
  'no-provider',
  'This server has no sign-in elsewhere: set up `oidc` in the configuration file first.',
);

function changeWords(user: User, { name, password, role, grants, disabled, external }: UserChange): string {
  const words: string[] = [];
  if (name !== undefined && name !== user.name) words.push(`now called ${name}`);
  if (role !== undefined && role !== user.role) words.push(`${user.role} became ${role}`);
  if (grants !== undefined) words.push('other grants');
  if (disabled !== undefined && disabled !== user.disabled)
    words.push(disabled ? 'disabled' : 'enabled again');
  if (password !== undefined) words.push('another password');
  if (external !== undefined)
    words.push(external === null ? 'not linked any more' : 'linked with a sign-in elsewhere');
  return `${user.name}: ${words.join(', ') || 'nothing changed'}`;
}
