/**
 * `/api/v1/clients`: who may upload clips.
 */
import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { ClipClient } from '../../database/clips.ts';
import { always, badRequest, missing, tooMany } from '../answers.ts';
import { noteForAudit } from '../audit.ts';
import type { ClipsApi } from '../clips.ts';
import { clientCreateSchema, clientSchema, clientSecretSchema } from '../contract/clips.ts';
import { problem, sendProblem } from '../problems.ts';

const params = z.object({ clientId: z.string() });
const tags = ['clips'];

export function clientRoutes(api: ClipsApi): FastifyPluginAsyncZod {
  const { clients } = api;
  return async (app) => {
    app.get('/clients', {
      config: { action: 'client.list' },
      schema: {
        tags,
        summary: 'Clients that may upload clips',
        response: { 200: z.array(clientSchema), ...always },
      },
      handler: async () => (await clients.list()).map(clientAnswer),
    });
    app.post('/clients', {
      config: { action: 'client.change' },
      schema: {
        tags,
        summary: 'Register a client; its secret is shown this once',
        body: clientCreateSchema,
        response: { 201: clientSecretSchema, 400: badRequest, 409: tooMany, ...always },
      },
      handler: async (request, reply) => {
        const made = await clients.create(request.body.name);
        if (!made)
          return sendProblem(reply, problem(409, 'too-many-clients', 'There are 1000 clients already.'));
        noteForAudit(request, { target: made.client.id, detail: `${made.client.name}: made` });
        return reply.code(201).send({ ...clientAnswer(made.client), secret: made.secret });
      },
    });
    app.post('/clients/:clientId/secret', {
      config: { action: 'client.change' },
      schema: {
        tags,
        summary: 'A new secret; the old one is worth nothing from now on',
        params,
        response: { 200: clientSecretSchema, 404: missing, ...always },
      },
      handler: async (request, reply) => {
        const made = await clients.rotate(request.params.clientId);
        if (!made) return noClient(reply);
        noteForAudit(request, { detail: `${made.client.name}: a new secret` });
        return reply.send({ ...clientAnswer(made.client), secret: made.secret });
      },
    });
    await app.register(deleteRoute(api));
  };
}

export function noClient(reply: FastifyReply): FastifyReply {
  return sendProblem(reply, problem(404, 'client-not-found', 'There is no such client.'));
}

function deleteRoute({ clients, store, uploads }: ClipsApi): FastifyPluginAsyncZod {
  return async (app) => {
    app.delete('/clients/:clientId', {
      config: { action: 'client.change' },
      schema: {
        tags,
        summary: 'Delete a client with all its clips',
        params,
        response: { 204: z.undefined().meta({ description: 'Deleted' }), 404: missing, ...always },
      },
      handler: async (request, reply) => {
        const { clientId } = request.params;
        const name = (await clients.list()).find(({ id }) => id === clientId)?.name ?? '';
        // The client first: nothing new comes in while its clips go.
        if (!(await clients.delete(clientId))) return noClient(reply);
        noteForAudit(request, { detail: `${name}: deleted with its clips` });
        await uploads.deleteAll(clientId);
        await store.deleteClips(Infinity, 'client-deleted', clientId);
        return reply.code(204).send();
      },
    });
  };
}

function clientAnswer({ id, name, createdMs, seenMs }: ClipClient) {
  return { id, name, createdMs, seenMs, url: `/stream/${id}` };
}
