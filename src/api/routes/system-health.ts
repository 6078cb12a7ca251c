/**
 * `/api/v1/system/health`: how the server does, and what is wrong with it and with the cameras that one may see.
 */
import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { always, tooMany } from '../answers.ts';
import type { Finding, SystemHealth } from '../contract/system-health.ts';
import { systemHealthSchema } from '../contract/system-health.ts';
import { may } from '../policy.ts';
import { problem, sendProblem } from '../problems.ts';

type Report = Omit<SystemHealth, 'history' | 'findings'> & { readonly findings: readonly Finding[] };

export interface SystemHealthApi {
  /** Undefined when nothing could be found out. */
  report(): Promise<Report | undefined>;
  history(): NonNullable<SystemHealth['history']>;
}

const query = z.object({
  history: z.enum(['true', 'false']).default('false').meta({ description: 'With the last hour and day' }),
});

export function systemHealthRoutes(health: SystemHealthApi): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/system/health', {
      config: { action: 'health.details' },
      schema: {
        tags: ['system'],
        summary: 'How the server does, and what is wrong',
        querystring: query,
        response: { 200: systemHealthSchema, 503: tooMany, ...always },
      },
      handler: async (request, reply) => {
        const report = await health.report();
        if (!report) return sendProblem(reply, nothingKnown);
        const history = request.query.history === 'true' ? health.history() : null;
        return reply.header('cache-control', 'no-store').send({ ...shownTo(request, report), history });
      },
    });
  };
}

/** Of the cameras that one may see; where they are is told to who may change them. */
function shownTo(request: FastifyRequest, report: Report) {
  const seen = (cameraId: string): boolean => may(request, 'camera.read', cameraId);
  const findings = report.findings.flatMap((finding) => {
    const { cameraId } = finding;
    if (cameraId === null) return [finding];
    if (!seen(cameraId)) return [];
    return [may(request, 'camera.change', cameraId) ? finding : { ...finding, detail: '' }];
  });
  return { ...report, findings, backlog: report.backlog.filter(({ cameraId }) => seen(cameraId)) };
}

const nothingKnown = problem(503, 'health-unknown', 'Nothing could be found out. The log says why.');
