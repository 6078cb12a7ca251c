/**
 * Pictures of the past: `/api/v1/cameras/{id}/frame.jpg`, `/keyframe`. What thumbs are is in `thumbs.ts`.
 */
import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { CameraId } from '../../base/ids.ts';
import { writeAvcC } from '../../media/codec/h264/config.ts';
import { writeHvcC } from '../../media/codec/h265/config.ts';
import { joinLengthPrefixed } from '../../media/codec/nal-units.ts';
import type { VideoConfig } from '../../media/track.ts';
import type { Frames } from '../../playback/frames.ts';
import { always, badRequest, notFound, tooMany } from '../answers.ts';
import { cameraIdSchema } from '../contract/cameras.ts';
import { noFootage } from '../footage-problems.ts';
import { variesByUser } from '../caching.ts';
import { momentQuery } from '../moment.ts';
import { pictureQuery } from '../pictures.ts';
import { showsRange } from '../policy.ts';
import { notFoundProblem, sendProblem } from '../problems.ts';

export interface ScrubParts {
  readonly frames: Pick<Frames, 'picture' | 'keyframe'>;
  readonly exists: (cameraId: string) => boolean;
}

const common = { tags: ['playback'], params: z.object({ id: cameraIdSchema }) };
const binary = z.string().meta({ contentEncoding: 'binary' });
const answers = { 400: badRequest, 404: notFound, 503: tooMany, ...always };
const config = { action: 'camera.replay', cameraParam: 'id', checksRange: true } as const;

const frameSchema = {
  ...common,
  summary: 'A recorded picture as a JPEG file',
  querystring: z.object({
    at: momentQuery,
    width: pictureQuery.width,
    quality: pictureQuery.quality,
    exact: z.enum(['true', 'false']).default('true').meta({
      description: 'false: the keyframe at or before the moment, which is quicker',
    }),
  }),
  response: {
    200: {
      description: 'The picture; X-Capture-Time says when it was taken (ISO 8601)',
      content: { 'image/jpeg': { schema: binary } },
    },
    501: tooMany,
    ...answers,
  },
};

const keyframeSchema = {
  ...common,
  summary: 'The recorded keyframe at or before a moment, as it is stored, with its configuration',
  querystring: z.object({ at: momentQuery }),
  response: {
    200: {
      description:
        'NAL units, each after its length (32 bits). X-Codec: RFC 6381; X-Codec-Description: avcC or hvcC as ' +
        'base64; X-Width, X-Height; X-Capture-Time: ISO 8601',
      content: { 'application/octet-stream': { schema: binary } },
    },
    ...answers,
  },
};

/** Recorded pictures do not change, but they may be deleted. */
const caching = { 'cache-control': 'private, max-age=600', vary: variesByUser };

export function scrubRoutes(parts: ScrubParts): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/cameras/:id/frame.jpg', {
      config,
      schema: frameSchema,
      handler: async (request, reply) => {
        const { at, width, quality, exact } = request.query;
        const id = request.params.id as CameraId;
        if (!showsRange(request.principal, at, at)) return sendProblem(reply, notFoundProblem(id));
        const options = { widthPixels: width, quality };
        const signal = abortedWith(reply);
        const picture = await parts.frames.picture(id, at, exact === 'true', options, signal);
        if (!picture.ok) return sendProblem(reply, noFootage(parts, id, picture.error));
        reply.headers({ 'x-capture-time': new Date(picture.value.captureMs).toISOString() });
        return sendBytes(reply, 'image/jpeg', [picture.value.bytes]);
      },
    });

    app.get('/cameras/:id/keyframe', {
      config,
      schema: keyframeSchema,
      handler: async (request, reply) => {
        const id = request.params.id as CameraId;
        const { at } = request.query;
        if (!showsRange(request.principal, at, at)) return sendProblem(reply, notFoundProblem(id));
        const found = await parts.frames.keyframe(id, at);
        if (!found.ok) return sendProblem(reply, noFootage(parts, id, found.error));
        const { track, wanted } = found.value;
        reply.headers({
          'x-capture-time': new Date(wanted.wallMs).toISOString(),
          ...codecHeaders(track.codec),
        });
        const pieces = track.codec.kind === 'mjpeg' ? wanted.nals : [joinLengthPrefixed(wanted.nals)];
        return sendBytes(reply, 'application/octet-stream', pieces);
      },
    });
  };
}

/** Whoever drags the pointer on does not want the picture any more. */
function abortedWith(reply: FastifyReply): AbortSignal {
  const abort = new AbortController();
  // Of the answer, not of the connection: that one lives on and would gather a listener for each picture.
  reply.raw.once('close', () => abort.abort());
  return abort.signal;
}

function sendBytes(reply: FastifyReply, type: string, pieces: readonly Uint8Array[]): FastifyReply {
  const [only] = pieces;
  const body =
    only && pieces.length === 1
      ? Buffer.from(only.buffer, only.byteOffset, only.length)
      : Buffer.concat(pieces);
  return reply.headers(caching).type(type).send(body);
}

function codecHeaders(codec: VideoConfig): Record<string, string | number> {
  const size = { 'x-width': codec.widthPixels, 'x-height': codec.heightPixels };
  if (codec.kind === 'mjpeg') return { 'x-codec': 'mjpeg', ...size };
  const description = codec.kind === 'h264' ? writeAvcC(codec) : writeHvcC(codec);
  return {
    'x-codec': codec.codecString,
    'x-codec-description': Buffer.from(description).toString('base64'),
    ...size,
  };
}
