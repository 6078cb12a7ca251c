/**
 * `POST /api/v1/cameras/import`: cameras out of the configuration file of another server. A dry run tells what would be
 * made, without passwords; the same file twice doubles no camera.
 */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { always, badRequest, tooMany } from '../answers.ts';
import type { CameraService } from '../camera-service.ts';
import type { ImportReport, ImportRequest, ProvisionReport } from '../contract/provisioning.ts';
import { importReportSchema, importRequestSchema, maxImportLength } from '../contract/provisioning.ts';
import type { Imported } from '../import/import.ts';
import { importInThread } from '../import/import-thread.ts';
import { problem, sendProblem } from '../problems.ts';
import { shownSource } from '../source-credentials.ts';
import { auditProvisioning, refuseProvisioning } from './provisioning.ts';

/** A file as JSON text, where each character may be escaped, and the values of its placeholders. */
const maxImportBytes = 6 * maxImportLength + 256 * 1024;

export function importRoutes(cameras: Pick<CameraService, 'provision'>): FastifyPluginAsyncZod {
  return async (app) => {
    app.post('/cameras/import', {
      config: { action: 'camera.create' },
      bodyLimit: maxImportBytes,
      schema: {
        tags: ['cameras'],
        summary: 'Take over the cameras of a go2rtc, MediaMTX or Frigate configuration file',
        body: importRequestSchema,
        response: {
          200: importReportSchema,
          400: badRequest,
          409: tooMany,
          413: badRequest,
          415: badRequest,
          ...always,
        },
      },
      handler: async (request, reply) => {
        const { dryRun } = request.body;
        const read = await importInThread(request.body);
        if (!read.ok) return sendProblem(reply, problem(400, 'not-importable', read.error));
        const wanted = chosen(read.value, request.body);
        const done = await cameras.provision({ cameras: wanted, prune: false, confirm: false, dryRun });
        if (!done.ok) return refuseProvisioning(reply, done.error);
        auditProvisioning(request, done.value, `${read.value.format} file`);
        return reply.send(reportOf(read.value, wanted, done.value));
      },
    });
  };
}

function chosen({ cameras }: Imported, { only }: ImportRequest): Imported['cameras'][number][] {
  const wanted = only && new Set(only);
  return cameras.filter(({ externalId }) => wanted?.has(externalId) ?? true);
}

function reportOf(
  { format, notes, missing }: Imported,
  wanted: Imported['cameras'],
  report: ProvisionReport,
): ImportReport {
  const cameras = report.cameras.flatMap((told, index) => {
    const camera = wanted[index];
    if (!camera) return [];
    const source = shownSource(camera.source);
    const address = source.kind === 'rtsp' ? source.url : '';
    const recording = camera.recording?.mode ?? 'off';
    return [{ ...told, address, hasSub: camera.sub !== undefined && camera.sub !== null, recording }];
  });
  return { ...report, cameras, format, notes: [...notes], missing: [...missing] };
}
