/**
 * `/api/v1/clients/{clientId}/uploads`: large clips, resumable, by the protocol tus 1.0.0 (core, creation, termination,
 * expiration). When the last byte is there the answer names the clip, or says why it is none.
 */
import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Upload } from '../../playback/clips/uploads.ts';
import { always, badRequest, missing, tooMany } from '../answers.ts';
import type { ClipsApi } from '../clips.ts';
import { bodyOf, clipTimes, refuseUpload, uploadingClient } from '../clips.ts';
import { ProblemError, problem, sendProblem } from '../problems.ts';
import { takeBodiesAsTheyAre } from './clips.ts';

const version = '1.0.0';
const ofClient = z.object({ clientId: z.string() });
const oneUpload = z.object({ clientId: z.string(), uploadId: z.string() });
const config = { action: 'clip.upload' } as const;
const tags = ['clips'];
const refusals = {
  400: badRequest,
  404: missing,
  409: badRequest,
  412: badRequest,
  413: tooMany,
  415: badRequest,
  422: badRequest,
  423: tooMany,
  429: tooMany,
  503: tooMany,
  507: tooMany,
  ...always,
};
/** A start, an end and a name or two. */
const maxMetadataLength = 4096;

export function clipUploadRoutes(parts: ClipsApi): FastifyPluginAsyncZod {
  return async (app) => {
    takeBodiesAsTheyAre(app);
    app.addHook('onRequest', async (request, reply) => {
      reply.header('tus-resumable', version);
      if (request.method === 'OPTIONS') return;
      await uploadingClient(parts.clients, request);
      if (request.headers['tus-resumable'] !== version) {
        reply.header('tus-version', version);
        throw new ProblemError(problem(412, 'wrong-tus-version', `This server speaks tus ${version}.`));
      }
    });
    await app.register(createRoutes(parts));
    await app.register(continueRoutes(parts));
  };
}

function createRoutes({ uploads, limits }: ClipsApi): FastifyPluginAsyncZod {
  return async (app) => {
    app.options('/clients/:clientId/uploads', {
      config,
      schema: { hide: true, params: ofClient },
      handler: (_request, reply) =>
        reply
          .code(204)
          .headers({
            'tus-version': version,
            'tus-extension': 'creation,termination,expiration',
            'tus-max-size': String(limits.maxUploadBytes),
          })
          .send(),
    });
    app.post('/clients/:clientId/uploads', {
      config,
      schema: {
        tags,
        summary:
          'Begin a resumable upload (tus 1.0.0); Upload-Metadata carries startTime and perhaps endTime',
        params: ofClient,
      },
      handler: async (request, reply) => {
        const lengthBytes = wholeNumber(request.headers['upload-length']);
        if (lengthBytes === undefined) return wrongHeader(reply, 'Upload-Length');
        const metadata = metadataOf(request.headers['upload-metadata']);
        const times = clipTimes(metadata.get('startTime'), metadata.get('endTime'));
        if (!times.ok) return sendProblem(reply, times.error);
        const created = await uploads.create(request.params.clientId, lengthBytes, times.value);
        if (!created.ok) return refuseUpload(reply, created.error);
        const { clientId, id } = created.value;
        return reply
          .code(201)
          .headers({ location: `/api/v1/clients/${clientId}/uploads/${id}`, ...expiry(created.value) })
          .send();
      },
    });
  };
}

function continueRoutes({ uploads }: ClipsApi): FastifyPluginAsyncZod {
  return async (app) => {
    app.route({
      method: 'HEAD',
      url: '/clients/:clientId/uploads/:uploadId',
      config,
      schema: { hide: true, params: oneUpload },
      handler: async (request, reply) => {
        const upload = await uploads.find(request.params.clientId, request.params.uploadId);
        reply.header('cache-control', 'no-store');
        if (!upload) return reply.code(404).send();
        return reply.code(200).headers(standing(upload)).send();
      },
    });
    app.patch('/clients/:clientId/uploads/:uploadId', {
      config,
      schema: {
        tags,
        summary: 'The next bytes of an upload (tus 1.0.0)',
        params: oneUpload,
        response: {
          204: z.undefined().meta({
            description: 'Upload-Offset: what is kept. Content-Location: the clip, once it is whole',
          }),
          ...refusals,
        },
      },
      handler: async (request, reply) => {
        const { clientId, uploadId } = request.params;
        const offset = wholeNumber(request.headers['upload-offset']);
        if (offset === undefined) return wrongHeader(reply, 'Upload-Offset');
        if (request.headers['content-type'] !== 'application/offset+octet-stream') return wrongType(reply);
        const appended = await uploads.append(clientId, uploadId, offset, bodyOf(request));
        if (!appended.ok) return refuseUpload(reply, appended.error);
        const upload = await uploads.find(clientId, uploadId);
        reply.headers(upload ? standing(upload) : { 'upload-offset': String(appended.value.offsetBytes) });
        return reply.code(204).send();
      },
    });
    app.delete('/clients/:clientId/uploads/:uploadId', {
      config,
      schema: {
        tags,
        summary: 'Give an upload up (tus 1.0.0)',
        params: oneUpload,
        response: { 204: z.undefined().meta({ description: 'Deleted' }), ...refusals },
      },
      handler: async (request, reply) => {
        const fault = await uploads.delete(request.params.clientId, request.params.uploadId);
        return fault ? refuseUpload(reply, fault) : reply.code(204).send();
      },
    });
  };
}

/** How far it is; of a whole one, what became of it. */
function standing(upload: Upload): Record<string, string> {
  const { clientId, clipId, fault } = upload;
  return {
    'upload-offset': String(upload.offsetBytes),
    'upload-length': String(upload.lengthBytes),
    ...expiry(upload),
    ...(clipId !== null && { 'content-location': `/api/v1/clients/${clientId}/clips/${clipId}` }),
    ...(fault !== null && { 'upload-fault': encodeURIComponent(fault) }),
  };
}

function expiry({ expiresMs }: Upload): Record<string, string> {
  return { 'upload-expires': new Date(expiresMs).toUTCString() };
}

function wholeNumber(header: string | string[] | undefined): number | undefined {
  if (typeof header !== 'string' || !/^\d{1,15}$/.test(header)) return undefined;
  return Number(header);
}

/** `key base64, key base64`: tus 1.0.0, Upload-Metadata. What is not understood is left out. */
function metadataOf(header: string | string[] | undefined): ReadonlyMap<string, string> {
  const text = typeof header === 'string' && header.length <= maxMetadataLength ? header : '';
  const metadata = new Map<string, string>();
  for (const pair of text.split(',')) {
    const [key = '', value = ''] = pair.trim().split(' ');
    if (key !== '') metadata.set(key, Buffer.from(value, 'base64').toString());
  }
  return metadata;
}

function wrongHeader(reply: FastifyReply, name: string): FastifyReply {
  return sendProblem(
    reply,
    problem(400, 'wrong-header', `${name} is missing, or is no whole number of bytes.`),
  );
}

function wrongType(reply: FastifyReply): FastifyReply {
  const detail = 'Send the bytes with content-type application/offset+octet-stream.';
  return sendProblem(reply, problem(415, 'wrong-type', detail));
}
