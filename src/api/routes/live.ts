/**
 * `/ws/live`: the live WebSocket. Here sockets become viewers: what they say is checked, and every camera they ask for
 * passes the policy. Pictures come from `outputs/live`.
 */
import type { IncomingMessage } from 'node:http';
import websocket from '@fastify/websocket';
import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import { z } from 'zod';
import type { LiveOutput } from '../../outputs/live/output.ts';
import type { ViewerMessage } from '../../outputs/live/messages.ts';
import type { ViewerSocket } from '../../outputs/live/stream.ts';
import { auditView } from '../audit.ts';
import { withoutBasePath } from '../base-path.ts';
import { clientOf } from '../client.ts';
import { clientMessageSchema, livePath, liveProtocol } from '../contract/live.ts';
import { hold } from '../leases.ts';
import { may } from '../policy.ts';
import { problem, sendProblem } from '../problems.ts';
import { plainReason } from '../shown.ts';

/** The largest message is a subscription: a few hundred bytes. */
const maxMessageBytes = 4096;
/** A connection that answers no ping within the time of the next one is dead: a phone that left the house. */
const pingMs = 15_000;
const wrongProtocol = 1002;
const policyViolation = 1008;
const notAllowedWords = 'Your account may not watch this camera any more.';
/** How long a viewer may take to say goodbye; a paused page never does, and would hold up the end of the server. */
const farewellMs = 1000;

/** Which requests may become something else than HTTP; for others `Upgrade` is ignored (RFC 9110, 7.8). */
export function mayUpgrade({ url = '' }: IncomingMessage, basePath = ''): boolean {
  return withoutBasePath(url, basePath).split('?', 1)[0] === livePath;
}

/** A refused upgrade leaves a socket that HTTP has let go of: nobody else would close it. */
export function endRefusedUpgrades(app: FastifyInstance): void {
  app.addHook('onResponse', async ({ raw }) => {
    if (raw.headers.upgrade !== undefined && mayUpgrade(raw)) raw.socket.destroySoon();
  });
}

export function liveRoutes(output: Pick<LiveOutput, 'open'>): FastifyPluginAsync {
  return async (app) => {
    await app.register(websocket, {
      options: {
        maxPayload: maxMessageBytes,
        // Video does not get smaller, and a context for each viewer is memory.
        perMessageDeflate: false,
        handleProtocols: (offered) => (offered.has(liveProtocol) ? liveProtocol : false),
      },
    });
    app.route({
      method: 'GET',
      url: livePath,
      config: { action: 'camera.watch' },
      schema: { hide: true },
      handler: (_request, reply) => sendProblem(reply, upgradeNeeded),
      wsHandler: (socket, request) => serve(output, socket, request),
    });
  };
}

const upgradeNeeded = problem(426, 'upgrade-required', 'This address speaks WebSocket only.');

function serve(output: Pick<LiveOutput, 'open'>, socket: WebSocket, request: FastifyRequest): void {
  // Bytes that are no WebSocket frames end the connection; there is nobody to tell.
  socket.on('error', () => socket.terminate());
  if (socket.protocol !== liveProtocol) {
    socket.close(wrongProtocol, `The subprotocol is ${liveProtocol}`);
    return;
  }
  const session = output.open(adapted(socket, request));
  if (!session) return;
  keepAlive(socket);
  const isForbidden = (streamId: string): boolean => !may(request, 'camera.watch', streamId);
  const lease = hold(request, {
    action: 'camera.watch',
    changed: () => session.endWhere(isForbidden, notAllowedWords),
    end: (reason) => {
      session.endWhere(() => true, reason);
      session.close(policyViolation, reason);
    },
  });
  socket.on('message', (data: Buffer, isBinary) => {
    const read = isBinary ? unreadable : parse(data.toString());
    if (!read.message) session.receive(undefined, read.fault);
    // What is forbidden looks like what does not exist.
    else if (read.message.type === 'subscribe' && !may(request, 'camera.watch', read.message.camera)) {
      session.receive({ ...read.message, camera: '' });
    } else {
      if (read.message.type === 'subscribe') auditView(request, 'camera.watch', read.message.camera);
      session.receive(read.message);
    }
  });
  socket.on('close', () => {
    lease.leave();
    session.closed();
  });
}

interface Read {
  readonly message: ViewerMessage | undefined;
  readonly fault: string;
}

const unreadable: Read = { message: undefined, fault: 'Messages are JSON, as text.' };

function parse(text: string): Read {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return unreadable;
  }
  const checked = clientMessageSchema.safeParse(value);
  if (checked.success) return { message: checked.data, fault: '' };
  return { message: undefined, fault: z.prettifyError(checked.error) };
}

function adapted(socket: WebSocket, request: FastifyRequest): ViewerSocket {
  return {
    address: clientOf(request).address,
    client: request.headers['user-agent'] ?? '',
    send: (message) => {
      if (socket.readyState === socket.OPEN) socket.send(message);
    },
    get bufferedBytes() {
      return socket.bufferedAmount;
    },
    words: (streamId, state, reason) =>
      may(request, 'camera.change', streamId) ? reason : plainReason(state, reason),
    close: (code, reason) => {
      socket.close(code, reason);
      // Who takes nothing would not take the farewell either.
      if (socket.bufferedAmount > 0) return socket.terminate();
      const timer = setTimeout(() => socket.terminate(), farewellMs);
      socket.on('close', () => clearTimeout(timer));
    },
  };
}

function keepAlive(socket: WebSocket): void {
  let answered = true;
  const timer = setInterval(() => {
    if (!answered) return socket.terminate();
    answered = false;
    socket.ping();
  }, pingMs);
  socket.on('pong', () => (answered = true));
  socket.on('close', () => clearInterval(timer));
}
