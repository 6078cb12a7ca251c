/**
 * `/api/v1/cameras/{id}/snapshot.jpg`: the last keyframe of a camera as a JPEG file.
 */
import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { ok } from '../../base/result.ts';
import type { Result } from '../../base/result.ts';
import type { Picture, PictureFault, PictureOptions } from '../../hub/pictures.ts';
import type { Stream } from '../../hub/stream.ts';
import { always, badRequest, notFound, tooMany } from '../answers.ts';
import { cameraIdSchema } from '../contract/cameras.ts';
import type { PictureParts } from '../pictures.ts';
import { findStream, noPictureProblem, pictureQuery } from '../pictures.ts';
import { sendProblem } from '../problems.ts';
import { shownProblem } from '../shown.ts';

const query = z.object({
  ...pictureQuery,
  stale: z.enum(['allow', 'refuse']).default('refuse').meta({
    description: 'allow: of a camera that is away, the last picture there was, marked X-Stale: true',
  }),
});

const schema = {
  tags: ['media'],
  summary: 'The last keyframe as a JPEG file; a camera that connects on demand is connected for it',
  params: z.object({ id: cameraIdSchema }),
  querystring: query,
  response: {
    200: {
      description:
        'The picture. X-Capture-Time: when it was taken (ISO 8601). ETag and Last-Modified belong to its keyframe',
      content: { 'image/jpeg': { schema: z.string().meta({ contentEncoding: 'binary' }) } },
    },
    304: z.undefined().meta({ description: 'The same picture as before' }),
    400: badRequest,
    404: notFound,
    501: tooMany,
    503: tooMany,
    ...always,
  },
};

interface Snapshot {
  readonly picture: Picture;
  /** The camera is away. */
  readonly stale: boolean;
}

export function snapshotRoutes(parts: PictureParts): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/cameras/:id/snapshot.jpg', {
      config: { action: 'camera.watch', cameraParam: 'id' },
      schema,
      handler: async (request, reply) => {
        const { width, quality, source, stale } = request.query;
        const stream = findStream(parts, request.params.id, source);
        if (!stream.ok) return sendProblem(reply, stream.error);
        const options = { widthPixels: width, quality };
        const taken = await take(parts, stream.value, options, stale === 'allow');
        if (!taken.ok) {
          const why = noPictureProblem(stream.value, taken.error);
          return sendProblem(reply, shownProblem(request, request.params.id, why));
        }
        return send(reply, taken.value, options, request.headers);
      },
    });
  };
}

async function take(
  { pictures }: PictureParts,
  stream: Stream,
  options: PictureOptions,
  staleAllowed: boolean,
): Promise<Result<Snapshot, PictureFault>> {
  const fresh = await pictures.still(stream, options);
  if (fresh.ok) return ok({ picture: fresh.value, stale: false });
  if (!staleAllowed || fresh.error.kind !== 'no-picture') return fresh;
  const last = await pictures.lastStill(stream, options);
  // What keeps the camera away says more than that there is no old picture either.
  if (!last.ok) return last.error.kind === 'no-picture' ? fresh : last;
  return ok({ picture: last.value, stale: true });
}

interface Conditions {
  readonly 'if-none-match'?: string | undefined;
  readonly 'if-modified-since'?: string | undefined;
}

function send(
  reply: FastifyReply,
  { picture, stale }: Snapshot,
  { quality }: PictureOptions,
  conditions: Conditions,
): FastifyReply {
  const { captureMs, widthPixels, bytes } = picture;
  const etag = `"${captureMs.toString(36)}-${widthPixels}-${quality}"`;
  reply.headers({
    'cache-control': 'private, no-cache',
    etag,
    'last-modified': new Date(captureMs).toUTCString(),
    'x-capture-time': new Date(captureMs).toISOString(),
    ...(stale && { 'x-stale': 'true' }),
  });
  if (isUnchanged(conditions, etag, captureMs)) return reply.code(304).send();
  return reply.type('image/jpeg').send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
}

/** RFC 9110, 13.1: the entity tag decides where there is one. */
function isUnchanged(conditions: Conditions, etag: string, captureMs: number): boolean {
  const tags = conditions['if-none-match'];
  if (tags !== undefined) {
    return tags.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag);
  }
  const sinceMs = Date.parse(conditions['if-modified-since'] ?? '');
  return Math.floor(captureMs / 1000) * 1000 <= sinceMs;
}
