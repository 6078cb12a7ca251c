/**
 * `/api/v1/system` for the dashboard; `/health`, `/ready` and `/metrics` for whoever watches over the server.
 */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { always } from '../answers.ts';
import type { SystemInfo } from '../contract/events.ts';
import { systemInfoSchema } from '../contract/events.ts';
import type { Metrics } from '../metrics.ts';

interface Readiness {
  /** Everything was started. */
  readonly started: boolean;
  /** The database answers now. */
  readonly database: boolean;
}

export interface SystemParts {
  readonly system: () => SystemInfo;
  readonly readiness: () => Promise<Readiness>;
  readonly metrics: Metrics;
}

const tags = ['system'];
const healthSchema = z.object({ status: z.literal('ok') });
const readySchema = z.object({ ready: z.boolean(), started: z.boolean(), database: z.boolean() });

export function systemRoutes({ system }: SystemParts): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/system', {
      config: { action: 'system.read' },
      schema: { tags, summary: 'The server itself', response: { 200: systemInfoSchema, ...always } },
      handler: () => system(),
    });
  };
}

export function watchRoutes({ readiness, metrics }: SystemParts): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/health', {
      config: { action: 'health.read' },
      schema: { tags, summary: 'Alive: the event loop turns', response: { 200: healthSchema, ...always } },
      handler: async (_, reply) => reply.header('cache-control', 'no-store').send({ status: 'ok' as const }),
    });
    app.get('/ready', {
      config: { action: 'health.read' },
      schema: {
        tags,
        summary: 'Ready to serve; 503 otherwise',
        response: { 200: readySchema, 503: readySchema, ...always },
      },
      handler: async (_, reply) => {
        const parts = await readiness();
        const ready = parts.started && parts.database;
        return reply
          .code(ready ? 200 : 503)
          .header('cache-control', 'no-store')
          .send({ ready, ...parts });
      },
    });
    app.get('/metrics', {
      config: { action: 'metrics.read' },
      schema: {
        tags,
        summary: 'Metrics in the Prometheus text format',
        response: {
          200: { description: 'Metrics', content: { 'text/plain': { schema: z.string() } } },
          ...always,
        },
      },
      handler: async (_, reply) =>
        reply
          .type(metrics.contentType)
          .serializer(String)
          .send(await metrics.text()),
    });
  };
}
