/**
 * `PUT /api/v1/cameras`: many cameras as another system wants them, all or none. The same request twice changes nothing.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { redactUrls } from '../../base/redact.ts';
import { always, badRequest, tooMany } from '../answers.ts';
import { noteForAudit, nothingDone } from '../audit.ts';
import type { CameraService } from '../camera-service.ts';
import type { Problem } from '../contract/problem.ts';
import type { ProvisionReport } from '../contract/provisioning.ts';
import { provisionReportSchema, provisionRequestSchema } from '../contract/provisioning.ts';
import { problem, sendProblem } from '../problems.ts';
import type { PlanError } from '../provision-plan.ts';
import type { ProvisionRefusal } from '../provisioning.ts';

/** 2000 cameras, each with two addresses of 2 KiB and a schedule. */
const maxProvisionBytes = 12 * 1024 * 1024;
/** So many errors are told; whoever mends them sees the rest. */
const maxErrors = 500;

export function provisioningRoutes(cameras: Pick<CameraService, 'provision'>): FastifyPluginAsyncZod {
  return async (app) => {
    app.put('/cameras', {
      config: { action: 'camera.create' },
      bodyLimit: maxProvisionBytes,
      // Errors name the camera, not only its place in the list.
      attachValidation: true,
      schema: {
        tags: ['cameras'],
        summary: 'Make many cameras as they are listed, all or none; the same list twice changes nothing',
        body: provisionRequestSchema,
        response: {
          200: provisionReportSchema,
          400: badRequest,
          409: tooMany,
          413: badRequest,
          415: badRequest,
          ...always,
        },
      },
      handler: async (request, reply) => {
        const wrong = wrongBody(request);
        if (wrong) return sendProblem(reply, wrong);
        const done = await cameras.provision(request.body);
        if (!done.ok) return refuseProvisioning(reply, done.error);
        auditProvisioning(request, done.value);
        return reply.send(done.value);
      },
    });
  };
}

/** @param what it was, when it was no list */
export function auditProvisioning(request: FastifyRequest, report: ProvisionReport, what = 'list'): void {
  const { created, changed, removed, dryRun, cameras } = report;
  if (dryRun || created + changed + removed === 0) return nothingDone(request);
  const counts = [`${created} added`, `${changed} changed`, `${removed} deleted`];
  const touched = cameras.filter(({ result }) => result !== 'unchanged');
  const [only] = touched;
  const names = touched.slice(0, maxNamesInAudit).map(({ name }) => name);
  if (touched.length > names.length) names.push('and more');
  noteForAudit(request, {
    ...(touched.length === 1 && typeof only?.id === 'string' && { cameraId: only.id }),
    detail: `${what}: ${counts.filter((words) => !words.startsWith('0 ')).join(', ')} (${names.join(', ')})`,
  });
}

/** The log is read line by line. */
const maxNamesInAudit = 5;

export function refuseProvisioning(reply: FastifyReply, refusal: ProvisionRefusal): FastifyReply {
  if (refusal.kind !== 'wrong') return sendProblem(reply, problem(409, refusal.kind, refusal.message));
  return sendProblem(reply, errorsProblem(refusal.errors));
}

interface Issue {
  /** JSON pointer. */
  readonly instancePath: string;
  readonly message?: string | undefined;
}

function wrongBody({ validationError, body }: FastifyRequest): Problem | undefined {
  if (!validationError) return undefined;
  if (!hasZodFastifySchemaValidationErrors(validationError)) throw validationError;
  const { validation }: { readonly validation: readonly Issue[] } = validationError;
  const errors = validation.map(({ instancePath, message }): PlanError => {
    const [list, place = '', ...field] = instancePath.slice(1).split('/');
    const index = list === 'cameras' && /^\d+$/.test(place) ? Number(place) : -1;
    const path = index < 0 ? instancePath.slice(1).replaceAll('/', '.') : field.join('.');
    return { index, externalId: externalIdAt(body, index), field: path, message: message ?? 'is wrong' };
  });
  return errorsProblem(errors);
}

/** The body is not what it should be: whatever it is. */
function externalIdAt(body: unknown, index: number): string | null {
  const list = field(body, 'cameras');
  const id = Array.isArray(list) ? field(list[index], 'externalId') : undefined;
  return typeof id === 'string' ? id : null;
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

/** An unknown key may be as long as the body. */
const maxTextLength = 200;

function errorsProblem(all: readonly PlanError[]): Problem {
  const errors = all.slice(0, maxErrors).map(({ index, externalId, field: name, message }) => ({
    path: shortened(
      [...(index < 0 ? [] : ['cameras', String(index)]), ...(name === '' ? [] : [name])].join('.'),
    ),
    message: shortened(externalId === null ? message : `${shortened(externalId)}: ${message}`),
  }));
  const [first] = errors;
  const more = all.length > 1 ? ` There are ${all.length - 1} more errors: see \`errors\`.` : '';
  const detail = `Nothing was changed. ${first ? `${first.path}: ${first.message}.` : ''}${more}`;
  return { ...problem(400, 'invalid-request', detail), errors };
}

function shortened(text: string): string {
  const shown = redactUrls(text);
  return shown.length <= maxTextLength ? shown : `${shown.slice(0, maxTextLength)} …`;
}
