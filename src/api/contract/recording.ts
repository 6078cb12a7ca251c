/**
 * Recording, storage and timeline as the API shows them.
 */
import { z } from 'zod';

const dayWindow = z.strictObject({
  days: z.array(z.int().min(0).max(6)).min(1).max(7).meta({ description: '0 Monday to 6 Sunday' }),
  fromMinute: z.int().min(0).max(1439),
  toMinute: z.int().min(1).max(1440).meta({ description: 'Of the same day; a night takes two windows' }),
});

const retention = z.strictObject({
  maxAgeDays: z
    .number()
    .positive()
    .max(36_500)
    .nullable()
    .default(null)
    .meta({ description: 'Deleted when older; null: no limit' }),
  maxBytes: z
    .int()
    .positive()
    .nullable()
    .default(null)
    .meta({ description: 'The oldest goes when there is more; null: no limit' }),
  minAgeDays: z
    .number()
    .min(0)
    .max(36_500)
    .default(0)
    .meta({ description: 'Never deleted for want of space while younger; 0: nothing is guaranteed' }),
});

export const recordingPolicySchema = z
  .strictObject({
    mode: z.enum(['off', 'continuous', 'schedule', 'event', 'manual']).default('off').meta({
      description:
        'schedule: within the windows. event: around triggers. manual: when started through the API or a button',
    }),
    schedule: z.array(dayWindow).max(50).default([]).meta({ description: 'In the server’s time zone' }),
    preSeconds: z.int().min(0).max(30).default(10).meta({ description: 'Put before an event, from memory' }),
    postSeconds: z.int().min(0).max(600).default(20).meta({ description: 'Recorded on after an event' }),
    retention: retention.prefault({}),
  })
  .meta({ description: 'What is recorded of a camera, and how long it is kept' });
export type RecordingPolicyInput = z.infer<typeof recordingPolicySchema>;

export const gapCauseSchema = z.enum([
  'camera-offline',
  'packets-lost',
  'disk-slow',
  'disk-full',
  'disk-failed',
  'server-stopped',
  'clock-stepped',
  'disabled',
  'unsupported',
]);
export type GapCause = z.infer<typeof gapCauseSchema>;

export const recordingStateSchema = z.enum(['off', 'waiting', 'recording', 'failing']).meta({
  description: 'waiting: wanted by the policy only at other times. failing: wanted now and not stored',
});
export type RecordingState = z.infer<typeof recordingStateSchema>;

/** An interval in which a recording was wanted and is missing, or is poorer than what the camera sent. */
export const gapSchema = z.object({
  id: z.string(),
  startMs: z.number(),
  endMs: z.number().nullable().meta({ description: 'Null while it lasts' }),
  cause: gapCauseSchema,
  detail: z.string().meta({ description: 'Plain words; may be empty' }),
});

/** `GET /api/v1/cameras/{id}/recording`, and the answer of everything that changes it. */
export const recordingStatusSchema = z.object({
  policy: recordingPolicySchema,
  state: recordingStateSchema,
  reason: z.string().nullable().meta({ description: 'Why it is failing, in plain words' }),
  sinceMs: z.number(),
  untilMs: z.number().nullable().meta({ description: 'When a manual recording ends by itself' }),
  trigger: z.enum(['continuous', 'schedule', 'event', 'manual']).nullable(),
  counters: z.object({
    framesReceived: z.int(),
    framesStored: z.int(),
    framesDropped: z.int().meta({
      description: 'Pictures and sound left out because the disk was too slow; not in framesReceived',
    }),
    framesLost: z.int().meta({ description: 'Received, and failed by the disk' }),
    packetsLost: z.int().meta({ description: 'Between camera and server, while recording was wanted' }),
    bytesStored: z.int(),
    pendingBytes: z.int().meta({ description: 'Not on the disk yet' }),
    secondsWanted: z.number(),
    secondsRecorded: z.number(),
  }),
});
export type RecordingStatus = z.infer<typeof recordingStatusSchema>;

/** `POST /api/v1/cameras/{id}/recording` */
export const recordingCommandSchema = z.discriminatedUnion('action', [
  z.strictObject({
    action: z.literal('start'),
    durationSeconds: z
      .int()
      .min(1)
      .max(86_400)
      .optional()
      .meta({ description: 'Ends by itself; without it, until stopped' }),
    label: z.string().max(200).default(''),
  }),
  z.strictObject({ action: z.literal('stop') }),
]);

/** `POST /api/v1/cameras/{id}/trigger`: something happened; a camera in the mode `event` records around it. */
export const triggerSchema = z.strictObject({
  label: z.string().max(200).default(''),
  kind: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,39}$/)
    .default('trigger'),
  durationSeconds: z.int().min(0).max(3600).default(0),
});

/** Its answer: what happens, or goes on when a trigger of the same kind and label was there a moment ago. */
export const triggeredSchema = z.object({
  id: z.string(),
  startMs: z.number(),
  endMs: z.number(),
  kind: z.string(),
  label: z.string(),
});

const span = { startMs: z.number(), endMs: z.number() };

/** `GET /api/v1/cameras/{id}/timeline?from&to&resolution`: times are Unix ms, lists are sorted by start. */
export const timelineSchema = z.object({
  fromMs: z.number(),
  toMs: z.number(),
  nowMs: z.number(),
  resolutionMs: z.number().meta({ description: 'Spans closer than this were joined' }),
  recorded: z.array(z.object({ ...span, live: z.boolean().meta({ description: 'Still being written' }) })),
  gaps: z.array(z.object({ ...span, cause: gapCauseSchema, detail: z.string(), open: z.boolean() })),
  degraded: z
    .array(z.object({ ...span, cause: gapCauseSchema, detail: z.string() }))
    .meta({ description: 'Recorded, but with packets lost or frames left out' }),
  events: z.array(
    z.object({
      id: z.string(),
      ...span,
      kind: z.string(),
      label: z.string(),
      count: z.int().meta({ description: 'How many were joined into this one' }),
    }),
  ),
  held: z.array(z.object({ id: z.string(), ...span, reason: z.string() })),
});
export type Timeline = z.infer<typeof timelineSchema>;

/** `GET /api/v1/cameras/{id}/days?from=2026-11-01&to=2026-12-01&tz=Europe/Berlin` */
export const daysSchema = z.object({
  timeZone: z.string(),
  days: z.array(
    z.object({
      date: z.iso.date(),
      startMs: z.number(),
      endMs: z.number().meta({ description: '23, 24 or 25 hours later' }),
      recordedMs: z.number(),
      gapMs: z.number(),
      events: z.int(),
    }),
  ),
});
export type Days = z.infer<typeof daysSchema>;

export const holdSchema = z.object({
  id: z.string(),
  cameraId: z.string().nullable().meta({ description: 'Null: all cameras' }),
  ...span,
  untilMs: z.number().nullable().meta({ description: 'Ends by itself; null: until it is deleted' }),
  reason: z.string().min(1).max(500),
  createdMs: z.number(),
});
export type Hold = z.infer<typeof holdSchema>;
/** Unix ms, 1970 to the year 2200: what is beyond no date can show. */
const moment = z.number().min(0).max(7_258_118_400_000);
export const holdCreateSchema = z.strictObject({
  cameraId: z.string().nullable().default(null),
  startMs: moment,
  endMs: moment,
  untilMs: moment.nullable().default(null),
  reason: z.string().trim().min(1).max(500),
});

export const deletionSchema = z.object({
  id: z.string(),
  cameraId: z.string(),
  ...span,
  recordings: z.int(),
  bytes: z.number(),
  reason: z.string().meta({
    description: 'age, camera-size, total-size, free-space, request, camera-deleted, missing',
  }),
  detail: z.string().meta({ description: 'Which rule, in plain words' }),
  deletedMs: z.number(),
});
export type Deletion = z.infer<typeof deletionSchema>;

/** `DELETE /api/v1/cameras/{id}/recordings?from&to`: whole recordings go, so it may be a little more. */
export const rangeDeletionSchema = z.object({
  recordings: z.int(),
  bytes: z.number(),
  startMs: z.number().nullable().meta({ description: 'Of what was deleted; null when there was nothing' }),
  endMs: z.number().nullable(),
  complete: z.boolean().meta({ description: 'False: there is more in the range; ask again' }),
});

/** `GET /api/v1/storage` */
export const storageSchema = z.object({
  volumes: z.array(
    z.object({
      id: z.string(),
      path: z.string(),
      state: z.enum(['ready', 'full', 'failed', 'missing']),
      fault: z.string().nullable(),
      totalBytes: z.number(),
      freeBytes: z.number(),
      usedBytes: z.number().meta({ description: 'By recordings' }),
      sealed: z.boolean(),
      recordings: z.int(),
    }),
  ),
  cameras: z.array(
    z.object({
      cameraId: z.string(),
      bytes: z.number(),
      oldestMs: z.number().nullable(),
      newestMs: z.number().nullable(),
      bytesPerDay: z.number().meta({ description: 'Measured over the last day of recording, or from live' }),
      heldBytes: z.number(),
      forecastDays: z
        .number()
        .nullable()
        .meta({ description: 'How far back its footage will reach; null when it is not recorded' }),
      forecastReason: z.string().meta({ description: 'What limits it, in plain words' }),
    }),
  ),
  totals: z.object({
    bytes: z.number(),
    bytesPerDay: z.number(),
    heldBytes: z.number(),
    maxBytes: z.number().nullable(),
    minFreeBytes: z.number(),
  }),
  integrity: z.object({
    checkedRecordings: z.int(),
    uncheckedRecordings: z.int(),
    lastPassMs: z.number().nullable().meta({ description: 'When everything had last been checked' }),
    damaged: z.array(
      z.object({
        recordingId: z.string(),
        cameraId: z.string(),
        startMs: z.number(),
        endMs: z.number(),
        damage: z.string(),
      }),
    ),
  }),
});
export type Storage = z.infer<typeof storageSchema>;

/** `POST /api/v1/storage/forecast`: what a policy would mean, before it is saved. */
export const forecastRequestSchema = z.strictObject({
  cameraId: z.string(),
  policy: recordingPolicySchema,
});
export const forecastSchema = z.object({
  bytesPerDay: z.number(),
  days: z.number().nullable(),
  reason: z.string(),
  warnings: z.array(z.string()).meta({ description: 'For example: the guarantee cannot be kept' }),
});
export type Forecast = z.infer<typeof forecastSchema>;
