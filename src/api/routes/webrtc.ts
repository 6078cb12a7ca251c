/**
 * WebRTC signalling: WHEP (draft-ietf-wish-whep) to watch, WHIP (RFC 9725) to send, and the same in one JSON request.
 * Answers are whole: there is no trickle, so PATCH is refused.
 */
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Result } from '../../base/result.ts';
import type { WebRtcOptions } from '../../outputs/webrtc/options.ts';
import type { WebRtcAnswer, WebRtcClient } from '../../outputs/webrtc/output.ts';
import type { WebRtcRefusal } from '../../outputs/webrtc/stream.ts';
import { always, badRequest, notFound, tooMany } from '../answers.ts';
import { clientOf } from '../client.ts';
import { webRtcOfferSchema, webRtcAnswerSchema, webRtcConfigSchema } from '../contract/webrtc.ts';
import type { WebRtcOfferInput } from '../contract/webrtc.ts';
import type { Problem } from '../contract/problem.ts';
import { may } from '../policy.ts';
import { notFoundProblem, problem, sendProblem } from '../problems.ts';
import { shownProblem } from '../shown.ts';
import { WebRtcSessions } from '../webrtc-sessions.ts';

type Answered = Promise<Result<WebRtcAnswer, WebRtcRefusal>>;

/** WebRTC, as the API needs it. */
export interface WebRtcApi {
  /** @param camera its id, or `cam_….sub`. */
  watch(camera: string, source: 'main' | 'sub' | undefined, client: WebRtcClient): Answered;
  publish(camera: string, client: WebRtcClient): Answered;
  /** False when there is none of that name. */
  end(session: string, reason?: string): boolean;
  readonly iceServers: WebRtcOptions['iceServers'];
  /** The camera that is meant where none is named. */
  defaultCamera(mayWatch: (cameraId: string) => boolean): string | undefined;
}

const sdpType = 'application/sdp';
const watching = { action: 'camera.watch', cameraParam: 'camera' } as const;
const publishing = { action: 'camera.publish', cameraParam: 'camera' } as const;

export function webRtcRoutes(webrtc: WebRtcApi): FastifyPluginAsync {
  return async (app) => {
    app.addContentTypeParser(sdpType, { parseAs: 'string' }, (_request, body, done) => done(null, body));
    const sessions = new WebRtcSessions((session, reason) => webrtc.end(session, reason));
    const links = (): readonly string[] => webrtc.iceServers.flatMap(linksOf);
    const parts = { webrtc, sessions, links };
    watchRoutes(app, parts);
    publishRoutes(app, parts);
    jsonRoutes(app, parts);
  };
}

interface Parts {
  readonly webrtc: WebRtcApi;
  readonly sessions: WebRtcSessions;
  /** Of the ICE servers, as they are now. */
  readonly links: () => readonly string[];
}

function watchRoutes(app: FastifyInstance, parts: Parts): void {
  const { webrtc, sessions, links } = parts;
  app.post<{ Params: { camera: string }; Querystring: { source?: string } }>('/whep/:camera', {
    config: watching,
    schema: offerSchema('Watch over WebRTC (WHEP): an SDP offer in, the answer out', true),
    handler: async (request, reply) => {
      const { source } = request.query;
      if (source !== undefined && source !== 'main' && source !== 'sub') return sendProblem(reply, noSource);
      const client = readClient(request);
      if (!client) return sendProblem(reply, notSdp);
      const { camera } = request.params;
      const about = { action: 'camera.watch', camera } as const;
      const made = await sessions.begin(request, about, (onEnd) =>
        webrtc.watch(camera, source, { ...client, onEnd }),
      );
      return answer(reply, request, made, { path: '/whep', camera, links: links() });
    },
  });
  resourceRoutes(app, parts, { path: '/whep', config: watching });
}

function publishRoutes(app: FastifyInstance, parts: Parts): void {
  const { webrtc, sessions, links } = parts;
  app.post<{ Params: { camera: string } }>('/whip/:camera', {
    config: publishing,
    schema: offerSchema('Send to a camera over WebRTC (WHIP): an SDP offer in, the answer out', false),
    handler: async (request, reply) => {
      const client = readClient(request);
      if (!client) return sendProblem(reply, notSdp);
      const { camera } = request.params;
      const about = { action: 'camera.publish', camera } as const;
      const made = await sessions.begin(request, about, (onEnd) =>
        webrtc.publish(camera, { ...client, onEnd }),
      );
      return answer(reply, request, made, { path: '/whip', camera, links: links() });
    },
  });
  resourceRoutes(app, parts, { path: '/whip', config: publishing });
}

interface Resource {
  readonly path: string;
  readonly config: typeof watching | typeof publishing;
}

/** What can be done with a session besides making it: ending it. */
function resourceRoutes(app: FastifyInstance, { sessions, links }: Parts, { path, config }: Resource): void {
  const session = z.object({ camera: z.string(), session: z.string() });
  app.delete<{ Params: z.infer<typeof session> }>(`${path}/:camera/:session`, {
    config,
    schema: {
      tags: ['media'],
      summary: 'End a WebRTC session',
      params: session,
      response: { 200: z.undefined().meta({ description: 'It has ended' }), 404: notFound, ...always },
    },
    handler: async (request, reply) => {
      const { camera, session: id } = request.params;
      if (!sessions.end(request, { action: config.action, camera }, id))
        return sendProblem(reply, notFoundProblem(undefined));
      return reply.code(200).send();
    },
  });
  app.patch(`${path}/:camera/:session`, {
    config,
    schema: { hide: true },
    handler: async (_request, reply) => sendProblem(reply.header('allow', 'DELETE, OPTIONS'), noTrickle),
  });
  for (const [url, allow] of [
    [`${path}/:camera`, 'POST, OPTIONS'],
    [`${path}/:camera/:session`, 'DELETE, OPTIONS'],
  ] as const) {
    app.options(url, {
      config,
      schema: { hide: true },
      handler: async (_request, reply) => {
        const servers = links();
        if (servers.length > 0) reply.header('link', servers.join(', '));
        return reply.code(204).headers({ allow, 'accept-post': sdpType }).send();
      },
    });
  }
}

function jsonRoutes(app: FastifyInstance, { webrtc, sessions }: Parts): void {
  app.post('/api/webrtc/offer', {
    config: { action: 'camera.watch' },
    schema: {
      tags: ['media'],
      summary: 'Watch over WebRTC: a session description in JSON in, one out',
      body: webRtcOfferSchema,
      response: {
        200: webRtcAnswerSchema,
        400: badRequest,
        404: notFound,
        429: tooMany,
        503: tooMany,
        ...always,
      },
    },
    handler: async (request, reply) => {
      const { sdp, camera: named } = request.body as WebRtcOfferInput;
      const mayWatch = (id: string): boolean => may(request, 'camera.watch', id);
      const camera = named ?? webrtc.defaultCamera(mayWatch);
      // What is forbidden looks like what does not exist.
      if (camera === undefined || !mayWatch(camera)) return sendProblem(reply, notFoundProblem(camera ?? ''));
      const client = { offer: sdp, ...origin(request) };
      const made = await sessions.begin(request, { action: 'camera.watch', camera }, (onEnd) =>
        webrtc.watch(camera, undefined, { ...client, onEnd }),
      );
      if (!made.ok) return refuse(reply, request, camera, made.error);
      const { session } = made.value;
      const resource = `/whep/${camera}/${session}`;
      return reply.send({
        type: 'answer',
        sdp: made.value.sdp,
        camera,
        session,
        resource,
        iceServers: webrtc.iceServers,
      });
    },
  });
  app.get('/api/webrtc/config', {
    // Servers that relay have a password: it is for who may watch something.
    config: { action: 'camera.watch' },
    schema: {
      tags: ['media'],
      summary: 'What a browser needs to know before it makes an offer',
      response: { 200: webRtcConfigSchema, ...always },
    },
    handler: async () => ({ iceServers: webrtc.iceServers }),
  });
}

function offerSchema(summary: string, hasSource: boolean) {
  return {
    tags: ['media'],
    summary,
    consumes: [sdpType],
    params: z.object({ camera: z.string() }),
    ...(hasSource && { querystring: z.object({ source: z.string().optional() }) }),
    response: {
      201: { description: 'The answer', content: { [sdpType]: { schema: z.string() } } },
      400: badRequest,
      404: notFound,
      406: tooMany,
      429: tooMany,
      503: tooMany,
      ...always,
    },
  };
}

const notSdp = problem(415, 'not-sdp', `Send an SDP offer as the body, with content-type: ${sdpType}.`);
const noSource = problem(400, 'invalid-request', 'The source is `main` or `sub`.');
const noTrickle = problem(
  405,
  'no-trickle',
  'The answer was complete: candidates cannot be added later, nor the connection restarted. End it and make a new offer.',
);

function readClient(request: FastifyRequest): WebRtcClient | undefined {
  if (typeof request.body !== 'string') return undefined;
  return { offer: request.body, ...origin(request) };
}

function origin(request: FastifyRequest): Omit<WebRtcClient, 'offer'> {
  return { address: clientOf(request).address, client: request.headers['user-agent'] ?? '' };
}

interface Made {
  readonly path: '/whep' | '/whip';
  readonly camera: string;
  readonly links: readonly string[];
}

function answer(
  reply: FastifyReply,
  request: FastifyRequest,
  made: Result<WebRtcAnswer, WebRtcRefusal>,
  { path, camera, links }: Made,
): FastifyReply {
  if (!made.ok) return refuse(reply, request, camera, made.error);
  const { session, sdp } = made.value;
  if (links.length > 0) reply.header('link', links.join(', '));
  return reply
    .code(201)
    .type(sdpType)
    .headers({ location: `${path}/${camera}/${session}`, etag: `"${session}"`, 'cache-control': 'no-store' })
    .serializer(String)
    .send(sdp);
}

function refuse(
  reply: FastifyReply,
  request: FastifyRequest,
  camera: string,
  refusal: WebRtcRefusal,
): FastifyReply {
  const { status, code, detail, retryAfterSeconds, ...state } = refusal;
  if (retryAfterSeconds !== undefined) reply.header('retry-after', String(retryAfterSeconds));
  const body: Problem = { ...problem(status, code, detail), ...state };
  return sendProblem(reply, shownProblem(request, camera, body));
}

/** draft-ietf-wish-whep, 4.4 */
function linksOf({ urls, username, credential }: WebRtcOptions['iceServers'][number]): readonly string[] {
  const login =
    username === undefined || credential === undefined
      ? ''
      : `; username=${quoted(username)}; credential=${quoted(credential)}; credential-type="password"`;
  return urls.map((url) => `<${url}>; rel="ice-server"${login}`);
}

function quoted(text: string): string {
  return `"${text.replaceAll(/[^\x20-\x7e]/g, '').replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}
