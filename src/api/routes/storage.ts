/**
 * `/api/v1/storage`: what is stored where and how far it will reach; `…/deletions`: what was deleted and why;
 * `…/forecast`: what a policy would mean; `/api/v1/cameras/{id}/recordings`: footage is deleted because somebody says so.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { Archive } from '../../archive/types.ts';
import type { Clock } from '../../base/clock.ts';
import type { CameraId } from '../../base/ids.ts';
import type { UnixMs } from '../../base/units.ts';
import { unixMs } from '../../base/units.ts';
import { listDeletions } from '../../database/deletions.ts';
import type { Hold } from '../../database/holds.ts';
import type { Schema } from '../../database/schema.ts';
import type { Span } from '../../database/timeline.ts';
import type { RangeDeletion } from '../../recording/range-deletion.ts';
import { deleteRange } from '../../recording/range-deletion.ts';
import type { RetentionKeeper } from '../../recording/retention.ts';
import type { PolicyForecast, StorageReport } from '../../recording/storage-report.ts';
import { always, badRequest, held, notFound } from '../answers.ts';
import { noteForAudit, spanWords } from '../audit.ts';
import { cameraIdSchema } from '../contract/cameras.ts';
import type { RecordingPolicyInput, Storage } from '../contract/recording.ts';
import {
  deletionSchema,
  forecastRequestSchema,
  forecastSchema,
  rangeDeletionSchema,
  storageSchema,
} from '../contract/recording.ts';
import { momentQuery } from '../moment.ts';
import { may, reach } from '../policy.ts';
import { notFoundProblem, problem, sendProblem } from '../problems.ts';

export interface StorageApi {
  readonly queries: Kysely<Schema>;
  readonly clock: Clock;
  readonly archive: Pick<Archive, 'delete'>;
  readonly retention: Pick<RetentionKeeper, 'exclusive'>;
  readonly report: () => Promise<StorageReport>;
  readonly integrity: () => Promise<
    Omit<Storage['integrity'], 'damaged'> & { readonly damaged: readonly Damaged[] }
  >;
  /** Undefined when there is no such camera. */
  readonly forecast: (cameraId: string, policy: RecordingPolicyInput) => Promise<PolicyForecast | undefined>;
  /** There is such a camera, or footage of it. */
  readonly exists: (cameraId: string) => Promise<boolean>;
  readonly newHoldId: () => string;
  /** What was made of a stretch, small pictures say, goes with its footage. */
  readonly forgetMade: (cameraId: CameraId, fromMs: UnixMs, toMs: UnixMs) => Promise<void>;
}

type Damaged = Storage['integrity']['damaged'][number];

const tags = ['storage'];
const maxListed = 1000;

const deletionsQuery = z.object({
  cameraId: cameraIdSchema.optional(),
  before: momentQuery.optional().meta({ description: 'Deleted before this moment' }),
  limit: z.coerce.number().int().min(1).max(maxListed).default(100),
});

const rangeQuery = z
  .object({ from: momentQuery, to: momentQuery })
  .refine(({ from, to }) => to > from, { path: ['to'], error: 'must be later than `from`' });

export function storageRoutes(parts: StorageApi): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/storage', {
      config: { action: 'storage.read' },
      schema: {
        tags,
        summary: 'Volumes, what each camera has there, and how far back it will reach',
        response: { 200: storageSchema, ...always },
      },
      handler: async (request, reply) => {
        const shown = await reportFor(parts, request);
        return reply.header('cache-control', 'no-store').send(storageSchema.parse(shown));
      },
    });
    app.post('/storage/forecast', {
      config: { action: 'storage.read' },
      schema: {
        tags,
        summary: 'What a recording policy would mean, before it is saved',
        body: forecastRequestSchema,
        response: {
          200: forecastSchema,
          400: badRequest,
          404: notFound,
          413: badRequest,
          415: badRequest,
          ...always,
        },
      },
      handler: async (request, reply) => {
        const { cameraId, policy } = request.body;
        const forecast = may(request, 'camera.read', cameraId)
          ? await parts.forecast(cameraId, policy)
          : undefined;
        if (!forecast) return sendProblem(reply, notFoundProblem(cameraId));
        return reply.send({ ...forecast, warnings: [...forecast.warnings] });
      },
    });
    await app.register(deletionRoutes(parts));
    await app.register(rangeRoutes(parts));
  };
}

function deletionRoutes(parts: StorageApi): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/storage/deletions', {
      config: { action: 'storage.read' },
      schema: {
        tags,
        summary: 'What was deleted and why, the newest first',
        querystring: deletionsQuery,
        response: { 200: z.array(deletionSchema), 400: badRequest, ...always },
      },
      handler: async (request, reply) => {
        const { cameraId, before: beforeMs, limit } = request.query;
        const cameraIds = seenOf(request, cameraId);
        const rows = await listDeletions(parts.queries, { cameraIds, beforeMs, limit });
        return reply.header('cache-control', 'no-store').send([...rows]);
      },
    });
  };
}

/** Of the cameras that one may see; the volumes are the server's. */
async function reportFor(parts: StorageApi, request: FastifyRequest) {
  const [report, integrity] = await Promise.all([parts.report(), parts.integrity()]);
  const cameras = report.cameras.filter(({ cameraId }) => may(request, 'camera.read', cameraId));
  const damaged = integrity.damaged.filter(({ cameraId }) => may(request, 'camera.replay', cameraId));
  return { ...report, cameras, integrity: { ...integrity, damaged } };
}

/** Footage may outlive its camera: whoever may replay every camera sees that, too. */
function seenOf(request: FastifyRequest, wanted: string | undefined): readonly string[] | undefined {
  const seen = reach(request.principal, 'camera.replay');
  if (wanted === undefined) return seen === 'all' ? undefined : seen;
  return seen === 'all' || seen.includes(wanted) ? [wanted] : [];
}

function rangeRoutes(parts: StorageApi): FastifyPluginAsyncZod {
  return async (app) => {
    app.delete('/cameras/:id/recordings', {
      config: { action: 'recording.delete', cameraParam: 'id' },
      schema: {
        tags,
        summary: 'Delete the recordings that a range touches',
        description:
          'Whole recordings of about a minute go. What is being written at the moment stays. A range that a hold touches is refused as a whole',
        params: z.object({ id: cameraIdSchema }),
        querystring: rangeQuery,
        response: { 200: rangeDeletionSchema, 400: badRequest, 404: notFound, 409: held, ...always },
      },
      handler: async (request, reply) => {
        const { queries, archive, clock, retention } = parts;
        const { id } = request.params;
        if (!(await parts.exists(id))) return sendProblem(reply, notFoundProblem(id));
        const range = { startMs: request.query.from, endMs: request.query.to };
        const deleted = await retention.exclusive(() =>
          deleteRange({ queries, archive, nowMs: clock.nowMs() }, id as CameraId, range),
        );
        if (!deleted.ok) return refuseHeld(reply, deleted.error);
        noteForAudit(request, { detail: spanWords(range.startMs, range.endMs) });
        const gone = goneSpan(range, deleted.value);
        await parts.forgetMade(id as CameraId, gone.fromMs, gone.toMs);
        return reply.send(deleted.value);
      },
    });
  };
}

/** What was asked for and, as whole recordings go, what went beyond it; as far as the deletion got. */
function goneSpan(asked: Span, { startMs, endMs, complete }: RangeDeletion) {
  const fromMs = Math.min(asked.startMs, startMs ?? asked.startMs);
  const toMs = complete ? Math.max(asked.endMs, endMs ?? 0) : (endMs ?? 0);
  return { fromMs: unixMs(fromMs), toMs: unixMs(toMs) };
}

function refuseHeld(reply: FastifyReply, { startMs, endMs, reason }: Hold): FastifyReply {
  const [from, to] = [startMs, endMs].map((ms) => new Date(ms).toISOString());
  const detail = `Footage from ${from} to ${to} is held (${reason}). End the hold first, or choose another range.`;
  return sendProblem(reply, problem(409, 'held', detail));
}
