/**
 * Cameras in the words of front ends that were made for other servers: snake case, one address, one name.
 */
import { z } from 'zod';
import { cameraDeclarationSchema, cameraIdSchema, cameraStateSchema, externalIdSchema } from './cameras.ts';

const { name, location } = cameraDeclarationSchema.shape;

const streamUrlSchema = z
  .string()
  .trim()
  .max(2048)
  .regex(/^rtsps?:\/\//i, 'must begin with rtsp:// or rtsps://')
  .meta({ description: 'May hold user name and password, which are never shown again' });

export const plainCameraCreateSchema = z.object({
  name,
  stream_url: streamUrlSchema,
  location: location.nullable(),
});

export const plainCameraSchema = z.object({
  id: cameraIdSchema,
  name: z.string(),
  stream_url: z
    .string()
    .nullable()
    .meta({ description: 'Without credentials; null when it has none, or who asks may not see it' }),
  location: z.string(),
  status: cameraStateSchema,
  enabled: z.boolean(),
  hls_url: z.string(),
  created_at: z.string().meta({ description: 'RFC 3339' }),
  updated_at: z.string(),
});
export type PlainCamera = z.infer<typeof plainCameraSchema>;

export const cameraProvisionSchema = z.object({
  camera_id: z.preprocess(
    (id) => (typeof id === 'number' && Number.isSafeInteger(id) ? String(id) : id),
    externalIdSchema.meta({ description: 'How your system calls it: text or a whole number' }),
  ),
  rtsp_url: streamUrlSchema,
  name: name.optional(),
});

export const cameraProvisionedSchema = z.object({
  success: z.literal(true),
  stream_path: cameraIdSchema,
  hls_url: z.string(),
});
