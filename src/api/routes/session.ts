/**
 * `/api/v1/session` and `/api/v1/setup`: who one is, signing in and out, the first administrator.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Principal } from '../../accounts/access.ts';
import { nobody } from '../../accounts/access.ts';
import type { SignedIn, SignInFault } from '../../accounts/sign-in.ts';
import { accountProblems, grantsAnswer, refuseSignIn } from '../account-answers.ts';
import type { AccountsApi } from '../accounts.ts';
import { always, answer, badRequest, tooMany } from '../answers.ts';
import { sessionCookie } from '../authenticate.ts';
import { beginSession, endOwnSession, originOf } from '../browser-session.ts';
import { clientOf } from '../client.ts';
import type { SessionInfo } from '../contract/accounts.ts';
import { sessionInfoSchema, setupSchema, signInSchema } from '../contract/accounts.ts';
import { setCookie } from '../cookies.ts';
import { problem, sendProblem } from '../problems.ts';

const tags = ['accounts'];
const refused = answer('Name or password are wrong');
const throttled = answer('Too many attempts; `retry-after` says when to try again');
const done = z.undefined().meta({ description: 'Done' });

/** @param api undefined: the server has no accounts */
export function sessionRoutes(api: AccountsApi | undefined): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/session', {
      config: { action: 'session.read' },
      schema: {
        tags,
        summary: 'Who is signed in, and how one may sign in',
        response: { 200: sessionInfoSchema, ...always },
      },
      handler: (request) => sessionInfo(request.principal, api),
    });
    if (!api) return;
    app.post('/session', {
      config: { action: 'session.create' },
      schema: {
        tags,
        summary: 'Sign in with name and password: sets the cookie of a session',
        body: signInSchema,
        response: {
          ...always,
          200: sessionInfoSchema,
          400: badRequest,
          429: throttled,
          503: tooMany,
          401: refused,
        },
      },
      handler: async (request, reply) => {
        const { name, password } = request.body;
        const made = await api.signIn.withPassword(name, password, originOf(request));
        if (made.ok) return begun(request, reply, api, made.value);
        // What is typed as a name may be a password.
        const known = api.accounts.named(name)?.name ?? '';
        auditSignIn(request, nobody, { name: known, fault: made.error });
        return refuseSignIn(reply, made.error, wrongPassword);
      },
    });
    app.delete('/session', {
      config: { action: 'session.end' },
      schema: { tags, summary: 'Sign out', response: { 204: done, ...always } },
      handler: async (request, reply) => {
        await endOwnSession(request, api.accounts);
        reply.header('set-cookie', setCookie(request, { name: sessionCookie, maxAgeSeconds: 0 }, ''));
        return reply.code(204).send();
      },
    });
    setupRoute(app, api);
  };
}

function setupRoute(app: Parameters<FastifyPluginAsyncZod>[0], api: AccountsApi): void {
  app.post('/setup', {
    config: { action: 'setup.create' },
    schema: {
      tags,
      summary: 'Make the first administrator, with the token that the server printed when it started',
      body: setupSchema,
      response: {
        200: sessionInfoSchema,
        400: badRequest,
        409: tooMany,
        429: throttled,
        503: tooMany,
        ...always,
      },
    },
    handler: async (request, reply) => {
      const made = await api.signIn.setUp(request.body, originOf(request));
      if (made.ok) return begun(request, reply, api, made.value);
      if (made.error.kind === 'done') return sendProblem(reply, alreadySetUp);
      if (made.error.kind === 'name-taken') return sendProblem(reply, accountProblems['name-taken']);
      auditSignIn(request, nobody, { name: '', fault: made.error });
      return refuseSignIn(reply, made.error, wrongToken);
    },
  });
}

const wrongPassword = problem(401, 'sign-in-failed', 'The name or the password is wrong.');
const wrongToken = problem(
  403,
  'wrong-setup-token',
  'This is not the link that the server printed when it started last. It prints another at every start.',
);
const alreadySetUp = problem(
  409,
  'already-set-up',
  'The server is set up already. Sign in, or ask whoever did it for an account.',
);

function sessionInfo(who: Principal, api: AccountsApi | undefined): SessionInfo {
  return {
    setUp: api?.accounts.setUp ?? true,
    open: !api,
    who: whoAnswer(who, api),
    signIn: { password: api !== undefined, oidc: elsewhere(api?.oidc) },
  };
}

function elsewhere(oidc: AccountsApi['oidc']): SessionInfo['signIn']['oidc'] {
  return oidc
    ? { name: oidc.options.name, url: '/api/v1/session/oidc', problem: oidc.problem() ?? null }
    : null;
}

function whoAnswer(who: Principal, api: AccountsApi | undefined): SessionInfo['who'] {
  if (who.kind === 'nobody' || who.kind === 'system') return null;
  const user = who.kind === 'user' ? api?.accounts.user(who.id) : undefined;
  return {
    kind: who.kind,
    id: who.id,
    name: who.name,
    role: who.role ?? null,
    permissions: [...who.permissions],
    grants: grantsAnswer(who.grants),
    sessionId: who.sessionId ?? null,
    hasPassword: typeof user?.passwordHash === 'string',
    external: typeof user?.externalSubject === 'string',
  };
}

async function begun(
  request: FastifyRequest,
  reply: FastifyReply,
  api: AccountsApi,
  made: SignedIn,
): Promise<SessionInfo> {
  const who = await beginSession(request, reply, api.accounts, made);
  auditSignIn(request, who, { name: made.user.name });
  return sessionInfo(who, api);
}

function auditSignIn(
  request: FastifyRequest,
  who: Principal,
  { name, fault }: { readonly name: string; readonly fault?: SignInFault },
): void {
  const action = request.routeOptions.config.action ?? 'session.create';
  const entry = { who, address: clientOf(request).address, action, target: name };
  if (!fault) return request.server.auditLog?.record(entry);
  request.server.auditLog?.recordRefusal({ ...entry, detail: faultWords[fault.kind] });
}

const faultWords: Readonly<Record<SignInFault['kind'], string>> = {
  wrong: 'wrong name, password or link',
  wait: 'too many attempts',
  busy: 'too many people at one time',
};
