/**
 * `/api/v1/cameras/{id}/recording`: whether and why a camera is recorded, start and stop by hand; `…/trigger`:
 * something happened there.
 */
import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { CameraId } from '../../base/ids.ts';
import type { RecordingReport, Recordings } from '../../recording/recordings.ts';
import { always, badRequest, notFound } from '../answers.ts';
import { noteForAudit } from '../audit.ts';
import { cameraIdSchema } from '../contract/cameras.ts';
import type { RecordingStatus } from '../contract/recording.ts';
import {
  recordingCommandSchema,
  recordingStatusSchema,
  triggeredSchema,
  triggerSchema,
} from '../contract/recording.ts';
import { notFoundProblem, sendProblem } from '../problems.ts';
import { recordingStatus } from '../recording-status.ts';
import { reducedRecording, seesAll } from '../shown.ts';

export type RecordingControl = Pick<Recordings, 'report' | 'begin' | 'stop' | 'trigger'>;

type CameraRequest = FastifyRequest<{ Params: { id: string } }>;

const params = z.object({ id: cameraIdSchema });
const tags = ['recording'];
const answers = { 400: badRequest, 404: notFound, ...always };
const withBody = { 413: badRequest, 415: badRequest };

export function recordingRoutes(recordings: RecordingControl): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/cameras/:id/recording', {
      config: { action: 'camera.read', cameraParam: 'id' },
      schema: {
        tags,
        summary: 'Whether a camera is recorded, why, and where its frames went',
        params,
        response: { 200: recordingStatusSchema, ...answers },
      },
      handler: async (request, reply) => {
        const report = recordings.report(request.params.id as CameraId);
        if (!report) return sendProblem(reply, notFoundProblem(request.params.id));
        return reply.header('cache-control', 'no-store').send(shown(request, report));
      },
    });
    app.post('/cameras/:id/recording', {
      config: { action: 'camera.record', cameraParam: 'id' },
      schema: {
        tags,
        summary:
          'Start recording, whatever the policy; or stop what was started. What the policy wants goes on',
        params,
        body: recordingCommandSchema,
        response: { 200: recordingStatusSchema, ...answers, ...withBody },
      },
      handler: async (request, reply) => {
        const report = obey(recordings, request.params.id as CameraId, request.body);
        if (!report) return sendProblem(reply, notFoundProblem(request.params.id));
        noteForAudit(request, { detail: request.body.action === 'start' ? 'started' : 'stopped' });
        return reply.send(shown(request, report));
      },
    });
    app.post('/cameras/:id/trigger', {
      config: { action: 'camera.record', cameraParam: 'id' },
      schema: {
        tags,
        summary: 'Something happened: an event on the timeline; in the mode `event` it is recorded',
        params,
        body: triggerSchema,
        response: { 200: triggeredSchema, ...answers, ...withBody },
      },
      handler: async (request, reply) => {
        const { kind, label, durationSeconds } = request.body;
        const input = { kind, label, durationMs: durationSeconds * 1000 };
        const event = recordings.trigger(request.params.id as CameraId, input);
        if (!event) return sendProblem(reply, notFoundProblem(request.params.id));
        noteForAudit(request, { detail: `${kind} ${label}`.trim() });
        const { id, startMs, endMs } = event;
        return reply.send({ id, startMs, endMs: endMs ?? startMs, kind: event.kind, label: event.label });
      },
    });
  };
}

function shown(request: CameraRequest, report: RecordingReport): RecordingStatus {
  const status = recordingStatus(report);
  return seesAll(request.principal, request.params.id) ? status : reducedRecording(status);
}

function obey(
  recordings: RecordingControl,
  id: CameraId,
  command: z.infer<typeof recordingCommandSchema>,
): ReturnType<RecordingControl['report']> {
  if (command.action === 'stop') return recordings.stop(id);
  const { durationSeconds, label } = command;
  return recordings.begin(id, durationSeconds === undefined ? null : durationSeconds * 1000, label);
}
