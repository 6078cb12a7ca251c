/**
 * `/api/v1/views`: saved arrangements of cameras. Everybody has their own, and sees those that are shared; only the owner
 * or an administrator changes one. Cameras that somebody may not see are not in what they get.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import { can, ownerOf } from '../../accounts/access.ts';
import type { Clock } from '../../base/clock.ts';
import { namedId } from '../../base/ids.ts';
import type { Schema } from '../../database/schema.ts';
import { changeView, deleteView, insertView, viewById, viewsFor } from '../../database/views.ts';
import type { StoredView } from '../../database/views.ts';
import type { Random } from '../../io/random.ts';
import { always, badRequest, missing, notFound, tooMany } from '../answers.ts';
import type { CameraService } from '../camera-service.ts';
import type { SavedView, ViewTile } from '../contract/views.ts';
import { savedViewSchema, viewChangeSchema, viewCreateSchema, viewTileSchema } from '../contract/views.ts';
import type { EventFeed } from '../event-feed.ts';
import { may } from '../policy.ts';
import { notFoundProblem, problem, sendProblem } from '../problems.ts';

export interface ViewsApi {
  readonly queries: Kysely<Schema>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly random: Random;
  readonly cameras: Pick<CameraService, 'get'>;
  /** Other browsers hear of changes. */
  readonly feed: Pick<EventFeed, 'publish'>;
}

/** Of one owner: nobody finds anything among more. */
const maxViews = 100;
const maxIdLength = 40;
const tags = ['views'];
const params = z.object({ id: z.string().max(maxIdLength) });
const body = { 400: badRequest, 413: badRequest, 415: badRequest };

export function viewRoutes(parts: ViewsApi): FastifyPluginAsyncZod {
  return async (app) => {
    await app.register(readRoutes(parts));
    await app.register(createRoute(parts));
    await app.register(changeRoutes(parts));
  };
}

function readRoutes(parts: ViewsApi): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/views', {
      config: { action: 'view.read' },
      schema: {
        tags,
        summary: 'Saved views: your own and those that are shared, by name',
        response: { 200: z.array(savedViewSchema), ...always },
      },
      handler: async (request, reply) => {
        const views = await viewsFor(parts.queries, ownerOf(request.principal));
        return reply
          .header('cache-control', 'no-store')
          .send(views.toSorted(byName).map((view) => shown(parts, request, view)));
      },
    });
    app.get('/views/:id', {
      config: { action: 'view.read' },
      schema: {
        tags,
        summary: 'One saved view',
        params,
        response: { 200: savedViewSchema, 400: badRequest, 404: missing, ...always },
      },
      handler: async (request, reply) => {
        const view = await visible(parts, request, request.params.id);
        if (!view) return sendProblem(reply, noView);
        return reply.header('cache-control', 'no-store').send(shown(parts, request, view));
      },
    });
  };
}

function createRoute(parts: ViewsApi): FastifyPluginAsyncZod {
  const { queries, clock, random } = parts;
  return async (app) => {
    app.post('/views', {
      config: { action: 'view.change' },
      schema: {
        tags,
        summary: 'Save an arrangement of cameras',
        body: viewCreateSchema,
        response: { 201: savedViewSchema, 404: notFound, 409: tooMany, ...body, ...always },
      },
      handler: async (request, reply) => {
        if (!keepsViews(request)) return sendProblem(reply, notYours);
        const { name, shared, tiles } = request.body;
        const unknown = unseen(parts, request, tiles);
        if (unknown !== undefined) return sendProblem(reply, notFoundProblem(unknown));
        const made = { id: namedId('viw', random(16)), ownerId: ownerOf(request.principal), name, shared };
        const view = { ...made, layout: JSON.stringify(tiles), createdMs: clock.nowMs() };
        if (!(await insertView(queries, view, maxViews))) return sendProblem(reply, tooManyViews);
        tell(parts, 'view.changed', view);
        return sendStored(
          parts,
          request,
          reply.code(201).header('location', `/api/v1/views/${view.id}`),
          view.id,
        );
      },
    });
  };
}

function changeRoutes(parts: ViewsApi): FastifyPluginAsyncZod {
  const { queries, clock } = parts;
  return async (app) => {
    app.patch('/views/:id', {
      config: { action: 'view.change' },
      schema: {
        tags,
        summary: 'Change a view: its name, who sees it, its tiles',
        description: 'Tiles replace all that were there, those that you may not see included.',
        params,
        body: viewChangeSchema,
        response: { 200: savedViewSchema, 404: notFound, ...body, ...always },
      },
      handler: async (request, reply) => {
        const { id } = request.params;
        const view = await visible(parts, request, id);
        if (!view) return sendProblem(reply, noView);
        if (!mayChange(request, view)) return sendProblem(reply, notYours);
        const { tiles, name, shared } = request.body;
        const unknown = unseen(parts, request, tiles ?? []);
        if (unknown !== undefined) return sendProblem(reply, notFoundProblem(unknown));
        const change = {
          ...(name !== undefined && { name }),
          ...(shared !== undefined && { shared }),
          ...(tiles && { layout: JSON.stringify(tiles) }),
        };
        if (!(await changeView(queries, id, change, clock.nowMs()))) return sendProblem(reply, noView);
        tell(parts, 'view.changed', { ...view, shared: view.shared || shared === true });
        return sendStored(parts, request, reply, id);
      },
    });
    app.delete('/views/:id', {
      config: { action: 'view.change' },
      schema: {
        tags,
        summary: 'Delete a view; its cameras stay',
        params,
        response: {
          204: z.undefined().meta({ description: 'Deleted' }),
          400: badRequest,
          404: missing,
          ...always,
        },
      },
      handler: async (request, reply) => {
        const view = await visible(parts, request, request.params.id);
        if (!view) return sendProblem(reply, noView);
        if (!mayChange(request, view)) return sendProblem(reply, notYours);
        if (!(await deleteView(queries, view.id))) return sendProblem(reply, noView);
        tell(parts, 'view.deleted', view);
        return reply.code(204).send();
      },
    });
  };
}

type Told = Pick<StoredView, 'id' | 'ownerId' | 'shared'>;

/** Nobody else learns that there is a view of somebody's own. */
function tell({ feed }: ViewsApi, type: 'view.changed' | 'view.deleted', view: Told): void {
  feed.publish({ type, viewId: view.id, ownerId: view.shared ? null : view.ownerId });
}

/** As people sort: without regard to case, 2 before 10. */
const collator = new Intl.Collator('en', { numeric: true });

function byName(a: StoredView, b: StoredView): number {
  return collator.compare(a.name, b.name) || (a.id < b.id ? -1 : 1);
}

async function sendStored(
  parts: ViewsApi,
  request: FastifyRequest,
  reply: FastifyReply,
  id: string,
): Promise<FastifyReply> {
  const view = await viewById(parts.queries, id);
  return view ? reply.send(shown(parts, request, view)) : sendProblem(reply, noView);
}

/** What somebody may not see looks like what does not exist. */
async function visible(
  { queries }: ViewsApi,
  { principal }: FastifyRequest,
  id: string,
): Promise<StoredView | undefined> {
  const view = await viewById(queries, id);
  return view && (view.shared || view.ownerId === ownerOf(principal) || isAdministrator(principal))
    ? view
    : undefined;
}

function shown(parts: ViewsApi, request: FastifyRequest, view: StoredView): SavedView {
  const { id, name, shared, createdMs, changedMs } = view;
  const tiles = tilesOf(view).filter((tile) => isSeen(parts, request, tile.cameraId));
  const own = view.ownerId === ownerOf(request.principal);
  const rest = { own, owner: view.ownerName, mayChange: mayChange(request, view), createdMs, changedMs };
  return { id, name, shared, tiles, ...rest };
}

/** What is stored was checked when it came; another version may have known other tiles. */
function tilesOf({ layout }: StoredView): ViewTile[] {
  const tiles = z.array(viewTileSchema).safeParse(JSON.parse(layout));
  return tiles.success ? tiles.data : [];
}

function unseen(parts: ViewsApi, request: FastifyRequest, tiles: readonly ViewTile[]): string | undefined {
  return tiles.find(({ cameraId }) => !isSeen(parts, request, cameraId))?.cameraId;
}

function isSeen({ cameras }: ViewsApi, request: FastifyRequest, cameraId: string): boolean {
  return cameras.get(cameraId) !== undefined && may(request, 'camera.read', cameraId);
}

function mayChange(request: FastifyRequest, view: StoredView): boolean {
  const { principal } = request;
  return keepsViews(request) && (view.ownerId === ownerOf(principal) || isAdministrator(principal));
}

/** A link, a token or a device watches; it arranges nothing in the name of whoever made it. */
function keepsViews({ principal: { kind } }: FastifyRequest): boolean {
  return kind === 'user' || kind === 'key' || kind === 'local';
}

function isAdministrator(principal: FastifyRequest['principal']): boolean {
  return can(principal, { permission: 'system:write' });
}

const noView = problem(404, 'view-not-found', 'There is no such view.');
const notYours = problem(
  403,
  'not-allowed',
  'Only whoever made this view, or an administrator, may change it. Save one of your own instead.',
);
const tooManyViews = problem(
  409,
  'too-many-views',
  `You have ${maxViews} views already, which is the limit. Delete one that is not needed any more.`,
);
