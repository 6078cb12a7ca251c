/**
 * The one point that every request passes: who, does what, with which camera.
 * Routes declare their action; a route without one does not start.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import type { Need, Permission, Principal } from '../accounts/access.ts';
import { can } from '../accounts/access.ts';
import { cameraOfStream } from '../hub/stream-id.ts';
import type { Problem } from './contract/problem.ts';
import { ProblemError, notFoundProblem, problem } from './problems.ts';

export type Action =
  | 'camera.list'
  | 'camera.read'
  | 'camera.create'
  | 'camera.change'
  | 'camera.delete'
  | 'camera.probe'
  | 'camera.watch'
  | 'camera.publish'
  | 'camera.replay'
  | 'camera.record'
  | 'playback.session'
  | 'recording.delete'
  | 'storage.read'
  | 'storage.test'
  | 'history.list'
  | 'hold.list'
  | 'hold.change'
  | 'client.list'
  | 'client.change'
  | 'clip.list'
  | 'clip.delete'
  | 'clip.upload'
  | 'clip.watch'
  | 'export.list'
  | 'export.create'
  | 'export.delete'
  | 'export.of-others'
  | 'viewer.list'
  | 'viewer.end'
  | 'events.read'
  | 'system.read'
  | 'health.read'
  | 'metrics.read'
  | 'docs.read'
  | 'page.read'
  | 'setup.create'
  | 'session.read'
  | 'session.create'
  | 'session.end'
  | 'account.read'
  | 'account.change'
  | 'user.list'
  | 'user.change'
  | 'key.list'
  | 'key.change'
  | 'device.list'
  | 'device.change'
  | 'share.list'
  | 'share.change'
  | 'share.open'
  | 'share.watch'
  | 'media-token.create'
  | 'token-keys.read'
  | 'audit.read'
  | 'settings.read'
  | 'settings.change'
  | 'view.read'
  | 'view.change'
  | 'network.read'
  | 'health.details';

/** What an action asks for. */
interface Permit extends Need {
  /** Only for who may do it with every camera: it is about the whole server. */
  readonly onEvery?: true;
  /** Only for people who signed in: what it makes would outlive the key that made it. */
  readonly byPerson?: true;
}

/**
 * `public`: nothing is asked. `signed-in`: to be somebody; what comes out depends on who (lists and events hold only what
 * one may see). `person`: to be somebody who signed in, in contrast to a key.
 */
type Rule = 'public' | 'signed-in' | 'person' | Permit;

const see: Permission = 'media:read';
const change: Permission = 'media:write';
/** Whoever runs the whole server: administrators, and keys of theirs that are not limited to some cameras. */
const runServer: Rule = { permission: 'system:write', right: 'settings', onEvery: true };

/** The whole of who may do what. Roles and scopes: `src/accounts/access.ts`. */
const rules: Readonly<Record<Action, Rule>> = {
  'page.read': 'public',
  'health.read': 'public',
  'session.read': 'public',
  'session.create': 'public',
  'setup.create': 'public',
  'token-keys.read': 'public',
  'share.open': 'public',
  // With a secret of its own that is checked by the route: clients that upload clips.
  'clip.upload': 'public',

  'session.end': 'person',
  'account.read': 'person',
  'account.change': 'person',
  'docs.read': 'signed-in',
  'system.read': 'signed-in',
  'events.read': 'signed-in',
  'settings.read': 'signed-in',
  'view.read': 'signed-in',
  'view.change': 'signed-in',
  'share.watch': 'signed-in',

  'camera.list': { permission: see },
  'camera.read': { permission: see, right: 'any' },
  'camera.watch': { permission: see, right: 'live' },
  'camera.replay': { permission: see, right: 'playback' },
  // Live ones, too; what is in it is asked again.
  'playback.session': { permission: see, right: 'any' },
  'camera.publish': { permission: change, right: 'publish' },
  'camera.change': { permission: change, right: 'settings' },
  // A door contact that starts a recording need not be able to change the camera.
  'camera.record': { permission: change, right: 'live' },
  'camera.create': runServer,
  'camera.probe': runServer,
  'camera.delete': { permission: 'system:write', right: 'settings' },
  'recording.delete': { permission: 'system:write', right: 'settings' },
  'viewer.list': { permission: change, right: 'live' },
  'viewer.end': { permission: change, right: 'live' },

  'history.list': { permission: see, right: 'playback' },
  'hold.list': { permission: see, right: 'playback' },
  'hold.change': { permission: change, right: 'export' },
  'export.list': { permission: see, right: 'export' },
  'export.create': { permission: see, right: 'export' },
  'export.delete': { permission: see, right: 'export' },
  'export.of-others': { permission: 'system:write', right: 'export' },
  'share.list': { permission: see, right: 'export' },
  'share.change': { permission: see, right: 'export', byPerson: true },
  'media-token.create': { permission: see, right: 'any' },

  // Clips belong to the server, not to a camera: whoever may replay every camera may see them.
  'clip.list': { permission: see, right: 'playback', onEvery: true },
  'clip.watch': { permission: see, right: 'playback', onEvery: true },
  'clip.delete': runServer,
  'client.list': runServer,
  'client.change': runServer,

  'storage.read': { permission: 'system:read' },
  'storage.test': runServer,
  'health.details': { permission: 'system:read' },
  'network.read': { permission: 'system:read' },
  'metrics.read': { permission: 'metrics:read' },
  'settings.change': { permission: change },
  'user.list': runServer,
  'user.change': runServer,
  'key.list': { permission: see, byPerson: true },
  'key.change': { permission: see, byPerson: true },
  'device.list': runServer,
  'device.change': runServer,
  'audit.read': runServer,
};

const watching: readonly Action[] = ['camera.watch', 'camera.replay', 'playback.session', 'system.read'];

/** What is handed out for pictures is good for pictures only, whatever whoever made it may do. */
const onlyFor: Readonly<Partial<Record<Principal['kind'], ReadonlySet<Action>>>> = {
  device: new Set([...watching, 'camera.publish']),
  token: new Set([...watching, 'camera.publish']),
  share: new Set([...watching, 'share.watch']),
};

/** No camera is called so: only who may do it with every camera may do it with this one. */
const everyCamera = '';

/** @param cameraId the camera it is about; absent for actions on none or on several, which ask for each again. */
export function allowed(who: Principal, action: Action, cameraId?: string): boolean {
  const rule = rules[action];
  if (rule === 'public') return true;
  if (who.kind === 'nobody' || onlyFor[who.kind]?.has(action) === false) return false;
  if (rule === 'signed-in') return true;
  if (rule === 'person') return isPerson(who);
  if (rule.byPerson && !isPerson(who)) return false;
  return can(who, rule, rule.onEvery ? everyCamera : cameraId);
}

function isPerson({ kind }: Principal): boolean {
  return kind === 'user' || kind === 'local';
}

/** With which cameras somebody may do something; `all`: those to come, too. */
export function reach(who: Principal, action: Action): 'all' | readonly string[] {
  if (allowed(who, action, everyCamera)) return 'all';
  const named = new Set<string>();
  for (let one: Principal | undefined = who; one; one = one.issuer) {
    for (const id of Object.keys(one.grants.cameras)) named.add(id);
  }
  return [...named].filter((id) => allowed(who, action, id));
}

/** A link shows its stretch of time and nothing else of the camera; everybody else whatever they may replay. */
export function showsRange(who: Principal, fromMs: number, toMs: number): boolean {
  const link = linkOf(who);
  if (!link) return true;
  const range = link.share?.range;
  return range !== undefined && fromMs >= range.fromMs && toMs <= range.toMs;
}

/** The link that somebody is, or that made the token somebody is. */
function linkOf(who: Principal): Principal | undefined {
  if (who.kind === 'share') return who;
  return who.issuer && linkOf(who.issuer);
}

/** Tells who sends a request. Credentials that are wrong or have ended make `nobody`. */
export type Authenticate = (request: FastifyRequest) => Promise<Principal> | Principal;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route does, for the policy. */
    action?: Action;
    /** Name of the path parameter that holds the camera's id. */
    cameraParam?: string;
    /** The handler asks `showsRange`: only then may a link of a stretch of time replay here. */
    checksRange?: boolean;
  }
  interface FastifyRequest {
    /** Who asks; set before any route is run. */
    principal: Principal;
  }
  interface FastifyInstance {
    /** Every route that was registered. */
    readonly declaredRoutes: readonly RouteOptions[];
  }
}

/**
 * Asks who it is, then whether they may, before every request.
 *
 * What is forbidden of a camera looks like what does not exist, unless one may see that camera.
 *
 * @param limit asked before, when it is known who it is; throws what refuses it
 */
export function enforcePolicy(
  app: FastifyInstance,
  authenticate: Authenticate,
  limit?: (request: FastifyRequest, reply: FastifyReply) => Promise<void>,
): void {
  app.decorateRequest('principal');
  app.addHook('onRequest', async (request, reply) => {
    request.principal = await authenticate(request);
    await limit?.(request, reply);
    const refusal = refusalOf(request);
    if (!refusal) return;
    // RFC 9110, 11.6.1. Browsers ask nobody for a Bearer.
    if (refusal === signInProblem) reply.header('www-authenticate', 'Bearer');
    throw new ProblemError(refusal);
  });
}

/** Whether who asks may do `action` with that camera, too: for routes that are about several. */
export function may(request: FastifyRequest, action: Action, cameraId: string): boolean {
  return allowed(request.principal, action, cameraOfStream(cameraId) ?? cameraId);
}

function refusalOf(request: FastifyRequest): Problem | undefined {
  const { principal } = request;
  // No route: the page of the dashboard, or an answer that there is nothing.
  if (request.is404) return undefined;
  const { action, cameraParam, checksRange } = request.routeOptions.config;
  if (!action) return notFoundProblem(undefined);
  const params = request.params as Readonly<Record<string, string>>;
  const id = cameraParam === undefined ? undefined : params[cameraParam];
  // A second source is the same camera.
  const cameraId = id && (cameraOfStream(id) ?? id);
  const isUnchecked = linkOf(principal) !== undefined && action === 'camera.replay' && !checksRange;
  if (!isUnchecked && allowed(principal, actionOn(cameraId, action), cameraId)) return undefined;
  if (principal.kind === 'nobody') return signInProblem;
  if (cameraId !== undefined && !allowed(principal, 'camera.read', cameraId))
    return notFoundProblem(cameraId);
  return notAllowedProblem(action);
}

/** The preview of a probe is no camera: it is for those who may probe. */
function actionOn(cameraId: string | undefined, action: Action): Action {
  return cameraId?.startsWith('probe_') ? 'camera.probe' : action;
}

/** For who is not signed in: the same whatever was asked for. */
const signInProblem: Problem = problem(
  401,
  'sign-in-needed',
  'Sign in first, or send an API key or a media token.',
);

export function notAllowedProblem(action: Action): Problem {
  return problem(
    403,
    'not-allowed',
    `Your account may not do this (${action}). Ask an administrator for it.`,
  );
}

/** Lets every route of a plugin that knows nothing of actions do `action`. */
export function actionForAll(app: FastifyInstance, action: Action): void {
  app.addHook('onRoute', (route: RouteOptions) => {
    route.config = { ...route.config, action };
  });
}

/** Refuses to start with a route that declares no action. */
export function checkActions(app: FastifyInstance): void {
  const routes: RouteOptions[] = [];
  app.decorate('declaredRoutes', routes);
  app.addHook('onRoute', (route) => void routes.push(route));
  app.addHook('onReady', async () => {
    const open = routes.find((route) => route.config?.action === undefined);
    if (open) throw new Error(`the route ${open.url} declares no action`);
  });
}
