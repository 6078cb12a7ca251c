/**
 * `/api/v1/audit`: who did what. For administrators.
 */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { timeOfAuditId } from '../../accounts/audit.ts';
import type { AuditFilter, StoredAudit } from '../../database/audit.ts';
import { always, badRequest } from '../answers.ts';
import { auditPageSchema, auditQuerySchema } from '../contract/accounts.ts';
import { problem, sendProblem } from '../problems.ts';

export interface AuditReader {
  /** The newest first. */
  list(filter: AuditFilter, limit: number): Promise<readonly StoredAudit[]>;
}

export function auditRoutes(audit: AuditReader): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/audit', {
      config: { action: 'audit.read' },
      schema: {
        tags: ['accounts'],
        summary: 'Who signed in, watched, exported and changed what; the newest first',
        querystring: auditQuerySchema,
        response: { 200: auditPageSchema, 400: badRequest, ...always },
      },
      handler: async (request, reply) => {
        const { before: id, limit, ...filter } = request.query;
        const atMs = id === undefined ? undefined : timeOfAuditId(id);
        if (id !== undefined && atMs === undefined) return sendProblem(reply, noEntry);
        const before = id === undefined || atMs === undefined ? undefined : { id, atMs };
        const found = await audit.list({ ...filter, before }, limit + 1);
        const page = found.slice(0, limit);
        const next = found.length > limit ? (page.at(-1)?.id ?? null) : null;
        return reply.send({ entries: page.map(auditAnswer), next });
      },
    });
  };
}

const noEntry = problem(400, 'invalid-request', 'before: is no id of an entry.');

function auditAnswer({ outcome, actor, ...entry }: StoredAudit) {
  return {
    ...entry,
    actor: { ...actor },
    outcome: outcome === 'refused' ? ('refused' as const) : ('done' as const),
  };
}
