/**
 * `/api/v1/exports`: footage to take away. Jobs run on the server, whoever looks; their files are downloaded from here.
 */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { CameraId } from '../../base/ids.ts';
import { isCameraId } from '../../base/ids.ts';
import { unixMs } from '../../base/units.ts';
import type { Exports } from '../../playback/export/exports.ts';
import type { ExportJob } from '../../playback/export/job.ts';
import type { ExportFault, ExportOrder } from '../../playback/export/order.ts';
import type { ExportFile } from '../../playback/export/run.ts';
import { always, badRequest, missing, notFound, tooMany } from '../answers.ts';
import type { AuditNote } from '../audit.ts';
import { noteForAudit, nothingDone, spanWords } from '../audit.ts';
import type { Export } from '../contract/playback.ts';
import {
  exportCreateSchema,
  exportEstimateSchema,
  exportKeySchema,
  exportSchema,
} from '../contract/playback.ts';
import type { Problem } from '../contract/problem.ts';
import { sendFile } from '../file-download.ts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ownerOf } from '../../accounts/access.ts';
import { hold } from '../leases.ts';
import { may } from '../policy.ts';
import { notFoundProblem, problem, sendProblem } from '../problems.ts';

export interface ExportsApi {
  readonly exports: Exports;
  readonly keepMs: number;
}

const tags = ['playback'];
const params = z.object({ id: z.string().max(60) });
const withBody = { 413: badRequest, 415: badRequest };
const ordering = { 400: badRequest, 404: notFound, 503: tooMany, 507: tooMany, ...withBody, ...always };
const binary = z.string().meta({ contentEncoding: 'binary' });

export function exportRoutes(api: ExportsApi): FastifyPluginAsyncZod {
  return async (app) => {
    await app.register(orderRoutes(api));
    await app.register(jobRoutes(api));
    await app.register(fileRoutes(api));
  };
}

function orderRoutes(api: ExportsApi): FastifyPluginAsyncZod {
  const config = { action: 'export.create' } as const;
  return async (app) => {
    app.post('/exports', {
      config,
      schema: {
        tags,
        summary: 'Begin to export footage as MP4 files with a signed manifest',
        body: exportCreateSchema,
        response: { 201: exportSchema, ...ordering },
      },
      handler: async (request, reply) => {
        const order = readOrder(request, request.body);
        if ('status' in order) return sendProblem(reply, order);
        const created = await api.exports.create(order, ownerOf(request.principal));
        if (!created.ok) return sendProblem(reply, exportProblem(created.error));
        const { id } = created.value;
        noteForAudit(request, { target: id, ...orderWords(order) });
        return reply.code(201).header('location', `/api/v1/exports/${id}`).send(describe(api, created.value));
      },
    });
    app.post('/exports/estimate', {
      config,
      schema: {
        tags,
        summary: 'How much an export would be, from the index alone',
        body: exportCreateSchema,
        response: { 200: exportEstimateSchema, ...ordering },
      },
      handler: async (request, reply) => {
        const order = readOrder(request, request.body);
        if ('status' in order) return sendProblem(reply, order);
        nothingDone(request);
        const estimate = await api.exports.estimate(order);
        if (!estimate.ok) return sendProblem(reply, exportProblem(estimate.error));
        return reply.header('cache-control', 'no-store').send(estimate.value);
      },
    });
    app.get('/exports/key', {
      config: { action: 'export.list' },
      schema: {
        tags,
        summary: 'The public key that exports of this server are signed with',
        response: { 200: exportKeySchema, 503: tooMany, ...always },
      },
      handler: async (_request, reply) => {
        const key = await api.exports.publicKey();
        if (!key.ok) return sendProblem(reply, exportProblem(key.error));
        return reply.header('cache-control', 'no-store').send({ publicKey: key.value });
      },
    });
  };
}

function jobRoutes(api: ExportsApi): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/exports', {
      config: { action: 'export.list' },
      schema: {
        tags,
        summary: 'Your exports, the newest first; to administrators all',
        response: { 200: z.array(exportSchema), ...always },
      },
      handler: async (request, reply) => {
        const jobs = api.exports.list().filter((job) => mayHave(request, job));
        return reply.header('cache-control', 'no-store').send(jobs.map((job) => describe(api, job)));
      },
    });
    app.get('/exports/:id', {
      config: { action: 'export.list' },
      schema: {
        tags,
        summary: 'How far an export is, and its files',
        params,
        response: { 200: exportSchema, 400: badRequest, 404: missing, ...always },
      },
      handler: async (request, reply) => {
        const job = find(api, request, request.params.id);
        if (!job) return sendProblem(reply, noExport);
        return reply.header('cache-control', 'no-store').send(describe(api, job));
      },
    });
    app.delete('/exports/:id', {
      config: { action: 'export.delete' },
      schema: {
        tags,
        summary: 'End an export, and delete its files',
        params,
        response: {
          204: z.undefined().meta({ description: 'It is gone' }),
          400: badRequest,
          404: missing,
          ...always,
        },
      },
      handler: async (request, reply) => {
        const job = find(api, request, request.params.id);
        if (!job || !(await api.exports.delete(job.id))) return sendProblem(reply, noExport);
        noteForAudit(request, orderWords(job.order));
        return reply.code(204).send();
      },
    });
  };
}

function fileRoutes(api: ExportsApi): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/exports/:id/files/:name', {
      config: { action: 'export.list' },
      schema: {
        tags,
        summary: 'A film, its list of fragments, or the manifest; takes byte ranges',
        params: params.extend({ name: z.string().max(150) }),
        response: {
          200: { description: 'The whole file', content: { 'video/mp4': { schema: binary } } },
          206: { description: 'The range', content: { 'video/mp4': { schema: binary } } },
          304: z.undefined().meta({ description: 'It is the same' }),
          400: badRequest,
          404: missing,
          416: badRequest,
          ...always,
        },
      },
      handler: async (request, reply) => {
        const { id, name } = request.params;
        const job = find(api, request, id);
        const found = job && api.exports.file(id, name);
        if (!found) return sendProblem(reply, noFile);
        leaseDownload(request, reply, job);
        const { path, file } = found;
        const etag = `"${file.sha256?.slice(0, 32) ?? `${id}-${file.bytes}`}"`;
        return sendFile(reply, request, {
          path,
          name: file.name,
          type: typeOf(file),
          bytes: file.bytes,
          etag,
        });
      },
    });
  };
}

const noExport = problem(404, 'export-not-found', 'There is no such export; it may have expired.');
const noFile = problem(404, 'export-not-found', 'There is no such file, or the export is not done yet.');

function find(api: ExportsApi, request: FastifyRequest, id: string): ExportJob | undefined {
  const job = api.exports.get(id);
  return job && mayHave(request, job) ? job : undefined;
}

/** It holds footage: who made it has it as long as the cameras in it may be exported; administrators have all. */
function mayHave(request: FastifyRequest, { owner, order }: ExportJob): boolean {
  const action = owner === ownerOf(request.principal) ? 'export.list' : 'export.of-others';
  return order.cameraIds.every((id) => may(request, action, id));
}

/** A download of gigabytes ends with the right to it. */
function leaseDownload(request: FastifyRequest, reply: FastifyReply, { order }: ExportJob): void {
  const end = (): void => void reply.raw.destroy();
  for (const cameraId of order.cameraIds) {
    const lease = hold(request, { action: 'export.list', cameraId, end });
    reply.raw.once('close', () => lease.leave());
  }
}

function readOrder(request: FastifyRequest, body: z.infer<typeof exportCreateSchema>): ExportOrder | Problem {
  const cameraIds: CameraId[] = [];
  for (const id of new Set(body.cameraIds)) {
    if (!isCameraId(id) || !may(request, 'export.create', id)) return notFoundProblem(id);
    cameraIds.push(id);
  }
  const [startMs, endMs] = [unixMs(Math.round(body.startMs)), unixMs(Math.round(body.endMs))];
  return { cameraIds, startMs, endMs, cut: body.cut };
}

function orderWords({ cameraIds, startMs, endMs }: ExportOrder): AuditNote {
  const span = spanWords(startMs, endMs);
  const [cameraId] = cameraIds;
  if (cameraIds.length === 1 && cameraId !== undefined) return { cameraId, detail: span };
  return { detail: `${span} of ${cameraIds.join(', ')}` };
}

function exportProblem({ kind, message }: ExportFault): Problem {
  const [status, code] = answerOf[kind];
  return problem(status, code, message);
}

const answerOf = {
  'bad-range': [400, 'bad-range'],
  'too-much': [400, 'export-too-large'],
  'no-footage': [404, 'no-footage'],
  'no-space': [507, 'no-space'],
  busy: [503, 'busy'],
  failed: [503, 'export-failed'],
} as const;

function describe({ keepMs }: ExportsApi, job: ExportJob): Export {
  const { id, order, state, progress, bytes, fault, files, createdMs, changedMs } = job;
  const isOver = state === 'done' || state === 'failed';
  return {
    id,
    cameraIds: [...order.cameraIds],
    startMs: order.startMs,
    endMs: order.endMs,
    cut: order.cut,
    state,
    progress,
    bytes,
    fault,
    files: files.map((file) => ({
      name: file.name,
      url: `/api/v1/exports/${id}/files/${file.name}`,
      bytes: file.bytes,
      cameraId: file.cameraId,
    })),
    createdMs,
    expiresMs: isOver ? changedMs + keepMs : null,
  };
}

function typeOf({ name }: ExportFile): string {
  if (name.endsWith('.mp4')) return 'video/mp4';
  return name.endsWith('.json') ? 'application/json' : 'application/x-ndjson';
}
