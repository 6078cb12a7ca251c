/**
 * `/api/v1/cameras/{id}/viewers`: who watches a camera, and an end to it.
 */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { always, badRequest, noEnd, notFound } from '../answers.ts';
import type { CameraService } from '../camera-service.ts';
import { cameraIdSchema, cameraViewerSchema } from '../contract/cameras.ts';
import { notFoundProblem, problem, sendProblem } from '../problems.ts';
import { seesAll } from '../shown.ts';

const tags = ['cameras'];
const oneCamera = { cameraParam: 'id' } as const;
const maxViewerIdLength = 40;
const notEndable = problem(409, 'viewer-not-endable', 'The way this viewer watches knows no end.');

export function viewerRoutes(cameras: CameraService): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/cameras/:id/viewers', {
      config: { action: 'viewer.list', ...oneCamera },
      schema: {
        tags,
        summary: 'Who watches a camera now, over both sources and all outputs',
        description: 'Addresses are told to who may change the camera',
        params: z.object({ id: cameraIdSchema }),
        response: { 200: z.array(cameraViewerSchema), 400: badRequest, 404: notFound, ...always },
      },
      handler: async (request, reply) => {
        const { id } = request.params;
        const viewers = cameras.viewers(id);
        if (!viewers) return sendProblem(reply, notFoundProblem(id));
        if (seesAll(request.principal, id)) return reply.send(viewers);
        return reply.send(viewers.map((viewer) => ({ ...viewer, address: '' })));
      },
    });
    app.delete('/cameras/:id/viewers/:viewer', {
      config: { action: 'viewer.end', ...oneCamera },
      schema: {
        tags,
        summary: 'End one viewer',
        params: z.object({ id: cameraIdSchema, viewer: z.string().max(maxViewerIdLength) }),
        response: {
          204: z.undefined().meta({ description: 'Ended' }),
          400: badRequest,
          404: notFound,
          409: noEnd,
          ...always,
        },
      },
      handler: async (request, reply) => {
        const { id, viewer } = request.params;
        if (!cameras.get(id)) return sendProblem(reply, notFoundProblem(id));
        switch (cameras.endViewer(id, viewer)) {
          case 'ended':
            return reply.code(204).send();
          case 'unknown':
            return sendProblem(reply, problem(404, 'viewer-not-found', 'This viewer has left already.'));
          case 'not-endable':
            return sendProblem(reply, notEndable);
        }
      },
    });
  };
}
