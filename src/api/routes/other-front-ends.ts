/**
 * Addresses that front ends made for other servers know: `/api/cameras/` and `POST /cameras/provision`.
 * They do what `/api/v1/cameras` does, in other words.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { always, badRequest, notFound, tooMany } from '../answers.ts';
import { noteForAudit, nothingDone } from '../audit.ts';
import type { CameraRefusal, CameraService } from '../camera-service.ts';
import { clientOf } from '../client.ts';
import type { Camera, CameraDeclaration } from '../contract/cameras.ts';
import { cameraCreateSchema, cameraIdSchema, sourceInputSchema } from '../contract/cameras.ts';
import type { PlainCamera } from '../contract/other-front-ends.ts';
import {
  cameraProvisionSchema,
  cameraProvisionedSchema,
  plainCameraCreateSchema,
  plainCameraSchema,
} from '../contract/other-front-ends.ts';
import { may } from '../policy.ts';
import { notFoundProblem, problem, sendProblem } from '../problems.ts';
import { shownCamera } from '../shown.ts';
import { refuseProvisioning } from './provisioning.ts';

const tags = ['cameras'];
const params = z.object({ id: cameraIdSchema });
const withBody = { 400: badRequest, 409: tooMany, 413: badRequest, 415: badRequest };

type Cameras = Pick<CameraService, 'create' | 'get' | 'list' | 'remove' | 'provision' | 'byExternalId'>;

export function otherFrontEndRoutes(cameras: Cameras): FastifyPluginAsyncZod {
  return async (app) => {
    for (const path of ['/api/cameras', '/api/cameras/']) await app.register(collectionRoutes(cameras, path));
    await app.register(oneCameraRoutes(cameras));
    await app.register(provisionRoute(cameras));
  };
}

function collectionRoutes(cameras: Cameras, path: string): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(path, {
      config: { action: 'camera.list' },
      schema: {
        tags,
        summary: 'All cameras, for front ends of other servers',
        response: { 200: z.array(plainCameraSchema), ...always },
      },
      handler: (request) =>
        cameras
          .list()
          .filter(({ id }) => may(request, 'camera.read', id))
          .map((camera) => plainCamera(request, camera)),
    });
    app.post(path, {
      config: { action: 'camera.create' },
      schema: {
        tags,
        summary: 'Add an RTSP camera, for front ends of other servers',
        body: plainCameraCreateSchema,
        response: { 201: plainCameraSchema, ...withBody, ...always },
      },
      handler: async (request, reply) => {
        const { name, stream_url: url, location } = request.body;
        const source = { kind: 'rtsp', url };
        const wanted = cameraCreateSchema.parse({ name, location: location ?? '', source });
        const created = await cameras.create(wanted);
        if (!created.ok) return refuse(reply, created.error);
        const { id } = created.value;
        noteForAudit(request, { cameraId: id, detail: created.value.name });
        return reply
          .code(201)
          .header('location', `/api/cameras/${id}`)
          .send(plainCamera(request, created.value));
      },
    });
  };
}

function oneCameraRoutes(cameras: Cameras): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/api/cameras/:id', {
      config: { action: 'camera.read', cameraParam: 'id' },
      schema: {
        tags,
        summary: 'One camera, for front ends of other servers',
        params,
        response: { 200: plainCameraSchema, 400: badRequest, 404: notFound, ...always },
      },
      handler: async (request, reply) => {
        const camera = cameras.get(request.params.id);
        if (!camera) return sendProblem(reply, notFoundProblem(request.params.id));
        return reply.send(plainCamera(request, camera));
      },
    });
    app.delete('/api/cameras/:id', {
      config: { action: 'camera.delete', cameraParam: 'id' },
      schema: {
        tags,
        summary: 'Delete a camera; its footage stays as long as its rules say',
        params,
        response: {
          204: z.undefined().meta({ description: 'Deleted' }),
          400: badRequest,
          404: notFound,
          409: tooMany,
          ...always,
        },
      },
      handler: async (request, reply) => {
        const { id } = request.params;
        const name = cameras.get(id)?.name ?? '';
        const removed = await cameras.remove(id);
        if (!removed.ok) return refuse(reply, removed.error);
        noteForAudit(request, { detail: name });
        return reply.code(204).send();
      },
    });
  };
}

function provisionRoute(cameras: Cameras): FastifyPluginAsyncZod {
  return async (app) => {
    app.post('/cameras/provision', {
      config: { action: 'camera.create' },
      schema: {
        tags,
        summary: 'Make one camera as another system wants it; the same request twice changes nothing',
        body: cameraProvisionSchema,
        response: { 200: cameraProvisionedSchema, 201: cameraProvisionedSchema, ...withBody, ...always },
      },
      handler: async (request, reply) => {
        const { camera_id: externalId, rtsp_url: url, name } = request.body;
        const before = cameras.byExternalId(externalId);
        const wanted = {
          externalId,
          name: name ?? before?.name ?? `Camera ${externalId}`.slice(0, 100),
          source: sourceAt(url, before),
        };
        const all = { cameras: [wanted], prune: false, confirm: false, dryRun: false };
        const done = await cameras.provision(all);
        if (!done.ok) return refuseProvisioning(reply, done.error);
        const id = cameras.byExternalId(externalId)?.id;
        if (id === undefined) return sendProblem(reply, problem(409, 'deleted-meanwhile', 'It was deleted.'));
        if (done.value.unchanged > 0) nothingDone(request);
        else noteForAudit(request, { cameraId: id, detail: wanted.name });
        return reply
          .code(done.value.created > 0 ? 201 : 200)
          .send({ success: true, stream_path: id, hls_url: absolute(request, `/hls/${id}/index.m3u8`) });
      },
    });
  };
}

/** How it is connected to stays as it was set in the dashboard. */
function sourceAt(url: string, before: Camera | undefined): CameraDeclaration['source'] {
  const kept = before?.source?.kind === 'rtsp' ? before.source : { kind: 'rtsp' };
  return sourceInputSchema.parse({ ...kept, url });
}

function plainCamera(request: FastifyRequest, camera: Camera): PlainCamera {
  const { id, name, source, location, status, enabled, links, createdMs, changedMs } = shownCamera(
    request.principal,
    camera,
  );
  return {
    id,
    name,
    stream_url: source?.kind === 'rtsp' ? source.url : null,
    location,
    status: status.state,
    enabled,
    hls_url: absolute(request, links.hls),
    created_at: new Date(createdMs).toISOString(),
    updated_at: new Date(changedMs).toISOString(),
  };
}

/** For front ends that come from another server: with the name they know this one by. */
function absolute(request: FastifyRequest, path: string): string {
  const { secure, host } = clientOf(request);
  return host === '' ? path : `${secure ? 'https' : 'http'}://${host}${path}`;
}

function refuse(reply: FastifyReply, { kind, message }: CameraRefusal): FastifyReply {
  if (kind === 'not-found') return sendProblem(reply, notFoundProblem('id'));
  return sendProblem(reply, problem(kind === 'credentials' ? 400 : 409, kind, message));
}
