/**
 * Settings that are changed while the server runs, as the API shows them.
 */
import { z } from 'zod';
import { cameraIdSchema } from './cameras.ts';

/** Each key has a schema of its own, in `schema`. */
const anyJson = z.unknown();

const settingSchema = z.object({
  key: z.string().meta({ example: 'rtspPort' }),
  group: z.string().meta({ description: 'Heading it stands under' }),
  title: z.string(),
  description: z.string(),
  unit: z.string().nullable(),
  schema: z.record(z.string(), anyJson).meta({ description: 'JSON Schema (2020-12) of its values' }),
  scope: z.enum(['server', 'both']).meta({ description: '`both`: a camera may have a value of its own' }),
  value: anyJson.meta({ description: 'As in effect; null: see `none`' }),
  default: anyJson,
  none: z.string().nullable().meta({ description: 'What holds while the value is null' }),
  serverValue: anyJson.meta({ description: 'Asked for a camera: what it has without a value of its own' }),
  source: z.enum(['default', 'startup', 'stored', 'server']).meta({
    description:
      '`startup`: file, environment or flags. `stored`: changed here. `server`: of a camera without its own',
  }),
  managedBy: z
    .string()
    .nullable()
    .meta({ description: 'Where the start-up settings say it, so that it cannot be changed here' }),
  changed: z
    .object({ atMs: z.number(), by: z.string().nullable() })
    .nullable()
    .meta({ description: 'When and by whom; the name for those who may change it, too' }),
  isUnreadable: z
    .boolean()
    .meta({ description: 'A value of another version of the server is stored, and not used' }),
  writable: z.boolean().meta({ description: 'By whoever asks' }),
  effect: z.enum(['at-once', 'new-viewers', 'reconnects-viewers', 'restart', 'not-active-yet']),
  effectNote: z.string().nullable(),
});
export type Setting = z.infer<typeof settingSchema>;

export const settingsAnswerSchema = z.object({
  revision: z.number().meta({ description: 'For `If-Match`; grows with every change' }),
  cameraId: cameraIdSchema.nullable().meta({ description: 'Null: of the server' }),
  settings: z.array(settingSchema),
});
export type SettingsAnswer = z.infer<typeof settingsAnswerSchema>;

/** More than there are settings. */
const maxValues = 200;

export const settingsChangeSchema = z.strictObject({
  values: z
    .record(z.string(), anyJson)
    .refine((values) => Object.keys(values).length <= maxValues, {
      error: `at most ${maxValues} at one time`,
    })
    .meta({
      description: 'By key; null: as by default, of a camera: as the server. All are changed, or none',
    }),
  camera: cameraIdSchema.optional().meta({ description: 'Absent: of the server' }),
  revision: z.number().optional().meta({
    description: 'As it was read, like `If-Match`: keys that somebody else changed after it are refused',
  }),
});
