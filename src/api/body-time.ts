/**
 * How long a request may take to arrive. Node's own limit knows no exception for uploads, which may take hours; so it
 * is off, and each request with a body has a timer of its own until somebody says that it may take long.
 */
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';

const timers = new WeakMap<IncomingMessage, NodeJS.Timeout>();

/** Ends connections whose request has not come whole within `limitMs`. */
export function limitBodyTime(app: FastifyInstance, limitMs: number): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const { raw } = request;
    if (hasBody(raw) && !raw.complete) {
      const timer = setTimeout(() => raw.complete || raw.socket.destroy(), limitMs);
      timer.unref();
      timers.set(raw, timer);
      raw.once('close', () => clearTimeout(timer));
    }
    done();
  });
}

/** For an upload whose sender is known: it may take as long as bytes come. */
export function allowLongBody(request: IncomingMessage): void {
  clearTimeout(timers.get(request));
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}
