/**
 * `/api/v1/settings`: what can be changed while the server runs, and changing it.
 *
 * A key has permissions of its own: what somebody may not read is not in the list. A camera's value needs the right
 * `settings` on that camera, and a value of all cameras that right on each of them.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { can } from '../../accounts/access.ts';
import type { SettingRefusal } from '../../settings/live/check.ts';
import type { LiveSettings } from '../../settings/live/live-settings.ts';
import type { SettingKey } from '../../settings/live/registry.ts';
import { definitionOf, isSettingKey, jsonSchemaOf, settingKeys } from '../../settings/live/registry.ts';
import { always, badRequest, notFound, tooMany } from '../answers.ts';
import { noteForAudit } from '../audit.ts';
import type { CameraService } from '../camera-service.ts';
import { cameraIdSchema } from '../contract/cameras.ts';
import type { Setting, SettingsAnswer } from '../contract/settings.ts';
import { settingsAnswerSchema, settingsChangeSchema } from '../contract/settings.ts';
import { may } from '../policy.ts';
import type { NewCameraDefaults } from './cameras.ts';
import { notFoundProblem, problem, sendProblem } from '../problems.ts';

export interface SettingsApi {
  readonly live: LiveSettings;
  readonly cameras: Pick<CameraService, 'get' | 'ids'>;
}

const tags = ['settings'];
const revisionPattern = /^"?(\d{1,16})"?$/;

export function settingsRoutes(parts: SettingsApi): FastifyPluginAsyncZod {
  return async (app) => {
    await app.register(readRoute(parts));
    await app.register(changeRoute(parts));
  };
}

export function newCameraDefaults({ live }: SettingsApi): NewCameraDefaults {
  return () => ({
    start: live.get('newCameraStart'),
    closeAfterMs: live.get('newCameraCloseAfterMs'),
    maxReaders: live.get('newCameraMaxReaders'),
  });
}

function readRoute(parts: SettingsApi): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/settings', {
      config: { action: 'settings.read' },
      schema: {
        tags,
        summary: 'Settings that can be changed while the server runs, as far as one may read them',
        querystring: z.object({
          camera: cameraIdSchema
            .optional()
            .meta({ description: 'Those of this camera, instead of the server' }),
        }),
        response: { 200: settingsAnswerSchema, 400: badRequest, 404: notFound, ...always },
      },
      handler: async (request, reply) => {
        const { camera } = request.query;
        if (camera !== undefined && !isSeen(parts, request, camera)) {
          return sendProblem(reply, notFoundProblem(camera));
        }
        return sendSettings(reply, answerOf(parts, request, camera ?? null));
      },
    });
  };
}

const changeAnswers = {
  200: settingsAnswerSchema,
  400: badRequest,
  404: notFound,
  409: tooMany,
  412: tooMany,
  413: badRequest,
  415: badRequest,
  ...always,
};

function changeRoute(parts: SettingsApi): FastifyPluginAsyncZod {
  return async (app) => {
    app.patch('/settings', {
      config: { action: 'settings.change' },
      schema: {
        tags,
        summary: 'Change settings: all that are given, or none',
        headers: z.object({
          'if-match': z.string().max(100).optional().meta({
            description:
              '`revision` as it was read: keys that somebody else changed after it are refused (412)',
          }),
        }),
        body: settingsChangeSchema,
        response: changeAnswers,
      },
      handler: async (request, reply) => {
        const { values, camera: cameraId = null, revision } = request.body;
        if (cameraId !== null && !isSeen(parts, request, cameraId)) {
          return sendProblem(reply, notFoundProblem(cameraId));
        }
        const keys = Object.keys(values).filter(isSettingKey);
        const forbidden = keys.filter((key) => !mayWrite(parts, request, key, cameraId));
        if (forbidden.length > 0) return refuseForbidden(reply, forbidden);
        const sinceRevision = revision ?? revisionOf(request.headers['if-match']);
        if (sinceRevision === 'wrong') return sendProblem(reply, wrongMatch);
        const { id, name } = request.principal;
        const wanted = { values, cameraId, by: { id, name } };
        const changed = await parts.live.change(
          sinceRevision === undefined ? wanted : { ...wanted, sinceRevision },
        );
        if (!changed.ok) return refuse(reply, changed.error);
        noteChange(request, changed.value.values, cameraId);
        return sendSettings(reply, answerOf(parts, request, cameraId));
      },
    });
  };
}

function sendSettings(reply: FastifyReply, answer: SettingsAnswer): FastifyReply {
  return reply.headers({ etag: `"${answer.revision}"`, 'cache-control': 'no-store' }).send(answer);
}

function answerOf(parts: SettingsApi, request: FastifyRequest, cameraId: string | null): SettingsAnswer {
  const keys = settingKeys.filter((key) => {
    const { read, scope } = definitionOf(key);
    return can(request.principal, { permission: read }) && (cameraId === null || scope === 'both');
  });
  return {
    revision: parts.live.revision,
    cameraId,
    settings: keys.map((key) => shown(parts, request, key, cameraId)),
  };
}

function shown(
  parts: SettingsApi,
  request: FastifyRequest,
  key: SettingKey,
  cameraId: string | null,
): Setting {
  const { group, title, description, unit, scope, none, effect, effectNote, ...rest } = definitionOf(key);
  const { value, source, managedBy, changed, isUnreadable } = parts.live.state(key, cameraId);
  const isAllowed = mayWrite(parts, request, key, cameraId);
  return {
    key,
    group,
    title,
    description,
    scope,
    effect,
    source,
    isUnreadable,
    unit: unit ?? null,
    none: none ?? null,
    effectNote: effectNote ?? null,
    schema: { ...jsonSchemaOf(key) },
    value,
    default: rest.default,
    serverValue: parts.live.state(key, null).value,
    managedBy: managedBy ?? null,
    changed: changed ? { atMs: changed.atMs, by: isAllowed ? changed.by.name : null } : null,
    writable: isAllowed && managedBy === undefined,
  };
}

function isSeen({ cameras }: SettingsApi, request: FastifyRequest, camera: string): boolean {
  return cameras.get(camera) !== undefined && may(request, 'camera.read', camera);
}

function mayWrite(
  { cameras }: SettingsApi,
  { principal }: FastifyRequest,
  key: SettingKey,
  cameraId: string | null,
): boolean {
  const { write, scope } = definitionOf(key);
  if (scope === 'server') return cameraId === null && can(principal, { permission: write });
  const need = { permission: write, right: 'settings' } as const;
  if (cameraId !== null) return can(principal, need, cameraId);
  return can(principal, need) && Array.from(cameras.ids()).every((id) => can(principal, need, id));
}

/** Undefined: nothing is compared. */
function revisionOf(header: string | undefined): number | undefined | 'wrong' {
  if (header === undefined || header === '*') return undefined;
  const [, digits] = revisionPattern.exec(header) ?? [];
  return digits === undefined ? 'wrong' : Number(digits);
}

const wrongMatch = problem(
  400,
  'invalid-request',
  'If-Match must be the `revision` that an earlier answer named, for example "1700000000000".',
);

function refuseForbidden(reply: FastifyReply, keys: readonly SettingKey[]): FastifyReply {
  const errors = keys.map((key) => ({
    path: key,
    message: 'your account may not change this setting',
  }));
  const detail = `Your account may not change ${keys.join(', ')}. Ask an administrator for it.`;
  return sendProblem(reply, { ...problem(403, 'not-allowed', detail), errors });
}

const refusalAnswers = {
  invalid: [400, 'invalid-settings'],
  managed: [409, 'setting-managed'],
  'changed-meanwhile': [412, 'setting-changed'],
} as const;

/** What is simply wrong goes first: that has to be mended in any case. */
function refuse(reply: FastifyReply, refusals: readonly SettingRefusal[]): FastifyReply {
  const kinds = ['invalid', 'managed', 'changed-meanwhile'] as const;
  const kind = kinds.find((one) => refusals.some((refusal) => refusal.kind === one)) ?? 'invalid';
  const [status, code] = refusalAnswers[kind];
  const errors = refusals.map(({ key, message }) => ({
    path: key,
    message: message.startsWith(`${key}: `) ? message.slice(key.length + 2) : message,
  }));
  const detail = 'Nothing was changed: see `errors` for what is wrong with which setting.';
  return sendProblem(reply, { ...problem(status, code, detail), errors });
}

/** Lists may hold passwords of TURN servers: of those only how many entries they have is written down. */
function noteChange(
  request: FastifyRequest,
  values: ReadonlyMap<SettingKey, unknown>,
  cameraId: string | null,
): void {
  const words = Array.from(values, ([key, value]) =>
    Array.isArray(value) ? `${key}: ${value.length} entries` : `${key}: ${JSON.stringify(value)}`,
  );
  noteForAudit(request, { ...(cameraId !== null && { cameraId }), detail: words.join(', ') });
}
