/**
 * Who may keep an answer: whoever asked, and nobody between.
 *
 * Promises: an answer that says nothing of it is not kept at all. What a browser may keep without asking again is kept for
 * one cookie or token only, so that who signs in next on the same computer gets none of it. What is asked for again passes
 * the policy first, so that "not modified" is never said to somebody else.
 */
import type { FastifyInstance } from 'fastify';

/** Value of Vary for answers that may be kept without asking again. */
export const variesByUser = 'cookie, authorization';

/** Every answer that says nothing itself; the files of the dashboard and redirects to it say so. */
export function keepNothing(app: FastifyInstance): void {
  app.addHook('onSend', async (_request, reply) => {
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });
}
