/**
 * `/api/v1/playback`: sessions that play a stretch of a camera's past, and ways to watch it live.
 */
import { createHash } from 'node:crypto';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ownerOf } from '../../accounts/access.ts';
import type { CameraId } from '../../base/ids.ts';
import { isCameraId } from '../../base/ids.ts';
import type { Result } from '../../base/result.ts';
import { ok } from '../../base/result.ts';
import type { ArchiveFault } from '../../archive/types.ts';
import { withQuery } from '../../media/hls/with-query.ts';
import type { SegmentFormat } from '../../playback/playlist.ts';
import type { MadeSegment } from '../../playback/segments.ts';
import { emptySegment } from '../../playback/segments.ts';
import { Session } from '../../playback/session.ts';
import type { LiveSession, PlaybackSessions, SessionEntry, SessionFault } from '../../playback/sessions.ts';
import { keyframeInit } from '../../playback/sessions.ts';
import { always, badRequest, notFound, tooMany } from '../answers.ts';
import { noteForAudit, replayNote } from '../audit.ts';
import { sendContent } from '../byte-range.ts';
import type { CameraService } from '../camera-service.ts';
import type { PlaybackSession } from '../contract/playback.ts';
import {
  playbackExtendSchema,
  playbackLiveAnswerSchema,
  playbackLiveSchema,
  playbackSessionSchema,
  playbackStartSchema,
} from '../contract/playback.ts';
import type { Problem } from '../contract/problem.ts';
import { footageProblem, noFootage } from '../footage-problems.ts';
import { readMoment } from '../moment.ts';
import { may, showsRange } from '../policy.ts';
import { notFoundProblem, problem, sendProblem } from '../problems.ts';
import { carriedQuery } from '../token-playlists.ts';

export interface PlaybackApi {
  readonly sessions: PlaybackSessions;
  readonly cameras: Pick<CameraService, 'get'>;
}

type LiveAnswer = z.infer<typeof playbackLiveAnswerSchema>;

const tags = ['playback'];
/** Its owner's alone, who must still be allowed what it shows: see `find`. */
const config = { action: 'playback.session' } as const;
const sessionParams = z.object({ id: z.string().max(60) });
const fileParams = z.object({ id: z.string().max(60), file: z.string().max(40) });
const playlistType = 'application/vnd.apple.mpegurl';
const noCopy = 'private, no-cache';
/** What an address names does not change as long as its session lasts. */
const keep = 'private, max-age=3600, immutable';

const startAnswers = {
  400: badRequest,
  404: notFound,
  429: tooMany,
  503: tooMany,
  ...always,
};

export function playbackRoutes(api: PlaybackApi): FastifyPluginAsyncZod {
  return async (app) => {
    app.post('/playback/start', {
      config: { action: 'camera.replay', checksRange: true },
      schema: {
        tags,
        summary: 'Begin to play a stretch of the past; what is still being recorded grows',
        body: playbackStartSchema,
        response: { 200: playbackSessionSchema, ...startAnswers },
      },
      handler: async (request, reply) => {
        const { camera_id: id, start_time, end_time, format } = request.body;
        const fromMs = readMoment(start_time);
        const toMs = readMoment(end_time);
        if (fromMs === undefined) return sendProblem(reply, noMoment('start_time'));
        if (toMs === undefined) return sendProblem(reply, noMoment('end_time'));
        if (!isCameraId(id) || !mayReplay(request, id, fromMs, toMs))
          return sendProblem(reply, notFoundProblem(id));
        const wanted = format === 'hls' ? 'auto' : format;
        const owner = ownerOf(request.principal);
        noteForAudit(request, replayNote(id, fromMs, toMs));
        const started = await api.sessions.start({ cameraId: id, fromMs, toMs, format: wanted, owner });
        if (!started.ok) return sendProblem(reply, startProblem(api, id, started.error));
        return reply
          .header('cache-control', 'no-store')
          .send(describeRecorded(started.value.content, started.value.expiresMs));
      },
    });
    app.post('/playback/live', {
      config: { action: 'camera.watch' },
      schema: {
        tags,
        summary: 'Where to watch a camera live',
        body: playbackLiveSchema,
        response: { 200: playbackLiveAnswerSchema, ...startAnswers },
      },
      handler: async (request, reply) => {
        const { camera_id: id, format } = request.body;
        const camera = api.cameras.get(id);
        if (!camera || !may(request, 'camera.watch', id)) return sendProblem(reply, notFoundProblem(id));
        const { hls, rtsp, whep } = camera.links;
        const url = { hls, rtsp, webrtc: whep }[format];
        if (url === null)
          return sendProblem(reply, problem(503, 'rtsp-off', 'The RTSP server is switched off.'));
        const live = { cameraId: id as CameraId, format, url };
        const started = api.sessions.startLive(live, ownerOf(request.principal));
        if (!started.ok) return sendProblem(reply, startProblem(api, id, started.error));
        return reply
          .header('cache-control', 'no-store')
          .send(describeLive(started.value.content, started.value.expiresMs));
      },
    });
    await app.register(sessionRoutes(api));
    await app.register(mediaRoutes(api));
  };
}

function sessionRoutes(api: PlaybackApi): FastifyPluginAsyncZod {
  const sessionAnswer = z.union([playbackSessionSchema, playbackLiveAnswerSchema]);
  const response = { 200: sessionAnswer, 400: badRequest, 404: notFound, ...always };
  return async (app) => {
    app.get('/playback/sessions/:id', {
      config,
      schema: { tags, summary: 'A playback session', params: sessionParams, response },
      handler: async (request, reply) => {
        const entry = find(api, request);
        if (!entry) return sendProblem(reply, noSession);
        if (entry.content instanceof Session) await entry.content.refresh();
        return reply.header('cache-control', 'no-store').send(describe(entry));
      },
    });
    app.post('/playback/sessions/:id/extend', {
      config,
      schema: {
        tags,
        summary: 'End a session later; at most a day from now',
        params: sessionParams,
        body: playbackExtendSchema,
        response,
      },
      handler: async (request, reply) => {
        const known = find(api, request);
        const entry = known && api.sessions.extend(known.content.id, request.body.duration_seconds);
        if (!entry) return sendProblem(reply, noSession);
        return reply.header('cache-control', 'no-store').send(describe(entry));
      },
    });
    app.delete('/playback/sessions/:id', {
      config,
      schema: {
        tags,
        summary: 'End a playback session',
        params: sessionParams,
        response: {
          204: z.undefined().meta({ description: 'Ended' }),
          400: badRequest,
          404: notFound,
          ...always,
        },
      },
      handler: async (request, reply) => {
        const entry = find(api, request);
        if (!entry || !api.sessions.end(entry.content.id)) return sendProblem(reply, noSession);
        return reply.code(204).send();
      },
    });
  };
}

type PlaylistRoute = readonly [
  name: string,
  summary: string,
  write: (session: Session) => Promise<Result<string, ArchiveFault>>,
];

function mediaRoutes(api: PlaybackApi): FastifyPluginAsyncZod {
  const { sessions } = api;
  return async (app) => {
    const playlists: readonly PlaylistRoute[] = [
      ['playlist.m3u8', 'The segments of a session', async (it) => ok(await sessions.mediaPlaylist(it))],
      ['index.m3u8', 'Codecs and bitrate of a session', async (it) => ok(await sessions.variantPlaylist(it))],
      ['keyframes.m3u8', 'The keyframes of a session', (it) => sessions.keyframePlaylist(it)],
    ];
    for (const [name, summary, write] of playlists) {
      app.get(`/playback/sessions/:id/${name}`, {
        config,
        schema: { tags, summary, params: sessionParams, response: mediaResponse(playlistType) },
        handler: async (request, reply) => {
          const session = findRecorded(api, request);
          if (!session) return sendProblem(reply, noSession);
          const text = await write(session);
          return text.ok ? sendPlaylist(reply, request, text.value) : sendFault(reply, text.error);
        },
      });
    }
    app.get('/playback/sessions/:id/segment/:file', {
      config,
      schema: {
        tags,
        summary:
          'A segment: `{index}.ts` as MPEG-TS, `{index}.m4s` as fragmented MP4; X-Damaged: nothing of it can be read',
        params: fileParams,
        response: mediaResponse('video/mp2t'),
      },
      handler: async (request, reply) => {
        const [, index, kind] = /^(\d{1,6})\.(ts|m4s)$/.exec(request.params.file) ?? [];
        const session = findRecorded(api, request);
        if (!session) return sendProblem(reply, noSession);
        if (kind === undefined) return sendProblem(reply, noFile);
        const format = kind === 'ts' ? 'ts' : 'fmp4';
        const made = await sessions.segment(session, Number(index), format);
        if (!made) return sendProblem(reply, noFile);
        const type = format === 'ts' ? 'video/mp2t' : 'video/mp4';
        const empty = !made.ok && made.error.kind === 'damaged' && emptyFor(session, Number(index), format);
        return empty ? sendEmpty(reply, type, empty) : sendMade(reply, request, type, made);
      },
    });
    await app.register(pieceRoutes(api));
  };
}

/** What fragmented MP4 needs beside its segments. */
function pieceRoutes(api: PlaybackApi): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/playback/sessions/:id/init/:file', {
      config,
      schema: {
        tags,
        summary: 'Init segment `{n}.mp4` of fMP4 segments',
        params: fileParams,
        response: mediaResponse('video/mp4'),
      },
      handler: async (request, reply) => {
        const session = findRecorded(api, request);
        if (!session) return sendProblem(reply, noSession);
        const [, number] = /^(\d{1,4})\.mp4$/.exec(request.params.file) ?? [];
        return sendInit(reply, request, session.codecs[Number(number)]?.init);
      },
    });
    app.get('/playback/sessions/:id/keyframe/:file', {
      config,
      schema: {
        tags,
        summary: 'A keyframe alone `{segment}-{fragment}.m4s`, and what is before it `init-{n}.mp4`',
        params: fileParams,
        response: mediaResponse('video/mp4'),
      },
      handler: async (request, reply) => {
        const session = findRecorded(api, request);
        if (!session) return sendProblem(reply, noSession);
        const { file } = request.params;
        const [, number] = /^init-(\d{1,4})\.mp4$/.exec(file) ?? [];
        if (number !== undefined) return sendInit(reply, request, keyframeInit(session, Number(number)));
        const [, index, fragment] = /^(\d{1,6})-(\d{1,4})\.m4s$/.exec(file) ?? [];
        const made =
          index === undefined
            ? undefined
            : await api.sessions.keyframe(session, Number(index), Number(fragment));
        return made ? sendMade(reply, request, 'video/mp4', made) : sendProblem(reply, noFile);
      },
    });
  };
}

function mediaResponse(type: string) {
  const body = { content: { [type]: { schema: z.string().meta({ contentEncoding: 'binary' }) } } };
  return {
    200: { description: 'All of it; strong ETag', ...body },
    206: { description: 'The range that was asked for', ...body },
    304: z.undefined().meta({ description: 'The same as before' }),
    400: badRequest,
    404: notFound,
    410: notFound,
    416: badRequest,
    503: tooMany,
    ...always,
  };
}

const noSession = problem(404, 'session-not-found', 'There is no such playback session, or it is over.');
const deleted = problem(410, 'footage-deleted', 'This footage has been deleted since the session began.');
const noFile = problem(404, 'file-not-found', 'This session has no such file.');

function noMoment(field: string): Problem {
  const message = 'must be Unix milliseconds, or ISO 8601 with a time zone';
  const detail = `The body of the request is wrong. ${field}: ${message}`;
  return { ...problem(400, 'invalid-request', detail), errors: [{ path: field, message }] };
}

type SessionRequest = FastifyRequest<{ Params: { id: string } }>;

function mayReplay(request: FastifyRequest, cameraId: string, fromMs: number, toMs: number): boolean {
  return may(request, 'camera.replay', cameraId) && showsRange(request.principal, fromMs, toMs);
}

/** Somebody else's is as unknown as none, to administrators too: what people look at is their own affair. */
function find({ sessions }: PlaybackApi, request: SessionRequest): SessionEntry | undefined {
  const entry = sessions.find(request.params.id);
  if (entry?.owner !== ownerOf(request.principal)) return undefined;
  const { content } = entry;
  const mayUse =
    content instanceof Session
      ? may(request, 'camera.replay', content.range.cameraId)
      : may(request, 'camera.watch', content.cameraId);
  return mayUse ? entry : undefined;
}

function findRecorded(api: PlaybackApi, request: SessionRequest): Session | undefined {
  const content = find(api, request)?.content;
  return content instanceof Session ? content : undefined;
}

function describe({ content, expiresMs }: SessionEntry): PlaybackSession | LiveAnswer {
  return content instanceof Session ? describeRecorded(content, expiresMs) : describeLive(content, expiresMs);
}

export function describeRecorded(session: Session, expiresMs: number): PlaybackSession {
  const { id, range, format, segments, isGrowing } = session;
  return {
    session_id: id,
    camera_id: range.cameraId,
    start_time: iso(range.fromMs),
    end_time: iso(range.toMs),
    format,
    url: `/api/v1/playback/sessions/${id}/playlist.m3u8`,
    expires_at: iso(expiresMs),
    segment_ids: segments.map((_, index) => index),
    growing: isGrowing,
  };
}

function describeLive({ id, cameraId, format, url }: LiveSession, expiresMs: number): LiveAnswer {
  return { session_id: id, camera_id: cameraId, format, url, expires_at: iso(expiresMs) };
}

export function startProblem(
  api: Pick<PlaybackApi, 'cameras'>,
  cameraId: string,
  fault: SessionFault,
): Problem {
  if (fault.kind === 'bad-range') {
    const errors = [{ path: 'end_time', message: fault.message }];
    return { ...problem(400, 'bad-range', fault.message), errors };
  }
  if (fault.kind === 'full') return problem(503, 'too-many-sessions', fault.message);
  if (fault.kind === 'full-of-one') return problem(429, 'too-many-sessions-of-one', fault.message);
  const exists = (id: string): boolean => api.cameras.get(id) !== undefined;
  return noFootage({ exists }, cameraId, fault);
}

function emptyFor(session: Session, index: number, format: SegmentFormat): Uint8Array | undefined {
  const codec = session.codecs[session.segments[index]?.codec ?? 0];
  return emptySegment(codec?.tracks ?? [], format);
}

function sendMade(
  reply: FastifyReply,
  request: FastifyRequest,
  type: string,
  made: Result<MadeSegment, ArchiveFault>,
): FastifyReply {
  if (made.ok) return sendContent(reply, request, { type, caching: keep, ...made.value });
  return sendFault(reply, made.error);
}

function sendEmpty(reply: FastifyReply, type: string, bytes: Uint8Array): FastifyReply {
  reply.headers({ 'cache-control': 'no-store', 'x-damaged': 'true' });
  return reply.type(type).send(Buffer.from(bytes));
}

function sendFault(reply: FastifyReply, fault: ArchiveFault): FastifyReply {
  if (fault.kind === 'gone') return sendProblem(reply, deleted);
  const answer = footageProblem(fault);
  if (answer.status === 503) reply.header('retry-after', '1');
  return sendProblem(reply, answer);
}

function sendPlaylist(reply: FastifyReply, request: FastifyRequest, text: string): FastifyReply {
  const carried = carriedQuery(request);
  const bytes = Buffer.from(carried === undefined ? text : withQuery(text, carried));
  return sendContent(reply, request, { type: playlistType, bytes, etag: hashTag(bytes), caching: noCopy });
}

function sendInit(reply: FastifyReply, request: FastifyRequest, init: Uint8Array | undefined): FastifyReply {
  if (!init) return sendProblem(reply, noFile);
  return sendContent(reply, request, { type: 'video/mp4', bytes: init, etag: hashTag(init), caching: keep });
}

function hashTag(bytes: Uint8Array): string {
  return `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
