/**
 * `/live/record/start`, `stop` and `status`: the recording of the default camera, for users of small camera servers.
 */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import type { CameraId } from '../../base/ids.ts';
import { always, badRequest, notFound } from '../answers.ts';
import { noteForAudit } from '../audit.ts';
import { liveRecordSchema, liveRecordingSchema } from '../contract/default-camera.ts';
import type { DefaultCamera } from '../default-camera.ts';
import type { FastifyRequest } from 'fastify';
import type { Action } from '../policy.ts';
import { may } from '../policy.ts';
import { notFoundProblem, sendProblem } from '../problems.ts';
import type { RecordingControl } from './recording.ts';

export const noCamera = { ...notFoundProblem('default'), detail: 'There is no camera yet.' };

const tags = ['recording'];
const response = { 200: liveRecordingSchema, 400: badRequest, 404: notFound, ...always };

export function liveRecordRoutes(
  defaultCamera: Pick<DefaultCamera, 'current'>,
  recordings: RecordingControl,
): FastifyPluginAsyncZod {
  const meant = (request: FastifyRequest, action: Action): CameraId | undefined => {
    const camera = defaultCamera.current(request.principal);
    return camera && may(request, action, camera.id) ? (camera.id as CameraId) : undefined;
  };
  return async (app) => {
    app.get('/live/record/status', {
      config: { action: 'camera.read' },
      schema: { tags, summary: 'Whether the default camera is recorded', response },
      handler: async (request, reply) => {
        const id = meant(request, 'camera.read');
        const report = id && recordings.report(id);
        if (!report) return sendProblem(reply, noCamera);
        return reply.header('cache-control', 'no-store').send(shown(id, report));
      },
    });
    app.post('/live/record/start', {
      config: { action: 'camera.record' },
      schema: {
        tags,
        summary: 'Record the default camera, for a time or until stopped',
        querystring: liveRecordSchema,
        body: liveRecordSchema.nullish(),
        response,
      },
      handler: async (request, reply) => {
        const { duration, record_duration: other } = { ...request.query, ...request.body };
        const seconds = duration ?? other;
        const id = meant(request, 'camera.record');
        const report = id && recordings.begin(id, seconds === undefined ? null : seconds * 1000, '');
        if (!report) return sendProblem(reply, noCamera);
        noteForAudit(request, { cameraId: id, detail: 'started' });
        return reply.send(shown(id, report));
      },
    });
    app.post('/live/record/stop', {
      config: { action: 'camera.record' },
      schema: { tags, summary: 'Stop what was started; what the policy wants goes on', response },
      handler: async (request, reply) => {
        const id = meant(request, 'camera.record');
        const report = id && recordings.stop(id);
        if (!report) return sendProblem(reply, noCamera);
        noteForAudit(request, { cameraId: id, detail: 'stopped' });
        return reply.send(shown(id, report));
      },
    });
  };
}

type Report = NonNullable<ReturnType<RecordingControl['report']>>;

function shown(camera: CameraId, report: Report): z.infer<typeof liveRecordingSchema> {
  const { state, reason, sinceMs, untilMs, remainingMs } = report;
  const remainingSeconds = remainingMs === null ? null : Math.ceil(remainingMs / 1000);
  return { camera, recording: state === 'recording', state, reason, sinceMs, untilMs, remainingSeconds };
}
