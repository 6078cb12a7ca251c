/**
 * `/api/v1/holds`: footage that no rule deletes.
 */
import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Hold } from '../../database/holds.ts';
import { activeHolds, deleteHold, insertHold } from '../../database/holds.ts';
import { always, badRequest, notFound, tooMany } from '../answers.ts';
import type { AuditNote } from '../audit.ts';
import { noteForAudit, spanWords } from '../audit.ts';
import { holdCreateSchema, holdSchema } from '../contract/recording.ts';
import { may, notAllowedProblem, reach } from '../policy.ts';
import { notFoundProblem, problem, sendProblem } from '../problems.ts';
import type { StorageApi } from './storage.ts';

/** Each is looked at whenever something is to be deleted. */
const maxHolds = 1000;
const maxIdLength = 40;
const tags = ['storage'];

const newHold = holdCreateSchema.refine(({ startMs, endMs }) => endMs > startMs, {
  path: ['endMs'],
  error: 'must be later than `startMs`',
});

export function holdRoutes(parts: StorageApi): FastifyPluginAsyncZod {
  const { queries, clock, retention } = parts;
  return async (app) => {
    app.get('/holds', {
      config: { action: 'hold.list' },
      schema: {
        tags,
        summary: 'What is held now of the cameras that one may replay, by start',
        response: { 200: z.array(holdSchema), ...always },
      },
      handler: async (request, reply) => {
        const holds = await activeHolds(queries, clock.nowMs());
        return reply.header('cache-control', 'no-store').send(holds.filter((hold) => maySee(request, hold)));
      },
    });
    app.post('/holds', {
      config: { action: 'hold.change' },
      schema: {
        tags,
        summary: 'Hold footage of one camera or all: no rule deletes it until the hold ends',
        body: newHold,
        response: {
          201: holdSchema,
          400: badRequest,
          404: notFound,
          409: tooMany,
          413: badRequest,
          415: badRequest,
          ...always,
        },
      },
      handler: async (request, reply) => {
        const { cameraId } = request.body;
        const createdMs = clock.nowMs();
        if (cameraId !== null && !(may(request, 'camera.read', cameraId) && (await parts.exists(cameraId)))) {
          return sendProblem(reply, notFoundProblem(cameraId));
        }
        if (!mayChange(request, cameraId)) return sendProblem(reply, notAllowedProblem('hold.change'));
        const { untilMs } = request.body;
        if (untilMs !== null && untilMs <= createdMs) return sendProblem(reply, endedAlready);
        const hold = { ...request.body, id: parts.newHoldId(), createdMs };
        const isNew = await retention.exclusive(() => insertHold(queries, hold, maxHolds));
        if (!isNew) return sendProblem(reply, problem(409, 'too-many-holds', tooManyWords));
        noteForAudit(request, { ...heldWords(hold, 'held'), target: hold.id });
        return reply.code(201).header('location', `/api/v1/holds/${hold.id}`).send(hold);
      },
    });
    await app.register(endRoute(parts));
  };
}

function endRoute({ queries, clock }: StorageApi): FastifyPluginAsyncZod {
  return async (app) => {
    app.delete('/holds/:id', {
      config: { action: 'hold.change' },
      schema: {
        tags,
        summary: 'End a hold: the rules count again',
        params: z.object({ id: z.string().max(maxIdLength) }),
        response: {
          204: z.undefined().meta({ description: 'Ended' }),
          400: badRequest,
          404: notFound,
          ...always,
        },
      },
      handler: async (request, reply) => {
        const { id } = request.params;
        const hold = (await activeHolds(queries, clock.nowMs())).find((one) => one.id === id);
        if (!hold || !maySee(request, hold)) return sendProblem(reply, noHold);
        if (!mayChange(request, hold.cameraId)) return sendProblem(reply, notAllowedProblem('hold.change'));
        noteForAudit(request, heldWords(hold, 'released'));
        return (await deleteHold(queries, id)) ? reply.code(204).send() : sendProblem(reply, noHold);
      },
    });
  };
}

function heldWords({ cameraId, startMs, endMs }: Hold, what: string): AuditNote {
  const detail = `${what}: ${spanWords(startMs, endMs)}`;
  return cameraId === null ? { detail: `${detail}, all cameras` } : { cameraId, detail };
}

/** A hold of all cameras is one of mine, too. */
function maySee(request: FastifyRequest, { cameraId }: Hold): boolean {
  return cameraId === null || may(request, 'hold.list', cameraId);
}

/** A hold of all cameras is for who may hold the footage of every camera. */
function mayChange(request: FastifyRequest, cameraId: string | null): boolean {
  if (cameraId !== null) return may(request, 'hold.change', cameraId);
  return reach(request.principal, 'hold.change') === 'all';
}

const noHold = problem(404, 'hold-not-found', 'This hold has ended already.');
const endedAlready = {
  ...problem(400, 'invalid-request', 'The body of the request is wrong. untilMs: must be in the future'),
  errors: [{ path: 'untilMs', message: 'must be in the future' }],
};
const tooManyWords = `There are already ${maxHolds} holds, which is the limit. End one that is not needed any more.`;
