/**
 * The ports that the API listens on: one plain, one encrypted beside it, both with the same limits. Requests and
 * WebSockets of either come to the same routes.
 */
import type { IncomingMessage, ServerOptions } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Server } from 'node:https';
import { createServer } from 'node:https';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { problem, problemType } from './problems.ts';
import { mayUpgrade } from './routes/live.ts';

/** A client that needs longer to send its headers is not one of ours; for bodies see `body-time.ts`. */
const headersTimeoutMs = 15_000;
/** How often that is looked at, which is how much later than it says a slow client may be closed. */
const timeoutCheckMs = 5000;
/** Without a byte in either direction: held requests end earlier, events have a heartbeat, so the client hangs. */
const silentConnectionMs = 90_000;
/** File descriptors are finite, and cameras need theirs. */
const maxConnections = 8192;
/** Like that of headers: a client that does not get on with TLS. */
const handshakeTimeoutMs = 15_000;

/** For Fastify's own server, the plain one. */
export function listenerOptions(basePath: string) {
  return {
    requestTimeout: 0, // `limitBodyTime` instead
    connectionTimeout: silentConnectionMs,
    http: httpOptions(basePath),
    clientErrorHandler: refuseMalformed,
  };
}

export function limitConnections(app: FastifyInstance): void {
  app.server.maxConnections = maxConnections;
}

/** PEM. */
export interface TlsPair {
  readonly certificate: string;
  readonly key: string;
}

/** Call `listen` on what comes back; `setSecureContext` changes the certificate for connections to come. */
export function secureListener(app: FastifyInstance, pair: TlsPair, basePath: string): Server {
  const options = {
    ...httpOptions(basePath),
    requestTimeout: 0,
    handshakeTimeout: handshakeTimeoutMs,
    ...secureContext(pair),
  };
  const server = createServer(options, (request, response) => app.routing(request, response));
  server.maxConnections = maxConnections;
  server.keepAliveTimeout = app.server.keepAliveTimeout;
  server.setTimeout(silentConnectionMs);
  // The WebSocket plugin listens there.
  server.on('upgrade', (request, socket, head) => app.server.emit('upgrade', request, socket, head));
  server.on('clientError', refuseMalformed);
  // Who speaks no TLS, or does not like the certificate, is told by TLS itself.
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  return server;
}

/** What `createServer` and `setSecureContext` take. */
export function secureContext({ certificate, key }: TlsPair) {
  return { cert: certificate, key, minVersion: 'TLSv1.2' } as const;
}

function httpOptions(basePath: string): ServerOptions {
  return {
    headersTimeout: headersTimeoutMs,
    connectionsCheckingInterval: timeoutCheckMs,
    shouldUpgradeCallback: (request: IncomingMessage) => mayUpgrade(request, basePath),
  };
}

/** Bytes that are no HTTP request: answered if that is still possible, then closed. */
function refuseMalformed(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const status = malformedStatus[error.code ?? ''] ?? 400;
  const body = JSON.stringify(problem(status, 'malformed-request', 'This is not a valid HTTP request.'));
  if (socket.writable) {
    socket.write(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: ${problemType}\r\n` +
        `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    );
  }
  socket.destroySoon();
}

const malformedStatus: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};
