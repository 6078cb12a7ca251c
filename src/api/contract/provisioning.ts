/**
 * Many cameras in one go, as another system wants them, and configuration files of other servers.
 */
import { z } from 'zod';
import { cameraDeclarationSchema, cameraIdSchema, externalIdSchema } from './cameras.ts';

/** As many as a server carries. */
const maxProvisioned = 2000;

const provisionedCameraSchema = cameraDeclarationSchema.extend({ externalId: externalIdSchema });

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

export const provisionedSchema = z.object({
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
