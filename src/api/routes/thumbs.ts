/**
 * Small pictures of the past: their index, and their packs by byte ranges.
 */
import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { ThumbPack, ThumbPacks } from '../../archive/thumb-packs.ts';
import type { CameraId } from '../../base/ids.ts';
import { unixMs } from '../../base/units.ts';
import { always, badRequest, notFound, tooMany } from '../answers.ts';
import { readRange } from '../byte-range.ts';
import { variesByUser } from '../caching.ts';
import { cameraIdSchema } from '../contract/cameras.ts';
import type { Thumbs } from '../contract/playback.ts';
import { thumbsSchema } from '../contract/playback.ts';
import { footageProblem } from '../footage-problems.ts';
import { momentQuery } from '../moment.ts';
import { showsRange } from '../policy.ts';
import { problem, sendProblem } from '../problems.ts';

const config = { action: 'camera.replay', cameraParam: 'id' } as const;
const answers = { 400: badRequest, 404: notFound, 503: tooMany, ...always };
const binary = z.string().meta({ contentEncoding: 'binary' });
const jpegs = { 'application/octet-stream': { schema: binary } };

const indexSchema = {
  tags: ['playback'],
  summary: 'Small pictures, one every ten seconds: where each is in the packs',
  params: z.object({ id: cameraIdSchema }),
  querystring: z.object({ from: momentQuery, to: momentQuery }),
  response: { 200: thumbsSchema, ...answers },
};

const packSchema = {
  tags: ['playback'],
  summary: 'JPEG files one after another, an hour at most; takes byte ranges',
  params: z.object({ id: cameraIdSchema, pack: z.string().max(120) }),
  response: {
    200: { description: 'The whole pack', content: jpegs },
    206: { description: 'The range', content: jpegs },
    416: badRequest,
    ...answers,
  },
};

const dayLengthMs = 86_400_000;

export function thumbRoutes(packs: Pick<ThumbPacks, 'list' | 'read'>): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/cameras/:id/thumbs', {
      config: { ...config, checksRange: true },
      schema: indexSchema,
      handler: async (request, reply) => {
        const id = request.params.id as CameraId;
        const { from, to } = request.query;
        // The packs themselves hold whole hours: a link of a stretch gets none.
        const found = showsRange(request.principal, from, to) ? await packs.list(id, from, to) : [];
        return reply.header('cache-control', 'private, no-cache').send(indexOf(id, found));
      },
    });

    app.get('/cameras/:id/thumbs/:pack', {
      config,
      schema: packSchema,
      handler: async (request, reply) => {
        const id = request.params.id as CameraId;
        const pack = await findPack(packs, id, request.params.pack);
        if (!pack)
          return sendProblem(reply, problem(404, 'footage-deleted', 'These pictures are not there.'));
        const range = readRange(request.headers.range, pack.bytes);
        reply.headers({
          'accept-ranges': 'bytes',
          'cache-control': 'private, max-age=600',
          vary: variesByUser,
        });
        if (range === 'beyond') {
          reply.header('content-range', `bytes */${pack.bytes}`);
          const words = `There are only ${pack.bytes} bytes.`;
          return sendProblem(reply, problem(416, 'range-not-satisfiable', words));
        }
        const { first, last } = range ?? { first: 0, last: pack.bytes - 1 };
        const read = await packs.read(id, pack.name, first, last + 1);
        if (!read.ok) return sendProblem(reply, footageProblem(read.error));
        if (range) reply.code(206).header('content-range', `bytes ${first}-${last}/${pack.bytes}`);
        return sendBytes(reply, read.value);
      },
    });
  };
}

function sendBytes(reply: FastifyReply, pieces: readonly Uint8Array[]): FastifyReply {
  return reply.type('application/octet-stream').send(Buffer.concat(pieces));
}

/** The day in its name says where to look. */
async function findPack(
  packs: Pick<ThumbPacks, 'list'>,
  id: CameraId,
  name: string,
): Promise<ThumbPack | undefined> {
  const dayMs = Date.parse(name.slice(0, 10));
  if (Number.isNaN(dayMs)) return undefined;
  const day = await packs.list(id, unixMs(dayMs), unixMs(dayMs + dayLengthMs));
  return day.find((pack) => pack.name === name);
}

function indexOf(id: CameraId, packs: readonly ThumbPack[]): Thumbs {
  return {
    packs: packs.map(({ name, bytes, growing, entries }) => {
      let offset = 0;
      const offsets = entries.map(({ sizeBytes }) => (offset += sizeBytes) - sizeBytes);
      return {
        url: `/api/v1/cameras/${id}/thumbs/${name}`,
        fromMs: entries[0]?.captureMs ?? 0,
        bytes,
        growing,
        timesMs: entries.map(({ captureMs }) => captureMs),
        offsets,
        sizes: entries.map(({ sizeBytes }) => sizeBytes),
      };
    }),
  };
}
