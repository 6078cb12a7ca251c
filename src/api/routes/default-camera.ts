/**
 * What users of small camera servers know: one camera, its status, start and stop. Here it is the default camera.
 */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { always, notFound, tooMany } from '../answers.ts';
import type { Camera } from '../contract/cameras.ts';
import type { DefaultCameraStatus } from '../contract/default-camera.ts';
import { defaultCameraSchema } from '../contract/default-camera.ts';
import type { DefaultCamera } from '../default-camera.ts';
import type { Action } from '../policy.ts';
import { notFoundProblem, problem, sendProblem } from '../problems.ts';

const tags = ['media'];

/** @param allowed whether this request's user may do that with that camera. */
export function defaultCameraRoutes(
  defaultCamera: DefaultCamera,
  allowed: (action: Action, camera: string) => boolean,
): FastifyPluginAsyncZod {
  return async (app) => {
    for (const url of ['/live/status', '/camera/status']) {
      app.get(url, {
        config: { action: 'camera.read' },
        schema: {
          tags,
          summary: 'The default camera: the oldest that is switched on',
          response: { 200: defaultCameraSchema, 404: notFound, ...always },
        },
        handler: async (_, reply) => {
          const camera = defaultCamera.current();
          if (!camera || !allowed('camera.read', camera.id)) return sendProblem(reply, noCamera);
          return reply.header('cache-control', 'no-store').send(statusOf(camera));
        },
      });
    }
    for (const [url, enabled, summary] of switches) {
      app.post(url, {
        config: { action: 'camera.change' },
        schema: { tags, summary, response: { 200: defaultCameraSchema, 404: notFound, ...always } },
        handler: async (_, reply) => {
          const turned = await turn(defaultCamera, enabled, allowed);
          return turned ? reply.send(statusOf(turned)) : sendProblem(reply, noCamera);
        },
      });
    }
    for (const url of ['/live/record/start', '/live/record/stop']) {
      app.post(url, {
        config: { action: 'camera.change' },
        schema: {
          tags,
          summary: 'Not there yet: this version does not record',
          response: { 501: tooMany, ...always },
        },
        handler: async (_, reply) => sendProblem(reply, noRecording),
      });
    }
  };
}

const switches = [
  ['/live/start', true, 'Switch the default camera on'],
  ['/live/stop', false, 'Switch the default camera off: it is disconnected, and its viewers with it'],
] as const;

const noCamera = { ...notFoundProblem('default'), detail: 'There is no camera yet.' };
const noRecording = problem(
  501,
  'not-implemented',
  'This version does not record: there is nothing to start or stop.',
);

/** @returns undefined when there is no camera that this user may switch. */
async function turn(
  defaultCamera: DefaultCamera,
  enabled: boolean,
  allowed: (action: Action, camera: string) => boolean,
): Promise<Camera | undefined> {
  const camera = defaultCamera.current();
  if (!camera || !allowed('camera.change', camera.id)) return undefined;
  if (camera.enabled === enabled) return camera;
  const changed = await defaultCamera.switch(camera, enabled);
  return changed.ok ? changed.value : undefined;
}

function statusOf({ id, name, enabled, status }: Camera): DefaultCameraStatus {
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
    recording: false,
    links: { stream: `/live/${id}/stream`, snapshot: `/api/v1/cameras/${id}/snapshot.jpg` },
  };
}
