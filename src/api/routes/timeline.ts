/**
 * `/api/v1/cameras/{id}/timeline` and `…/days`: what there is of a camera, to be drawn.
 */
import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { CameraId } from '../../base/ids.ts';
import { reachOf } from '../../database/storage.ts';
import type { DaysFault } from '../../playback/days.ts';
import { daysOf } from '../../playback/days.ts';
import type { TimelineParts } from '../../playback/timeline.ts';
import { timelineOf } from '../../playback/timeline.ts';
import { always, badRequest, notFound } from '../answers.ts';
import type { CameraService } from '../camera-service.ts';
import { cameraIdSchema } from '../contract/cameras.ts';
import { daysSchema, timelineSchema } from '../contract/recording.ts';
import { momentQuery } from '../moment.ts';
import { showsRange } from '../policy.ts';
import { notFoundProblem, problem, sendProblem } from '../problems.ts';
import { reducedGap, seesAll } from '../shown.ts';

export interface TimelineApi extends TimelineParts {
  readonly cameras: Pick<CameraService, 'get'>;
}

const params = z.object({ id: cameraIdSchema });
const tags = ['playback'];
const oneCamera = { action: 'camera.replay', cameraParam: 'id' } as const;

/** A century: nothing reaches further. */
const longestRangeMs = 100 * 366 * 86_400_000;

/** Two moments, the second later than the first. */
const range = z.object({ from: momentQuery, to: momentQuery });
type Range = z.infer<typeof range>;
const isForward = ({ from, to }: Range): boolean => to > from && to - from <= longestRangeMs;
const forwardWords = { path: ['to'], error: 'must be later than `from`, by a hundred years at most' };

const timelineQuery = range
  .extend({
    resolution: z.coerce.number().min(0).max(longestRangeMs).optional().meta({
      description:
        'Spans closer than so many milliseconds are joined. By default a 2000th of the range; at least a 4000th',
    }),
  })
  .refine(isForward, forwardWords);

/** Longer than any name in the time zone database. */
const maxNameLength = 100;
const text = z.string().max(maxNameLength);

const daysQuery = z.object({
  from: text.meta({ description: 'First day, like 2026-11-01' }),
  to: text.meta({ description: 'The day after the last' }),
  tz: text.default('UTC').meta({ description: 'IANA time zone, like Europe/Berlin' }),
});

export function timelineRoutes(parts: TimelineApi): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/cameras/:id/timeline', {
      config: { ...oneCamera, checksRange: true },
      schema: {
        tags,
        summary: 'What is recorded, missing, poor, held, and what happened, between two moments',
        params,
        querystring: timelineQuery,
        response: { 200: timelineSchema, 400: badRequest, 404: notFound, ...always },
      },
      handler: async (request, reply) => {
        const cameraId = request.params.id as CameraId;
        if (!(await isKnown(parts, cameraId))) return sendProblem(reply, notFoundProblem(cameraId));
        const { from: fromMs, to: toMs, resolution: resolutionMs } = request.query;
        if (!showsRange(request.principal, fromMs, toMs))
          return sendProblem(reply, notFoundProblem(cameraId));
        const timeline = await timelineOf(parts, { cameraId, fromMs, toMs, resolutionMs });
        const shown = timelineSchema.parse(timeline);
        if (!seesAll(request.principal, cameraId)) {
          shown.gaps = shown.gaps.map(reducedGap);
          shown.degraded = shown.degraded.map(reducedGap);
        }
        return reply.header('cache-control', 'no-store').send(shown);
      },
    });
    app.get('/cameras/:id/days', {
      config: oneCamera,
      schema: {
        tags,
        summary: 'Which days have footage, in any time zone',
        params,
        querystring: daysQuery,
        response: { 200: daysSchema, 400: badRequest, 404: notFound, ...always },
      },
      handler: async (request, reply) => {
        const cameraId = request.params.id as CameraId;
        if (!(await isKnown(parts, cameraId))) return sendProblem(reply, notFoundProblem(cameraId));
        const { from: fromDate, to: toDate, tz: timeZone } = request.query;
        const days = await daysOf(parts, { cameraId, fromDate, toDate, timeZone });
        if (!days.ok) return refuse(reply, days.error);
        return reply.header('cache-control', 'no-store').send(daysSchema.parse(days.value));
      },
    });
  };
}

/** Footage may outlive its camera. */
async function isKnown({ cameras, queries }: TimelineApi, cameraId: CameraId): Promise<boolean> {
  return cameras.get(cameraId) !== undefined || (await reachOf(queries, cameraId)) !== undefined;
}

function refuse(reply: FastifyReply, { field, message }: DaysFault): FastifyReply {
  const detail = `The address of the request is wrong. ${field}: ${message}`;
  return sendProblem(reply, {
    ...problem(400, 'invalid-request', detail),
    errors: [{ path: field, message }],
  });
}
