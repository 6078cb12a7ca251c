/**
 * `/api/v1/cameras`: create, read, change, delete, list, probe.
 */
import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { always, badRequest, fromFile, notFound, tooMany } from '../answers.ts';
import { noteForAudit } from '../audit.ts';
import type { CameraRefusal, CameraService } from '../camera-service.ts';
import type { CameraCreate } from '../contract/cameras.ts';
import {
  cameraChangeSchema,
  cameraCreateSchema,
  cameraIdSchema,
  cameraSchema,
  probeRequestSchema,
  probeResultSchema,
} from '../contract/cameras.ts';
import { may } from '../policy.ts';
import { notFoundProblem, problem, sendProblem } from '../problems.ts';
import { shownCamera } from '../shown.ts';

const params = z.object({ id: cameraIdSchema });
const tags = ['cameras'];
const oneCamera = { cameraParam: 'id' } as const;
const withBody = { 413: badRequest, 415: badRequest };

/** A camera that is not there takes so long to be given up; the source has its own, shorter limits. */
const probeTimeoutMs = 30_000;

/** What a new camera gets where nothing is said. */
export type NewCameraDefaults = () => Pick<CameraCreate, 'start' | 'closeAfterMs' | 'maxReaders'>;

export function cameraRoutes(cameras: CameraService, defaults: NewCameraDefaults): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/cameras', {
      config: { action: 'camera.list' },
      schema: {
        tags,
        summary: 'The cameras that one may see, oldest first',
        response: { 200: z.array(cameraSchema), ...always },
      },
      handler: (request) =>
        cameras
          .list()
          .filter(({ id }) => may(request, 'camera.read', id))
          .map((camera) => shownCamera(request.principal, camera)),
    });
    app.post('/cameras', {
      config: { action: 'camera.create' },
      schema: {
        tags,
        summary: 'Add a camera',
        body: cameraCreateSchema,
        response: { 201: cameraSchema, 400: badRequest, 409: tooMany, ...withBody, ...always },
      },
      preValidation: async (request) => {
        request.body = filled(request.body, defaults());
      },
      handler: async (request, reply) => {
        const created = await cameras.create(request.body);
        if (!created.ok) return refuse(reply, created.error);
        noteForAudit(request, { cameraId: created.value.id, detail: created.value.name });
        return reply.code(201).header('location', `/api/v1/cameras/${created.value.id}`).send(created.value);
      },
    });
    await app.register(oneCameraRoutes(cameras));
    await app.register(probeRoute(cameras));
  };
}

function oneCameraRoutes(cameras: CameraService): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/cameras/:id', {
      config: { action: 'camera.read', ...oneCamera },
      schema: {
        tags,
        summary: 'One camera',
        params,
        response: { 200: cameraSchema, 400: badRequest, 404: notFound, ...always },
      },
      handler: async (request, reply) => {
        const camera = cameras.get(request.params.id);
        if (!camera) return sendProblem(reply, notFoundProblem(request.params.id));
        return reply.send(shownCamera(request.principal, camera));
      },
    });
    app.patch('/cameras/:id', {
      config: { action: 'camera.change', ...oneCamera },
      schema: {
        tags,
        summary: 'Change a camera: only the given fields',
        params,
        body: cameraChangeSchema,
        response: {
          200: cameraSchema,
          400: badRequest,
          404: notFound,
          409: fromFile,
          ...withBody,
          ...always,
        },
      },
      handler: async (request, reply) => {
        noteForAudit(request, { detail: Object.keys(request.body).join(', ') });
        const changed = await cameras.change(request.params.id, request.body);
        return changed.ok ? reply.send(changed.value) : refuse(reply, changed.error);
      },
    });
    await app.register(deleteRoute(cameras));
  };
}

function deleteRoute(cameras: CameraService): FastifyPluginAsyncZod {
  return async (app) => {
    app.delete('/cameras/:id', {
      config: { action: 'camera.delete', ...oneCamera },
      schema: {
        tags,
        summary: 'Delete a camera',
        params,
        querystring: z.object({
          footage: z.enum(['keep', 'delete']).default('keep').meta({
            description:
              'keep: its recordings stay as long as its rules say. delete: they go now, but for what is held',
          }),
        }),
        response: {
          204: z.undefined().meta({ description: 'Deleted' }),
          400: badRequest,
          404: notFound,
          409: fromFile,
          ...always,
        },
      },
      handler: async (request, reply) => {
        const { id } = request.params;
        // Soon nothing else knows what it was called.
        const name = cameras.get(id)?.name ?? '';
        const removed = await cameras.remove(id, request.query.footage);
        if (!removed.ok) return refuse(reply, removed.error);
        noteForAudit(request, {
          detail: request.query.footage === 'delete' ? `${name}, with its footage` : name,
        });
        return reply.code(204).send();
      },
    });
  };
}

function probeRoute(cameras: CameraService): FastifyPluginAsyncZod {
  return async (app) => {
    app.post('/cameras/probe', {
      config: { action: 'camera.probe' },
      schema: {
        tags,
        summary: 'Try a source without storing it: what it sends, or why it does not',
        body: probeRequestSchema,
        response: { 200: probeResultSchema, 400: badRequest, ...withBody, ...always },
      },
      handler: async (request, reply) => {
        const gone = new AbortController();
        reply.raw.once('close', () => gone.abort());
        const signal = AbortSignal.any([gone.signal, AbortSignal.timeout(probeTimeoutMs)]);
        const probed = await cameras.probe(request.body, signal);
        return probed.ok ? reply.send(probed.value) : refuse(reply, probed.error);
      },
    });
  };
}

/** @param body of any shape: it is checked afterwards */
function filled<Body>(body: Body, defaults: ReturnType<NewCameraDefaults>): Body {
  return typeof body === 'object' && body !== null && !Array.isArray(body) ? { ...defaults, ...body } : body;
}

function refuse(reply: FastifyReply, refusal: CameraRefusal): FastifyReply {
  if (refusal.kind === 'not-found') return sendProblem(reply, notFoundProblem('id'));
  if (refusal.kind === 'credentials') {
    const errors = [{ path: `${refusal.field ?? 'source'}.url`, message: refusal.message }];
    return sendProblem(reply, { ...problem(400, 'credentials-needed', refusal.message), errors });
  }
  return sendProblem(reply, problem(409, refusal.kind, refusal.message));
}
