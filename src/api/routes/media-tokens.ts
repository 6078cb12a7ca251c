/**
 * `/api/v1/media-tokens`: signed tokens for one camera; `/.well-known/jwks.json`: the keys that they are checked with.
 */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { TokenAction } from '../../accounts/media-tokens.ts';
import { always, badRequest, notFound } from '../answers.ts';
import { mediaTokenCreateSchema, mediaTokenSchema } from '../contract/accounts.ts';
import type { MachinesApi } from '../machines.ts';
import type { Action } from '../policy.ts';
import { may } from '../policy.ts';
import { notFoundProblem, problem, sendProblem } from '../problems.ts';

const actionOf: Readonly<Record<TokenAction, Action>> = {
  live: 'camera.watch',
  playback: 'camera.replay',
  publish: 'camera.publish',
};

export function mediaTokenRoutes({ tokens }: MachinesApi): FastifyPluginAsyncZod {
  return async (app) => {
    app.post('/media-tokens', {
      config: { action: 'media-token.create' },
      schema: {
        tags: ['accounts'],
        summary: 'Make a signed token for one camera, for players that cannot sign in',
        body: mediaTokenCreateSchema,
        response: { 201: mediaTokenSchema, 400: badRequest, 404: notFound, ...always },
      },
      handler: async (request, reply) => {
        const { cameraId, actions } = request.body;
        if (!may(request, 'camera.read', cameraId)) return sendProblem(reply, notFoundProblem(cameraId));
        const refused = actions.find((action) => !may(request, actionOf[action], cameraId));
        if (refused !== undefined) return sendProblem(reply, notYours(refused));
        const made = await tokens.create(request.principal, request.body);
        return reply.code(201).header('cache-control', 'no-store').send(made);
      },
    });
  };
}

function notYours(action: TokenAction) {
  const detail = `Your account may not do this with the camera itself (${action}), so no token of yours may.`;
  return problem(403, 'not-allowed', detail);
}

const keySchema = z.object({
  kty: z.string(),
  crv: z.string(),
  x: z.string(),
  y: z.string(),
  kid: z.string(),
  alg: z.string(),
  use: z.string(),
});

export function tokenKeyRoutes({ tokens }: MachinesApi): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/.well-known/jwks.json', {
      config: { action: 'token-keys.read' },
      schema: {
        tags: ['accounts'],
        summary: 'Public keys that media tokens are signed with (RFC 7517)',
        response: { 200: z.object({ keys: z.array(keySchema) }), ...always },
      },
      handler: async (_request, reply) =>
        reply
          .header('cache-control', 'public, max-age=300')
          .send({ keys: tokens.jwks.keys.map((key) => keySchema.parse(key)) }),
    });
  };
}
