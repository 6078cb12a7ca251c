/**
 * What `GET /api/v1/events` (Server-Sent Events) sends. Each has an id; `Last-Event-ID` resumes.
 */
import { z } from 'zod';
import { gapSchema, recordingStatusSchema } from './recording.ts';
import { cameraIdSchema, cameraSchema, streamStatusSchema } from './cameras.ts';
import { systemStatusSchema } from './system-health.ts';

const settingsEventSchema = z.object({
  type: z.literal('settings.changed'),
  cameraId: cameraIdSchema.nullable().meta({ description: 'Null: of the server' }),
  permission: z
    .enum(['media:read', 'system:read'])
    .meta({ description: 'Who may read these: changes of other settings come in an event of their own' }),
  values: z.record(z.string(), z.unknown()).meta({ description: 'As in effect now, by key' }),
  revision: z.number(),
});
export type SettingsEvent = z.infer<typeof settingsEventSchema>;

const aboutView = {
  viewId: z.string(),
  ownerId: z
    .string()
    .nullable()
    .meta({ description: 'Whose it is; null: everybody sees it, or did until now' }),
};

export const eventSchema = z.discriminatedUnion('type', [
  /** First event of a connection that could not resume: the client has to read everything again. */
  z.object({ type: z.literal('reset') }),
  z.object({ type: z.literal('camera.created'), camera: cameraSchema }),
  z.object({ type: z.literal('camera.changed'), camera: cameraSchema }),
  z.object({ type: z.literal('camera.deleted'), cameraId: cameraIdSchema }),
  /** Once at each change of state, and every two seconds while live. */
  z.object({
    type: z.literal('camera.status'),
    cameraId: cameraIdSchema,
    status: streamStatusSchema,
    subStatus: streamStatusSchema.nullable(),
  }),
  /** Whether and why a camera is recorded. */
  z.object({
    type: z.literal('recording.changed'),
    cameraId: cameraIdSchema,
    recording: recordingStatusSchema,
  }),
  /** A wanted recording is missing, from `gap.startMs` on; again when another cause takes over. */
  z.object({ type: z.literal('gap.opened'), cameraId: cameraIdSchema, gap: gapSchema }),
  /** Footage goes on. An end that is the start: nothing was missing after all. */
  z.object({ type: z.literal('gap.closed'), cameraId: cameraIdSchema, gap: gapSchema }),
  /** The check of stored recordings found bytes that are not those that were written. */
  z.object({
    type: z.literal('recording.damaged'),
    cameraId: cameraIdSchema,
    recordingId: z.string(),
    startMs: z.number(),
    endMs: z.number(),
    damage: z.string().meta({ description: 'Which piece, at which byte, what is wrong' }),
  }),
  settingsEventSchema,
  /** A saved view was made or changed, or is shared no more: whoever hears of it reads it again. */
  z.object({ type: z.literal('view.changed'), ...aboutView }),
  z.object({ type: z.literal('view.deleted'), ...aboutView }),
  /** Every five seconds, to who may know how the server does. */
  z.object({ type: z.literal('system.status'), status: systemStatusSchema }),
]);
export type ServerEvent = z.infer<typeof eventSchema>;

export const systemInfoSchema = z.object({
  version: z.string(),
  startedMs: z.number(),
  nowMs: z.number().meta({ description: 'The server clock, so that a page can show true ages' }),
  mediaWorker: z.enum(['ready', 'starting', 'unavailable']),
});
export type SystemInfo = z.infer<typeof systemInfoSchema>;
