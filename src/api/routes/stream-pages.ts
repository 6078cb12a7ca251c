/**
 * `/stream`: clips of remote clients as people and players watch them. Pages, playlists, segments.
 */
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { StoredClip } from '../../database/clips.ts';
import { momentMs } from '../../playback/clips/moment.ts';
import { partCount } from '../../playback/clips/parts.ts';
import type { ReadySegments } from '../../playback/clips/ready-segments.ts';
import type { Replay } from '../../playback/clips/viewing.ts';
import type { ClipViewings, ViewingFault } from '../../playback/clips/viewings.ts';
import { always, badRequest, missing, tooMany } from '../answers.ts';
import type { ClipsApi } from '../clips.ts';
import { problem, sendProblem } from '../problems.ts';
import { choosePage, playerPage } from '../stream-html.ts';
import { noClient } from './clients.ts';

export interface StreamPagesParts extends Pick<ClipsApi, 'clients' | 'store'> {
  readonly viewings: ClipViewings;
  readonly segments: ReadySegments;
  readonly nowMs: () => number;
}

const config = { action: 'clip.watch' } as const;
const ofClient = z.object({ clientId: z.string() });
const tags = ['clips'];
const playlistType = 'application/vnd.apple.mpegurl';

export function streamPages(parts: StreamPagesParts): FastifyPluginAsyncZod {
  return async (app) => {
    await app.register(pages(parts));
    await app.register(playlists(parts));
    await app.register(segmentRoute(parts));
  };
}

function pages({ clients, store, nowMs }: StreamPagesParts): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/stream', {
      config,
      schema: {
        hide: true,
        querystring: z.object({ client: z.string().optional(), refTime: z.string().optional() }),
      },
      handler: async (request, reply) => {
        const { client, refTime = '' } = request.query;
        if (client !== undefined) {
          const refMs = pageMoment(refTime);
          const query = refMs === undefined ? '' : `?refTime=${new Date(refMs).toISOString()}`;
          return reply.redirect(`/stream/${encodeURIComponent(client)}${query}`, 303);
        }
        const listed = await Promise.all(
          (await clients.list()).map(async ({ id, name }) => ({
            id,
            name,
            latestMs: await store.latestMs(id),
          })),
        );
        return sendPage(reply, choosePage(listed));
      },
    });
    app.get('/stream/:clientId', {
      config,
      schema: { hide: true, params: ofClient, querystring: z.object({ refTime: z.string().optional() }) },
      handler: async (request, reply) => {
        const client = await clients.find(request.params.clientId);
        if (!client) return noClient(reply);
        return sendPage(reply, playerPage(client, pageMoment(request.query.refTime ?? ''), nowMs()));
      },
    });
  };
}

function playlists({ clients, viewings, nowMs }: StreamPagesParts): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/stream/:clientId/playlist.m3u8', {
      config,
      schema: {
        tags,
        summary: 'Clips as a live playlist: from refTime in real time, or following new ones as they arrive',
        params: ofClient,
        querystring: z.object({
          startTime: z
            .string()
            .optional()
            .meta({ description: 'When watching began: then refTime was shown' }),
          refTime: z
            .string()
            .optional()
            .meta({ description: 'A moment of the past; absent: new clips are followed' }),
        }),
        response: {
          200: { description: 'HLS', content: { [playlistType]: { schema: z.string() } } },
          400: badRequest,
          404: missing,
          503: tooMany,
          ...always,
        },
      },
      handler: async (request, reply) => {
        const { clientId } = request.params;
        const { startTime, refTime } = request.query;
        if (!(await clients.find(clientId))) return noClient(reply);
        if (refTime !== undefined && startTime === undefined) {
          const refMs = momentMs(refTime);
          return refMs === undefined
            ? wrongMoment(reply, 'refTime')
            : sendPlaylist(reply, beginning(nowMs(), refMs));
        }
        const replay = replayOf(startTime, refTime);
        if (typeof replay === 'string') return wrongMoment(reply, replay);
        const playlist = await viewings.playlist(clientId, replay);
        return playlist.ok ? sendPlaylist(reply, playlist.value) : refuse(reply, playlist.error);
      },
    });
  };
}

function segmentRoute({ store, segments }: StreamPagesParts): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/stream/:clientId/segments/:name', {
      config,
      schema: {
        tags,
        summary:
          'A clip as it is shown (`{clipId}` or `{clipId}.ts`), or a part of a long one (`{clipId}.{part}.ts`)',
        params: z.object({ clientId: z.string(), name: z.string() }),
        response: {
          200: {
            description: 'MPEG-TS',
            content: { 'video/mp2t': { schema: z.string().meta({ contentEncoding: 'binary' }) } },
          },
          404: missing,
          503: tooMany,
          ...always,
        },
      },
      handler: async (request, reply) => {
        const { clientId, name } = request.params;
        const [, id, part] = /^(clip_[0-9a-z]{16})(?:\.(\d{1,6}))?(?:\.ts)?$/.exec(name) ?? [];
        const clip = id === undefined ? undefined : await store.find(clientId, id);
        const count = clip ? partCount(clip.endMs - clip.startMs) : 0;
        if (!clip || Number(part ?? 0) >= count) return noSegment(reply, 'There is no such clip.');
        const first = Number(part ?? 0);
        return sendParts(reply, segments, clip, { first, end: part === undefined ? count : first + 1 });
      },
    });
  };
}

/** The first part decides whether there is an answer; of a clip of many parts each is made when the one before was sent. */
async function sendParts(
  reply: FastifyReply,
  segments: ReadySegments,
  clip: StoredClip,
  { first, end }: { readonly first: number; readonly end: number },
): Promise<FastifyReply> {
  const made = await segments.get(clip, first);
  if (!made.ok) {
    if (made.error.kind === 'unavailable')
      return refuse(reply, { kind: 'unavailable', message: made.error.message });
    return noSegment(reply, made.error.message);
  }
  // Not kept by browsers: what is deleted here shall be gone there too.
  reply.type('video/mp2t').header('cache-control', 'no-store');
  if (end - first === 1)
    return reply.send(
      Buffer.from(made.value.bytes.buffer, made.value.bytes.byteOffset, made.value.bytes.length),
    );
  return reply.send(Readable.from(allParts(segments, clip, end)));
}

async function* allParts(segments: ReadySegments, clip: StoredClip, end: number): AsyncGenerator<Uint8Array> {
  for (let part = 0; part < end; part += 1) {
    const made = await segments.get(clip, part);
    if (!made.ok) return;
    yield made.value.bytes;
  }
}

/** Its one variant carries the moment at which watching began, so that the playlist advances for whoever reads it again. */
function beginning(nowMs: number, refMs: number): string {
  const query = `startTime=${Math.round(nowMs)}&refTime=${refMs}`;
  return `#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-STREAM-INF:BANDWIDTH=1500000\nplaylist.m3u8?${query}\n`;
}

/** A name instead of a replay: that of the wrong field. Without `refTime` it does not matter when watching began. */
function replayOf(
  startTime: string | undefined,
  refTime: string | undefined,
): Replay | undefined | 'startTime' | 'refTime' {
  const startMs = startTime === undefined ? undefined : momentMs(startTime);
  if (startTime !== undefined && startMs === undefined) return 'startTime';
  const refMs = refTime === undefined ? undefined : momentMs(refTime);
  if (refTime !== undefined && refMs === undefined) return 'refTime';
  return startMs === undefined || refMs === undefined ? undefined : { startMs, refMs };
}

/** A form without a script sends a time without a zone: the server's is meant. */
function pageMoment(text: string): number | undefined {
  const local = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(local) ? momentMs(text) : local;
}

function sendPage(reply: FastifyReply, html: string): FastifyReply {
  return reply.type('text/html; charset=utf-8').header('cache-control', 'no-store').send(html);
}

function sendPlaylist(reply: FastifyReply, text: string): FastifyReply {
  return reply.type(playlistType).header('cache-control', 'no-store').serializer(String).send(text);
}

function wrongMoment(reply: FastifyReply, field: string): FastifyReply {
  const detail = `${field} is no moment: send Unix seconds, Unix milliseconds or ISO 8601 with a time zone.`;
  return sendProblem(reply, problem(400, 'wrong-moment', detail));
}

function refuse(reply: FastifyReply, { kind, message, beforeMs, afterMs }: ViewingFault): FastifyReply {
  if (kind !== 'no-footage') {
    reply.header('retry-after', '5');
    return sendProblem(
      reply,
      problem(503, kind === 'busy' ? 'too-many-playlists' : 'clips-unavailable', message),
    );
  }
  const near = { ...(beforeMs !== undefined && { beforeMs }), ...(afterMs !== undefined && { afterMs }) };
  return sendProblem(reply, { ...problem(404, 'no-footage', message), ...near });
}

function noSegment(reply: FastifyReply, detail: string): FastifyReply {
  return sendProblem(reply, problem(404, 'segment-not-found', detail));
}
