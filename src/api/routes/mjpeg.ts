/**
 * `/live/{camera}/stream` and `/live/stream`: Motion JPEG for every `<img>` and every old program.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { cameraOfStream } from '../../hub/stream-id.ts';
import type { MjpegSocket } from '../../outputs/mjpeg/output.ts';
import { sendPictures } from '../../outputs/mjpeg/output.ts';
import { always, badRequest, notFound, tooMany } from '../answers.ts';
import { clientOf } from '../client.ts';
import { cameraIdSchema } from '../contract/cameras.ts';
import type { DefaultCamera } from '../default-camera.ts';
import type { PictureParts } from '../pictures.ts';
import { findStream, noPictureProblem, pictureQuery } from '../pictures.ts';
import { hold } from '../leases.ts';
import { may } from '../policy.ts';
import { notFoundProblem, sendProblem } from '../problems.ts';
import { shownProblem } from '../shown.ts';

const query = z.object({
  ...pictureQuery,
  fps: z.coerce
    .number()
    .int()
    .min(1)
    .max(60)
    .default(10)
    .meta({ description: 'Pictures a second, at most; never more than the stream has' }),
});
type Query = z.infer<typeof query>;

const schema = {
  tags: ['media'],
  querystring: query,
  response: {
    200: {
      description:
        'JPEG files as they are made, for as long as the connection lives. Each part has Content-Type, ' +
        'Content-Length and X-Timestamp (capture, seconds since 1970). A slow client gets fewer',
      content: { 'multipart/x-mixed-replace': { schema: z.string().meta({ contentEncoding: 'binary' }) } },
    },
    400: badRequest,
    404: notFound,
    501: tooMany,
    503: tooMany,
    ...always,
  },
};

export function mjpegRoutes(
  parts: PictureParts,
  defaultCamera: Pick<DefaultCamera, 'current'>,
): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/live/:camera/stream', {
      config: { action: 'camera.watch', cameraParam: 'camera' },
      schema: {
        ...schema,
        summary: 'Live pictures of a camera as Motion JPEG',
        params: z.object({ camera: cameraIdSchema }),
      },
      handler: async (request, reply) => show(parts, request.params.camera, request.query, request, reply),
    });
    app.get('/live/stream', {
      config: { action: 'camera.watch' },
      schema: { ...schema, summary: 'Live pictures of the default camera as Motion JPEG' },
      handler: async (request, reply) => {
        const camera = defaultCamera.current(request.principal)?.id;
        if (camera === undefined || !may(request, 'camera.watch', camera))
          return sendProblem(reply, notFoundProblem('default'));
        return show(parts, camera, request.query, request, reply);
      },
    });
  };
}

async function show(
  parts: PictureParts,
  camera: string,
  { width, quality, fps, source }: Query,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const stream = findStream(parts, camera, source);
  if (!stream.ok) return sendProblem(reply, stream.error);
  if (request.method === 'HEAD') return reply.type('multipart/x-mixed-replace').send();
  const options = { widthPixels: width, quality, framesPerSecond: fps };
  const lease = hold(request, {
    action: 'camera.watch',
    cameraId: cameraOfStream(camera) ?? camera,
    end: () => reply.raw.destroy(),
  });
  reply.raw.once('close', () => lease.leave());
  const { clock, pictures } = parts;
  const watch = pictures.watch.bind(pictures);
  const sent = await sendPictures({ clock, watch }, stream.value, options, adapted(request, reply));
  if (!sent.ok) {
    const why = noPictureProblem(stream.value, sent.error);
    return sendProblem(reply, shownProblem(request, camera, why));
  }
  // A client that left before its first picture gets no answer at all.
  if (!reply.sent) reply.hijack();
  return reply;
}

function adapted(request: FastifyRequest, reply: FastifyReply): MjpegSocket {
  const response = reply.raw;
  return {
    address: clientOf(request).address,
    client: request.headers['user-agent'] ?? '',
    begin: (contentType) => {
      reply.header('content-type', contentType);
      reply.headers({ 'cache-control': 'no-store', connection: 'close', 'x-accel-buffering': 'no' });
      reply.hijack();
      // Old programs know no chunks: the answer simply ends with its connection.
      response.removeHeader('transfer-encoding');
      for (const [name, value] of Object.entries(reply.getHeaders())) {
        if (value !== undefined) response.setHeader(name, value);
      }
      response.writeHead(200);
    },
    write: (head, body, tail, taken) => {
      response.cork();
      response.write(head, 'latin1');
      response.write(body);
      response.write(tail, 'latin1', taken);
      response.uncork();
    },
    end: () => void response.end(),
    onClose: (run) => void response.once('close', run),
  };
}
