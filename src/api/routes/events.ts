/**
 * `GET /api/v1/events`: the event feed as Server-Sent Events (WHATWG HTML, 9.2).
 */
import type { ServerResponse } from 'node:http';
import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { always, badRequest, tooMany } from '../answers.ts';
import { eventSchema } from '../contract/events.ts';
import type { EventFeed, Listener } from '../event-feed.ts';
import type { Principal } from '../../accounts/access.ts';
import { hold } from '../leases.ts';
import { problem, sendProblem } from '../problems.ts';

/** A listener that has this much unread is not reading: it is closed, comes back and resumes. */
const maxUnreadBytes = 4 * 1024 * 1024;

const headers = z.object({
  'last-event-id': z.string().max(100).optional().meta({ description: 'Continue after this event' }),
});

const description =
  'Every event is one `data` line of JSON with a `type`, and has an id. A connection begins with `reset` unless ' +
  'Last-Event-ID names an event the server still knows; after `reset` everything has to be read again. It is sent, too, ' +
  'when one may see more or less than before. Of cameras, one is told what one may see.';

export function eventRoutes(feed: EventFeed): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/events', {
      exposeHeadRoute: false,
      config: { action: 'events.read' },
      schema: {
        tags: ['events'],
        summary: 'Changes as they happen (Server-Sent Events)',
        description,
        headers,
        response: {
          200: { description: 'Endless', content: { 'text/event-stream': { schema: eventSchema } } },
          400: badRequest,
          429: tooMany,
          503: tooMany,
          ...always,
        },
      },
      handler: async (request, reply) => {
        const listener = new SocketListener(request, reply.raw, reply.getHeaders());
        const joined = feed.listen(listener, request.headers['last-event-id']);
        if (!joined.ok) return sendProblem(reply, refusals[joined.error]);
        reply.hijack();
        const lease = hold(request, {
          action: 'events.read',
          end: () => listener.end(),
          changed: () => feed.reset(listener),
        });
        reply.raw.once('close', () => {
          lease.leave();
          joined.value.leave();
        });
        return reply;
      },
    });
  };
}

const refusals = {
  'too-many': problem(
    503,
    'too-many-listeners',
    'Too many programs listen to events already. Close some and try again.',
  ),
  'too-many-of-one': problem(
    429,
    'too-many-listeners-of-one',
    'Your account listens to events in too many places already. Close some windows or programs and try again.',
  ),
  closed: problem(503, 'stopping', 'The server is stopping. Try again in a moment.'),
} as const;

class SocketListener implements Listener {
  readonly #request: FastifyRequest;
  readonly #response: ServerResponse;
  readonly #headers: Readonly<Record<string, unknown>>;

  constructor(request: FastifyRequest, response: ServerResponse, headers: Readonly<Record<string, unknown>>) {
    this.#request = request;
    this.#response = response;
    this.#headers = headers;
  }

  get who(): Principal {
    return this.#request.principal;
  }

  write(bytes: Uint8Array): boolean {
    if (!this.#response.headersSent) this.#begin();
    if (this.#response.writableLength > maxUnreadBytes) return false;
    this.#response.write(bytes);
    return true;
  }

  end(): void {
    this.#response.destroy();
  }

  #begin(): void {
    for (const [name, value] of Object.entries(this.#headers)) this.#response.setHeader(name, String(value));
    this.#response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    });
    this.#response.flushHeaders();
  }
}
