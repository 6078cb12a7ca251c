/**
 * `/api/v1/clients/{clientId}/clips`: clips are uploaded whole, listed and deleted. Large ones: `clip-uploads.ts`.
 */
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { always, badRequest, missing, tooMany } from '../answers.ts';
import type { ClipsApi } from '../clips.ts';
import { bodyOf, clipAnswer, clipTimes, refuseUpload, uploadingClient } from '../clips.ts';
import { clipSchema, clipStatusSchema } from '../contract/clips.ts';
import { problem, sendProblem } from '../problems.ts';
import { noClient } from './clients.ts';

const tags = ['clips'];
const ofClient = z.object({ clientId: z.string() });
const oneClip = z.object({ clientId: z.string(), clipId: z.string() });
const listLimit = 1000;

/** What senders call the three kinds of file, and what they say when they do not know. */
const clipTypes: ReadonlySet<string> = new Set([
  'video/mp4',
  'video/quicktime',
  'video/mp2t',
  'video/x-matroska',
  'video/matroska',
  'application/octet-stream',
  'application/x-www-form-urlencoded', // what curl says of `--data-binary`
]);

export function clipRoutes(parts: ClipsApi): FastifyPluginAsyncZod {
  return async (app) => {
    await app.register(uploadRoute(parts));
    await app.register(readRoutes(parts));
    app.get('/clips/status', {
      config: { action: 'clip.list' },
      schema: {
        tags,
        summary: 'How many clips there are, and how they are made ready for viewers',
        response: { 200: clipStatusSchema, ...always },
      },
      handler: () => parts.status(),
    });
  };
}

function uploadRoute({ clients, store }: ClipsApi): FastifyPluginAsyncZod {
  return async (app) => {
    takeBodiesAsTheyAre(app);
    app.addHook('onRequest', async (request) => void (await uploadingClient(clients, request)));
    app.post('/clients/:clientId/clips', {
      config: { action: 'clip.upload' },
      schema: {
        tags,
        summary:
          'Upload a clip (MP4, MPEG-TS or Matroska) as the body; the same bytes again are the same clip',
        params: ofClient,
        querystring: z.object({
          startTime: z
            .string()
            .optional()
            .meta({ description: 'When it was taken; or the header X-Start-Time' }),
          endTime: z.string().optional().meta({ description: 'Or X-End-Time; compared with the file' }),
        }),
        response: {
          200: clipSchema.meta({ description: 'It was there already' }),
          201: clipSchema,
          400: badRequest,
          413: tooMany,
          415: badRequest,
          422: badRequest,
          503: tooMany,
          507: tooMany,
          ...always,
        },
      },
      handler: async (request, reply) => {
        const { startTime, endTime } = request.query;
        const times = clipTimes(
          startTime ?? textOf(request.headers['x-start-time']),
          endTime ?? textOf(request.headers['x-end-time']),
        );
        if (!times.ok) return sendProblem(reply, times.error);
        const type = (request.headers['content-type'] ?? 'application/octet-stream').split(';')[0] ?? '';
        if (!clipTypes.has(type.trim().toLowerCase())) return wrongType(reply);
        const taken = await store.take(request.params.clientId, bodyOf(request), times.value);
        if (!taken.ok) return refuseUpload(reply, taken.error);
        const { clip, isNew } = taken.value;
        const location = `/api/v1/clients/${clip.clientId}/clips/${clip.id}`;
        return reply
          .code(isNew ? 201 : 200)
          .header('location', location)
          .send(clipAnswer(clip));
      },
    });
  };
}

function readRoutes({ clients, store }: ClipsApi): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/clients/:clientId/clips', {
      config: { action: 'clip.list' },
      schema: {
        tags,
        summary: 'Clips of a client that overlap a range, by start',
        params: ofClient,
        querystring: z.object({
          from: z.coerce.number().min(0).default(0).meta({ description: 'Unix ms' }),
          to: z.coerce.number().min(0).default(8.64e15).meta({ description: 'Unix ms' }),
          limit: z.coerce.number().int().min(1).max(listLimit).default(listLimit),
        }),
        response: { 200: z.array(clipSchema), 400: badRequest, 404: missing, ...always },
      },
      handler: async (request, reply) => {
        const { from, to, limit } = request.query;
        const { clientId } = request.params;
        if (!(await clients.find(clientId))) return noClient(reply);
        const clips = await store.list(clientId, { fromMs: from, toMs: to, limit });
        return reply.send(clips.map(clipAnswer));
      },
    });
    app.get('/clients/:clientId/clips/:clipId', {
      config: { action: 'clip.list' },
      schema: {
        tags,
        summary: 'One clip',
        params: oneClip,
        response: { 200: clipSchema, 404: missing, ...always },
      },
      handler: async (request, reply) => {
        const clip = await store.find(request.params.clientId, request.params.clipId);
        return clip ? reply.send(clipAnswer(clip)) : noClip(reply);
      },
    });
    app.delete('/clients/:clientId/clips/:clipId', {
      config: { action: 'clip.delete' },
      schema: {
        tags,
        summary: 'Delete a clip',
        params: oneClip,
        response: { 204: z.undefined().meta({ description: 'Deleted' }), 404: missing, ...always },
      },
      handler: async (request, reply) => {
        const clip = await store.find(request.params.clientId, request.params.clipId);
        const deleted = clip ? await store.delete([clip], 'request') : 0;
        return deleted > 0 ? reply.code(204).send() : noClip(reply);
      },
    });
  };
}

/** Of whatever type: the handler reads the stream, nothing is kept in memory. */
export function takeBodiesAsTheyAre(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
}

function textOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

function wrongType(reply: FastifyReply): FastifyReply {
  const detail =
    'Send the file with content-type video/mp4, video/mp2t, video/x-matroska or application/octet-stream.';
  return sendProblem(reply, problem(415, 'not-a-clip', detail));
}

function noClip(reply: FastifyReply): FastifyReply {
  return sendProblem(reply, problem(404, 'clip-not-found', 'There is no such clip.'));
}
