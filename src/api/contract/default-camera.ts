/**
 * The default camera as `/live/status` and `/camera/status` tell of it.
 */
import { z } from 'zod';
import { cameraIdSchema, cameraStateSchema } from './cameras.ts';
import { recordingStateSchema } from './recording.ts';

export const defaultCameraSchema = z.object({
  camera: cameraIdSchema,
  name: z.string(),
  enabled: z.boolean().meta({ description: 'As /live/start and /live/stop set it' }),
  state: cameraStateSchema,
  reason: z.string().nullable().meta({ description: 'Plain words for anything but live and idle' }),
  sinceMs: z.number().meta({ description: 'In this state since; Unix ms' }),
  streaming: z.boolean().meta({ description: 'Pictures come from the camera now' }),
  fps: z.number().meta({ description: 'Pictures a second, measured' }),
  resolution: z
    .object({ width: z.int(), height: z.int() })
    .nullable()
    .meta({ description: 'Null before the camera was first connected' }),
  codec: z.string().nullable(),
  bitrateBps: z.number(),
  clients: z.int().meta({ description: 'People watching, over all outputs' }),
  mjpegClients: z.int().meta({ description: 'Of these, at /live/stream' }),
  framesDropped: z.number().meta({ description: 'Kept from clients that were too slow' }),
  errors: z.int(),
  uptimeSeconds: z
    .number()
    .nullable()
    .meta({ description: 'How long media has flowed on this connection; null without one' }),
  lastPictureMs: z.number().nullable().meta({ description: 'Capture time of the newest picture; Unix ms' }),
  recording: z.boolean().meta({ description: 'Its pictures are stored now' }),
  links: z.object({ stream: z.string(), snapshot: z.string() }),
});
export type DefaultCameraStatus = z.infer<typeof defaultCameraSchema>;

const seconds = z.coerce.number().int().min(1).max(86_400);

/** `POST /live/start`, in the address or as JSON. */
export const liveStartSchema = z.strictObject({
  record_duration: seconds.optional().meta({ description: 'Record as well, for so many seconds' }),
});

/** `POST /live/record/start`, in the address or as JSON. */
export const liveRecordSchema = z.strictObject({
  duration: seconds.optional().meta({ description: 'In seconds; without it, until stopped' }),
  record_duration: seconds.optional().meta({ description: 'The same by its other name' }),
});

/** The recording of the default camera as `/live/record/status` tells of it. */
export const liveRecordingSchema = z.object({
  camera: cameraIdSchema,
  recording: z.boolean().meta({ description: 'Its pictures are stored now' }),
  state: recordingStateSchema,
  reason: z.string().nullable().meta({ description: 'Why it is failing, in plain words' }),
  sinceMs: z.number(),
  untilMs: z.number().nullable().meta({ description: 'When it ends by itself' }),
  remainingSeconds: z.number().nullable(),
});
