/**
 * `GET /api/v1/network`: where other machines find this server, and whether they may trust what they find.
 */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { always } from '../answers.ts';
import type { NetworkReport } from '../contract/network.ts';
import { networkReportSchema } from '../contract/network.ts';

export function networkRoutes(report: () => NetworkReport): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/network', {
      config: { action: 'network.read' },
      schema: {
        tags: ['System'],
        summary: 'Addresses to open on other machines, the encrypted port and its certificate',
        response: { 200: networkReportSchema, ...always },
      },
      handler: () => report(),
    });
  };
}
