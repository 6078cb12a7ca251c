/**
 * Many cameras in one go, as another system wants them, and configuration files of other servers.
 */
import { z } from 'zod';
import { cameraDeclarationSchema, cameraIdSchema, externalIdSchema } from './cameras.ts';

/** As many as a server carries. */
const maxProvisioned = 2000;

export const provisionedCameraSchema = cameraDeclarationSchema.extend({ externalId: externalIdSchema });
export type ProvisionedCamera = z.infer<typeof provisionedCameraSchema>;

export const provisionRequestSchema = z.strictObject({
  cameras: z
    .array(provisionedCameraSchema)
    .max(maxProvisioned)
    .meta({
      description:
        'Found by `externalId`; created when there is none. What is not given stays as it is, so that it can be ' +
        'changed in the dashboard; `***` as the user part of an address keeps the stored credentials',
    }),
  prune: z.boolean().default(false).meta({
    description:
      'Delete cameras that have an external id and are not in the list. Their footage stays as long as its rules say',
  }),
  confirm: z.boolean().default(false).meta({ description: 'Needed where `prune` would delete cameras' }),
  dryRun: z.boolean().default(false).meta({ description: 'Check and tell, but change nothing' }),
});
export type ProvisionRequest = z.infer<typeof provisionRequestSchema>;

const provisionedSchema = z.object({
  externalId: z.string(),
  id: cameraIdSchema.nullable().meta({ description: 'Null: a dry run, and it would be created' }),
  name: z.string(),
  result: z.enum(['created', 'changed', 'unchanged', 'removed']),
  fields: z.array(z.string()).meta({ description: 'What differs, of a changed one' }),
});
export type Provisioned = z.infer<typeof provisionedSchema>;

export const provisionReportSchema = z.object({
  dryRun: z.boolean(),
  created: z.int(),
  changed: z.int(),
  unchanged: z.int(),
  removed: z.int(),
  cameras: z.array(provisionedSchema).meta({ description: 'In the order of the request; then the removed' }),
});
export type ProvisionReport = z.infer<typeof provisionReportSchema>;

const importFormatSchema = z.enum(['go2rtc', 'mediamtx', 'frigate']);
export type ImportFormat = z.infer<typeof importFormatSchema>;

/** A thousand cameras need less; more would hold up the server while it is read. */
export const maxImportLength = 512 * 1024;
const maxVariables = 200;

export const importRequestSchema = z.strictObject({
  format: z.enum(['auto', ...importFormatSchema.options]).default('auto'),
  text: z.string().max(maxImportLength).meta({ description: 'The configuration file of the other server' }),
  variables: z
    .record(z.string().max(100), z.string().max(500))
    .refine((variables) => Object.keys(variables).length <= maxVariables, {
      error: `at most ${maxVariables} values`,
    })
    .default({})
    .meta({ description: 'Values of placeholders in the file, for example FRIGATE_RTSP_PASSWORD' }),
  only: z
    .array(externalIdSchema)
    .max(maxProvisioned)
    .optional()
    .meta({ description: 'External ids of the cameras that are wanted; all when absent' }),
  dryRun: z.boolean().default(false).meta({ description: 'Read and tell, but change nothing' }),
});
export type ImportRequest = z.infer<typeof importRequestSchema>;

export const importReportSchema = provisionReportSchema.extend({
  format: importFormatSchema,
  cameras: z
    .array(
      provisionedSchema.extend({
        address: z.string().meta({ description: 'Without credentials; empty when it is sent to' }),
        hasSub: z.boolean(),
        recording: z.string().meta({ description: 'Mode of its recording policy' }),
      }),
    )
    .meta({ description: 'In the order of the file' }),
  notes: z
    .array(z.object({ where: z.string(), message: z.string() }))
    .meta({ description: 'What was not taken over, and why' }),
  missing: z.array(z.string()).meta({ description: 'Placeholders without a value' }),
});
export type ImportReport = z.infer<typeof importReportSchema>;
