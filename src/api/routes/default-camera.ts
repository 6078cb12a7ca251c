/**
 * What users of small camera servers know: one camera, its status, start and stop. Here it is the default camera.
 */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { CameraId } from '../../base/ids.ts';
import { always, badRequest, notFound } from '../answers.ts';
import { noteForAudit } from '../audit.ts';
import type { Camera } from '../contract/cameras.ts';
import type { DefaultCameraStatus } from '../contract/default-camera.ts';
import { defaultCameraSchema, liveStartSchema } from '../contract/default-camera.ts';
import type { DefaultCamera } from '../default-camera.ts';
import type { FastifyRequest } from 'fastify';
import { may } from '../policy.ts';
import { ProblemError, problem, sendProblem } from '../problems.ts';
import { shownCamera } from '../shown.ts';
import { liveRecordRoutes, noCamera } from './live-record.ts';
import type { RecordingControl } from './recording.ts';

const tags = ['media'];

export function defaultCameraRoutes(
  defaultCamera: DefaultCamera,
  recordings: RecordingControl,
): FastifyPluginAsyncZod {
  return async (app) => {
    for (const url of ['/live/status', '/camera/status']) {
      app.get(url, {
        config: { action: 'camera.read' },
        schema: {
          tags,
          summary: 'The default camera: the oldest that is switched on, of those that one may see',
          response: { 200: defaultCameraSchema, 404: notFound, ...always },
        },
        handler: async (request, reply) => {
          const camera = defaultCamera.current(request.principal);
          if (!camera) return sendProblem(reply, noCamera);
          const shown = shownCamera(request.principal, camera);
          return reply.header('cache-control', 'no-store').send(statusOf(shown));
        },
      });
    }
    app.post('/live/start', {
      config: { action: 'camera.change' },
      schema: {
        tags,
        summary: 'Switch the default camera on; with record_duration it is recorded as well',
        querystring: liveStartSchema,
        body: liveStartSchema.nullish(),
        response: { 200: defaultCameraSchema, 400: badRequest, 404: notFound, ...always },
      },
      handler: async (request, reply) => {
        const turned = await turn(defaultCamera, true, request);
        if (!turned) return sendProblem(reply, noCamera);
        const seconds = request.body?.record_duration ?? request.query.record_duration;
        if (seconds !== undefined && may(request, 'camera.record', turned.id))
          recordings.begin(turned.id as CameraId, seconds * 1000, '');
        return reply.send(statusOf(defaultCamera.current(request.principal) ?? turned));
      },
    });
    app.post('/live/stop', {
      config: { action: 'camera.change' },
      schema: {
        tags,
        summary: 'Switch the default camera off: it is disconnected, and its viewers with it',
        response: { 200: defaultCameraSchema, 404: notFound, ...always },
      },
      handler: async (request, reply) => {
        const turned = await turn(defaultCamera, false, request);
        return turned ? reply.send(statusOf(turned)) : sendProblem(reply, noCamera);
      },
    });
    await app.register(liveRecordRoutes(defaultCamera, recordings));
  };
}

/** @returns undefined when there is no camera that this user may switch. */
async function turn(
  defaultCamera: DefaultCamera,
  enabled: boolean,
  request: FastifyRequest,
): Promise<Camera | undefined> {
  const camera = defaultCamera.current(request.principal);
  if (!camera || !may(request, 'camera.change', camera.id)) return undefined;
  noteForAudit(request, { cameraId: camera.id, detail: enabled ? 'switched on' : 'switched off' });
  if (camera.enabled === enabled) return camera;
  const changed = await defaultCamera.switch(camera, enabled);
  if (changed.ok) return changed.value;
  if (changed.error.kind === 'managed')
    throw new ProblemError(problem(409, 'managed', changed.error.message));
  return undefined;
}

function statusOf({ id, name, enabled, status, recordingState }: Camera): DefaultCameraStatus {
  const { state, reason, sinceMs, lastPictureMs, stats } = status;
  const video = status.tracks.find(({ kind }) => kind === 'video');
  const size = video?.width && video.height ? { width: video.width, height: video.height } : null;
  return {
    camera: id,
    name,
    enabled,
    state,
    reason,
    sinceMs,
    streaming: state === 'live',
    fps: stats.framesPerSecond,
    resolution: size,
    codec: video?.codec ?? null,
    bitrateBps: stats.bitrateBps,
    clients: stats.viewers,
    mjpegClients: stats.viewersByOutput.mjpeg,
    framesDropped: stats.unitsDropped,
    errors: stats.errors,
    uptimeSeconds: stats.uptimeSeconds,
    lastPictureMs,
    recording: recordingState === 'recording',
    links: { stream: `/live/${id}/stream`, snapshot: `/api/v1/cameras/${id}/snapshot.jpg` },
  };
}
