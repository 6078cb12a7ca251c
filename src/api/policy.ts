/**
 * The one point that every request passes: who, does what, with which camera.
 * Routes declare their action; a route without one does not start.
 */
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import { cameraOfStream } from '../hub/stream-id.ts';
import { ProblemError, notFoundProblem } from './problems.ts';

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
  | 'recording.delete'
  | 'storage.read'
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
  | 'viewer.list'
  | 'viewer.end'
  | 'events.read'
  | 'system.read'
  | 'health.read'
  | 'metrics.read'
  | 'docs.read'
  | 'page.read';

/** Until there are accounts: whoever sits at this machine, which is the only one that is listened to. */
interface User {
  readonly kind: 'local-operator';
}

export interface Access {
  readonly user: User;
  readonly action: Action;
  /** The camera it is about; undefined for actions on none or on all. */
  readonly cameraId: string | undefined;
}

export type Policy = (access: Access) => boolean;

/** The local operator may do everything. */
export const localPolicy: Policy = ({ user }) => user.kind === 'local-operator';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route does, for the policy. */
    action?: Action;
    /** Name of the path parameter that holds the camera's id. */
    cameraParam?: string;
  }
  interface FastifyInstance {
    /** Every route that was registered. */
    readonly declaredRoutes: readonly RouteOptions[];
  }
}

/** Asks `policy` before every request. What is forbidden looks like what does not exist. */
export function enforcePolicy(app: FastifyInstance, policy: Policy): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const access = accessOf(request);
    done(access && policy(access) ? undefined : new ProblemError(notFoundProblem(access?.cameraId)));
  });
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

function accessOf(request: FastifyRequest): Access | undefined {
  const user: User = { kind: 'local-operator' };
  // No route: the page of the dashboard, or an answer that there is nothing.
  if (request.is404) return { user, action: 'page.read', cameraId: undefined };
  const { action, cameraParam } = request.routeOptions.config;
  if (!action) return undefined;
  const params = request.params as Readonly<Record<string, string>>;
  const id = cameraParam === undefined ? undefined : params[cameraParam];
  // A second source is the same camera.
  return { user, action, cameraId: id && (cameraOfStream(id) ?? id) };
}
